import { isOver } from "../bulk/job.ts";
import { isUnconfirmed } from "../bulk/standing.ts";
import { chooseItems } from "./bulk-begin.ts";
import { learnLed, lookAtRunning, recover, tendPauses } from "./bulk-look.ts";
import { BulkRun, type Run } from "./bulk-run.ts";
import { beginSending } from "./bulk-send.ts";
import { listOpen, publishJob } from "./bulk-store.ts";
import { undoItems } from "./bulk-undo.ts";
import { enrolChosen } from "./bulk-enrol.ts";
import { isFollowing, LeaseLost } from "./follower-lease.ts";
import { inParallel } from "./in-parallel.ts";
import { publishEvents } from "./publish-events.ts";
import { RequestRefused } from "./request-refused.ts";
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
  if (held.isDirty || wants.length > 0 || job.outbox.length > 0 || running.size > 0 || isOver(job))
    return true;
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
  const isToBegin = held.job.state === "planned";
  const isNews = held.isDirty || isToBegin || wants.length > 0 || (held.job.state === "finishing" && isTime);
  if (!isNews || !(isWanted || isTime)) return;
  job.wants = [];
  try {
    await held.save((standing, now) => wants.reduce((changed, want) => want(changed, now), standing));
  } catch (error) {
    job.wants = [...wants, ...job.wants];
    throw error;
  }
};

/** What fails for one job in a way that we don't know keeps none of the others waiting; it is done again in a while. */
const guarded = async (run: BulkRun, job: Run, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    const { id } = job.held.job;
    const why = error instanceof Error ? error.message : "unknown fault";
    run.turn.ports.log.error("a bulk job could not be worked on", { bulk_job: id, error: why });
    run.failures.push(error);
  }
};

const publish = (run: BulkRun, job: Run): void => {
  const { outbox, id } = job.held.job;
  if (outbox.length === 0) return;
  run.errands.begin(`publish ${id}`, async () =>
    job.held.say(await publishJob(job.held.job, run.turn.ports)),
  );
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

/** Whether something of the job is the follower's to follow: what removes its servers again, and rows of earlier versions. */
const needsFollower = (run: BulkRun, { held, running, aborting }: Run): boolean =>
  aborting.size > 0 ||
  held.job.stopped?.rollback?.is_done === false ||
  [...running.values()].some(({ operationId, lookAt }) => lookAt !== null && !run.led.has(operationId));

/** What this runner does not follow itself is the follower's: one is woken when none is at work. */
const wakeFollower = (run: BulkRun): void => {
  if (![...run.runs.values()].some((job) => needsFollower(run, job))) return;
  const { ports } = run.turn;
  run.errands.begin("wake the follower", async () => {
    if (!(await isFollowing(ports))) await ports.queue.wakeFollower();
    await ports.clock.sleep(roundMilliseconds);
  });
};

const saveAll = async (run: BulkRun): Promise<void> => {
  await inParallel([...run.runs.values()], savesAtOnce, (job) =>
    guarded(run, job, () => saveIfDue(run, job)),
  );
};

const round = async (run: BulkRun): Promise<void> => {
  const { ports } = run.turn;
  await run.takeIn();
  run.chosenAt = ports.clock.now();
  for (const job of run.runs.values())
    if (!isOver(job.held.job)) await guarded(run, job, () => recover(run, job));
  run.led.round();
  learnLed(run);
  await lookAtRunning(run);
  await tendPauses(run);
  for (const job of run.runs.values()) await guarded(run, job, () => undoItems(run, job));
  if (!run.isOver)
    await inParallel(ports.providers.connections(), savesAtOnce, (connection) =>
      chooseItems(run, connection),
    );
  await Promise.all([saveAll(run), enrolChosen(run)]);
  for (const connection of ports.providers.connections()) beginSending(run, connection);
  for (const job of run.runs.values()) {
    publish(run, job);
    keepReservation(run, job);
    close(run, job);
  }
  publishEnds(run);
  wakeFollower(run);
};

/** The time of this runner is over and not the work: the next one begins at once, and not at its tick. */
const handOn = async ({ turn }: BulkRun): Promise<void> => {
  const { queue, log } = turn.ports;
  try {
    await queue.wakeBulkRunner();
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown fault";
    log.warn("the next runner of bulk jobs was not woken; its tick comes within a minute", { error: why });
  }
};

const runAll = async (run: BulkRun): Promise<void> => {
  const { clock } = run.turn.ports;
  let isActiveYet = true;
  // The first round takes jobs up, the second one begins items: somebody waits for them.
  await round(run);
  while (isActiveYet && !run.isOver) {
    const began = clock.now();
    await round(run);
    isActiveYet = !run.errands.isEmpty || [...run.runs.values()].some((job) => isActive(run, job));
    if (!isActiveYet) break;
    await run.lease.keep();
    const rest = began + roundMilliseconds - clock.now();
    if (rest > 0) await clock.sleep(rest);
  }
  await run.errands.settled();
  await run.led.settled();
  learnLed(run);
  await saveAll(run);
  publishEnds(run);
  await run.errands.settled();
  if (isActiveYet) await handOn(run);
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
    await run.led.settled();
    if (!(error instanceof LeaseLost)) throw error;
    ports.log.info("another runner of bulk jobs has taken over");
  } finally {
    await lease.release(run.led.said);
  }
  const failures = [...run.failures, ...run.errands.failures, ...run.led.failures];
  // A refusal says when to ask again, and that is done.
  const isKnown = (error: unknown): boolean => error instanceof LeaseLost || error instanceof RequestRefused;
  const unknown = failures.filter((error) => !isKnown(error));
  if (unknown.length > 0) throw new AggregateError(unknown, `${unknown.length} pieces of work failed.`);
};
