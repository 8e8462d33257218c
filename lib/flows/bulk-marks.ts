import type { BulkJob } from "../bulk/job.ts";
import type { EndLetter, Mark } from "../bulk/mark.ts";
import { creates } from "../operation/kind.ts";
import type { Operation } from "../operation/operation.ts";
import type { RunningItem } from "./bulk-run.ts";
import { RequestRefused } from "./request-refused.ts";

const letterOf = (operation: Operation): EndLetter => {
  switch (operation.state) {
    case "succeeded":
      return "s";
    case "cancelled":
      return "c";
    case "failed":
      return "f";
    case "accepted":
    case "starting":
    case "following":
    case "needs_attention":
      return "a";
  }
};

/** Operations that failed through no fault of theirs: they are tried again when the job goes on. */
export const isForNothing = ({ state, error, kind, resource }: Operation): boolean =>
  state === "failed" && error?.code === "UNAUTHENTICATED" && !(creates(kind) && resource !== null);

/**
 * What it means that another job of its `batch_scope` has an item's key: there is nothing to do, unless nothing came of
 * what that job has begun. Then the item goes on with its next attempt, which the two share as well.
 */
export const foreignMark = (operation: Operation, { item, attempt, name }: Known): Mark => {
  const { state, resource, id } = operation;
  const cameToNothing = state === "cancelled" || (state === "failed" && resource === null);
  if (cameToNothing) {
    const message = `operation ${id} of another job of this batch_scope came to nothing`;
    return { type: "returned", item, attempt, why: { code: "CAME_TO_NOTHING", message, name } };
  }
  const made = resource === null ? "" : `, which has made ${resource.id}`;
  const message = `operation ${id} of another job of this batch_scope has its key${made}`;
  return { type: "skipped", item, attempt, why: { code: "SKIPPED_EXISTS", message, name } };
};

type Known = Pick<RunningItem, "item" | "attempt" | "name" | "eurPerHour">;

/** What the end of an item's operation means for the item. */
export const endMark = (
  operation: Operation,
  { item, attempt, name, eurPerHour }: Known,
  now: number,
): Mark => {
  const { error, ended_at: ended, created_at: created } = operation;
  const why = error === null ? null : { code: error.code, message: error.detail, name };
  if (isForNothing(operation) && why !== null) return { type: "returned", item, attempt, why };
  const at = ended === null ? now : Date.parse(ended);
  const seconds = Math.max(0, (at - Date.parse(created)) / 1000);
  const price = eurPerHour === undefined || !creates(operation.kind) ? {} : { eurPerHour };
  return { type: "ended", letter: letterOf(operation), item, attempt, at, seconds, why, ...price };
};

/**
 * What it means that an item could not be begun: a refusal is its end; of a fault that we don't know nothing was sent
 * that its row would not tell, so that it is tried again a few times.
 */
export const markOfFault = (
  item: number,
  attempt: number,
  name: string,
  error: unknown,
  { crashes }: Pick<BulkJob, "crashes">,
): Mark => {
  if (error instanceof RequestRefused) {
    const detail = error.faults[0]?.detail ?? error.message;
    const why = { code: error.code, message: detail, name };
    return { type: "ended", letter: "f", item, attempt, at: 0, seconds: null, why };
  }
  const message = error instanceof Error ? error.message : "unknown fault";
  return { type: "crashed", item, attempt, times: (crashes[String(item)] ?? 0) + 1, why: { message, name } };
};
