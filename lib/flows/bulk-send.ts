import type { PlannedItem } from "../bulk/item.ts";
import { crashesOfPoison } from "../bulk/lay-mark.ts";
import type { Connection } from "../connection.ts";
import { isDone, type Operation } from "../operation/operation.ts";
import { claimSends } from "./advance-operation.ts";
import { markOfFault } from "./bulk-marks.ts";
import { isWindingUp, meetRow, unsentMark } from "./bulk-meet.ts";
import type { BulkRun, Run, RunningItem } from "./bulk-run.ts";
import { recheckDelete } from "./delete-recheck.ts";
import { inParallel } from "./in-parallel.ts";
import { RequestRefused } from "./request-refused.ts";
import { itemOperation, keepFromStarting, startItem } from "./start-item.ts";

/** How many places are waited for at the same time, and how long one is, in milliseconds. */
const sendersAtOnce = 4;
const patienceMilliseconds = 5000;
/** As many items are the last of a job as are begun in so many seconds. */
const secondsOfLast = 9;
/** Milliseconds until a row is first looked at after its first call. */
const firstLook = 1000;
/** Milliseconds until an item is tried again that failed in a way that we don't know. */
const restMilliseconds = 20_000;

/** An item that is about to be sent, and its operation. */
interface Chosen {
  readonly job: Run;
  readonly entry: RunningItem;
  readonly planned: PlannedItem;
  readonly asked: Operation;
}

/** It is tried again after a while: its row is looked for, and it is sent where there is none. */
const rest = (entry: RunningItem, now: number): void => {
  entry.lookAt = now;
  entry.restsUntil = now + restMilliseconds;
};

interface Head {
  readonly job: Run;
  readonly item: number;
}

/** What is to be sent next at a connection, in the order in which it was chosen. */
const nextToSend = (run: BulkRun, connection: Connection): Head | null => {
  let found: (Head & { startedAt: number }) | null = null;
  for (const job of run.runs.values()) {
    if (job.held.job.connection !== connection.name) continue;
    const [item] = job.toSend;
    const entry = item === undefined ? undefined : job.running.get(item);
    // Write ahead: what is not said to be started in the table is not sent.
    if (item === undefined || !job.held.isStartSaved(item) || entry?.isEnrolled === false) continue;
    const startedAt = entry?.startedAt ?? 0;
    if (found === null || startedAt < found.startedAt) found = { job, item, startedAt };
  }
  return found;
};

/** Whether the job is not to begin anything now. One that is paused may be finishing: when all its items are chosen. */
const isHeldUp = (job: Run): boolean => {
  const { state, paused } = job.held.job;
  return isWindingUp(job) || paused !== null || (state !== "running" && state !== "finishing");
};

/** Sees to it that nobody ever sends the item. @returns whether that is certain; else somebody has sent it, and its row is looked at */
const keepBack = async (run: BulkRun, { job, entry, asked }: Chosen): Promise<boolean> => {
  const now = run.turn.ports.clock.now();
  try {
    const row = await keepFromStarting(asked, run.turn);
    if (row.state === "cancelled" && row.bulk_job === job.held.job.id) return true;
    meetRow(run, job, entry, row, now);
  } catch (error) {
    if (!(error instanceof RequestRefused)) rest(entry, now);
    // Its key is that of something else in its batch_scope: nothing of its own can be sent under it.
    else return true;
  }
  return false;
};

/** What was chosen and not sent when the job was held up goes back: nothing was asked for it, and nothing will be. */
const giveBack = async (run: BulkRun, chosen: Chosen): Promise<void> => {
  const { job, entry } = chosen;
  if (await keepBack(run, chosen)) run.learn(job, [unsentMark(job, entry, run.turn.ports.clock.now())]);
};

/** An item has failed in a way that we don't know: it is tried again after a while, the third time it is set aside. */
const countFault = (run: BulkRun, { job, entry }: Pick<Chosen, "job" | "entry">, error: unknown): void => {
  rest(entry, run.turn.ports.clock.now());
  const waiting = job.toSend.indexOf(entry.item);
  if (waiting >= 0) job.toSend.splice(waiting, 1);
  run.learn(job, [markOfFault(entry.item, entry.attempt, entry.name, error, job.held.job)]);
  if (job.held.board.letters.at(entry.item) === "f") job.running.delete(entry.item);
};

/**
 * An item that could not be begun, for a reason that we don't know. Before it is given up it is made certain that nobody
 * sends it. As long as not even the row that says so can be written, it is not the item that is ill.
 */
const setAside = async (run: BulkRun, chosen: Chosen, error: unknown): Promise<void> => {
  const { job, entry } = chosen;
  const isLast = (job.held.job.crashes[String(entry.item)] ?? 0) + 1 >= crashesOfPoison;
  if (isLast && !(await keepBack(run, chosen))) return;
  countFault(run, chosen, error);
};

