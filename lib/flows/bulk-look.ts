import type { Mark } from "../bulk/mark.ts";
import { outagePause, pauseAfter } from "../bulk/stop-early.ts";
import { pauseItself, resumeItself } from "../bulk/job-run.ts";
import { isDone, type Operation } from "../operation/operation.ts";
import { endMark, isForNothing } from "./bulk-marks.ts";
import type { BulkRun, Run, RunningItem } from "./bulk-run.ts";
import { itemOperationId } from "./start-item.ts";

/** Rows that are looked at in one round, of all jobs. */
const rowsAtOnce = 1000;
/** A row is looked at again after a part of its age, at least and at most so many milliseconds later. */
const part = 0.25;
const soonest = 1000;
const latest = 15_000;
/** With so few running, each is looked at in each round: somebody waits for the last one. */
const few = 100;

const lookAgain = ({ startedAt }: RunningItem, now: number): number =>
  now + Math.min(latest, Math.max(soonest, (now - startedAt) * part));

const due = (run: BulkRun, now: number): { job: Run; entry: RunningItem }[] => {
  const all = [...run.runs.values()].flatMap((job) =>
    [...job.running.values()].flatMap((entry) => (entry.lookAt === null ? [] : [{ job, entry }])),
  );
  const chosen = all.length <= few ? all : all.filter(({ entry }) => (entry.lookAt ?? 0) <= now);
  return chosen.slice(0, rowsAtOnce);
};

/** What the ends of operations mean for the job as a whole: a key that the provider does not take fails nothing. */
const pauseFor = (operation: Operation) =>
  isForNothing(operation) && operation.error !== null
    ? pauseAfter(operation.error.code, operation.error.detail)
    : null;

/** Whether it has made a server that nobody wants any more: its item runs until that is gone. */
const isToBeAborted = ({ held }: Run, { state, kind, resource }: Operation): boolean =>
  held.job.cancel?.abort_running === true &&
  kind === "server.create" &&
  state === "succeeded" &&
  resource !== null;

/** Looks at the rows of what runs, and learns their ends. */
export const lookAtRunning = async (run: BulkRun): Promise<void> => {
  const { ports } = run.turn;
  const now = ports.clock.now();
  const looked = due(run, now);
  if (looked.length === 0) return;
  const rows = await ports.operations.loadMany(looked.map(({ entry }) => entry.operationId));
  const byId = new Map(rows.map((row) => [row.id, row]));
  const marks = new Map<Run, Mark[]>();
  for (const { job, entry } of looked) {
    entry.lookAt = lookAgain(entry, now);
    const row = byId.get(entry.operationId);
    if (row === undefined || !isDone(row)) continue;
    if (isToBeAborted(job, row)) {
      entry.lookAt = null;
      job.aborting.add(entry.item);
      continue;
    }
    marks.set(job, [...(marks.get(job) ?? []), endMark(row, entry, now)]);
    const words = pauseFor(row);
    if (words !== null) job.wants.push((standing, at) => pauseItself(standing, words, at).next);
  }
  for (const [job, its] of marks) run.learn(job, its);
};

/** Chunks' worth of items that are looked for in one round. */
const recoveredAtOnce = 500;

/**
 * Finds the items that are said to run and that this runner knows nothing of: another one began them, or died before it
 * could. Those with a row are followed; the others are sent, under the same id.
 */
export const recover = async (run: BulkRun, job: Run): Promise<void> => {
  const { held } = job;
  const { ports } = run.turn;
  const unknown = held.board.letters.items("r").filter((item) => !job.running.has(item));
  const now = ports.clock.now();
  const entries: RunningItem[] = [];
  for (const item of unknown.slice(0, recoveredAtOnce)) {
    const { key, name } = await held.item(item);
    const attempt = held.board.attempts.at(item);
    const operationId = itemOperationId(ports.deployment, held.job, key, attempt);
    entries.push({ item, attempt, key, name: name ?? key, operationId, startedAt: now, lookAt: now });
  }
  const rows = await ports.operations.loadMany(entries.map(({ operationId }) => operationId));
  const known = new Set(rows.map(({ id }) => id));
  for (const entry of entries) {
    const isThere = known.has(entry.operationId);
    job.running.set(entry.item, isThere ? entry : { ...entry, lookAt: null });
    if (!isThere) job.toSend.push(entry.item);
  }
  job.isRecovered = unknown.length <= recoveredAtOnce;
};

/** Pauses the jobs of connections whose provider is out, and lets those go on whose pause is over. */
export const tendPauses = async (run: BulkRun): Promise<void> => {
  const { ports } = run.turn;
  const now = ports.clock.now();
  const refused = new Set(run.refused);
  run.refused.clear();
  for (const job of run.runs.values()) {
    const { state, paused, connection: name } = job.held.job;
    const resumesAt = paused?.resumes_at ?? null;
    if (resumesAt !== null && Date.parse(resumesAt) <= now)
      job.wants.push((standing, at) => resumeItself(standing, at).next);
    const connection = ports.providers.connection(name);
    if (state !== "running" || connection === null || !refused.has(name)) continue;
    const { circuits } = await ports.budget.standing(name, connection.rate_per_second);
    const open = circuits.find(({ openUntil }) => openUntil > now);
    if (open === undefined) continue;
    const words = outagePause(`The provider does not answer as it should${open.zone === "" ? "" : ` in ${open.zone}`}.`, open.openUntil);
    job.wants.push((standing, at) => pauseItself(standing, words, at).next);
  }
};
