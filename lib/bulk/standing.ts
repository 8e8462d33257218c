import { isOver, type BulkJob, type JobState } from "./job.ts";
import type { Tally } from "./tally.ts";

/** Whether somebody has still to confirm the job. */
export const isUnconfirmed = ({ confirm }: Pick<BulkJob, "confirm">): boolean =>
  confirm.needed && confirm.confirmed_at === null;

/** The state that follows from all else that the job says, as long as it has not ended. */
const standingOf = (job: BulkJob, letters: Tally): JobState => {
  if (isOver(job)) return job.state;
  if (job.cancel !== null || job.stopped !== null) return "finishing";
  if (isUnconfirmed(job)) return "awaiting_confirm";
  if (letters.count("p", "b") === 0) return "finishing";
  if (job.paused !== null) return "paused";
  // Only until it has been anything else: what was paused runs when it goes on.
  return job.state === "planned" && job.started_at === null && !job.confirm.needed ? "planned" : "running";
};

/** The job with the state that it has now. */
export const standing = (job: BulkJob, letters: Tally): BulkJob => {
  const state = standingOf(job, letters);
  return state === job.state ? job : { ...job, state };
};

/** The state in which a job ends whose items are all over. */
export const endStateOf = (job: BulkJob, letters: Tally): JobState => {
  if (job.cancel !== null) return "cancelled";
  const [succeeded, failed, doubtful] = [letters.count("s"), letters.count("f"), letters.count("a")];
  if (succeeded === 0 && doubtful === 0 && (failed > 0 || job.stopped !== null)) return "failed";
  return failed + doubtful > 0 || job.stopped !== null ? "completed_with_errors" : "completed";
};
