import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boardOf } from "../../lib/bulk/board.ts";
import { errorGroups } from "../../lib/bulk/causes.ts";
import { cancel, confirm, pause, resume } from "../../lib/bulk/job-change.ts";
import { began, merge, pauseItself, resumeItself, rolledBack, settle } from "../../lib/bulk/job-run.ts";
import { bulkJobSchema, isOver, type BulkJob } from "../../lib/bulk/job.ts";
import type { JobChange, JobRefused } from "../../lib/bulk/job-answer.ts";
import { jobView, jobViewSchema } from "../../lib/bulk/job-view.ts";
import type { EndLetter, Mark } from "../../lib/bulk/mark.ts";
import { allFailed, retriedStates, retryFailed } from "../../lib/bulk/retry-failed.ts";
import { outagePause } from "../../lib/bulk/stop-early.ts";
import type { Letter } from "../../lib/bulk/tally.ts";
import { aJob, endedMark, range, second, start, startedMark } from "./jobs.ts";

const total = 6;
const why = { code: "UNAUTHENTICATED", message: "No.", name: "web" };

/** How far an item has got within its attempt: it never goes back. */
const rankOf = (letter: Letter, code: number): number => {
  const ranks = { p: 0, b: 0, r: 2, a: 3, s: 4, f: 5, k: 5 } as const;
  if (letter !== "c") return ranks[letter];
  // Cancelled with the job, before it was begun; with a code: by itself, or removed again.
  return code === 0 ? 1 : 5;
};

interface Model {
  now: number;
  attempts: number[];
  ranks: number[];
  isOver: boolean;
  /** What has happened on the way. */
  readonly seen: Set<"over" | "reopened" | "stopped" | "given back">;
}
interface Real {
  job: BulkJob;
  /** What the runner had read before the last changes, and what it has learnt since: not yet saved. */
  unsaved: Mark[];
  lastLaid: Mark[];
}

type Act = (job: BulkJob, now: number) => JobChange | JobRefused;

const checkItems = (job: BulkJob, model: Model, mayReopen: boolean): void => {
  const board = boardOf(job);
  for (const item of range(total)) {
    const attempt = board.attempts.at(item);
    const rank = rankOf(board.letters.at(item), board.codes.at(item));
    const before = model.attempts[item] ?? 1;
    expect(attempt).toBeGreaterThanOrEqual(before);
    if (attempt === before) expect(rank).toBeGreaterThanOrEqual(model.ranks[item] ?? 0);
    else if (model.isOver) expect(mayReopen).toBe(true);
    if (attempt > before && !mayReopen) model.seen.add("given back");
    model.attempts[item] = attempt;
    model.ranks[item] = rank;
  }
};

const checkJob = (job: BulkJob): void => {
  const board = boardOf(job);
  const { total: sum, ...counts } = board.letters.counts();
  expect(sum).toBe(total);
  expect(Object.values(counts).reduce((one, other) => one + other, 0)).toBe(total);
  const ends = ["completed", "completed_with_errors", "failed", "cancelled"];
  expect(ends.includes(job.state)).toBe(isOver(job));
  if (isOver(job)) expect(counts.pending + counts.running).toBe(0);
  if (job.state === "paused") expect(job.paused).not.toBeNull();
  if (job.cancel !== null) expect(counts.pending).toBe(0);
  expect(job.outbox.map(({ sequence }) => sequence)).toEqual(range(job.sequence, 1));
  const errors = errorGroups(job.causes, board.codes, board.letters);
  const explained = errors.reduce((times, { count }) => times + count, 0);
  expect(explained).toBe(counts.failed + counts.needs_attention);
};

interface Taken {
  readonly name: string;
  /** What it does now, to be done again at once. */
  readonly act: (real: Real) => Act;
  readonly mayReopen: boolean;
}

/** Takes a step: whatever it does, the job's promises hold after it. */
const take = ({ name, act: begin, mayReopen }: Taken, model: Model, real: Real): void => {
  model.now += 3 * second;
  const act = begin(real);
  const answer = act(real.job, model.now);
  if (answer.refused !== null) return;
  expect(answer.save).toBe(answer.next !== real.job);
  if (!answer.save) return;
  real.job = answer.next;
  checkJob(real.job);
  checkItems(real.job, model, mayReopen);
  if (model.isOver && !mayReopen) expect(isOver(real.job)).toBe(true);
  if (model.isOver && !isOver(real.job)) model.seen.add("reopened");
  if (real.job.stopped !== null) model.seen.add("stopped");
  if (isOver(real.job)) model.seen.add("over");
  model.isOver = isOver(real.job);
  const again = act(real.job, model.now);
  // What is asked for twice is done once. (Two steps of an end may follow each other: it stops, then it is over.)
  if (name !== "settle") expect(again.refused === null && again.save).toBe(false);
};

class Step implements fc.Command<Model, Real> {
  readonly taken: Taken;
  constructor(name: string, act: Taken["act"], mayReopen = false) {
    this.taken = { name, act, mayReopen };
  }
  check(): boolean {
    return true;
  }
  run(model: Model, real: Real): void {
    take(this.taken, model, real);
  }
  toString(): string {
    return this.taken.name;
  }
}

const item = fc.nat(total - 1);
const endLetter = fc.constantFrom<EndLetter>("s", "s", "f", "c", "a");
const markFor = fc.oneof(
  fc.record({ kind: fc.constantFrom("started" as const, "blocked" as const), item }),
  fc.record({ kind: fc.constant("ended" as const), item, letter: endLetter }),
  fc.record({ kind: fc.constantFrom("returned" as const, "skipped" as const, "removed" as const), item }),
  fc.record({ kind: fc.constant("crashed" as const), item, times: fc.integer({ min: 1, max: 3 }) }),
);
type Wanted = typeof markFor extends fc.Arbitrary<infer Value> ? Value : never;