/** Sends one item, and learns what is known of it at once. Of a fault only its row tells whether it was begun. */
const sendItem = async (run: BulkRun, chosen: Chosen): Promise<void> => {
  const { turn } = run;
  const { job, entry, asked, planned } = chosen;
  const { clock } = turn.ports;
  try {
    const now = await recheckDelete(job.held.job, planned, turn.ports);
    if (now.is === "unknown") return rest(entry, clock.now());
    if (now.is === "changed") {
      const why = { code: "CHANGED_SINCE_PLAN", message: now.detail, name: entry.name };
      return run.learn(job, [{ type: "skipped", item: entry.item, attempt: entry.attempt, why }]);
    }
    const operation = await startItem(asked, turn);
    if (isDone(operation) && operation.bulk_job === job.held.job.id) run.ended.push(operation);
    meetRow(run, job, entry, operation, clock.now() + firstLook);
  } catch (error) {
    if (error instanceof RequestRefused)
      return run.learn(job, [markOfFault(entry.item, entry.attempt, entry.name, error, job.held.job)]);
    turn.ports.log.error("an item could not be begun", {
      operation_id: entry.operationId,
      error: error instanceof Error ? error.message : "unknown fault",
    });
    await setAside(run, chosen, error);
  }
};

/** An item as its operation; null: none can be made of it, and it waits no longer. */
const chosenOf = async (run: BulkRun, { job, item }: Head): Promise<Chosen | null> => {
  const entry = job.running.get(item);
  try {
    if (entry === undefined) return null;
    const planned = await job.held.item(item);
    return {
      job,
      entry,
      planned,
      asked: itemOperation(job.held.job, planned, entry.attempt, run.turn, entry.createdAt),
    };
  } catch (error) {
    if (entry !== undefined) countFault(run, { job, entry }, error);
    return null;
  }
};

/**
 * Whether only the last items of a connection's jobs are left to be begun. The jobs are over when these are: what other
 * items still have to send can wait for them.
 */
const areLast = (run: BulkRun, { name, rate_per_second: rate }: Connection): boolean => {
  let pending = 0;
  for (const { held } of run.runs.values())
    if (held.job.connection === name) pending += held.board.letters.count("p");
  return pending <= rate * secondsOfLast;
};

/** Whether the item's first step is a call. Found out once, because places may have to be waited for again and again. */
const sendsAtOnce = async (run: BulkRun, head: Head): Promise<boolean> => {
  const entry = head.job.running.get(head.item);
  if (entry === undefined) return false;
  if (entry.sendsAtOnce === null) {
    const chosen = await chosenOf(run, head);
    // As long as it is not known it may be one.
    if (chosen === null) return true;
    entry.sendsAtOnce = claimSends(chosen.asked, run.turn.ports.clock.now());
  }
  return entry.sendsAtOnce;
};

/** Waits for a place in the budget, where the item's first step needs one. */
const mayGo = async (run: BulkRun, connection: Connection, head: Head): Promise<boolean> => {
  const { ports, timeLeft } = run.turn;
  if (isHeldUp(head.job) || !(await sendsAtOnce(run, head))) return true;
  const { name, rate_per_second: rate } = connection;
  const time = Math.min(patienceMilliseconds, timeLeft() - 10_000);
  if (time <= 0) return false;
  if (await ports.budget.take(name, rate, time, areLast(run, connection) ? "last" : "write")) return true;
  run.refused.add(name);
  return false;
};

/** @returns whether there may be more to send now */
const sendNext = async (run: BulkRun, connection: Connection): Promise<boolean> => {
  if (run.isOver || !run.isUpToDate) return false;
  const head = nextToSend(run, connection);
  if (head === null || !(await mayGo(run, connection, head))) return false;
  // Chosen anew now that there is a place: whoever waited beside may have taken the first one.
  const next = nextToSend(run, connection);
  if (next === null || !run.isUpToDate) return false;
  next.job.toSend.shift();
  const chosen = await chosenOf(run, next);
  if (chosen === null) return true;
  if (!run.isUpToDate) {
    rest(chosen.entry, run.turn.ports.clock.now());
    return false;
  }
  const send = isHeldUp(next.job) ? giveBack : sendItem;
  run.errands.begin(`item ${chosen.entry.operationId}`, () => send(run, chosen));
  return true;
};

/** Asks for a place for each of the last items at once: places go to those first who have asked first. */
const askForEach = (run: BulkRun, connection: Connection): void => {
  for (const job of run.runs.values()) {
    if (job.held.job.connection !== connection.name) continue;
    for (const item of job.toSend) {
      const id = job.running.get(item)?.operationId ?? "";
      if (job.held.isStartSaved(item))
        run.errands.begin(`place ${id}`, async () => void (await sendNext(run, connection)));
    }
  }
};

/** Begins to send what is chosen at a connection and saved, as the budget lets it out, unless that goes on already. */
export const beginSending = (run: BulkRun, connection: Connection): void => {
  if (nextToSend(run, connection) === null) return;
  if (areLast(run, connection)) return askForEach(run, connection);
  run.errands.begin(`send at ${connection.name}`, async () => {
    await inParallel(Array.from({ length: sendersAtOnce }), sendersAtOnce, async () => {
      while (await sendNext(run, connection));
    });
  });
};
