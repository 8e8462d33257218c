import { createHash } from "node:crypto";
import * as z from "zod";
import { startFromHookText, type StartFromHook } from "../../events/start-from-hook.ts";
import { requestOf } from "../hook/draft.ts";
import { fingerprintOf, operationIdOf } from "../operation/operation-id.ts";
import { asJson } from "../operation/json.ts";
import type { Operation } from "../operation/operation.ts";
import type { Ports } from "../ports/ports.ts";
import { NotQueued } from "../ports/queue.ts";
import { faultsOfDraft, planOf } from "./plan-hook.ts";
import { invalid, RequestRefused } from "./request-refused.ts";
import { acceptToStart } from "./start-operations.ts";
import type { Turn } from "./turn.ts";

const foundSchema = z.strictObject({
  /** Number of the draft. */
  draft: z.int().nonnegative(),
  /** The server that it is about; null: it makes something new. */
  target: z.string().nullable(),
});
type Found = z.infer<typeof foundSchema>;

/** What is on record of a webhook that was put aside. */
const recordSchema = z.strictObject({
  rule: z.string(),
  /** Fingerprint of what it asks for: where the rules change between two copies, the copy on record is the one that counts. */
  asked: z.string(),
  /** An operation each; null: the servers are still to be looked for. */
  found: z.array(foundSchema).nullable(),
});
type HookRecord = z.infer<typeof recordSchema>;

const folder = "hook-work";
/** A repeat is known for so long, in seconds: about as long as the operations that it has started. */
const keptSeconds = 30 * 86_400;
/** What the queue takes, with room to spare. */
const mostBytes = 200_000;
/** Seconds after which a server that was not there is worth another look. */
const againSeconds = 60;

type Webhook = Pick<StartFromHook, "hook" | "key">;

const nameOf = ({ hook, key }: Webhook): string =>
  createHash("sha256").update(`${hook}\n${key}`, "utf8").digest("hex");

/** The key of an operation: which draft it comes from, and what it acts on. */
const keyOf = ({ hook, key }: Webhook, { draft, target }: Found): string =>
  `hook\n${hook}\n${draft}/${target ?? ""}\n${key}`;

/** The ids of the operations, and those of them that stand. */
const standingOf = async (
  webhook: Webhook,
  found: readonly Found[],
  { operations, deployment }: Pick<Ports, "operations" | "deployment">,
): Promise<{ readonly ids: readonly string[]; readonly standing: ReadonlySet<string> }> => {
  const ids = found.map((one) => operationIdOf(deployment, keyOf(webhook, one)));
  return { ids, standing: new Set((await operations.loadMany(ids)).map(({ id }) => id)) };
};

const load = async (webhook: Webhook, { documents }: Pick<Ports, "documents">) => {
  const document = await documents.load(folder, nameOf(webhook));
  return document === null
    ? { record: null, version: 0 }
    : { record: recordSchema.parse(document.value), version: document.version };
};

const save = async (
  webhook: Webhook,
  record: HookRecord,
  seenVersion: number,
  { documents, clock }: Pick<Ports, "documents" | "clock">,
): Promise<boolean> => {
  const expiresAt = Math.floor(clock.now() / 1000) + keptSeconds;
  return documents.save(folder, nameOf(webhook), record, seenVersion, expiresAt);
};

const askedBy = ({ drafts }: StartFromHook): string => fingerprintOf(drafts.map(asJson));

/** What became of a webhook that was put aside. */
export interface HookWork {
  readonly rule: string;
  /** Ids of the operations that it has started. */
  readonly operations: readonly string[];
  /** Whether there are more to come. */
  readonly isPending: boolean;
}

/** What became of this webhook before; null when it was not put aside. */
export const loadHookWork = async (
  webhook: Webhook,
  ports: Pick<Ports, "documents" | "operations" | "deployment">,
): Promise<HookWork | null> => {
  const { record } = await load(webhook, ports);
  if (record === null) return null;
  const { rule, found } = record;
  if (found === null) return { rule, operations: [], isPending: true };
  const { ids, standing } = await standingOf(webhook, found, ports);
  const operations = ids.filter((id) => standing.has(id));
  return { rule, operations, isPending: operations.length < ids.length };
};

