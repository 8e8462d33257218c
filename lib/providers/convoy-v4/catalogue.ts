import * as z from "zod";
import type { JsonObject } from "../../operation/json.ts";
import type { Kind } from "../../operation/kind.ts";
import type { KindOffer, PlannedStep } from "../../ports/provider.ts";
import { somethingToChange, textOf } from "../input-parts.ts";
import { removalSteps } from "../convoy-removal.ts";
import { checkInputSecret } from "../input-secrets.ts";
import { noteOfName } from "../name-marker.ts";
import { nameLimit } from "./translate.ts";

/** A build may take 30 minutes of waiting and 5 of finishing; then it is over, or has failed. */
const buildSeconds = 2700;

const build = (goal: "on" | "answered"): PlannedStep => ({ name: "build", mode: "watch", goal });
const create: PlannedStep = { name: "create", mode: "once", goal: "answered" };
const update: PlannedStep = { name: "update", mode: "repeat", goal: "answered" };
const apply: PlannedStep = { name: "apply", mode: "repeat", goal: "answered" };
const suspend: PlannedStep = { name: "power_off", mode: "reach", goal: "off" };
const unsuspend: PlannedStep = { name: "power_on", mode: "reach", goal: "on" };

/** A row of the panel's database. */
const rowSchema = z.int({ error: "must be the number of a row of the panel" }).positive();
const vmidSchema = z
  .int({ error: "must be a number" })
  .min(100, { error: "must be at least 100" })
  .max(999_999_999, { error: "must be at most 999999999" });
const cpuSchema = z.int({ error: "must be a number of cores" }).min(1, { error: "must be at least 1 core" });
const memorySchema = z
  .int({ error: "must be a whole number of bytes" })
  .min(16_777_216, { error: "must be at least 16777216 bytes: it is in bytes, not in MiB" });
const diskSchema = z
  .int({ error: "must be a whole number of bytes" })
  .min(1_048_576, { error: "must be at least 1048576 bytes: it is in bytes, not in GiB" });
/** Null: unlimited. */
const countSchema = z.int().nonnegative().nullable();
const addressIdsSchema = z.array(rowSchema).max(100);

/**
 * A secret is referred to. What stands here is sent to the panel and kept nowhere: a value that is not a reference is
 * refused without being repeated.
 */
const passwordSchema = z
  .string({ error: "must be a reference to a secret: env:NAME or ssm:/path" })
  .regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|ssm:\/[\w./-]+)$/, {
    error: "must be a reference to a secret, env:NAME or ssm:/path; a password itself is not taken",
  });

const createFields = z.strictObject({
  /** Up to 31 characters leave room for our marker. */
  name: textOf(1, nameLimit),
  user_id: rowSchema,
  node_id: rowSchema,
  /** Null: the panel chooses a free one. */
  vmid: vmidSchema.nullable().default(null),
  hostname: textOf(1, 191),
  limits: z.strictObject({
    cpu: cpuSchema,
    memory: memorySchema,
    disk: diskSchema,
    snapshots: countSchema.default(null),
    backups: countSchema.default(null),
    bandwidth: countSchema.default(null),
    address_ids: addressIdsSchema.default([]),
  }),
  account_password: passwordSchema,
  should_create_server: z
    .literal(true, {
      error: "must be true: this panel answers a create without a build with 500, and leaves a record behind",
    })
    .default(true),
  template_uuid: textOf(1, 60).exactOptional(),
  /** The same as `template_uuid`. */
  image: textOf(1, 60).exactOptional(),
  start_on_completion: z.boolean().exactOptional(),
  /** The same as `start_on_completion`. */
  start: z.boolean().exactOptional(),
});
type Create = z.infer<typeof createFields>;

/** Fields that mean the same: one of them is given. */
const checkPairs = (input: Create, context: z.RefinementCtx): void => {
  if (input.template_uuid === undefined && input.image === undefined) {
    const message = "is required: the UUID of a template that lies on the node";
    context.addIssue({ code: "custom", path: ["template_uuid"], message });
  }
  if (input.template_uuid !== undefined && input.image !== undefined) {
    const message = "means the same as template_uuid; give one of the two";
    context.addIssue({ code: "custom", path: ["image"], message });
  }
  if (input.start_on_completion !== undefined && input.start !== undefined) {
    const message = "means the same as start_on_completion; give one of the two";
    context.addIssue({ code: "custom", path: ["start"], message });
  }
};

/** What is stored, and sent but for the marker and the password: the panel's own fields. */
const createInput = createFields
  .superRefine(checkPairs)
  .transform(({ image, start, template_uuid, start_on_completion, ...fields }): JsonObject => ({
    ...fields,
    template_uuid: template_uuid ?? image ?? "",
    start_on_completion: start_on_completion ?? start ?? true,
  }));

const updateInput = z
  .strictObject({
    name: textOf(1, nameLimit).exactOptional(),
    hostname: textOf(1, 191).exactOptional(),
    user_id: rowSchema.exactOptional(),
    vmid: vmidSchema.exactOptional(),
    /** Frees a server whose deletion has failed. Any other status is only a word: nothing would happen. */
    status: z
      .null({ error: "can only be set to null; server.action has suspend and unsuspend" })
      .exactOptional(),
  })
  .refine(...somethingToChange);

