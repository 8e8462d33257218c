import type { Mark } from "../bulk/mark.ts";
import type { Connection } from "../connection.ts";
import { isDone, type Operation } from "../operation/operation.ts";
import { claimSends } from "./advance-operation.ts";
import type { BulkRun, Run, RunningItem } from "./bulk-run.ts";
import { endMark, markOfFault } from "./bulk-marks.ts";
import { stopRefusal } from "./check-stop.ts";
import { inParallel } from "./in-parallel.ts";
import { admitReserved } from "./reservations.ts";
import { itemOperation, itemOperationId, startItem } from "./start-item.ts";

/** Seconds' worth of calls that are begun with one save. */
const secondsAhead = 2;
/** Items of one job in a row, where many jobs share a connection: each save of a job is for several of them. */
const itemsInARow = 5;
const manyJobs = 10;
/** Items that are counted against the limits at once. */
const admittedAtOnce = 50;
/** How many places are waited for at the same time, and how long one is, in milliseconds. */
const sendersAtOnce = 4;
const patienceMilliseconds = 5000;
/** Sends of one connection that may be under way at the same time. */
const mostUnderWay = 200;
/** Milliseconds until a row is first looked at after its first call. */
const firstLook = 1000;

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

/** Sees to it that some pending items of the job are counted against the limits. @returns whether there are any */
const admit = async (run: BulkRun, job: Run): Promise<boolean> => {
  const { board } = job.held;
  for (const item of job.admitted) if (board.letters.at(item) !== "p") job.admitted.delete(item);
  if (job.admitted.size > 0) return true;
  const { ports } = run.turn;
  const connection = ports.providers.connection(job.held.job.connection);
  if (connection === null) return false;
  const pending = board.letters.items("p").slice(0, admittedAtOnce);
  const asked: { item: number; operation: Operation }[] = [];
  const faults: Mark[] = [];
  for (const item of pending) {
    try {
      const planned = await job.held.item(item);
      asked.push({ item, operation: itemOperation(job.held.job, planned, board.attempts.at(item), run.turn) });
    } catch (error) {
      faults.push(markOfFault(item, board.attempts.at(item), String(item + 1), error, job.held.job));
    }
  }
  run.learn(job, faults);
  const [first] = asked;
  if (first === undefined) return false;
  const stopped = await stopRefusal(first.operation, ports);
  if (stopped !== null) {
    job.restsUntil = ports.clock.now() + Math.min(stopped.retryAfterSeconds ?? 5, 10) * 1000;
    return false;
  }
  const operations = asked.map(({ operation }) => operation);
  const { admitted, refused, retryAfterSeconds } = await admitReserved(
    connection,
    job.held.job.id,
    operations,
    ports,
  );
  for (const { item, operation } of asked) {
    const refusal = refused.get(operation.id);
    if (admitted.has(operation.id)) job.admitted.add(item);
    if (refusal === undefined) continue;
    const { attempts } = job.held.board;
    run.learn(job, [markOfFault(item, attempts.at(item), String(item + 1), refusal, job.held.job)]);
  }
  if (job.admitted.size === 0 && retryAfterSeconds !== null)
    job.restsUntil = ports.clock.now() + retryAfterSeconds * 1000;
  return job.admitted.size > 0;
};

/** Begins the next items of a job: they are marked as started, which is saved before anything is sent. */
const take = async (run: BulkRun, job: Run, most: number): Promise<number> => {
  if (!(await admit(run, job))) {
    if (job.restsUntil <= run.turn.ports.clock.now()) job.restsUntil = run.turn.ports.clock.now() + 500;
    return 0;
  }
  const { held } = job;
  const free = (held.job.options.max_parallel ?? Infinity) - held.board.letters.count("r");
  const chosen = [...job.admitted].slice(0, Math.max(0, Math.min(most, free)));
  const now = run.turn.ports.clock.now();
  const marks: Mark[] = [];
  for (const item of chosen) {
    job.admitted.delete(item);
    const planned = await held.item(item);
    const attempt = held.board.attempts.at(item);
    job.running.set(item, {
      item,
      attempt,
      key: planned.key,
      name: planned.name ?? planned.key,
      operationId: itemOperationId(run.turn.ports.deployment, held.job, planned.key, attempt),
      startedAt: now,
      lookAt: null,
    });
    job.toSend.push(item);
    marks.push({ type: "started", item, attempt, at: now });
  }
  run.learn(job, marks);
  return chosen.length;
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
    mostUnderWay - underWayAt(run, connection),
  );
  while (room > 0) {
    const job = run.next(connection);
    if (job === null) return;
    room -= Math.max(1, await take(run, job, Math.min(room, inARow)));
  }
};

