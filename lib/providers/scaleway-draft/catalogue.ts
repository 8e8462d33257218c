import * as z from "zod";
import type { Kind } from "../../operation/kind.ts";
import type { KindOffer, PlannedStep } from "../../ports/provider.ts";
import { withWords, type KindWords } from "../kind-words.ts";
import { somethingToChange, tagsSchema, textOf } from "../input-parts.ts";

/** The actions of the document. */
export const draftActions = ["poweron", "poweroff", "resetsoft", "resethard", "backup", "restore"] as const;

/** An id: the document's examples are UUIDs, but for the one of an address, which only looks like one. */
const idSchema = textOf(1, 100);
const volumeIdsSchema = z.array(idSchema, { error: "must be a list of ids of volumes" }).max(100);

const serverCreateInput = z.strictObject({
  name: textOf(1, 255),
  image: idSchema,
  tags: tagsSchema.exactOptional(),
  start: z.boolean().default(true),
  volumes: volumeIdsSchema.exactOptional(),
  /** Id of a reserved address. */
  public_ip: idSchema.exactOptional(),
  dynamic_public_ip: z.boolean().exactOptional(),
});

const serverUpdateInput = z
  .strictObject({
    name: textOf(1, 255).exactOptional(),
    tags: tagsSchema.exactOptional(),
    /** All volumes that it is to have. */
    volumes: volumeIdsSchema.exactOptional(),
    /** Id of a reserved address; null gives up the one that it has. */
    public_ip: idSchema.nullable().exactOptional(),
    dynamic_public_ip: z.boolean().exactOptional(),
  })
  .refine(...somethingToChange);

const serverDeleteInput = z.strictObject({
  with_volumes: z
    .literal(false, { error: "must be false: this API can't delete volumes, they stay when a server goes" })
    .default(false),
});

const serverActionInput = z.strictObject({
  action: z.enum(draftActions, { error: `must be one of ${draftActions.join(", ")}` }),
});

const nothing = z.strictObject({});

const powerOn: PlannedStep = { name: "power_on", mode: "reach", goal: "on" };
const powerOff: PlannedStep = { name: "power_off", mode: "reach", goal: "off" };

/** The flag shows the end of two actions; all others are over when they are accepted. */
const actionSteps: ReadonlyMap<unknown, PlannedStep> = new Map<unknown, PlannedStep>([
  ["poweron", powerOn],
  ["poweroff", powerOff],
]);

const onServer = (input: KindOffer["input"], steps: KindOffer["steps"]): KindOffer => ({
  input,
  resourceType: "server",
  steps,
});

const words: Readonly<Partial<Record<Kind, KindWords>>> = {
  "server.create": {
    example: { name: "web-1", image: "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397", tags: ["env=dev"] },
    variants: [{ input: { start: false }, when: "start is false" }],
    money:
      "A dynamic address is given unless dynamic_public_ip is false; a reserved one bills for as long as it exists.",
    note: "The answer is an empty object: the new server is found again by our marker among its tags.",
  },
  "server.update": {
    example: { name: "web-2", tags: ["env=prod"] },
    note: "PUT takes the whole server, so it is read first and sent back with what changes.",
  },
  "server.delete": { money: "Volumes and a reserved address stay and bill; this API can't delete them." },
  "server.stop": { money: "Volumes and a reserved address bill while the server is off." },
  "server.reboot": { note: "A resetsoft; the flag stays true meanwhile, so the provider's yes is its end." },
  "server.action": {
    example: { action: "backup" },
    variants: [
      { input: { action: "poweron" }, when: "action is poweron" },
      { input: { action: "poweroff" }, when: "action is poweroff" },
    ],
  },
};

/** What the draft offers, kind by kind. */
export const draftKinds: ReadonlyMap<Kind, KindOffer> = withWords(
  new Map<Kind, KindOffer>([
    [
      "server.create",
      {
        input: serverCreateInput,
        resourceType: null,
        steps: (input) => [
          { name: "create", mode: "once", goal: "answered" },
          ...(input["start"] === false ? [] : [powerOn]),
        ],
      },
    ],
    [
      "server.update",
      onServer(serverUpdateInput, () => [{ name: "update", mode: "repeat", goal: "answered" }]),
    ],
    [
      "server.delete",
      onServer(serverDeleteInput, () => [
        { name: "remove", mode: "reach", goal: "gone", removal: "stop_first" },
      ]),
    ],
    ["server.start", onServer(nothing, () => [powerOn])],
    ["server.stop", onServer(nothing, () => [powerOff])],
    // A `resetsoft`: nothing of it can be seen, so the provider's yes is its end.
    ["server.reboot", onServer(nothing, () => [{ name: "reboot", mode: "once", goal: "answered" }])],
    [
      "server.action",
      onServer(serverActionInput, (input) => [
        actionSteps.get(input["action"]) ?? { name: "action", mode: "once", goal: "answered" },
      ]),
    ],
  ]),
  words,
);
