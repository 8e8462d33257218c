import * as z from "zod";
import type { JsonObject } from "../../operation/json.ts";
import type { Kind } from "../../operation/kind.ts";
import type { KindOffer, PlannedStep } from "../../ports/provider.ts";
import { somethingToChange, textOf } from "../input-parts.ts";
import { noteOfName } from "../name-marker.ts";
import { memoryUnitBytes, nameLimit } from "./translate.ts";
import { removalSteps } from "../convoy-removal.ts";

const numberSchema = z.int({ error: "must be a whole number" }).positive();
const nameSchema = textOf(1, nameLimit);

const createFields = {
  /** The marker ends it where it has room: 31 characters leave room for the shortest one. */
  name: nameSchema,
  node_id: numberSchema,
  user_id: numberSchema,
  is_template: z.boolean().exactOptional(),
  is_visible: z.boolean().exactOptional(),
  /** Ids of addresses of the panel. */
  addresses: z.array(numberSchema).max(2, { error: "must be at most 2 addresses" }).exactOptional(),
};

interface CreateInput {
  readonly is_template?: boolean;
  readonly is_visible?: boolean;
}

const checkVisible = (input: CreateInput, context: z.RefinementCtx): void => {
  if (input.is_template === undefined || input.is_visible !== undefined) return;
  context.addIssue({ code: "custom", path: ["is_visible"], message: "is required with is_template" });
};

const serverCreateInput = z
  .discriminatedUnion(
    "type",
    [
      z.strictObject({
        ...createFields,
        /** Cloned from a template. */
        type: z.literal("new"),
        template_id: numberSchema,
        vmid: numberSchema.exactOptional(),
      }),
      z.strictObject({
        ...createFields,
        /** A record of a machine that is on the node already. */
        type: z.literal("existing"),
        vmid: numberSchema,
        template_id: numberSchema.exactOptional(),
        is_template: z.boolean(),
      }),
    ],
    { error: 'must be "new" (from a template) or "existing" (a machine that is there)' },
  )
  .superRefine(checkVisible);

const serverUpdateInput = z
  .strictObject({
    name: nameSchema.exactOptional(),
    node_id: numberSchema.exactOptional(),
    user_id: numberSchema.exactOptional(),
    vmid: numberSchema.exactOptional(),
  })
  .refine(...somethingToChange);

const serverDeleteInput = z.strictObject({
  /** True destroys the machine and its disks; else only the panel's record goes, and the machine keeps running. */
  purge: z.boolean().default(false),
});

const sizeSchema = z.string().regex(/^\d{1,12}(\.\d{1,6})?[KMGT]?$/, {
  error: 'must be a size such as "20G" or "5324M"',
});

const specificationsInput = z
  .strictObject({
    cores: z.int().min(1).max(1024).exactOptional(),
    /** Bytes. */
    memory: z
      .int({ error: "must be a whole number of bytes" })
      .min(16 * memoryUnitBytes, { error: "must be at least 16777216 bytes (16 MiB)" })
      .multipleOf(memoryUnitBytes, {
        error: "must be a multiple of 1048576 bytes: the panel takes whole MiB",
      })
      .exactOptional(),
    /** Disks only grow. */
    disks: z
      .array(z.strictObject({ disk: textOf(1, 40), size: sizeSchema }))
      .min(1)
      .max(64)
      .exactOptional(),
    lock_ips: z
      .array(z.union([z.ipv4(), z.ipv6()], { error: "must be an IP address" }))
      .max(256)
      .exactOptional(),
  })
  .refine(...somethingToChange);

const build: PlannedStep = { name: "build", mode: "watch", goal: "on" };

/** A machine that is there is not built: its record is all. */
const createSteps = (input: JsonObject): readonly PlannedStep[] => [
  { name: "create", mode: "once", goal: "answered" },
  ...(input["type"] === "new" ? [build] : []),
];

/** Longer than a job may wait and run: a server that isn't over by then is for a person to look at. */
const buildSeconds = 2400;

/** What this panel offers. It can't switch machines on or off, and shows only whether a server is being built. */
export const panelKinds: ReadonlyMap<Kind, KindOffer> = new Map<Kind, KindOffer>([
  [
    "server.create",
    {
      input: serverCreateInput,
      resourceType: null,
      steps: createSteps,
      hasRoomForMarker: ({ name }) => typeof name === "string" && name.length <= nameLimit - 9,
      deadlineSeconds: buildSeconds,
      example: { type: "new", name: "web-1", node_id: 1, user_id: 1, template_id: 1 },
      variants: [
        {
          input: { type: "existing", vmid: 1489, is_template: false, is_visible: true },
          when: "type is existing",
        },
      ],
      note: "There are no tags: the operation's id ends the name, and the panel takes 40 characters. A name of more than 31 has no room for it; a create whose answer is lost is then not sent again, and needs attention. A build that fails looks at work for ever, so it needs attention too.",
    },
  ],
  [
    "server.update",
    {
      input: serverUpdateInput,
      resourceType: "server",
      steps: ({ name }) => [
        { name: "update", mode: "repeat", goal: "answered", ...noteOfName(name, nameLimit) },
      ],
      example: { name: "web-2" },
      note: "The document has PUT; the panel of its day does not route it. Then the operation fails and says so. What the PUT demands and the input leaves out is sent as the server has it.",
    },
  ],
  [
    "server.delete",
    {
      input: serverDeleteInput,
      resourceType: "server",
      steps: removalSteps,
      example: { purge: true },
      money:
        "Without purge only the panel's record goes: the machine stays on its node, runs on, and nobody sees it here any more.",
      note: "A purge needs the machine: while it is being cloned the panel answers 500.",
    },
  ],
  [
    "specifications.update",
    {
      input: specificationsInput,
      resourceType: "server",
      // What is sent while the template is being cloned is lost: the build is waited for.
      steps: () => [build, { name: "apply", mode: "repeat", goal: "answered" }],
      deadlineSeconds: buildSeconds,
      example: { cores: 2, memory: 2_147_483_648 },
      note: "Disks only grow. A server whose build was not seen is first watched for as long as a build may wait for an idle worker (60 s, or `assume.builds_begin_within_seconds` of the connection).",
    },
  ],
]);