/** The mark about the attempt that stands in what the runner has read. */
const markOf = (wanted: Wanted, job: BulkJob): Mark => {
  const { attempts, letters } = boardOf(job);
  const attempt = attempts.at(wanted.item);
  const of = { item: wanted.item, attempt };
  switch (wanted.kind) {
    case "started":
      return startedMark(wanted.item, start, attempt);
    case "ended":
      return endedMark(wanted.item, wanted.letter, { attempt });
    case "crashed":
      return { type: "crashed", ...of, times: wanted.times, why };
    case "blocked":
      return { type: "blocked", ...of };
    case "removed":
      // Only what is known to be there is removed.
      if (letters.at(wanted.item) !== "s") return { type: "blocked", ...of };
      return { type: "removed", ...of, at: start, name: "web" };
    case "returned":
      return { type: "returned", ...of, why };
    case "skipped":
      return { type: "skipped", ...of, why };
  }
};

const always = (act: Act) => () => act;
const settled = fc.constant(new Step("settle", always(settle)));
const cancelled = fc.boolean().map(
  (abortRunning) =>
    new Step(
      "cancel",
      always((job, now) => cancel(job, { abortRunning }, now)),
    ),
);
const controlled = fc.constantFrom(
  new Step(
    "confirm",
    always((job, now) => confirm(job, { planHash: "hash-1", by: null }, now)),
  ),
  new Step("pause", always(pause)),
  new Step(
    "resume",
    always((job, now) => resume(job, now)),
  ),
  new Step("begin", always(began)),
  new Step("resume by itself", always(resumeItself)),
  new Step(
    "outage",
    always((job, now) => pauseItself(job, outagePause("Out.", start + 30 * second), now)),
  ),
  new Step(
    "removed all",
    always((job) => rolledBack(job, { removed: 1, kept: [], isDone: true })),
  ),
);
const retried = fc.subarray([...retriedStates], { minLength: 1 }).map(
  (states) =>
    new Step(
      `retry ${states.join()}`,
      always((job, now) => retryFailed(job, { ...allFailed, states }, now)),
      true,
    ),
);
/** What the runner learns is laid over the job later, when others may have changed it. */
const learnt = fc.array(markFor, { minLength: 1, maxLength: 4 }).map(
  (wanted) =>
    new Step(`learn ${JSON.stringify(wanted)}`, (real) => {
      real.unsaved.push(...wanted.map((one) => markOf(one, real.job)));
      return (job) => ({ refused: null, next: job, save: false, why: "" });
    }),
);
const ended = fc.array(endLetter, { minLength: total, maxLength: total }).map(
  (ends) =>
    new Step(`end ${ends.join("")}`, (real) => {
      const { attempts } = boardOf(real.job);
      const marks = ends.map((letter, one) => endedMark(one, letter, { attempt: attempts.at(one) }));
      return (job, now) => merge(job, marks, now);
    }),
);
const saved = fc.constant(
  new Step("save", (real) => {
    const marks = real.unsaved;
    [real.lastLaid, real.unsaved] = [marks, []];
    return (job, now) => merge(job, marks, now);
  }),
);
const savedAgain = fc.constant(
  new Step("save again", (real) => (job, now) => merge(job, real.lastLaid, now)),
);

const steps = fc.oneof(
  { weight: 1, arbitrary: cancelled },
  { weight: 2, arbitrary: ended },
  { weight: 2, arbitrary: savedAgain },
  { weight: 3, arbitrary: retried },
  { weight: 6, arbitrary: settled },
  { weight: 8, arbitrary: saved },
  { weight: 10, arbitrary: controlled },
  { weight: 10, arbitrary: learnt },
);

const setups = fc.record({
  needsConfirm: fc.boolean(),
  maxFailures: fc.constantFrom(undefined, 0, 1, "40%"),
  onStop: fc.constantFrom("leave" as const, "rollback" as const),
});

describe("a job, whatever is asked for and learnt in whatever order", () => {
  it("adds up, never goes back but to try again, and stays ended", () => {
    const runs = fc.commands([steps], { maxCommands: 30, size: "max" });
    const seen = new Map<string, number>();
    const property = fc.property(setups, runs, ({ needsConfirm, maxFailures, onStop }, commands) => {
      const limit = maxFailures === undefined ? {} : { max_failures: maxFailures };
      const job = aJob({ total, needsConfirm, options: { ...limit, on_stop: onStop } });
      const real: Real = { job, unsaved: [], lastLaid: [] };
      const model: Model = {
        now: start,
        attempts: range(total).map(() => 1),
        ranks: range(total).map(() => 0),
        isOver: false,
        seen: new Set(),
      };
      fc.modelRun(() => ({ model, real }), commands);
      expect(bulkJobSchema.safeParse(real.job).error).toBeUndefined();
      expect(jobViewSchema.safeParse(jobView(real.job, model.now)).error).toBeUndefined();
      for (const what of model.seen) seen.set(what, (seen.get(what) ?? 0) + 1);
    });
    fc.assert(property, { numRuns: 2000 });
    // The runs do get to where it matters.
    expect([...seen.keys()].toSorted()).toEqual(["given back", "over", "reopened", "stopped"]);
    expect(Math.min(...seen.values())).toBeGreaterThan(50);
  });
});
