import { describe, expect, it } from "vitest";
import {
  cancel,
  confirm,
  needsRecheck,
  pause,
  published,
  replanned,
  resume,
} from "../../lib/bulk/job-change.ts";
import { began, merge, settle } from "../../lib/bulk/job-run.ts";
import { bulkJobSchema, type BulkJob } from "../../lib/bulk/job.ts";
import {
  aJob,
  aPlan,
  countsOf,
  endedMark,
  minute,
  nextOf,
  range,
  saidBy,
  start,
  startedMark,
} from "./jobs.ts";

const asked = { planHash: "hash-1", by: "key_1" };
const waiting = (): BulkJob => aJob({ needsConfirm: true });
const confirmed = (): BulkJob => nextOf(confirm(waiting(), asked, start + minute));
const running = (): BulkJob =>
  nextOf(merge(nextOf(began(aJob(), start)), [startedMark(0), startedMark(1)], start));
const paused = (): BulkJob => nextOf(pause(running(), start));
const cancelled = (): BulkJob => nextOf(cancel(running(), { abortRunning: false }, start));
const completed = (): BulkJob =>
  nextOf(
    settle(
      nextOf(
        merge(
          aJob(),
          range(10).map((item) => endedMark(item, "s")),
          start,
        ),
      ),
      start,
    ),
  );

describe("a job that needs to be confirmed", () => {
  it("waits for it, and runs then", () => {
    expect(waiting().state).toBe("awaiting_confirm");
    const job = confirmed();
    expect(job.state).toBe("running");
    expect(job.confirm).toEqual({ needed: true, confirmed_at: "2026-11-02T08:01:00.000Z", by: "key_1" });
    expect(saidBy(job)).toEqual(["planned", "confirmed"]);
  });

  it.each<[string, BulkJob, string, number, string]>([
    ["the hash of another plan", waiting(), "hash-2", 0, "PLAN_CHANGED"],
    ["another hash after the right one", confirmed(), "hash-2", 0, "PLAN_CHANGED"],
    ["a plan of more than half an hour ago", waiting(), "hash-1", 30 * minute + 1, "PLAN_EXPIRED"],
    [
      "a job that was cancelled first",
      nextOf(cancel(waiting(), { abortRunning: false }, start)),
      "hash-1",
      0,
      "JOB_OVER",
    ],
  ])("refuses %s", (_what, job, planHash, after, code) => {
    expect(confirm(job, { planHash, by: null }, start + after)).toMatchObject({ refused: code });
  });

  it("can be confirmed up to the last moment of the plan", () => {
    expect(confirm(waiting(), asked, start + 30 * minute).refused).toBeNull();
  });

  it("is confirmed once, however often and late that is asked", () => {
    const job = confirmed();
    expect(confirm(job, asked, start + 300 * minute)).toMatchObject({
      refused: null,
      save: false,
      next: job,
    });
  });

  it("gets a new plan when nobody was in time, with a hash of its own", () => {
    const late = start + 40 * minute;
    const plan = aPlan({ plan_hash: "hash-2", planned_at: new Date(late).toISOString() });
    const job = nextOf(replanned(waiting(), plan));
    expect(confirm(job, asked, late)).toMatchObject({ refused: "PLAN_CHANGED" });
    expect(nextOf(confirm(job, { planHash: "hash-2", by: null }, late)).state).toBe("running");
    expect(replanned(confirmed(), plan).save).toBe(false);
  });

  it("is cancelled at once, because nothing of it can have been begun", () => {
    const job = nextOf(cancel(waiting(), { abortRunning: false }, start));
    expect(job).toMatchObject({ state: "cancelled", ended_at: "2026-11-02T08:00:00.000Z" });
    expect(countsOf(job)).toMatchObject({ cancelled: 10, pending: 0 });
    expect(saidBy(job)).toEqual(["planned", "cancelled"]);
  });

  it("can be paused before, and begins nothing then until it is resumed", () => {
    const early = nextOf(confirm(nextOf(pause(waiting(), start)), asked, start));
    expect(early.state).toBe("paused");
    expect(began(early, start).save).toBe(false);
    expect(nextOf(resume(early, start)).state).toBe("running");
  });
});

