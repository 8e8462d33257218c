import * as z from "zod";
import { jsonObjectSchema, type JsonObject } from "../operation/json.ts";
import type { Kind } from "../operation/kind.ts";
import type { Goal, Step, StepName } from "../operation/operation.ts";
import type { KindOffer, PlannedStep, StepVariant } from "../ports/provider.ts";
import { textOf } from "./input-parts.ts";

const powerOn: PlannedStep = { name: "power_on", mode: "reach", goal: "on" };
const powerOff: PlannedStep = { name: "power_off", mode: "reach", goal: "off" };
const reboot: PlannedStep = { name: "reboot", mode: "once", goal: "changed" };

/** The same one step whatever the input. */
const singleStep = (name: StepName, mode: Step["mode"], goal: Goal) => (): readonly PlannedStep[] => [
  { name, mode, goal },
];

/** A server comes into being switched off: what must stand before its first boot is written, then it is switched on. */
export const serverCreateSteps = (
  input: JsonObject,
  isConfigured = input["cloud_init"] !== undefined,
): readonly PlannedStep[] => [
  { name: "create", mode: "once", goal: "answered" },
  ...(isConfigured ? [{ name: "configure", mode: "repeat", goal: "answered" } as const] : []),
  ...(input["start"] === false ? [] : [powerOn]),
];

/**
 * DELETE wants a server that is off and keeps its volumes; terminate wants one that runs and takes its local volumes
 * along, but leaves block volumes.
 */
export const serverDeleteSteps = (input: JsonObject): readonly PlannedStep[] =>
  input["with_volumes"] === true
    ? [
        { name: "remove", mode: "reach", goal: "gone", removal: "terminate" },
        { name: "remove_volumes", mode: "repeat", goal: "gone" },
      ]
    : [{ name: "remove", mode: "reach", goal: "gone", removal: "stop_first" }];

/** Actions whose end can be seen. Any other (`backup`, words that we don't know) is over when it is accepted. */
const actionSteps: ReadonlyMap<unknown, PlannedStep> = new Map<unknown, PlannedStep>([
  ["poweron", powerOn],
  ["poweroff", powerOff],
  ["stop_in_place", { name: "action", mode: "reach", goal: "standby" }],
  ["terminate", { name: "action", mode: "reach", goal: "gone" }],
  ["reboot", reboot],
]);

/** Of the actions that both APIs list. */
const actionVariants: readonly StepVariant[] = ["poweron", "poweroff", "reboot", "terminate"].map(
  (action) => ({
    input: { action },
    when: `action is ${action}`,
  }),
);

export const serverActionSteps = (input: JsonObject): readonly PlannedStep[] => [
  actionSteps.get(input["action"]) ?? { name: "action", mode: "once", goal: "answered" },
];

const nothing = z.strictObject({});

const actionInput = z.strictObject({
  /** Any word of `servers/{id}/action`. */
  action: textOf(1, 60).regex(/^[a-z_]+$/, { error: "must be an action that servers/{id}/action lists" }),
  /** For `backup`: name of the image. */
  name: textOf(1, 255).exactOptional(),
  /** For `backup`: which volumes. */
  volumes: jsonObjectSchema.exactOptional(),
  /** For `enable_routed_ip`. */
  disable_ipv6: z.boolean().exactOptional(),
});

export const deleteFields = {
  /** Block volumes included. */
  with_volumes: z.boolean().default(false),
};
const deleteInput = z.strictObject(deleteFields);

const onServer = (
  input: z.ZodType<JsonObject>,
  steps: KindOffer["steps"],
  variants: readonly StepVariant[] = [],
): KindOffer => ({
  input,
  resourceType: "server",
  steps,
  variants,
});

const createVariants: readonly StepVariant[] = [
  { input: { cloud_init: "#cloud-config\n" }, when: "cloud_init is given" },
  { input: { start: false }, when: "start is false" },
];
const deleteVariants: readonly StepVariant[] = [
  { input: { with_volumes: true }, when: "with_volumes is true" },
];

/** The kinds that mean the same at both Scaleway compute APIs. */
const lifecycleOffers: readonly (readonly [Kind, KindOffer])[] = [
  ["server.delete", onServer(deleteInput, serverDeleteSteps, deleteVariants)],
  ["server.start", onServer(nothing, () => [powerOn])],
  ["server.stop", onServer(nothing, () => [powerOff])],
  ["server.reboot", onServer(nothing, () => [reboot])],
  ["server.action", onServer(actionInput, serverActionSteps, actionVariants)],
  [
    "volume.delete",
    {
      input: nothing,
      resourceType: "volume",
      steps: () => [{ name: "remove", mode: "reach", goal: "gone", removal: "delete" }],
    },
  ],
];

/** The inputs in which the two APIs differ. */
export interface OfferedInputs {
  readonly serverCreate: z.ZodType<JsonObject>;
  readonly serverUpdate: z.ZodType<JsonObject>;
  readonly volumeCreate: z.ZodType<JsonObject>;
}

const makes = (input: z.ZodType<JsonObject>, steps: KindOffer["steps"]): KindOffer => ({
  input,
  resourceType: null,
  steps,
});

/** What one of them has of its own in a kind: it stands in the place of what both have. */
export type OwnParts = Readonly<
  Partial<
    Record<
      Kind,
      Partial<Pick<KindOffer, "input" | "steps" | "check">> & { variants?: readonly StepVariant[] }
    >
  >
>;

/** What a Scaleway compute API offers, kind by kind. `own.variants` come behind those that both have. */
export const scalewayOffers = (inputs: OfferedInputs, own: OwnParts = {}): ReadonlyMap<Kind, KindOffer> =>
  new Map(
    [...commonOffers(inputs)].map(([kind, offer]): [Kind, KindOffer] => {
      const { variants = [], ...parts } = own[kind] ?? {};
      return [kind, { ...offer, ...parts, variants: [...(offer.variants ?? []), ...variants] }];
    }),
  );

const commonOffers = (inputs: OfferedInputs): ReadonlyMap<Kind, KindOffer> =>
  new Map<Kind, KindOffer>([
    [
      "server.create",
      { ...makes(inputs.serverCreate, (input) => serverCreateSteps(input)), variants: createVariants },
    ],
    ["server.update", onServer(inputs.serverUpdate, singleStep("update", "repeat", "answered"))],
    ...lifecycleOffers,
    ["volume.create", makes(inputs.volumeCreate, singleStep("create", "once", "answered"))],
  ]);