/** Sends one item, and marks what is known of it at once. */
const sendItem = async (run: BulkRun, job: Run, entry: RunningItem, asked: Operation): Promise<void> => {
  const { turn } = run;
  try {
    const operation = await startItem(asked, turn);
    if (operation.bulk_job !== job.held.job.id) {
      const made = operation.resource === null ? "" : `, which has made ${operation.resource.id}`;
      const message = `operation ${operation.id} of another job of this batch_scope has its key${made}`;
      const why = { code: "SKIPPED_EXISTS", message, name: entry.name };
      run.learn(job, [{ type: "skipped", item: entry.item, attempt: entry.attempt, why }]);
      return;
    }
    if (isDone(operation)) {
      run.ended.push(operation);
      run.learn(job, [endMark(operation, entry, turn.ports.clock.now())]);
      return;
    }
    entry.lookAt = turn.ports.clock.now() + firstLook;
  } catch (error) {
    turn.ports.log.error("an item could not be begun", {
      operation_id: entry.operationId,
      error: error instanceof Error ? error.message : "unknown fault",
    });
    run.learn(job, [markOfFault(entry.item, entry.attempt, entry.name, error, job.held.job)]);
  }
};

/** What is to be sent next at a connection, in the order in which it was chosen. */
const nextToSend = (run: BulkRun, connection: Connection): { job: Run; item: number } | null => {
  let found: { job: Run; item: number; startedAt: number } | null = null;
  for (const job of run.runs.values()) {
    if (job.held.job.connection !== connection.name) continue;
    const [item] = job.toSend;
    const entry = item === undefined ? undefined : job.running.get(item);
    if (item === undefined) continue;
    const startedAt = entry?.startedAt ?? 0;
    if (found === null || startedAt < found.startedAt) found = { job, item, startedAt };
  }
  return found;
};

/** What was chosen and not sent when the job was stopped goes back: nothing was asked for it. */
const giveBack = (run: BulkRun, job: Run, entry: RunningItem): void => {
  const { item, attempt, name } = entry;
  const { cancel } = job.held.job;
  const now = run.turn.ports.clock.now();
  const why = { code: "PAUSED", message: "the job was paused before it was sent", name };
  run.learn(job, [
    cancel === null
      ? { type: "returned", item, attempt, why }
      : { type: "ended", letter: "c", item, attempt, at: now, seconds: null, why: null },
  ]);
};

const sendNext = async (run: BulkRun, connection: Connection): Promise<boolean> => {
  const { turn } = run;
  const { ports } = turn;
  const head = nextToSend(run, connection);
  if (head === null || run.isOver) return false;
  const planned = await head.job.held.item(head.item);
  const attempt = head.job.held.board.attempts.at(head.item);
  const probe = itemOperation(head.job.held.job, planned, attempt, turn);
  if (claimSends(probe, ports.clock.now())) {
    const { name, rate_per_second: rate } = connection;
    const time = Math.min(patienceMilliseconds, turn.timeLeft() - 10_000);
    if (time <= 0) return false;
    if (!(await ports.budget.take(name, rate, time, "write"))) {
      run.refused.add(name);
      return false;
    }
  }
  // Chosen now that there is a place: whoever waited beside may have taken the first one.
  const next = nextToSend(run, connection);
  const item = next?.job.toSend.shift();
  const entry = item === undefined ? undefined : next?.job.running.get(item);
  if (next === null || entry === undefined) return next !== null;
  if (next.job.held.job.state !== "running" && next.job.held.job.state !== "finishing") {
    giveBack(run, next.job, entry);
    return true;
  }
  if (next.job.held.job.cancel !== null) {
    giveBack(run, next.job, entry);
    return true;
  }
  run.errands.begin(`item ${entry.operationId}`, async () => {
    try {
      const its = await next.job.held.item(entry.item);
      await sendItem(run, next.job, entry, itemOperation(next.job.held.job, its, entry.attempt, turn));
    } catch (error) {
      run.learn(next.job, [markOfFault(entry.item, entry.attempt, entry.name, error, next.job.held.job)]);
    }
  });
  return true;
};

/** Begins to send what is chosen at a connection and saved, as the budget lets it out, unless that goes on already. */
export const beginSending = (run: BulkRun, connection: Connection): void => {
  if (waitingAt(run, connection) === 0) return;
  run.errands.begin(`send at ${connection.name}`, async () => {
    await inParallel(Array.from({ length: sendersAtOnce }), sendersAtOnce, async () => {
      while (await sendNext(run, connection));
    });
  });
};
