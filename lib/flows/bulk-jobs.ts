import { keyInSpaceOf, maySee, type Caller } from "../access/caller.ts";
import { boardOf } from "../bulk/board.ts";
import type { PlannedItem } from "../bulk/item.ts";
import type { RefusalCode } from "../bulk/job-answer.ts";
import { cancel, confirm, needsRecheck, pause, replanned, resume } from "../bulk/job-change.ts";
import { merge } from "../bulk/job-run.ts";
import { type BulkJob, bulkJobIdOf, bulkJobIdPattern, planValidSeconds } from "../bulk/job.ts";
import type { Mark } from "../bulk/mark.ts";
import { newJob } from "../bulk/new-job.ts";
import { isUnconfirmed } from "../bulk/standing.ts";
import { allFailed, retryFailed, type Retry } from "../bulk/retry-failed.ts";
import { operationIdOf } from "../operation/operation-id.ts";
import { instant, secondsBetween } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import { offerFor, type Asker, type CheckPorts } from "./accept-operation.ts";
import type { BulkAsk, ReadItems } from "./bulk-request.ts";
import { changeJob, chunksOf, createJob, loadJob, saveItems } from "./bulk-store.ts";
import { planBulk, type Planned, type PlanPorts, type ToPlan } from "./plan-bulk.ts";
import { needsConfirm, readAndPlan } from "./read-and-plan.ts";
import { notFound, RequestRefused } from "./request-refused.ts";
import { free, reservationRefusal, reserve, wantsOf } from "./reservations.ts";
import { itemKeyOf } from "./start-item.ts";

export type BulkPorts = CheckPorts &
  PlanPorts &
  Pick<Ports, "documents" | "queue" | "log" | "randomness" | "operations">;