/** Whether it is more than the queue takes. */
export const isTooLarge = (work: StartFromHook): boolean => startFromHookText(work).length > mostBytes;

/**
 * Puts work aside: in the queue, which keeps it, and then on record, so that a repeat is known. A death in between only
 * lets the repeat be put aside too: its operations have the same keys.
 * @throws RequestRefused 503 when the queue does not take it
 */
export const putAside = async (
  work: StartFromHook,
  ports: Pick<Ports, "queue" | "documents" | "clock">,
): Promise<void> => {
  try {
    await ports.queue.requestHookWork(work);
  } catch (cause) {
    if (!(cause instanceof NotQueued)) throw cause;
    throw new RequestRefused({
      status: 503,
      code: "NOT_QUEUED",
      title: "The webhook can't be taken now",
      detail: "The queue does not take it.",
      hint: "Send it again.",
      retryAfterSeconds: 5,
      cause,
    });
  }
  // Where something stands already, a copy, or the one who works on this one, was faster.
  await save(work, { rule: work.rule, asked: askedBy(work), found: null }, 0, ports);
};

/** What can't be found now may be found later: the message comes again, and ends among the dead letters with this reason. */
const notFoundYet = ({ hook, rule }: StartFromHook, detail: string): RequestRefused =>
  new RequestRefused({
    status: 422,
    code: "HOOK_TARGET_UNKNOWN",
    title: "The rule's servers can't be told",
    detail: `Hook ${hook}, rule ${rule}: ${detail}`,
    retryAfterSeconds: againSeconds,
  });

const lookFor = async (work: StartFromHook, ports: Pick<Ports, "providers">): Promise<Found[]> => {
  const drafts = work.drafts.map((draft, index) => ({ draft, pointer: `/drafts/${index}` }));
  const { planned, faults } = await planOf(drafts, ports);
  if (planned === null) throw notFoundYet(work, faults.map(({ detail }) => detail).join("; "));
  return planned.map(({ draft, target }) => ({ draft, target }));
};

/**
 * What the work is about, looked for once: it stands on record before anything starts, so that whoever works on the
 * message again acts on the same servers and on no others. Null: a copy that asked for something else was first.
 */
const foundFor = async (
  work: StartFromHook,
  ports: Ports,
  looked: Found[] | null = null,
): Promise<readonly Found[] | null> => {
  const asked = askedBy(work);
  const { record, version } = await load(work, ports);
  if (record !== null && record.asked !== asked) return null;
  if (record !== null && record.found !== null) return record.found;
  const found = looked ?? (await lookFor(work, ports));
  const isSaved = await save(work, { rule: work.rule, asked, found }, version, ports);
  // A record goes on from nothing to what was asked to what was found: whoever was overtaken twice finds that.
  return isSaved ? found : foundFor(work, ports, found);
};

/**
 * Looks for the servers that a webhook's rule names by name or tag, and starts what it asks for: once all of them are
 * found, or nothing yet. What was started before is left alone.
 * @throws RequestRefused when a server can't be told, or what is asked for is not taken
 */
export const startHookWork = async (work: StartFromHook, turn: Turn): Promise<readonly Operation[]> => {
  const { ports } = turn;
  const { hook, rule } = work;
  const faults = work.drafts.flatMap((draft, index) => faultsOfDraft(draft, `/drafts/${index}`, ports));
  if (faults.length > 0) throw invalid(faults);
  const found = await foundFor(work, ports);
  if (found === null) {
    ports.log.info("a copy of a webhook was left, made under other rules", { hook, rule });
    return [];
  }
  const asker = { requestedBy: `hook:${hook}`, requestId: work.request_id };
  const started: Operation[] = [];
  const { ids, standing } = await standingOf(work, found, ports);
  for (const [index, one] of found.entries()) {
    const draft = work.drafts[one.draft];
    if (draft === undefined || standing.has(ids[index] ?? "")) continue;
    started.push(await acceptToStart(requestOf(draft, one.target), keyOf(work, one), turn, asker));
  }
  ports.log.info("a webhook started operations", { hook, rule, count: started.length });
  return started;
};
