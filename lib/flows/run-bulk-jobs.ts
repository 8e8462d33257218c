import { isOver } from "../bulk/job.ts";
import { isUnconfirmed } from "../bulk/standing.ts";
import { beginSending, chooseItems } from "./bulk-begin.ts";
import { lookAtRunning, recover, tendPauses } from "./bulk-look.ts";
import { BulkRun, type Run } from "./bulk-run.ts";
import { listOpen, publishJob } from "./bulk-store.ts";
import { undoItems } from "./bulk-undo.ts";
import { isFollowing, LeaseLost } from "./follower-lease.ts";
import { inParallel } from "./in-parallel.ts";
import { publishEvents } from "./publish-events.ts";
import { extend, free } from "./reservations.ts";
import { takeRunLease } from "./run-lease.ts";
import type { Turn } from "./turn.ts";

const roundMilliseconds = 500;
/** Least milliseconds between two saves of a job that only tell its progress. */
const saveEveryMilliseconds = 1000;
/** Jobs that are saved at the same time. */
const savesAtOnce = 20;
/** Milliseconds between two extensions of a job's reservation. */
const extendEveryMilliseconds = 120_000;

/** Whether the runner has anything to do for the job before somebody asks for it. */
const isActive = (run: BulkRun, { held, running, wants }: Run): boolean => {
  const { job } = held;
  if (held.isDirty || wants.length > 0 || job.outbox.length > 0 || running.size > 0 || isOver(job)) return true;
  if (isUnconfirmed(job) && job.cancel === null) return false;
  const resumesAt = job.paused?.resumes_at ?? null;
  const waits = job.paused !== null && (resumesAt === null || Date.parse(resumesAt) > run.endsAt);
  return !waits;
};

/** Saves what was learnt of a job, if it is worth it. */
const saveIfDue = async (run: BulkRun, job: Run): Promise<void> => {
  const { held, wants } = job;
  const { clock } = run.turn.ports;
  const isWanted = wants.length > 0 || job.toSend.length > 0 || job.running.size === 0 || run.isOver;
  const isTime = clock.now() - held.savedAt >= saveEveryMilliseconds;
  const isNews = held.isDirty || wants.length > 0 || (held.job.state === "finishing" && isTime);
  if (!isNews || !(isWanted || isTime)) return;
  job.wants = [];
  await held.save((standing, now) => wants.reduce((changed, want) => want(changed, now), standing));
};

const publish = (run: BulkRun, job: Run): void => {
  const { outbox, id } = job.held.job;
  if (outbox.length === 0) return;
  run.errands.begin(`publish ${id}`, async () => job.held.say(await publishJob(job.held.job, run.turn.ports)));
};

/** A job that is over gives back what it had reserved, says its end, and leaves the list of open jobs. */
const close = (run: BulkRun, job: Run): void => {
  const { held } = job;
  const { ports } = run.turn;
  if (!isOver(held.job) || held.isDirty || held.job.outbox.length > 0) return;
  run.errands.begin(`close ${held.job.id}`, async () => {
    const connection = ports.providers.connection(held.job.connection);
    if (connection !== null) await free(connection, held.job.id, ports);
    await run.close(job);
  });
};

const keepReservation = (run: BulkRun, job: Run): void => {
  const { ports } = run.turn;
  const now = ports.clock.now();
  const connection = ports.providers.connection(job.held.job.connection);
  if (connection === null || isOver(job.held.job) || now - job.extendedAt < extendEveryMilliseconds) return;
  job.extendedAt = now;
  const { letters } = job.held.board;
  run.errands.begin(`extend ${job.held.job.id}`, async () => {
    await extend(connection, job.held.job.id, letters.count("p", "b", "r"), ports);
  });
};

/** Ends that were met while items were begun are said by the runner; the follower says all others. */
const publishEnds = (run: BulkRun): void => {
  if (run.ended.length === 0) return;
  run.errands.begin("publish ends", async () => {
    const ended = run.ended.splice(0);
    await publishEvents(ended, run.turn.ports);
  });
};

/** What runs is the follower's: one is woken when none is at work. */
const wakeFollower = (run: BulkRun): void => {
  if ([...run.runs.values()].every(({ running }) => running.size === 0)) return;
  const { ports } = run.turn;
  run.errands.begin("wake the follower", async () => {
    if (!(await isFollowing(ports))) await ports.queue.wakeFollower();
    await ports.clock.sleep(roundMilliseconds);
  });
};

const round = async (run: BulkRun): Promise<void> => {
  const { ports } = run.turn;
  await run.takeIn();
  for (const job of run.runs.values()) if (!isOver(job.held.job)) await recover(run, job);
  await lookAtRunning(run);
  await tendPauses(run);
  await undoItems(run);
  if (!run.isOver)
    await inParallel(ports.providers.connections(), savesAtOnce, (connection) => chooseItems(run, connection));
  await inParallel([...run.runs.values()], savesAtOnce, (job) => saveIfDue(run, job));
  for (const connection of ports.providers.connections()) beginSending(run, connection);
  for (const job of run.runs.values()) {
    publish(run, job);
    keepReservation(run, job);
    close(run, job);
  }
  publishEnds(run);
  wakeFollower(run);
};

const runAll = async (run: BulkRun): Promise<void> => {
  const { clock } = run.turn.ports;
  while (!run.isOver) {
    const began = clock.now();
    await round(run);
    const active = [...run.runs.values()].some((job) => isActive(run, job));
    if (!active && run.errands.isEmpty) break;
    await run.lease.keep();
    const rest = began + roundMilliseconds - clock.now();
    if (rest > 0) await clock.sleep(rest);
  }
  await run.errands.settled();
  await inParallel([...run.runs.values()], savesAtOnce, (job) => saveIfDue(run, job));
  publishEnds(run);
  await run.errands.settled();
};

/**
 * Begins the items of bulk jobs at the pace of their connections' budgets, learns how they end, and says so, for as long
 * as the invocation allows. With no job open it costs one read. Two runners at the same time do no harm.
 * @throws AggregateError when something failed in a way that we don't know; everything else has been done then
 */
export const runBulkJobs = async (turn: Turn): Promise<void> => {
  const { ports } = turn;
  if ((await listOpen(ports)).length === 0) return;
  const lease = await takeRunLease("bulk-runner", ports);
  if (lease === null) return;
  const run = new BulkRun(turn, lease);
  try {
    await runAll(run);
  } catch (error) {
    await run.errands.settled();
    if (!(error instanceof LeaseLost)) throw error;
    ports.log.info("another runner of bulk jobs has taken over");
  } finally {
    await lease.release();
  }
  const unknown = run.errands.failures.filter((error) => !(error instanceof LeaseLost));
  if (unknown.length > 0) throw new AggregateError(unknown, `${unknown.length} pieces of work failed.`);
};
