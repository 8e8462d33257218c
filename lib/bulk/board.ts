import type { JsonObject } from "../operation/json.ts";
import { ItemNumbers } from "./item-numbers.ts";
import type { BulkJob } from "./job.ts";
import { Tally } from "./tally.ts";

/** What a job knows of each of its items, to look at and to change. */
export interface Board {
  readonly letters: Tally;
  /** From 1 on. */
  readonly attempts: ItemNumbers;
  /** Number of the item's cause, 0: none. */
  readonly codes: ItemNumbers;
  /** Number of the correction of its input, 0: none. */
  readonly patched: ItemNumbers;
}

/** The board of a job, free to be changed. @throws BadTally, BadItemNumbers on a document that is not ours */
export const boardOf = ({ progress, attempts, codes, patched, total }: BulkJob): Board => ({
  letters: Tally.read(progress, total),
  attempts: ItemNumbers.read(attempts, total, 1),
  codes: ItemNumbers.read(codes, total, 0),
  patched: ItemNumbers.read(patched, total, 0),
});

/** The job with what the board says. */
export const withBoard = (job: BulkJob, { letters, attempts, codes, patched }: Board): BulkJob => ({
  ...job,
  progress: letters.text(),
  attempts: attempts.text(),
  codes: codes.text(),
  patched: patched.text(),
});

/** What is laid over the input of an item before it is sent; null: nothing. */
export const patchOf = ({ patches }: BulkJob, { patched }: Board, item: number): JsonObject | null =>
  patches[patched.at(item) - 1] ?? null;

/** Code of the item's cause; null when it has none. */
export const codeOf = ({ causes }: BulkJob, { codes }: Board, item: number): string | null =>
  causes[codes.at(item) - 1]?.code ?? null;
