import type { PlannedItem } from "../bulk/item.ts";
import type { BulkJob } from "../bulk/job.ts";
import { operationIdOf } from "../operation/operation-id.ts";
import type { Operation } from "../operation/operation.ts";
import { transition } from "../operation/transition.ts";
import { operationFor, putOperation } from "./accept-operation.ts";
import { putToStart } from "./start-operations.ts";
import type { Turn } from "./turn.ts";

type Owner = Pick<BulkJob, "id" | "connection" | "kind" | "options" | "requested_by" | "request_id">;

/** What becomes of an item beside its own operation: it is removed again. */
export type Errand = "undo";

/**
 * The idempotency key of an item's operation: of its job, its own key and its attempt, so that whoever begins it a second
 * time finds the first. Items of one `batch_scope` share their keys over all jobs of the connection.
 */
export const itemKeyOf = (job: Owner, key: string, attempt: number, errand?: Errand): string => {
  const { batch_scope: scope } = job.options;
  const isShared = scope !== undefined && errand === undefined;
  const owner = isShared ? ["bulk-scope", job.connection, scope, job.kind, key] : ["bulk", job.id, key];
  return [
    ...owner,
    ...(attempt === 1 ? [] : [String(attempt)]),
    ...(errand === undefined ? [] : [errand]),
  ].join("\n");
};

/** The id of an item's operation. */
export const itemOperationId = (deployment: string, job: Owner, key: string, attempt: number): string =>
  operationIdOf(deployment, itemKeyOf(job, key, attempt));

/**
 * The first row of an item's operation, of the instant `now` (ms since the epoch).
 * @throws RequestRefused when it is no request that can be taken (any more)
 */
export const itemOperation = (
  job: Owner,
  { key, input, resourceId }: PlannedItem,
  attempt: number,
  { ports }: Turn,
  now: number,
): Operation => {
  const connection = ports.providers.connection(job.connection);
  const type =
    connection === null
      ? null
      : (ports.providers.dialect(connection).kinds.get(job.kind)?.resourceType ?? null);
  const resource = resourceId === null || type === null ? {} : { resource: { type, id: resourceId } };
  const asker =
    job.requested_by === null || job.request_id === null
      ? null
      : { requestedBy: job.requested_by, requestId: job.request_id };
  const request = { connection: job.connection, kind: job.kind, input, ...resource };
  const operation = operationFor(request, itemKeyOf(job, key, attempt), ports, asker, now);
  return { ...operation, bulk_job: job.id, is_led: true };
};

/** The row of the removal of what an item has made. @throws RequestRefused as `itemOperation` */
export const undoOperation = (
  job: Owner,
  key: string,
  attempt: number,
  made: { readonly type: string; readonly id: string },
  { ports }: Turn,
): Operation => {
  const request = { connection: job.connection, kind: "server.delete" as const, resource: made };
  return operationFor(request, itemKeyOf(job, key, attempt, "undo"), ports);
};

/**
 * Puts the row of an item's operation and sends its first call, for which there is a place in the budget. What begins
 * with a look is left to the follower, who looks at a hundred with one call.
 */
export const startItem = (asked: Operation, turn: Turn): Promise<Operation> =>
  putToStart(asked, true, turn, { looks: false });

/**
 * Sees to it that an item which was chosen and not sent is never sent: whoever has chosen it and stood still since then
 * finds a row under its operation's id that is cancelled. Nobody has heard of it, so it says nothing; and it holds no
 * input, because that may be what the table does not take.
 * @returns the row that stands: that one, or the one of somebody who was faster
 */
export const keepFromStarting = async (asked: Operation, { ports }: Turn): Promise<Operation> => {
  const { operation: cancelled } = transition(asked, { type: "cancel_requested" }, ports.clock.now());
  const { operation } = await putOperation({ ...cancelled, input: {}, outbox: [] }, ports);
  return operation;
};
