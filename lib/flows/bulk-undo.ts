import type { PlannedItem } from "../bulk/item.ts";
import { rolledBack } from "../bulk/job-run.ts";
import type { Mark } from "../bulk/mark.ts";
import { operationIdOf } from "../operation/operation-id.ts";
import { isDone, type Operation, type Resource } from "../operation/operation.ts";
import { secondsBetween } from "../operation/time.ts";
import type { BulkRun, Run } from "./bulk-run.ts";
import { RequestRefused } from "./request-refused.ts";
import { itemKeyOf, itemOperationId, startItem, undoOperation } from "./start-item.ts";
import type { Turn } from "./turn.ts";

/** Items whose removal is looked at in one round, for each job. */
const undoneAtOnce = 50;

/** What has become of the removal of what an item had made. */
type Undone =
  | { readonly is: "gone" }
  | { readonly is: "going" }
  /** It stays, or nobody knows whether it does, and why. */
  | { readonly is: "kept" | "in doubt"; readonly why: string };

type Settled = Exclude<Undone, { readonly is: "going" }>;

const resourceOf = (row: Operation | undefined): Resource | null =>
  row?.state === "succeeded" && row.resource?.type === "server" ? row.resource : null;

const outcomeOf = (removal: Operation): Undone => {
  if (!isDone(removal)) return { is: "going" };
  if (removal.state === "succeeded") return { is: "gone" };
  const isInDoubt = removal.state === "needs_attention";
  return { is: isInDoubt ? "in doubt" : "kept", why: removal.error?.code ?? removal.state };
};

interface Made {
  readonly item: PlannedItem;
  readonly attempt: number;
  readonly resource: Resource;
  readonly connection: string;
  /** When its operation ended. */
  readonly ended: string | null;
}

/** Whether the provider may still say that it does not exist, because it was made a moment ago: a delete would believe that. */
const isTooYoung = ({ ended, connection: name }: Made, { ports }: Turn): boolean => {
  const seconds = ports.providers.connection(name)?.assume.listed_within_seconds ?? 0;
  return ended !== null && secondsBetween(ended, ports.clock.now()) < seconds;
};

/** Sees to it that what the item has made is removed: a delete that looks first, under an id of its own. */
const undo = async (run: BulkRun, job: Run, made: Made): Promise<Undone> => {
  const { ports } = run.turn;
  const {
    item: { key },
    attempt,
    resource,
  } = made;
  const id = operationIdOf(ports.deployment, itemKeyOf(job.held.job, key, attempt, "undo"));
  const standing = await ports.operations.load(id);
  if (standing !== null) return outcomeOf(standing);
  if (isTooYoung(made, run.turn)) return { is: "going" };
  try {
    const asked = undoOperation(job.held.job, key, attempt, resource, run.turn);
    return outcomeOf(await startItem(asked, run.turn));
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    return { is: "kept", why: error.code };
  }
};

/** Those of the items that have made a server. */
const thoseMade = async (run: BulkRun, job: Run, items: readonly number[]): Promise<readonly Made[]> => {
  const { held } = job;
  const { deployment, operations } = run.turn.ports;
  const known = await Promise.all(
    items.map(async (index) => {
      const item = await held.item(index);
      const attempt = held.board.attempts.at(index);
      return { item, attempt, id: itemOperationId(deployment, held.job, item.key, attempt) };
    }),
  );
  const found = await operations.loadMany(known.map(({ id }) => id));
  const rows = new Map(found.filter((row) => row.bulk_job === held.job.id).map((row) => [row.id, row]));
  return known.flatMap(({ item, attempt, id }) => {
    const row = rows.get(id);
    const resource = resourceOf(row);
    if (row === undefined || resource === null) return [];
    return [{ item, attempt, resource, connection: row.connection, ended: row.ended_at }];
  });
};

/** The job has stopped by itself and removes what it has made: only that, one delete each. */
const rollBack = async (run: BulkRun, job: Run): Promise<void> => {
  const { held } = job;
  const { letters } = held.board;
  // What still runs may end well, and is removed then too.
  const left = letters.items("s").filter((item) => !job.kept.has(item));
  const marks: Mark[] = [];
  for (const made of await thoseMade(run, job, left.slice(0, undoneAtOnce))) {
    const { item, attempt } = made;
    const undone = await undo(run, job, made);
    const name = item.name ?? item.key;
    if (undone.is === "kept" || undone.is === "in doubt") job.kept.set(item.index, `${name} (${undone.why})`);
    if (undone.is === "gone")
      marks.push({ type: "removed", item: item.index, attempt, at: run.turn.ports.clock.now(), name });
  }
  run.learn(job, marks);
  const kept = [...job.kept.values()];
  const removed = (held.job.stopped?.rollback?.removed ?? 0) + marks.length;
  const isLast = letters.count("r", "p", "b") === 0 && left.length === marks.length;
  if (marks.length > 0 || isLast)
    job.wants.push((standing) => rolledBack(standing, { removed, kept, isDone: isLast }).next);
};

/** What it means for an item of a cancelled job that its removal is over. */
const abortedMark = (item: number, attempt: number, name: string, undone: Settled, at: number): Mark => {
  const of = { type: "ended", item, attempt, at, seconds: null } as const;
  switch (undone.is) {
    case "gone": {
      const message = "It was removed again, because the job was cancelled.";
      return { ...of, letter: "c", why: { code: "ABORTED", message, name } };
    }
    case "kept":
      return { ...of, letter: "s", why: null };
    case "in doubt": {
      const message = `It was to be removed, because the job was cancelled, and it is not known whether it was (${undone.why}).`;
      return { ...of, letter: "a", why: { code: "REMOVAL_IN_DOUBT", message, name } };
    }
  }
};

/** The job was cancelled with what runs: what a create has made in the end is removed again. */
const abort = async (run: BulkRun, job: Run): Promise<void> => {
  const created = [...job.aborting].slice(0, undoneAtOnce);
  const marks: Mark[] = [];
  for (const made of await thoseMade(run, job, created)) {
    const { item, attempt } = made;
    const undone = await undo(run, job, made);
    if (undone.is === "going") continue;
    job.aborting.delete(item.index);
    const name = item.name ?? item.key;
    marks.push(abortedMark(item.index, attempt, name, undone, run.turn.ports.clock.now()));
  }
  run.learn(job, marks);
};

/** Removes what a job had made that was stopped or cancelled, where that was asked for. */
export const undoItems = async (run: BulkRun, job: Run): Promise<void> => {
  const { stopped } = job.held.job;
  if (stopped?.rollback?.is_done === false) await rollBack(run, job);
  if (job.aborting.size > 0) await abort(run, job);
};