/** What the job's items want of the connection's limits. */
const wantsFor = (
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

/** What a job would do; nothing is written. @throws RequestRefused as the job itself would be refused */
export const planOnly = async (ask: BulkAsk, caller: Caller, ports: BulkPorts) => {
  const id = bulkJobIdOf(ports.deployment, `plan\n${caller.id}`);
  const { read, plan, foreseen } = await readAndPlan(ask, id, null, ports);
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
const wake = async ({ queue, log }: BulkPorts): Promise<void> => {
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
 * @throws RequestRefused 422 with all faults at once; 413; 422 `IDEMPOTENCY_KEY_REUSED`; those of the limits
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

const statuses: Readonly<Record<RefusalCode, number>> = {
  PLAN_CHANGED: 409,
  PLAN_EXPIRED: 409,
  JOB_OVER: 409,
  JOB_CANCELLED: 409,
  JOB_EXPIRED: 410,
  PATCH_TOO_LARGE: 422,
};

const titles: Readonly<Record<RefusalCode, string>> = {
  PLAN_CHANGED: "The plan is another one",
  PLAN_EXPIRED: "The plan is too old",
  JOB_OVER: "The job is over",
  JOB_CANCELLED: "The job was cancelled",
  JOB_EXPIRED: "The job's items are not kept any more",
  PATCH_TOO_LARGE: "The corrections are too large",
};

const refusal = (code: RefusalCode, detail: string): RequestRefused =>
  new RequestRefused({
    status: statuses[code],
    code,
    title: titles[code],
    detail,
    ...(code === "PLAN_CHANGED" || code === "PLAN_EXPIRED"
      ? { hint: "Look at the job, and confirm with the plan_hash that it shows." }
      : {}),
  });

const change = async (
  id: string,
  decide: (job: BulkJob) => BulkJob,
  ports: BulkPorts,
): Promise<BulkJob> => {
  const job = await changeJob(id, decide, ports);
  if (job === null) throw notFound(`Bulk job ${id}`);
  await wake(ports);
  return job;
};

/** The plan of a job as it would be made now, from the items that it has. */
const planAgain = async (job: BulkJob, ports: BulkPorts): Promise<Planned & { items: PlannedItem[] }> => {
  const { connection, offer } = offerFor(job, ports);
  const { letters } = boardOf(job);
  const items: PlannedItem[] = [];
  for await (const chunk of chunksOf(job, ports))
    items.push(...chunk.items.filter(({ index }) => letters.at(index) === "p"));
  const planned = await planBulk(
    {
      connection,
      kind: job.kind,
      offer,
      items,
      fingerprint: job.fingerprint,
      limits: job.options,
      job: job.id,
      form: "items",
    },
    ports,
  );
  return { ...planned, items };
};

/**
 * Confirms a job that waits for it; its places in the connection's limits are reserved first, so that two jobs can't
 * both have the same rest.
 * @throws RequestRefused 409 when the plan is another one, or has become one; those of the limits
 */
export const confirmJob = async (
  id: string,
  planHash: string,
  caller: Caller,
  ports: BulkPorts,
): Promise<BulkJob> => {
  const job = await getJob(id, caller, ports);
  if (isUnconfirmed(job) && job.cancel === null) {
    if (planHash !== job.plan.plan_hash)
      throw refusal("PLAN_CHANGED", `The plan of ${id} has the hash ${job.plan.plan_hash}.`);
    const again = await planAgain(job, ports);
    if (secondsBetween(job.plan.planned_at, ports.clock.now()) > planValidSeconds)
      await change(id, (standing) => replanned(standing, again.plan).next, ports);
    const { connection } = offerFor(job, ports);
    const wants = await wantsFor(job, again.items, { connection, foreseen: again.foreseen }, ports);
    await reserve(connection, id, wants, ports);
  }
  try {
    return await change(
      id,
      (standing) => {
        const answer = confirm(standing, { planHash, by: caller.id }, ports.clock.now());
        if (answer.refused !== null) throw refusal(answer.refused, answer.why);
        return answer.next;
      },
      ports,
    );
  } catch (error) {
    const { connection } = offerFor(job, ports);
    if (error instanceof RequestRefused) await free(connection, id, ports);
    throw error;
  }
};

/** Begins nothing more until it is resumed. */
export const pauseJob = async (id: string, caller: Caller, ports: BulkPorts): Promise<BulkJob> => {
  await getJob(id, caller, ports);
  return change(id, (job) => pause(job, ports.clock.now()).next, ports);
};

/** Lets a job go on; after a long pause it is planned anew, so that its price, stock and warnings are of today. */
export const resumeJob = async (id: string, caller: Caller, ports: BulkPorts): Promise<BulkJob> => {
  const job = await getJob(id, caller, ports);
  const again = needsRecheck(job, ports.clock.now()) ? await planAgain(job, ports) : null;
  // The new plan is for what is left; of a job that has begun its price is still that of all.
  const { eur_per_hour, eur_per_month } = job.plan;
  const isWhole = again === null || again.items.length === job.total;
  const plan = again === null ? null : isWhole ? again.plan : { ...again.plan, eur_per_hour, eur_per_month };
  return change(id, (standing) => resume(standing, ports.clock.now(), plan).next, ports);
};

/** Cancels what is not begun; `abortRunning`: what is being made is removed again. */
export const cancelJob = async (
  id: string,
  abortRunning: boolean,
  caller: Caller,
  ports: BulkPorts,
): Promise<BulkJob> => {
  await getJob(id, caller, ports);
  return change(id, (job) => cancel(job, { abortRunning }, ports.clock.now()).next, ports);
};

/** Tries again what has failed. @returns the job, and how many items. @throws RequestRefused 409, 410, 422 */
export const retryJob = async (
  id: string,
  retry: Partial<Retry>,
  caller: Caller,
  ports: BulkPorts,
): Promise<{ readonly job: BulkJob; readonly count: number }> => {
  await getJob(id, caller, ports);
  let count = 0;
  const job = await change(
    id,
    (standing) => {
      const answer = retryFailed(standing, { ...allFailed, ...retry }, ports.clock.now());
      if (answer.refused !== null) throw refusal(answer.refused, answer.why);
      count = answer.count;
      return answer.next;
    },
    ports,
  );
  return { job, count };
};
