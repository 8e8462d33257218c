import { keyInSpaceOf, maySee, type Caller } from "../access/caller.ts";
import type { PlannedItem } from "../bulk/item.ts";
import { merge } from "../bulk/job-run.ts";
import { type BulkJob, bulkJobIdOf, bulkJobIdPattern } from "../bulk/job.ts";
import type { Mark } from "../bulk/mark.ts";
import { newJob } from "../bulk/new-job.ts";
import { isUnconfirmed } from "../bulk/standing.ts";
import { operationIdOf } from "../operation/operation-id.ts";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import type { Asker, CheckPorts } from "./accept-operation.ts";
import type { BulkAsk, ReadItems } from "./bulk-request.ts";
import { createJob, loadJob, saveItems } from "./bulk-store.ts";
import { jobStopRefusal } from "./check-stop.ts";
import type { Planned, PlanPorts, ToPlan } from "./plan-bulk.ts";
import { needsConfirm, readAndPlan } from "./read-and-plan.ts";
import { notFound, RequestRefused } from "./request-refused.ts";
import { reservationRefusal, reserve, wantsOf } from "./reservations.ts";
import { itemKeyOf } from "./start-item.ts";

export type BulkPorts = CheckPorts &
  PlanPorts &
  Pick<Ports, "documents" | "queue" | "log" | "randomness" | "operations">;

/** What the job's items want of the connection's limits. */
export const wantsFor = (
  job: Pick<BulkJob, "id" | "connection" | "kind" | "options" | "requested_by" | "request_id">,
  items: readonly PlannedItem[],
  { connection, foreseen }: { connection: ToPlan["connection"]; foreseen: Planned["foreseen"] },
  ports: BulkPorts,
) =>
  wantsOf(
    connection,
    items.map(({ key, input }) => ({
      id: operationIdOf(ports.deployment, itemKeyOf(job, key, 1)),
      kind: job.kind,
      input,
    })),
    foreseen.quotas,
    ports,
  );

/** @throws RequestRefused 409 `STOPPED` as one of its items alone would be refused */
export const mustNotBeStopped = async (
  { kind }: Pick<BulkJob, "kind">,
  { offer, items }: Pick<ReadItems, "offer" | "items">,
  ports: BulkPorts,
): Promise<void> => {
  const inputs = items.map(({ input }) => input);
  const refusal = await jobStopRefusal(kind, inputs, offer, ports);
  if (refusal !== null) throw refusal;
};

/** What a job would do; nothing is written. @throws RequestRefused as the job itself would be refused */
export const planOnly = async (ask: BulkAsk, caller: Caller, ports: BulkPorts) => {
  const id = bulkJobIdOf(ports.deployment, `plan\n${caller.id}`);
  const { read, plan, foreseen } = await readAndPlan(ask, id, null, ports);
  await mustNotBeStopped(ask, read, ports);
  const words = { id, ...ask, requested_by: caller.id, request_id: null };
  const wants = await wantsFor(words, read.items, { connection: read.connection, foreseen }, ports);
  const refusal = await reservationRefusal(read.connection, id, wants, ports);
  if (refusal !== null) throw refusal;
  return { plan, read, foreseen, needsConfirm: needsConfirm(ask, read) };
};

/** A job that was taken, now or by the same request before. */
export interface Submitted {
  readonly job: BulkJob;
  readonly replayed: boolean;
}

const replay = (job: BulkJob, { fingerprint }: BulkAsk): Submitted => {
  if (job.fingerprint === fingerprint) return { job, replayed: true };
  throw new RequestRefused({
    status: 422,
    code: "IDEMPOTENCY_KEY_REUSED",
    title: "The idempotency key was used for another request",
    detail: `This key belongs to bulk job ${job.id} of ${job.created_at}, whose request was different.`,
    hint: "Send the same body again, or use a new key.",
  });
};

