import * as z from "zod";
import { eventSchema } from "../../events/event.ts";
import { bounds } from "./bounds.ts";
import { jsonObjectSchema } from "./json.ts";
import { kindSchema } from "./kind.ts";
import { type Observation, taskSchema, volumeSchema } from "./observation.ts";
import { evidenceSchema, problemSchema, providerDetailSchema } from "./problem.ts";

/** The resource that an operation acts on or has made. */
export const resourceSchema = z.strictObject({ type: z.string(), id: z.string() });
export type Resource = z.infer<typeof resourceSchema>;

export const stepNameSchema = z.enum([
  "create",
  "build",
  "configure",
  "power_on",
  "power_off",
  "reboot",
  "action",
  "update",
  "apply",
  "remove",
  "remove_addresses",
  "remove_volumes",
]);
export type StepName = z.infer<typeof stepNameSchema>;

/**
 * How a step gets to its end.
 * `once`: a call that must not be repeated; its intent is saved first, and doubt is settled by evidence.
 * `reach`: look, act only if the goal is not reached, look again. Safe to repeat.
 * `repeat`: one call that may be sent any number of times; its answer is the end.
 * `watch`: only looked at; the provider does it by itself.
 */
export const stepModeSchema = z.enum(["once", "reach", "repeat", "watch"]);

/**
 * What a step wants to see. `changed`: on again after a change (a reboot). `restarted`: the same where a change may not
 * be visible: then the provider's yes is the end, and it runs. `answered`: the provider's yes is the end.
 */
export const goalSchema = z.enum(["on", "off", "standby", "gone", "changed", "restarted", "answered"]);
export type Goal = z.infer<typeof goalSchema>;

export const stepSchema = z.strictObject({
  name: stepNameSchema,
  mode: stepModeSchema,
  goal: goalSchema,
  /** How a server is removed: `delete` from any state, `stop_first`, or `terminate` where it runs. Only for `remove`. */
  removal: z.enum(["delete", "stop_first", "terminate"]).optional(),
  /** What the step does not do, for people: that a machine goes on, say. */
  note: z.string().optional(),
  /** A look saw the provider at work on it. Only where nothing is sent (`watch`): a rest after that is the end. */
  seen_moving: z.literal(true).optional(),
  /** Something was sent for it before a person reopened it. */
  was_asked: z.literal(true).optional(),
  state: z.enum(["pending", "running", "done", "failed"]),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
});
export type Step = z.infer<typeof stepSchema>;

/** The last call of the running step that may have changed something. */
export const callSchema = z.strictObject({
  /** What was asked: `create`, `poweron`, `delete`, … */
  what: z.string(),
  attempt: z.number().int().positive(),
  /** When it was decided; it is sent within the start window after that, or not at all. */
  intended_at: z.string(),
  /** `intended` until an answer is saved: after a crash that means "may have been sent". */
  outcome: z.enum(["intended", "answered", "doubtful"]),
  /** The resource's modification time before the call, to tell "fell back" from "did not start". */
  modified_before: z.string().nullable(),
  /** Whether a look after the call saw the resource on its way. */
  seen_moving: z.boolean(),
});
export type Call = z.infer<typeof callSchema>;

/** A create whose outcome is not known, and what was done to find out. */
export const doubtSchema = z.strictObject({
  since: z.string(),
  reason: z.string(),
  /** Only those after the horizon. */
  empty_searches: z.number().int().nonnegative(),
  last_search_at: z.string().nullable(),
});

/**
 * The provider refused the running step's call because of the state that the resource was in: it is looked at before
 * anything is sent again.
 */
export const setbackSchema = z.strictObject({
  detail: z.string(),
  provider: providerDetailSchema,
  /** How often it has refused so. */
  times: z.number().int().positive(),
  /** The state passes by itself: the provider said so, or a look since has shown the resource on its way. */
  is_passing: z.boolean(),
  /** Nothing was sent since. */
  is_open: z.boolean(),
});
export type Setback = z.infer<typeof setbackSchema>;

