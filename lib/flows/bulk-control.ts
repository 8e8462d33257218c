import type { Caller } from "../access/caller.ts";
import { boardOf } from "../bulk/board.ts";
import type { PlannedItem } from "../bulk/item.ts";
import type { RefusalCode } from "../bulk/job-answer.ts";
import { cancel, confirm, needsRecheck, pause, replanned, resume } from "../bulk/job-change.ts";
import { type BulkJob, planValidSeconds } from "../bulk/job.ts";
import { allFailed, retryFailed, type Retry } from "../bulk/retry-failed.ts";
import { isUnconfirmed } from "../bulk/standing.ts";
import { secondsBetween } from "../operation/time.ts";
import { offerFor } from "./accept-operation.ts";
import { getJob, mustNotBeStopped, wake, wantsFor, type BulkPorts } from "./bulk-jobs.ts";
import { changeJob, chunksOf } from "./bulk-store.ts";
import { planBulk, type Planned } from "./plan-bulk.ts";
import { notFound, RequestRefused } from "./request-refused.ts";
import { free, reserve } from "./reservations.ts";

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

const correctedByAnother = (id: string): RequestRefused =>
  new RequestRefused({
    status: 409,
    code: "CONFLICT",
    title: "The job is being changed by others",
    detail: `Items of bulk job ${id} were corrected by somebody else at the same time.`,
    hint: "Ask again: it may be asked as often as you like.",
    retryAfterSeconds: 1,
  });

const change = async (id: string, decide: (job: BulkJob) => BulkJob, ports: BulkPorts): Promise<BulkJob> => {
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
 * @throws RequestRefused 409 when the plan is another one, or has become one, or a stop stands; those of the limits
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
    const { connection, offer } = offerFor(job, ports);
    await mustNotBeStopped(job, { offer, items: again.items }, ports);
    if (secondsBetween(job.plan.planned_at, ports.clock.now()) > planValidSeconds)
      await change(id, (standing) => replanned(standing, again.plan).next, ports);
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

const correctionsOf = ({ patches, patched }: BulkJob): string => JSON.stringify([patches, patched]);

/**
 * Tries again what has failed.
 * @param seen the job over whose corrections new ones were checked: they are not laid over others
 * @returns the job, and how many items. @throws RequestRefused 409, 410, 422
 */
export const retryJob = async (
  id: string,
  retry: Partial<Retry>,
  caller: Caller,
  ports: BulkPorts,
  seen: BulkJob | null = null,
): Promise<{ readonly job: BulkJob; readonly count: number }> => {
  await getJob(id, caller, ports);
  let count = 0;
  const job = await change(
    id,
    (standing) => {
      if (seen !== null && correctionsOf(seen) !== correctionsOf(standing)) throw correctedByAnother(id);
      const answer = retryFailed(standing, { ...allFailed, ...retry }, ports.clock.now());
      if (answer.refused !== null) throw refusal(answer.refused, answer.why);
      count = answer.count;
      return answer.next;
    },
    ports,
  );
  return { job, count };
};