describe("pause and resume", () => {
  it("are told of once each", () => {
    const job = nextOf(resume(nextOf(resume(nextOf(pause(paused(), start)), start)), start));
    expect(job).toMatchObject({ state: "running", paused: null });
    expect(saidBy(job)).toEqual(["planned", "started", "paused", "resumed"]);
  });

  it("before anything is begun leave it running and not planned, and its begin is told of all the same", () => {
    const job = nextOf(resume(nextOf(pause(aJob(), start)), start));
    expect(job.state).toBe("running");
    const begun = nextOf(began(job, start));
    expect(saidBy(begun)).toEqual(["planned", "paused", "resumed", "started"]);
  });

  it("leave what runs alone: it still ends", () => {
    const job = nextOf(settle(nextOf(merge(paused(), [endedMark(0, "s")], start)), start));
    expect(job.state).toBe("paused");
    expect(countsOf(job)).toMatchObject({ pending: 8, running: 1, succeeded: 1 });
  });

  it.each<[string, BulkJob]>([
    ["that has ended", completed()],
    ["that is being cancelled", cancelled()],
    [
      "whose last item is begun",
      nextOf(
        merge(
          aJob(),
          range(10).map((item) => startedMark(item)),
          start,
        ),
      ),
    ],
  ])("change nothing of a job %s", (_what, job) => {
    expect(pause(job, start)).toMatchObject({ save: false, next: job });
    expect(resume(job, start)).toMatchObject({ save: false, next: job, recheck: false });
  });

  it.each([
    [30 * minute, false],
    [30 * minute + 1, true],
  ])("after %d ms want the plan to be checked: %s", (after, recheck) => {
    expect(needsRecheck(paused(), start + after)).toBe(recheck);
    expect(resume(paused(), start + after).recheck).toBe(recheck);
    const other = aPlan({ plan_hash: "hash-3" });
    expect(nextOf(resume(paused(), start + after, other)).plan.plan_hash).toBe("hash-3");
  });
});

describe("cancel", () => {
  it("cancels what is pending at once, and ends when what runs is over", () => {
    const job = cancelled();
    expect(job.state).toBe("finishing");
    expect(countsOf(job)).toMatchObject({ pending: 0, running: 2, cancelled: 8 });
    const half = nextOf(settle(nextOf(merge(job, [endedMark(0, "s")], start)), start));
    expect(half.state).toBe("finishing");
    const over = nextOf(settle(nextOf(merge(half, [endedMark(1, "f")], start)), start));
    expect(over.state).toBe("cancelled");
    expect(countsOf(over)).toMatchObject({ succeeded: 1, failed: 1, cancelled: 8 });
    expect(saidBy(over)).toEqual(["planned", "started", "cancelled"]);
  });

  it("is told of once, and again only changes what is asked for more", () => {
    const job = cancelled();
    expect(cancel(job, { abortRunning: false }, start)).toMatchObject({ save: false, next: job });
    const harder = nextOf(cancel(job, { abortRunning: true }, start));
    expect(harder.cancel).toEqual({ at: "2026-11-02T08:00:00.000Z", abort_running: true });
    expect(cancel(harder, { abortRunning: false }, start).save).toBe(false);
  });

  it("of a job that has ended is no cancel", () => {
    const job = completed();
    expect(cancel(job, { abortRunning: true }, start)).toMatchObject({ save: false, next: job });
  });

  it("ends a pause", () => {
    expect(nextOf(cancel(paused(), { abortRunning: false }, start))).toMatchObject({
      state: "finishing",
      paused: null,
    });
  });

  it("of a job that nobody has begun yet waits for the runner, who may be about to", () => {
    const job = nextOf(cancel(aJob(), { abortRunning: false }, start));
    expect(job.state).toBe("finishing");
    expect(nextOf(settle(job, start)).state).toBe("cancelled");
  });
});

describe("the document of a job", () => {
  it("forgets events that are out, and no others", () => {
    const job = running();
    const [first] = job.outbox.map(({ id }) => id);
    const rest = published(job, new Set([first ?? ""]));
    expect(saidBy(nextOf(rest))).toEqual(["started"]);
    expect(published(nextOf(rest), new Set([first ?? ""])).save).toBe(false);
    expect(nextOf(rest).sequence).toBe(2);
  });

  it("is what its schema says, and small", () => {
    const job = { ...completed(), outbox: [] };
    expect(bulkJobSchema.parse(JSON.parse(JSON.stringify(job)))).toEqual(job);
    expect(JSON.stringify(job).length).toBeLessThan(2048);
  });
});
