import type { Mark } from "../bulk/mark.ts";
import type { Connection } from "../connection.ts";
import type { Operation } from "../operation/operation.ts";
import { markOfFault } from "./bulk-marks.ts";
import type { BulkRun, Run } from "./bulk-run.ts";
import { stopRefusal } from "./check-stop.ts";
import { inParallel } from "./in-parallel.ts";
import { admitReserved } from "./reservations.ts";
import { RequestRefused } from "./request-refused.ts";
import { itemOperation, itemOperationId } from "./start-item.ts";

/** Seconds' worth of calls that are begun with one save. */
const secondsAhead = 2;
/** Items of one job in a row, where many jobs share a connection: each save of a job is for several of them. */
const itemsInARow = 5;
const manyJobs = 10;
/** Items that are counted against the limits at once. */
const admittedAtOnce = 50;
/** Sends of one connection that may be under way at the same time: so many, or as many as begin in so many seconds. */
const mostUnderWay = 200;
const secondsUnderWay = 5;
/** Milliseconds until a job is tried again that failed in a way that we don't know. */
const restMilliseconds = 20_000;

/** How many items of a connection wait to be sent. */
const waitingAt = (run: BulkRun, connection: Connection): number =>
  [...run.runs.values()]
    .filter(({ held }) => held.job.connection === connection.name)
    .reduce((sum, { toSend }) => sum + toSend.length, 0);

const underWayAt = (run: BulkRun, { name }: Connection): number =>
  [...run.runs.values()]
    .filter(({ held }) => held.job.connection === name)
    .reduce(
      (sum, { running }) => sum + [...running.values()].filter(({ lookAt }) => lookAt === null).length,
      0,
    );

interface AskedItem {
  readonly item: number;
  readonly operation: Operation;
}

/** The operations of the next pending items. What can't be one is failed; where that is not certain, the job rests. */
const nextAsked = async (run: BulkRun, job: Run): Promise<readonly AskedItem[]> => {
  const { board } = job.held;
  const asked: AskedItem[] = [];
  const faults: Mark[] = [];
  for (const item of board.letters.items("p").slice(0, admittedAtOnce)) {
    const attempt = board.attempts.at(item);
    try {
      const planned = await job.held.item(item);
      asked.push({ item, operation: itemOperation(job.held.job, planned, attempt, run.turn, run.chosenAt) });
    } catch (error) {
      faults.push(markOfFault(item, attempt, String(item + 1), error, job.held.job));
      if (error instanceof RequestRefused) continue;
      job.restsUntil = run.turn.ports.clock.now() + restMilliseconds;
      break;
    }
  }
  run.learn(job, faults);
  return asked;
};

/** Counts items against the limits. @returns after how many seconds the others may be asked for again; null: there are none */
const count = async (run: BulkRun, job: Run, asked: readonly AskedItem[]): Promise<number | null> => {
  const { ports } = run.turn;
  const [first] = asked;
  const connection = ports.providers.connection(job.held.job.connection);
  if (connection === null || first === undefined) return null;
  const stopped = await stopRefusal(first.operation, ports);
  if (stopped !== null) return Math.min(stopped.retryAfterSeconds ?? 5, 10);
  const operations = asked.map(({ operation }) => operation);
  const { id } = job.held.job;
  const { admitted, refused, retryAfterSeconds } = await admitReserved(connection, id, operations, ports);
  for (const { item, operation } of asked) {
    const refusal = refused.get(operation.id);
    if (admitted.has(operation.id)) job.admitted.add(item);
    if (refusal === undefined) continue;
    const { attempts } = job.held.board;
    run.learn(job, [markOfFault(item, attempts.at(item), String(item + 1), refusal, job.held.job)]);
  }
  return retryAfterSeconds;
};

/** Sees to it that some pending items of the job are counted against the limits. @returns whether there are any */
const admit = async (run: BulkRun, job: Run): Promise<boolean> => {
  const { letters } = job.held.board;
  for (const item of job.admitted) if (letters.at(item) !== "p") job.admitted.delete(item);
  if (job.admitted.size > 0) return true;
  const { clock } = run.turn.ports;
  try {
    const waits = await count(run, job, await nextAsked(run, job));
    if (job.admitted.size === 0 && waits !== null) job.restsUntil = clock.now() + waits * 1000;
  } catch (error) {
    // Too many count at the same moment.
    if (!(error instanceof RequestRefused)) throw error;
    job.restsUntil = clock.now() + (error.retryAfterSeconds ?? 1) * 1000;
  }
  return job.admitted.size > 0;
};

/** Begins the next items of a job: they are marked as started, which is saved before anything is sent. */
const take = async (run: BulkRun, job: Run, most: number): Promise<number> => {
  const { ports } = run.turn;
  if (!(await admit(run, job))) {
    if (job.restsUntil <= ports.clock.now()) job.restsUntil = ports.clock.now() + 500;
    return 0;
  }
  const { held } = job;
  const free = (held.job.options.max_parallel ?? Infinity) - held.board.letters.count("r");
  const chosen = [...job.admitted].slice(0, Math.max(0, Math.min(most, free)));
  const planned = await inParallel(chosen, 1, (item) => held.item(item));
  const now = ports.clock.now();
  const marks: Mark[] = [];
  for (const { index: item, key, name: its, was, eurPerHour } of planned) {
    if (!job.admitted.delete(item) || held.board.letters.at(item) !== "p") continue;
    const attempt = held.board.attempts.at(item);
    const operationId = itemOperationId(ports.deployment, held.job, key, attempt);
    const name = its ?? was ?? key;
    const price = eurPerHour === undefined ? {} : { eurPerHour };
    const fresh = { startedAt: now, lookAt: null, sendsAtOnce: null, restsUntil: 0, isEnrolled: false };
    const entry = { item, attempt, key, name, ...price, operationId, createdAt: run.chosenAt, ...fresh };
    job.running.set(item, entry);
    job.toSend.push(item);
    marks.push({ type: "started", item, attempt, at: now });
  }
  run.learn(job, marks);
  return marks.length;
};

/**
 * Chooses what is begun next at a connection: about a second's worth of its pace, fairly among its jobs. Nothing is sent
 * before the jobs are saved.
 */
export const chooseItems = async (run: BulkRun, connection: Connection): Promise<void> => {
  const wanted = Math.max(2, Math.ceil(connection.rate_per_second * secondsAhead));
  // A save is for several items: nothing is chosen as long as half of it waits.
  if (waitingAt(run, connection) > wanted / 2) return;
  const jobs = [...run.runs.values()].filter(({ held }) => held.job.connection === connection.name).length;
  const inARow = jobs > manyJobs ? itemsInARow : 1;
  let room = Math.min(
    wanted - waitingAt(run, connection),
    Math.max(mostUnderWay, connection.rate_per_second * secondsUnderWay) - underWayAt(run, connection),
  );
  while (room > 0) {
    const job = run.next(connection);
    if (job === null) return;
    room -= Math.max(1, await take(run, job, Math.min(room, inARow)));
  }
};