const deleteInput = z.strictObject({
  /** Whether the machine goes as well; otherwise it stays on its node, and runs on. */
  purge: z.boolean().default(false),
});

const settingsInput = z.strictObject({
  cpu: cpuSchema,
  memory: memorySchema,
  /** Bytes; disks only grow. */
  disk: diskSchema,
  address_ids: addressIdsSchema.exactOptional(),
  snapshot_limit: countSchema.exactOptional(),
  backup_limit: countSchema.exactOptional(),
  bandwidth_limit: countSchema.exactOptional(),
});

const actionInput = z.strictObject({
  action: z.enum(["suspend", "unsuspend"], {
    error: "must be suspend or unsuspend, all that this panel has",
  }),
});

const nothing = z.strictObject({});

/** The panel has no power: suspending kills the machine, which only who says so may take for a stop. */
const suspendIsStop: KindOffer["check"] = ({ name, suspend_is_stop }) =>
  suspend_is_stop
    ? null
    : {
        pointer: "/kind",
        detail:
          "this panel's API has no power. Send server.action with suspend (which kills the machine) or unsuspend, " +
          `or say suspend_is_stop: true in connection ${name}, so that stop and start mean these`,
      };

const onServer = (
  input: z.ZodType<JsonObject>,
  steps: KindOffer["steps"],
  more: Omit<KindOffer, "input" | "resourceType" | "steps"> = {},
): KindOffer => ({ input, resourceType: "server", steps, ...more });

const actionSteps = ({ action }: JsonObject): readonly PlannedStep[] => [
  action === "suspend" ? suspend : unsuspend,
];

const killing =
  "A suspension kills the machine, its guest is not asked; it keeps its memory, disk and addresses on the node.";

const powerOffers = (): (readonly [Kind, KindOffer])[] => [
  [
    "server.start",
    onServer(nothing, () => [unsuspend], {
      check: suspendIsStop,
      note: "Sent as unsuspend, and only where the connection says `suspend_is_stop: true`.",
    }),
  ],
  [
    "server.stop",
    onServer(nothing, () => [suspend], {
      check: suspendIsStop,
      note: `Sent as suspend, and only where the connection says \`suspend_is_stop: true\`. ${killing}`,
    }),
  ],
  [
    "server.action",
    onServer(actionInput, actionSteps, {
      example: { action: "suspend" },
      variants: [{ input: { action: "unsuspend" }, when: "action is unsuspend" }],
      note: killing,
    }),
  ],
];

const createExample: JsonObject = {
  name: "web-1",
  user_id: 1,
  node_id: 1,
  hostname: "web-1.example.com",
  limits: { cpu: 2, memory: 2_147_483_648, disk: 21_474_836_480 },
  account_password: "env:SWITCHYARD_INPUT_GUEST",
  template_uuid: "fa69cc5b-75f7-4b9c-9ea5-aaca0dee1593",
};

/** Letters of a name beside which the marker has room: a hyphen and eight letters at least. */
const markableLength = nameLimit - 9;

/** What the panel offers, kind by kind. */
export const v4Kinds: ReadonlyMap<Kind, KindOffer> = new Map<Kind, KindOffer>([
  [
    "server.create",
    {
      input: createInput,
      resourceType: null,
      // Nobody can say that a machine runs which was not to be started.
      steps: ({ start_on_completion: starts }) => [create, build(starts === false ? "answered" : "on")],
      hasRoomForMarker: ({ name }) => typeof name === "string" && name.length <= markableLength,
      check: (connection, { account_password: reference }) =>
        checkInputSecret(connection, reference, "/input/account_password"),
      deadlineSeconds: buildSeconds,
      example: createExample,
      variants: [{ input: { start: false }, when: "start is false" }],
      note: "There are no tags: the operation's id ends the name, and the panel takes 40 characters. A name of more than 31 has no room for it; a create whose answer is lost is then not sent again, and needs attention. `account_password` is a reference to a secret, never the password, and one that the connection allows (`input_secrets`). A build may take 35 minutes.",
    },
  ],
  [
    "server.update",
    onServer(updateInput, ({ name }) => [{ ...update, ...noteOfName(name, nameLimit) }], {
      example: { name: "web-2" },
      note: "`status: null` frees a server whose deletion has failed, so that it can be deleted again. A server whose name ends with our marker keeps it behind a new name, as far as 40 characters have room; a name of more than 31 is taken as it is.",
    }),
  ],
  [
    "server.delete",
    onServer(deleteInput, removalSteps, {
      example: { purge: true },
      money:
        "Without purge only the panel's record goes: the machine stays on its node, runs on, and nobody sees it here any more.",
      note: "Where an earlier deletion has failed the panel refuses another one: send server.update with `status: null` first.",
    }),
  ],
  ...powerOffers(),
  [
    "specifications.update",
    onServer(settingsInput, () => [build("answered"), apply], {
      deadlineSeconds: buildSeconds,
      example: { cpu: 2, memory: 4_294_967_296, disk: 42_949_672_960 },
      note: "Disks only grow. The panel answers 200 whether its node took them or not: the server is looked at afterwards, and what it does not show has failed.",
    }),
  ],
]);
