import { jobPath, jobSchema, type Job } from "./bulk-job.ts";
import { shortHash } from "./bulk-plan.ts";
import type { Context } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { CliFailure } from "./failure.ts";

const nothingToConfirm = ({ id, state }: Job): CliFailure =>
  new CliFailure({
    exitCode: exitCodes.conflict,
    code: "NOT_AWAITING_CONFIRM",
    message: `${id} does not wait for a confirmation`,
    why: [`It is ${state}.`],
    fix: [`switchyard bulk get ${id}`],
  });

/** Nobody has agreed, or could be asked: what was asked for waits, which must be known to whoever has made it. */
const stillWaits = ({ id }: Job, error: CliFailure): CliFailure =>
  new CliFailure({
    exitCode: error.exitCode,
    code: error.code,
    message: `${id} waits for a confirmation; nothing is started`,
    why: error.why,
    fix: [`switchyard bulk confirm ${id} --yes`, `or give it up: switchyard bulk cancel ${id} --yes`],
    docs: error.docs ?? undefined,
  });

const leftAtQuestion = (cause: unknown): CliFailure =>
  new CliFailure({
    exitCode: exitCodes.interrupted,
    code: "NOT_CONFIRMED",
    message: "Interrupted",
    why: ["The question was interrupted."],
    cause,
  });

/**
 * Confirms a job that waits for it, after asking. @throws CliFailure when the answer is no, there is nobody to ask, or
 * the plan is not the one that was agreed to
 */
export const confirmJob = async (context: Context, job: Job, planHash?: string): Promise<Job | null> => {
  const agreed = planHash ?? job.plan_hash ?? null;
  if (job.state !== "awaiting_confirm" || agreed === null) throw nothingToConfirm(job);
  const { total } = job.counts;
  const kind = job.kind ?? "items";
  const question = `Start ${job.id}: ${total} × ${kind}, plan ${shortHash(agreed)}?`;
  try {
    if (kind.endsWith(".delete")) await context.confirmTyped(question, String(total));
    else await context.confirm(question);
  } catch (error) {
    if (error instanceof CliFailure) throw stillWaits(job, error);
    if (context.world.interrupted.aborted) throw stillWaits(job, leftAtQuestion(error));
    throw error;
  }
  return context.change(jobSchema, {
    method: "POST",
    path: `${jobPath(job.id)}/confirm`,
    json: { plan_hash: agreed },
  });
};