/** Somebody runs the jobs now, and not at the next tick. */
export const wake = async ({ queue, log }: BulkPorts): Promise<void> => {
  try {
    await queue.wakeBulkRunner();
  } catch (error) {
    log.warn("the runner of bulk jobs was not woken; its next tick comes within a minute", {
      error: error instanceof Error ? error.message : "unknown fault",
    });
  }
};

/** The items with what each of them costs, where that is not the same for all. */
const priced = ({ items }: ReadItems, { plan, foreseen }: Planned): PlannedItem[] =>
  items.map((item, at) => {
    const euros = plan.eur_per_hour_each === undefined ? (foreseen.eurPerHourEach[at] ?? null) : null;
    return euros === null ? item : { ...item, eurPerHour: euros };
  });

const firstState = (
  ask: BulkAsk,
  id: string,
  read: ReadItems,
  planned: Planned,
  asker: Asker,
  chunks: number,
  now: number,
): BulkJob => {
  const { vars: _vars, start: _start, ...options } = ask.options;
  const total = read.items.length + read.invalid.length;
  const job = newJob(
    {
      id,
      connection: ask.connection,
      kind: ask.kind,
      fingerprint: ask.fingerprint,
      requestedBy: asker.requestedBy,
      requestId: asker.requestId,
      options,
      ...(ask.select === null ? {} : { select: ask.select }),
      total,
      chunks,
      plan: planned.plan,
      needsConfirm: needsConfirm(ask, read),
    },
    now,
  );
  const skipped = read.invalid.map(({ index, name, key, why }): Mark => {
    const because = { code: "INVALID", message: why, name: name ?? key };
    return { type: "skipped", item: index, attempt: 1, why: because };
  });
  return merge(job, skipped, now).next;
};

/**
 * Takes a bulk job: every item is read, checked and planned before anything is stored. The same key with the same
 * request is the same job.
 * @throws RequestRefused 422 with all faults at once; 413; 422 `IDEMPOTENCY_KEY_REUSED`; 409 `STOPPED`; those of the limits
 */
export const submitBulk = async (
  ask: BulkAsk,
  key: string,
  caller: Caller,
  asker: Asker,
  ports: BulkPorts,
): Promise<Submitted> => {
  const id = bulkJobIdOf(ports.deployment, keyInSpaceOf(caller, key));
  const standing = await loadJob(id, ports);
  if (standing !== null) {
    await wake(ports);
    return replay(standing.job, ask);
  }
  const { read, ...planned } = await readAndPlan(ask, id, id, ports);
  await mustNotBeStopped(ask, read, ports);
  const now = ports.clock.now();
  const all = [...priced(read, planned), ...read.invalid].toSorted((one, other) => one.index - other.index);
  const chunks = await saveItems({ id, created_at: instant(now) }, all, ports);
  const job = firstState(ask, id, read, planned, asker, chunks, now);
  const { connection } = read;
  const wants = await wantsFor(job, read.items, { connection, foreseen: planned.foreseen }, ports);
  if (isUnconfirmed(job)) {
    const refusal = await reservationRefusal(connection, id, wants, ports);
    if (refusal !== null) throw refusal;
  } else await reserve(connection, id, wants, ports);
  const { created, job: stored } = await createJob(job, ports);
  if (!created) return replay(stored, ask);
  ports.log.info("bulk job taken", { bulk_job: id, connection: job.connection, kind: job.kind });
  await wake(ports);
  return { job: stored, replayed: false };
};

/** A job that the caller may see. @throws RequestRefused 404 */
export const getJob = async (
  id: string,
  caller: Caller,
  ports: Pick<Ports, "documents">,
): Promise<BulkJob> => {
  const stored = bulkJobIdPattern.test(id) ? await loadJob(id, ports) : null;
  if (stored === null || !maySee(caller, stored.job.connection)) throw notFound(`Bulk job ${id}`);
  return stored.job;
};
