import { pauseItself, resumeAfterStop } from "../bulk/job-run.ts";
import { stopPause } from "../bulk/stop-early.ts";
import { isHeldByStop } from "../limits/stop.ts";
import type { BulkRun, Run } from "./bulk-run.ts";
import { stopWords } from "./check-stop.ts";
import { freshStop, standingStop } from "./stop-switch.ts";

/** Of those that are begun next so many are looked at: of kinds of which a stop holds only some inputs. */
const lookedAt = 50;

/** Whether a stop holds up something that the job begins next. */
const isHeld = async ({ turn }: BulkRun, { held }: Run): Promise<boolean> => {
  const { job, board } = held;
  const { providers } = turn.ports;
  const connection = providers.connection(job.connection);
  const offer = connection === null ? undefined : providers.dialect(connection).kinds.get(job.kind);
  if (offer === undefined) return false;
  for (const item of board.letters.items("p").slice(0, lookedAt)) {
    const { input } = await held.item(item);
    if (isHeldByStop({ kind: job.kind, input, steps: offer.steps(input) })) return true;
  }
  return false;
};

/**
 * Pauses the jobs that a stop of everything that makes or powers on holds up, with its words; those that it has paused go
 * on when it is lifted or its time has come.
 */
export const tendStop = async (run: BulkRun): Promise<void> => {
  const { ports } = run.turn;
  const jobs = [...run.runs.values()].filter(({ held }) => held.job.ended_at === null);
  const paused = jobs.filter(({ held }) => held.job.paused?.why === "stop");
  const running = jobs.filter(
    ({ held }) => held.job.state === "running" && held.board.letters.count("p") > 0,
  );
  if (paused.length + running.length === 0) return;
  // Whoever has waited for its end need not wait for what this process still remembers.
  const stop = paused.length > 0 ? await freshStop(ports) : await standingStop(ports);
  if (stop === null) {
    for (const job of paused) job.wants.push((standing, at) => resumeAfterStop(standing, at).next);
    return;
  }
  const words = stopPause(stopWords(stop), stop.until);
  const held = await Promise.all(running.map(async (job) => ((await isHeld(run, job)) ? [job] : [])));
  // The stop may have got another end.
  const moved = paused.filter(({ held: { job } }) => job.paused?.resumes_at !== stop.until);
  for (const job of [...moved, ...held.flat()])
    job.wants.push((standing, at) => pauseItself(standing, words, at).next);
};
