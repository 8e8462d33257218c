import type { Board } from "./board.ts";
import { withCause } from "./causes.ts";
import { paidFor } from "./cost.ts";
import { isOver, type BulkJob } from "./job.ts";
import type { Mark, Why } from "./mark.ts";
import type { Letter } from "./tally.ts";
import { noted, withDuration } from "./time-left.ts";

/** So many dead workers make an item a poison item. */
export const crashesOfPoison = 3;

type MarkOf<Type extends Mark["type"]> = Extract<Mark, { readonly type: Type }>;

/** A job while marks are laid over it: the board is changed in place. */
interface Laying {
  readonly job: BulkJob;
  readonly board: Board;
}

/**
 * Whether the item has no end yet. One that was cancelled with its job, and so without a code, has none either: it was
 * taken for not begun, and who has begun it knows better.
 */
const isOpen = (letter: Letter, code: number): boolean =>
  letter === "p" || letter === "b" || letter === "r" || (letter === "c" && code === 0);

const isWindingUp = ({ cancel, stopped }: BulkJob): boolean => cancel !== null || stopped !== null;

const priceOf = ({ job }: Laying, said: number | null | undefined): number => {
  if (said !== undefined) return said ?? 0;
  return job.kind === "server.create" ? (job.plan.eur_per_hour_each ?? 0) : 0;
};

const explained = ({ job, board }: Laying, item: number, why: Why | null): BulkJob => {
  if (why === null && board.codes.at(item) === 0) return job;
  return { ...job, causes: withCause(job.causes, board.codes, { item, why, total: job.total }) };
};

const withoutCrashes = (job: BulkJob, item: number): BulkJob => {
  if (job.crashes[item] === undefined) return job;
  return {
    ...job,
    crashes: Object.fromEntries(Object.entries(job.crashes).filter(([key]) => key !== String(item))),
  };
};

/** What was cancelled stays so: a start is saved before anything is sent, so nothing is sent for it. */
const started = ({ job, board }: Laying, { item, at }: MarkOf<"started">): BulkJob | null => {
  const letter = board.letters.at(item);
  if (letter !== "p" && letter !== "b") return null;
  board.letters.set(item, "r");
  const last = Math.max(at, job.pace.last_start_at ?? at);
  return { ...job, pace: { ...job.pace, starts: noted(job.pace.starts, at), last_start_at: last } };
};

const withEnd = (job: BulkJob, { at, seconds }: Pick<MarkOf<"ended">, "at" | "seconds">): BulkJob => ({
  ...job,
  pace: {
    ...job.pace,
    ends: noted(job.pace.ends, at),
    durations: seconds === null ? job.pace.durations : withDuration(job.pace.durations, seconds),
  },
});

const unexplained = { message: "", name: "" };

const ended = (laying: Laying, mark: MarkOf<"ended">): BulkJob | null => {
  const { board } = laying;
  const { item, letter } = mark;
  const before = board.letters.at(item);
  // What needed attention gets its end when a person has decided.
  const isSettled = before === "a" && letter !== "a";
  if (!isSettled && !isOpen(before, board.codes.at(item))) return null;
  board.letters.set(item, letter);
  const code = letter === "c" ? "CANCELLED" : "UNKNOWN";
  const why = letter === "s" ? null : (mark.why ?? { ...unexplained, code });
  const told = withoutCrashes(explained(laying, item, why), item);
  const paced = isSettled ? told : withEnd(told, mark);
  const price = letter === "s" ? priceOf(laying, mark.eurPerHour) : 0;
  return price === 0 ? paced : paidFor(paced, price, mark.at);
};

const skipped = (laying: Laying, { item, why }: MarkOf<"skipped">): BulkJob | null => {
  const { letters, codes } = laying.board;
  if (!isOpen(letters.at(item), codes.at(item))) return null;
  letters.set(item, "k");
  return explained(laying, item, why);
};

const moved = ({ job, board }: Laying, item: number, from: Letter, to: Letter): BulkJob | null => {
  if (board.letters.at(item) !== from) return null;
  board.letters.set(item, to);
  return { ...job };
};

const failedFor = (laying: Laying, item: number, why: Why): BulkJob => {
  laying.board.letters.set(item, "f");
  return withoutCrashes(explained(laying, item, why), item);
};

const returned = (laying: Laying, { item, attempt, why }: MarkOf<"returned">): BulkJob | null => {
  const { job, board } = laying;
  const letter = board.letters.at(item);
  if (!isOpen(letter, board.codes.at(item))) return null;
  if (isWindingUp(job) || letter === "c") {
    // A job that begins nothing more does not try it again either.
    board.letters.set(item, "c");
    return withoutCrashes(explained(laying, item, why), item);
  }
  board.attempts.set(item, attempt + 1);
  board.letters.set(item, "p");
  return { ...job };
};

const crashed = (laying: Laying, { item, times, why }: MarkOf<"crashed">): BulkJob | null => {
  const { job, board } = laying;
  const letter = board.letters.at(item);
  if (!isOpen(letter, board.codes.at(item)) || times <= (job.crashes[item] ?? 0)) return null;
  if (times < crashesOfPoison || letter === "c")
    return { ...job, crashes: { ...job.crashes, [item]: times } };
  return failedFor(laying, item, { ...why, code: "POISON" });
};

const removed = (laying: Laying, { item, at, name, eurPerHour }: MarkOf<"removed">): BulkJob | null => {
  const { job, board } = laying;
  if ((job.stopped?.rollback ?? null) === null || board.letters.at(item) !== "s") return null;
  board.letters.set(item, "c");
  const message = "It was removed again, because the job has stopped.";
  const told = explained(laying, item, { code: "ROLLED_BACK", message, name });
  return paidFor(told, -priceOf(laying, eurPerHour), at);
};

const laid = (laying: Laying, mark: Mark): BulkJob | null => {
  switch (mark.type) {
    case "started":
      return started(laying, mark);
    case "ended":
      return ended(laying, mark);
    case "skipped":
      return skipped(laying, mark);
    case "blocked":
      return moved(laying, mark.item, "p", "b");
    case "freed":
      return moved(laying, mark.item, "b", "p");
    case "returned":
      return returned(laying, mark);
    case "crashed":
      return crashed(laying, mark);
    case "removed":
      return removed(laying, mark);
  }
};

/**
 * Lays a mark over a job: changes the board, and gives the job with all else that follows. Null when the job knows it,
 * or knows better: what has ended stays as it is (but what needed attention), and so does a later attempt.
 *
 * @throws RangeError when there is no such item
 */
export const layMark = (job: BulkJob, board: Board, mark: Mark): BulkJob | null => {
  if (board.attempts.at(mark.item) !== mark.attempt) return null;
  if (isOver(job) && !(mark.type === "ended" && board.letters.at(mark.item) === "a")) return null;
  return laid({ job, board }, mark);
};
