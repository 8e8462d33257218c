import { retentionSeconds } from "../operation/bounds.ts";
import { canonicalJson, type JsonObject } from "../operation/json.ts";
import { instant, secondsBetween } from "../operation/time.ts";
import { announceJob } from "./announce-job.ts";
import { boardOf, codeOf, patchOf, withBoard, type Board } from "./board.ts";
import { withCause } from "./causes.ts";
import { correctionAfter } from "./correction.ts";
import { most, type BulkJob } from "./job.ts";
import { changedTo, refusedAs, unchanged, type JobChange, type JobRefused } from "./job-answer.ts";
import { percentOf } from "./job-view.ts";
import { standing } from "./standing.ts";
import type { Letter } from "./tally.ts";
import { noLapse } from "./time-left.ts";

/** Items that can be tried again. `cancelled`: those that an early stop has left undone, or that were cancelled one by one. */
export const retriedStates = ["failed", "needs_attention", "cancelled"] as const;
export type RetriedState = (typeof retriedStates)[number];

const letterOf = {
  failed: "f",
  needs_attention: "a",
  cancelled: "c",
} as const satisfies Record<RetriedState, Letter>;

/** Which items are tried again, and with which corrections. */
export interface Retry {
  /** Usually only `failed`. What needs attention may exist: it should be resolved before it is made again. */
  readonly states: readonly RetriedState[];
  /** Only items with one of these codes; null: whatever the code. */
  readonly codes: readonly string[] | null;
  /** Only these items; null: all. */
  readonly items: ReadonlySet<number> | null;
  /** Items that need attention and whose operation a person has resolved as failed: tried again as if they had failed. */
  readonly resolved: ReadonlySet<number>;
  /** Laid over the inputs of all of them, and over what was laid over them before; null takes a field of that back. */
  readonly patch: JsonObject | null;
  /** Laid over the input of one, above `patch`, in the same way. */
  readonly patches: ReadonlyMap<number, JsonObject>;
}

/** All that have failed, as they were. */
export const allFailed: Retry = {
  states: ["failed"],
  codes: null,
  items: null,
  resolved: new Set(),
  patch: null,
  patches: new Map(),
};

/** As a change, with how many items are tried again. */
export interface Retried extends JobChange {
  readonly count: number;
}

/** The items that would be tried again, in their order. */
export const chosenItems = (job: BulkJob, retry: Retry, board: Board = boardOf(job)): readonly number[] => {
  const wanted = new Set<Letter>(retry.states.map((state) => letterOf[state]));
  return board.letters.items("f", "a", "c").filter((item) => {
    const isWanted = wanted.has(board.letters.at(item)) || retry.resolved.has(item);
    const code = codeOf(job, board, item);
    const hasCode = retry.codes === null || (code !== null && retry.codes.includes(code));
    return isWanted && hasCode && (retry.items === null || retry.items.has(item));
  });
};

/** The corrections after those of a retry; writes the items' numbers into the board. Null: they take too much room. */
const patchesAfter = (
  job: BulkJob,
  board: Board,
  items: readonly number[],
  { patch, patches }: Retry,
): JsonObject[] | null => {
  const all = [...job.patches];
  const places = new Map(all.map((one, index) => [canonicalJson(one), index]));
  for (const item of items) {
    const own = patches.get(item) ?? null;
    if (patch === null && own === null) continue;
    const whole = correctionAfter(patchOf(job, board, item), patch, own);
    if (Object.keys(whole).length === 0) {
      board.patched.set(item, 0);
      continue;
    }
    const text = canonicalJson(whole);
    const place = places.get(text) ?? all.length;
    if (place === all.length) all.push(whole);
    places.set(text, place);
    board.patched.set(item, place + 1);
  }
  return Buffer.byteLength(JSON.stringify(all)) > most.patchBytes ? null : all;
};

const reopened = (job: BulkJob, board: Board, items: readonly number[], now: number): BulkJob => {
  let { causes } = job;
  const tried = new Set(items.map(String));
  for (const item of items) {
    causes = withCause(causes, board.codes, { item, why: null, total: job.total });
    board.attempts.set(item, board.attempts.at(item) + 1);
    board.letters.set(item, "p");
  }
  const crashes = Object.fromEntries(Object.entries(job.crashes).filter(([item]) => !tried.has(item)));
  const percent = percentOf(board.letters.counts());
  const isWaiting = job.ended_at !== null || job.stopped !== null;
  return {
    ...withBoard(job, board),
    causes,
    crashes,
    stopped: null,
    ended_at: null,
    last_progress: { at: instant(now), percent },
    pace: isWaiting ? { ...job.pace, starts: noLapse, ends: noLapse } : job.pace,
  };
};

/**
 * Tries items again that have failed: each is pending once more, with one attempt more, and the job runs again. With
 * nothing to try again it stays as it is.
 *
 * @param now milliseconds since the epoch
 */
export const retryFailed = (job: BulkJob, retry: Retry, now: number): Retried | JobRefused => {
  if (job.cancel !== null) return refusedAs("JOB_CANCELLED", `${job.id} was cancelled at ${job.cancel.at}.`);
  if (job.ended_at !== null && secondsBetween(job.ended_at, now) > retentionSeconds)
    return refusedAs("JOB_EXPIRED", `${job.id} ended at ${job.ended_at}.`);
  const board = boardOf(job);
  const items = chosenItems(job, retry, board);
  if (items.length === 0) return { ...unchanged(job, "nothing is to be tried again"), count: 0 };
  const patches = patchesAfter(job, board, items, retry);
  if (patches === null)
    return refusedAs("PATCH_TOO_LARGE", `The corrections take more than ${most.patchBytes} bytes.`);
  const wasWindingUp = job.ended_at !== null || job.stopped !== null;
  const open = standing({ ...reopened(job, board, items, now), patches }, board.letters);
  const next = wasWindingUp ? announceJob(open, "bulk_job.resumed", now) : open;
  return { ...changedTo(next, "they are tried again"), count: items.length };
};
