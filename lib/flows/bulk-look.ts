import { outagePause } from "../bulk/stop-early.ts";
import { pauseItself, resumeItself } from "../bulk/job-run.ts";
import { meetEnd, meetRow } from "./bulk-meet.ts";
import { homeOf } from "../connection.ts";
import type { BulkRun, Run, RunningItem } from "./bulk-run.ts";
import { tendStop } from "./bulk-stop.ts";
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
    [...job.running.values()].flatMap((entry) =>
      entry.lookAt === null || entry.restsUntil > now || run.led.has(entry.operationId)
        ? []
        : [{ job, entry }],
    ),
  );
  const chosen = all.length <= few ? all : all.filter(({ entry }) => (entry.lookAt ?? 0) <= now);
  return chosen.slice(0, rowsAtOnce);
};

/** Learns the ends of what this runner has followed itself. */
export const learnLed = (run: BulkRun): void => {
  const ended = new Map(run.over.splice(0).map((operation) => [operation.id, operation]));
  if (ended.size === 0) return;
  for (const job of run.runs.values())
    for (const entry of job.running.values()) {
      const operation = ended.get(entry.operationId);
      // Jobs of one batch_scope share operations; the end is that of the job that has begun it.
      if (operation?.bulk_job === job.held.job.id) meetEnd(run, job, entry, operation);
    }
};

/** Looks at the rows of what runs and is not followed here, and learns their ends. What has no row was not begun after all: it is sent again. */
export const lookAtRunning = async (run: BulkRun): Promise<void> => {
  const { ports } = run.turn;
  const now = ports.clock.now();
  const looked = due(run, now);
  if (looked.length === 0) return;
  const rows = await ports.operations.loadMany(looked.map(({ entry }) => entry.operationId));
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { job, entry } of looked) {
    const row = byId.get(entry.operationId);
    if (row !== undefined) meetRow(run, job, entry, row, lookAgain(entry, now));
    else {
      entry.lookAt = null;
      job.toSend.push(entry.item);
    }
  }
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
  if (job.isRecovered && held.board.letters.count("r") <= job.running.size) return;
  const unknown = held.board.letters.items("r").filter((item) => !job.running.has(item));
  const now = ports.clock.now();
  const entries: RunningItem[] = [];
  for (const item of unknown.slice(0, recoveredAtOnce)) {
    const { key, name, was, eurPerHour } = await held.item(item);
    const attempt = held.board.attempts.at(item);
    const operationId = itemOperationId(ports.deployment, held.job, key, attempt);
    entries.push({
      item,
      attempt,
      key,
      name: name ?? was ?? key,
      ...(eurPerHour === undefined ? {} : { eurPerHour }),
      operationId,
      startedAt: now,
      createdAt: run.chosenAt,
      isEnrolled: false,
      lookAt: now,
      sendsAtOnce: null,
      restsUntil: 0,
    });
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

/** Pauses jobs that a stop holds up or whose provider is out, and lets those go on whose pause is over. */
export const tendPauses = async (run: BulkRun): Promise<void> => {
  const { ports } = run.turn;
  const now = ports.clock.now();
  await tendStop(run);
  const refused = new Set(run.refused);
  run.refused.clear();
  for (const job of run.runs.values()) {
    const { state, paused, connection: name } = job.held.job;
    const resumesAt = paused?.resumes_at ?? null;
    if (resumesAt !== null && Date.parse(resumesAt) <= now && paused?.why !== "stop")
      job.wants.push((standing, at) => resumeItself(standing, at).next);
    const connection = ports.providers.connection(name);
    if (state !== "running" || connection === null) continue;
    // Where only a zone is out, places are still given: what is begun then would only wait.
    const isOut = ports.budget.closedUntil(name, homeOf(connection)) !== null;
    if (!isOut && !refused.has(name)) continue;
    const { circuits } = await ports.budget.standing(name, connection.rate_per_second);
    const open = circuits.find(({ openUntil }) => openUntil > now);
    if (open === undefined) continue;
    const words = outagePause(
      `The provider does not answer as it should${open.zone === "" ? "" : ` in ${open.zone}`}.`,
      open.openUntil,
    );
    job.wants.push((standing, at) => pauseItself(standing, words, at).next);
  }
};