const common = {
  id: z.string(),
  /** Grows by one with each write; every write is conditional on it. */
  version: z.number().int().positive(),
  kind: kindSchema,
  connection: z.string(),
  /** SHA-256 of the canonical request, to tell a replay from a reused key. */
  fingerprint: z.string(),
  input: jsonObjectSchema,
  /** Which of the input's choices is tried: 0 is what was asked for, each higher one an entry of `fallback`. */
  choice: z.number().int().nonnegative().default(0),
  resource: resourceSchema.nullable(),
  /** Name of the resource, as last seen, for server events. */
  resource_name: z.string().nullable(),
  /** Tags of the resource that people have put there, as last seen or asked for. */
  tags: z.array(z.string()).default([]),
  /** The operation whose marker the resource bears, as last seen. */
  made_by: z.string().nullable(),
  /** Whether a look of this operation has shown its resource. Rows are not written for it alone. */
  is_sighted: z.boolean().default(false),
  steps: z.array(stepSchema),
  call: callSchema.nullable(),
  doubt: doubtSchema.nullable(),
  setback: setbackSchema.nullable().default(null),
  /** Creates that were sent and whose outcome was never learnt from an answer. */
  doubted_creates: z.number().int().nonnegative(),
  /** Not before this instant is anything sent again (after a 429, say). */
  hold_until: z.string().nullable(),
  /** What is waited for until then, in words for people. */
  waits_for: z.string().nullable().default(null),
  /** Volumes that the server had when it was removed and that still have to go. */
  volumes: z.array(volumeSchema),
  /** Public addresses that the server had when it was last seen; only for what a bulk job makes, whose report tells them. */
  addresses: z.array(z.string()).exactOptional(),
  task: taskSchema.nullable(),
  evidence: z.array(evidenceSchema),
  bulk_job: z.string().nullable(),
  schedule: z.string().nullable(),
  /** Who has asked for it, for the audit trail: a caller's id, or a hook. Null: nobody by HTTP. Never shown with it. */
  requested_by: z.string().nullable().default(null),
  /** The request that asked for it. */
  request_id: z.string().nullable().default(null),
  created_at: z.string(),
  updated_at: z.string(),
  /** After an ambiguous create nothing is created again before this many seconds since the intent. */
  horizon_seconds: z.number().positive(),
  /** Whether the create bears a marker; without one a create in doubt is never sent again. */
  is_marked: z.boolean().default(true),
  /** A call that shows no effect for so many seconds is taken as not carried out. */
  grace_seconds: z.number().positive().default(bounds.grace),
  /** Seconds between two searches after that. */
  proof_interval_seconds: z.number().positive(),
  /** Seconds from its start that the operation has to reach an end. */
  deadline_seconds: z.number().int().positive(),
  /** After this instant an operation without an end needs attention. Null until it starts. */
  deadline_at: z.string().nullable(),
  /** Events of this operation that exist so far (those of its server included). */
  event_count: z.number().int().nonnegative(),
  /** The last sequence under the operation's own subject. */
  sequence: z.number().int().nonnegative(),
  /** The last sequence under the server's subject; the next server event has one more. Null: not asked for yet. */
  resource_sequence: z.number().int().nonnegative().nullable(),
  /** Events that are not yet known to be published, bytes frozen. */
  outbox: z.array(eventSchema),
  /**
   * The follower's lease names this ended operation until its events are out, so that the row need not be in the due
   * index and is not written again.
   */
  is_owed: z.boolean(),
  /**
   * The runner of its bulk job follows it while it is open: it finds it by the job, so that the row need not be in the
   * due index.
   */
  is_led: z.boolean().default(false),
};

const open = { error: z.null(), ended_at: z.null() };
const ended = { ended_at: z.string() };

/** An operation: one requested change, followed to its end. A union on its state. */
export const operationSchema = z.discriminatedUnion("state", [
  z.strictObject({ ...common, ...open, state: z.literal("accepted") }),
  z.strictObject({ ...common, ...open, state: z.literal("starting") }),
  z.strictObject({ ...common, ...open, state: z.literal("following") }),
  z.strictObject({ ...common, ...ended, error: z.null(), state: z.literal("succeeded") }),
  z.strictObject({ ...common, ...ended, error: problemSchema, state: z.literal("failed") }),
  z.strictObject({ ...common, ...ended, error: z.null(), state: z.literal("cancelled") }),
  z.strictObject({ ...common, ...ended, error: problemSchema, state: z.literal("needs_attention") }),
]);
export type Operation = z.infer<typeof operationSchema>;
export type OperationState = Operation["state"];
export const operationStates = [
  "accepted",
  "starting",
  "following",
  "succeeded",
  "failed",
  "cancelled",
  "needs_attention",
] as const satisfies readonly OperationState[];

/** Whether the operation has come to an end (`needs_attention` waits for a person, so it counts as one). */
export const isDone = (operation: Operation): boolean => operation.ended_at !== null;

/** The step that is running or next to run; null when all are done. */
export const currentStep = (operation: Operation): Step | null =>
  operation.steps.find((step) => step.state !== "done") ?? null;

/** The public addresses that a look has shown, as a field of the operation, where somebody will ask for them. */
export const addressesSeen = (
  { bulk_job: job, kind }: Operation,
  { addresses = [] }: Observation,
): Pick<Operation, "addresses"> =>
  job === null || kind !== "server.create" || addresses.length === 0
    ? {}
    : { addresses: addresses.slice(0, 20) };

/** Whether the time that the operation has for reaching an end is over. */
export const isLate = ({ deadline_at }: Operation, now: number): boolean =>
  deadline_at !== null && now > Date.parse(deadline_at);

/**
 * Whether nothing has been sent for the operation and no intent to send stands: it is not begun, or what it needs could
 * not be had each time (a secret that can't be read, an API that is out of reach). Whoever is about to send saves that
 * first, and fails on a row that was cancelled meanwhile.
 */
export const isCancellable = (operation: Operation): boolean => {
  const { state, call, doubt, doubted_creates: doubted, hold_until: held, steps } = operation;
  if (state !== "starting") return state === "accepted";
  const isWaiting = held !== null && call === null && doubt === null && doubted === 0;
  return isWaiting && steps.every((step) => step.state !== "done");
};
