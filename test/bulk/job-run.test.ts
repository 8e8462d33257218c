import { describe, expect, it } from "vitest";
import { boardOf, patchOf } from "../../lib/bulk/board.ts";
import { costSoFar } from "../../lib/bulk/cost.ts";
import { cancel, pause, resume } from "../../lib/bulk/job-change.ts";
import { began, merge, pauseItself, resumeItself, rolledBack, settle } from "../../lib/bulk/job-run.ts";
import type { BulkJob } from "../../lib/bulk/job.ts";
import type { EndLetter, Mark } from "../../lib/bulk/mark.ts";
import { allFailed, retryFailed } from "../../lib/bulk/retry-failed.ts";
import { outagePause, pauseAfter } from "../../lib/bulk/stop-early.ts";
import {
  aJob,
  countsOf,
  day,
  endedMark,
  minute,
  nextOf,
  range,
  saidBy,
  second,
  start,
  startedMark,
  type JobWords,
} from "./jobs.ts";

const why = { code: "SKIPPED_EXISTS", message: "It exists.", name: "web" };
const withEnds = (ends: string, words: JobWords = {}): BulkJob => {
  const marks = ends
    .split("")
    .map((letter, item): Mark =>
      letter === "k"
        ? { type: "skipped", item, attempt: 1, why }
        : endedMark(item, letter === "s" ? "s" : letter === "f" ? "f" : letter === "a" ? "a" : "c"),
    );
  return nextOf(settle(nextOf(merge(aJob({ total: ends.length, ...words }), marks, start)), start));
};
const letters = (job: BulkJob): string => job.progress;

describe("how a job ends", () => {
  it.each<[string, BulkJob["state"], string, string]>([
    ["ssss", "completed", "completed", "all went well"],
    ["ssks", "completed", "completed", "what was skipped was not to be done"],
    ["kkkk", "completed", "completed", "nothing was to be done at all"],
    ["sssf", "completed_with_errors", "completed", "one failed"],
    ["sssa", "completed_with_errors", "completed", "of one it is not known"],
    ["ffff", "failed", "failed", "none went well"],
    ["ffkc", "failed", "failed", "none went well"],
    ["fffa", "completed_with_errors", "completed", "one may have gone well"],
    ["sssc", "completed", "completed", "somebody has cancelled an item by itself"],
  ])("with %s it is %s", (ends, state, said) => {
    const job = withEnds(ends);
    expect(job.state).toBe(state);
    expect(job.ended_at).not.toBeNull();
    expect(saidBy(job).at(-1)).toBe(said);
  });

  it("is not before all its items are over", () => {
    const marks = [...range(9).map((item) => endedMark(item, "s")), startedMark(9)];
    const job = nextOf(settle(nextOf(merge(aJob(), marks, start)), start));
    expect(job).toMatchObject({ state: "finishing", ended_at: null });
  });

  it("stays, whatever is learnt afterwards, but for what needed attention", () => {
    const job = withEnds("sfac");
    const late: EndLetter[] = ["f", "s", "s", "s"];
    const next = nextOf(
      merge(
        job,
        late.map((letter, item) => endedMark(item, letter)),
        start,
      ),
    );
    expect(letters(next)).toBe("1s1f1s1c");
    expect(next.ended_at).toBe(job.ended_at);
    expect(next.state).toBe("completed_with_errors");
    expect(settle(next, start).save).toBe(false);
  });

  it("has its errors by cause, with some names and the last message", () => {
    const marks = [
      ...range(5).map((item) => endedMark(item, "f")),
      endedMark(5, "f", { code: "QUOTA_EXCEEDED" }),
      endedMark(6, "a", { code: "CREATE_UNCERTAIN" }),
    ];
    expect(
      nextOf(merge(aJob(), marks, start)).causes.map(({ code, examples }) => [code, examples.length]),
    ).toEqual([
      ["OUT_OF_STOCK", 3],
      ["QUOTA_EXCEEDED", 1],
      ["CREATE_UNCERTAIN", 1],
    ]);
  });
});

describe("marks", () => {
  it("count once, however often they are laid", () => {
    const marks = [startedMark(0), endedMark(0, "s"), startedMark(1), endedMark(1, "f"), startedMark(2)];
    const once = nextOf(merge(aJob(), marks, start));
    expect(merge(once, marks, start)).toMatchObject({ save: false, next: once });
    expect(letters(once)).toBe("1s1f1r7p");
  });

  it("tell of the begin of a job where nobody else has", () => {
    const job = nextOf(merge(aJob(), [startedMark(0)], start + second));
    expect(job.started_at).toBe("2026-11-02T08:00:01.000Z");
    expect(saidBy(job)).toEqual(["planned", "started"]);
    expect(began(job, start).save).toBe(false);
  });

  it("do not begin a job in which all was skipped", () => {
    expect(saidBy(withEnds("kk"))).toEqual(["planned", "completed"]);
  });

  it.each<[string, Mark[], string]>([
    ["a begin that was not saved before the cancel: nothing is sent for it", [startedMark(0)], "10c"],
    ["an end, because then something was sent all the same", [endedMark(0, "s")], "1s9c"],
    ["a blocked one stays cancelled", [{ type: "blocked", item: 0, attempt: 1 }], "10c"],
    [
      "one that is given back stays cancelled",
      [startedMark(0), { type: "returned", item: 0, attempt: 1, why }],
      "10c",
    ],
    [
      "a crash over one that is not begun says nothing",
      [{ type: "crashed", item: 0, attempt: 1, times: 3, why }],
      "10c",
    ],
  ])("lie over a cancel: %s", (_what, marks, expected) => {
    const job = nextOf(cancel(nextOf(began(aJob(), start)), { abortRunning: false }, start));
    expect(letters(nextOf(merge(job, marks, start)))).toBe(expected);
  });

  it("of an item that was cancelled by itself do not begin it again", () => {
    const job = nextOf(merge(aJob(), [startedMark(0), endedMark(0, "c")], start));
    expect(letters(nextOf(merge(job, [startedMark(0)], start)))).toBe("1c9p");
  });

  it("of an earlier attempt are left out", () => {
    const job = nextOf(retryFailed(withEnds("fsss"), allFailed, start));
    expect(merge(job, [startedMark(0), endedMark(0, "s")], start).save).toBe(false);
    expect(letters(nextOf(merge(job, [endedMark(0, "s", { attempt: 2 })], start)))).toBe("4s");
  });

  it("block an item and free it, and it counts as pending", () => {
    const blocked = nextOf(merge(aJob(), [{ type: "blocked", item: 0, attempt: 1 }], start));
    expect(letters(blocked)).toBe("1b9p");
    expect(countsOf(blocked).pending).toBe(10);
    expect(boardOf(blocked).letters.next("p")).toBe(1);
    expect(letters(nextOf(merge(blocked, [{ type: "freed", item: 0, attempt: 1 }], start)))).toBe("10p");
  });

  it("give an item back with one attempt more, once", () => {
    const back: Mark = { type: "returned", item: 0, attempt: 1, why };
    const job = nextOf(merge(nextOf(merge(aJob(), [startedMark(0)], start)), [back, back], start));
    expect(letters(job)).toBe("10p");
    expect(boardOf(job).attempts.at(0)).toBe(2);
  });

  it("set an item aside that has killed three workers, and no other", () => {
    const crash = (item: number, times: number): Mark => ({ type: "crashed", item, attempt: 1, times, why });
    const twice = nextOf(merge(aJob(), [crash(0, 1), crash(0, 1), crash(0, 2), crash(1, 1)], start));
    expect(twice.crashes).toEqual({ 0: 2, 1: 1 });
    expect(letters(twice)).toBe("10p");
    const thrice = nextOf(merge(twice, [crash(0, 3)], start));
    expect(letters(thrice)).toBe("1f9p");
    expect(thrice.crashes).toEqual({ 1: 1 });
    expect(thrice.causes).toMatchObject([{ code: "POISON", examples: [{ item: 0, name: "web" }] }]);
  });

  it("of no item of the job are a fault of whoever lays them", () => {
    expect(() => merge(aJob(), [startedMark(10)], start)).toThrow(RangeError);
  });
});

describe("a job that pauses by itself", () => {
  const job = nextOf(began(aJob(), start));
  const outage = outagePause("5 of 10 calls failed.", start + 30 * second);
  const refused = pauseAfter("UNAUTHENTICATED", "The secret is not taken.");

  it("goes on by itself when the time has come", () => {
    const out = nextOf(pauseItself(job, outage, start));
    expect(out).toMatchObject({ state: "paused", paused: { why: "provider_outage" } });
    expect(resumeItself(out, start + 29 * second).save).toBe(false);
    const on = nextOf(resumeItself(out, start + 30 * second));
    expect(on.state).toBe("running");
    expect(saidBy(on)).toEqual(["planned", "started", "paused", "resumed"]);
  });

  it("waits longer without saying so again", () => {
    const out = nextOf(pauseItself(job, outage, start));
    expect(pauseItself(out, outage, start + second).save).toBe(false);
    const longer = nextOf(pauseItself(out, outagePause("Still.", start + minute), start + second));
    expect(longer.paused).toMatchObject({
      at: "2026-11-02T08:00:00.000Z",
      resumes_at: "2026-11-02T08:01:00.000Z",
    });
    expect(longer.sequence).toBe(out.sequence);
  });

  it("waits for a person when the provider does not take the secret", () => {
    if (refused === null) throw new Error("a secret that is not taken is no item's own failure");
    const out = nextOf(pauseItself(nextOf(pauseItself(job, outage, start)), refused, start));
    expect(out.paused).toMatchObject({ why: "authentication", resumes_at: null });
    expect(resumeItself(out, start + day).save).toBe(false);
    expect(pauseItself(out, outage, start).save).toBe(false);
    expect(nextOf(resume(out, start)).state).toBe("running");
    expect(pauseAfter("OUT_OF_STOCK", "None.")).toBeNull();
  });

  it("stays paused by request, whatever else passes", () => {
    const asked = nextOf(pause(nextOf(pauseItself(job, outage, start)), start));
    expect(asked.paused).toMatchObject({ why: "request", resumes_at: null });
    expect(resumeItself(asked, start + day).save).toBe(false);
    expect(pauseItself(asked, outage, start).save).toBe(false);
  });

  it("does not when there is nothing more to begin", () => {
    const last = nextOf(
      merge(
        job,
        range(10).map((item) => startedMark(item)),
        start,
      ),
    );
    expect(pauseItself(last, outage, start).save).toBe(false);
    const ending = nextOf(cancel(job, { abortRunning: false }, start));
    expect(pauseItself(ending, outage, start).save).toBe(false);
  });
});

describe("news of progress", () => {
  const at = (job: BulkJob, ended: number, now: number): BulkJob =>
    nextOf(
      settle(
        nextOf(
          merge(
            job,
            range(ended).map((item) => endedMark(item, "s")),
            now,
          ),
        ),
        now,
      ),
    );
  const begun = nextOf(began(aJob({ total: 1000 }), start));

  it.each([
    [9, 60 * second, 0, "less than a percent"],
    [10, 4 * second, 0, "too early"],
    [10, 5 * second, 1, "a percent, and five seconds"],
  ])("of %d of 1,000 after %d ms is said %d times: %s", (ended, after, times) => {
    expect(saidBy(at(begun, ended, start + after)).filter((type) => type === "progressed")).toHaveLength(
      times,
    );
  });

  it("is never said more often than each five seconds", () => {
    let job = begun;
    for (const step of range(100, 1)) job = at(job, step * 9, start + step * second);
    expect(saidBy(job).filter((type) => type === "progressed")).toHaveLength(20);
  });
});

describe("a job that stops early", () => {
  const words: JobWords = { total: 30, options: { max_failures: 2 } };
  const fail = (times: number): Mark[] => range(times).map((item) => endedMark(item, "f"));
  const run = (ends: Mark[], more: JobWords = {}): BulkJob =>
    nextOf(settle(nextOf(merge(nextOf(began(aJob({ ...words, ...more }), start)), ends, start)), start));

  it("cancels what is pending, and lets what runs end", () => {
    const job = run([...fail(3), startedMark(3)]);
    expect(job).toMatchObject({ state: "finishing", stopped: { why: "failures", rollback: null } });
    expect(countsOf(job)).toMatchObject({ failed: 3, running: 1, cancelled: 26 });
    const over = nextOf(settle(nextOf(merge(job, [endedMark(3, "s")], start)), start));
    expect(over.state).toBe("completed_with_errors");
  });

  it("has failed when nothing had gone well", () => {
    const job = run(fail(3));
    expect(job.state).toBe("failed");
    expect(saidBy(job).at(-1)).toBe("failed");
  });

  it("goes on with as many failures as may be", () => {
    expect(run(fail(2))).toMatchObject({ state: "running", stopped: null });
  });

  it("removes what it has made before it ends, where that was asked for", () => {
    const options = { max_failures: 2, on_stop: "rollback" } as const;
    const job = run([...fail(3), endedMark(3, "s"), endedMark(4, "s")], { options });
    expect(job).toMatchObject({ state: "finishing", stopped: { rollback: { removed: 0, is_done: false } } });
    expect(settle(job, start).save).toBe(false);
    const removal: Mark = { type: "removed", item: 3, attempt: 1, at: start + 20 * second, name: "web-3" };
    const removed = nextOf(merge(job, [removal, removal], start));
    expect(countsOf(removed)).toMatchObject({ succeeded: 1, cancelled: 26 });
    const told = nextOf(rolledBack(removed, { removed: 1, kept: ["web-4"], isDone: true }));
    const over = nextOf(settle(told, start));
    expect(over).toMatchObject({
      state: "completed_with_errors",
      stopped: { rollback: { removed: 1, kept: ["web-4"], is_done: true } },
    });
    expect(rolledBack(over, { removed: 2, kept: [], isDone: true }).save).toBe(false);
  });

  it("keeps what it has made, where it was not asked to remove it", () => {
    const job = run([...fail(3), endedMark(3, "s"), startedMark(4)]);
    const removal: Mark = { type: "removed", item: 3, attempt: 1, at: start, name: "web-3" };
    expect(merge(job, [removal], start).save).toBe(false);
  });
});

describe("what a job has cost so far", () => {
  it("is the hours of each server that it has made, at its price", () => {
    const hour = 60 * minute;
    const marks: Mark[] = [
      endedMark(0, "s", { at: start + hour }),
      { ...startedMark(1) },
      {
        type: "ended",
        item: 1,
        attempt: 1,
        letter: "s",
        at: start + 2 * hour,
        seconds: 5,
        why: null,
        eurPerHour: 0.5,
      },
      { type: "ended", item: 2, attempt: 1, letter: "s", at: start, seconds: 5, why: null, eurPerHour: null },
      endedMark(3, "f"),
    ];
    const job = nextOf(merge(aJob(), marks, start));
    expect(costSoFar(job, start + 4 * hour)).toBe(3 * 0.01 + 2 * 0.5);
    const ended = { ...job, ended_at: new Date(start + 2 * hour).toISOString() };
    expect(costSoFar(ended, start + 100 * hour)).toBe(0.01);
  });
});

describe("to try failed items again", () => {
  it("opens the job, and leaves what went well alone", () => {
    const answer = retryFailed(withEnds("sfsf"), allFailed, start + minute);
    expect(answer).toMatchObject({ count: 2 });
    const job = nextOf(answer);
    expect(job).toMatchObject({ state: "running", ended_at: null, causes: [{ examples: [] }] });
    expect(letters(job)).toBe("1s1p1s1p");
    expect(job.attempts).toBe("1x1,1x2,1x1,1x2");
    expect(job.codes).toBe("");
    expect(saidBy(job).slice(-2)).toEqual(["completed", "resumed"]);
  });

  it.each<[string, BulkJob, number, unknown]>([
    ["nothing has failed", withEnds("ssk"), 0, { count: 0, save: false }],
    ["nothing is begun", aJob({ needsConfirm: true }), 0, { count: 0, save: false }],
    [
      "it was cancelled",
      nextOf(cancel(aJob(), { abortRunning: false }, start)),
      0,
      { refused: "JOB_CANCELLED" },
    ],
    ["30 days are not over", withEnds("sf"), 30 * day, { count: 1 }],
    ["30 days are over", withEnds("sf"), 30 * day + 1, { refused: "JOB_EXPIRED" }],
  ])("when %s", (_what, job, after, expected) => {
    expect(retryFailed(job, allFailed, start + after)).toMatchObject(expected ?? {});
  });

  it("goes on with a job that is still running, without news of that", () => {
    const job = nextOf(merge(aJob(), [endedMark(0, "f"), startedMark(1)], start));
    const next = nextOf(retryFailed(job, allFailed, start));
    expect(letters(next)).toBe("1p1r8p");
    expect(next.sequence).toBe(job.sequence);
  });

  it("takes only those with the codes, states and items that are asked for", () => {
    const marks = [
      endedMark(0, "f"),
      endedMark(1, "f", { code: "QUOTA_EXCEEDED" }),
      endedMark(2, "a", { code: "CREATE_UNCERTAIN" }),
      endedMark(3, "c"),
      endedMark(4, "a", { code: "CREATE_UNCERTAIN" }),
    ];
    const job = nextOf(merge(aJob({ total: 6 }), [...marks, endedMark(5, "s")], start));
    const after = (words: Partial<typeof allFailed>): string =>
      letters(nextOf(retryFailed(job, { ...allFailed, ...words }, start)));
    expect(after({ codes: ["QUOTA_EXCEEDED"] })).toBe("1f1p1a1c1a1s");
    expect(after({ states: ["failed", "needs_attention"] })).toBe("3p1c1p1s");
    expect(after({ states: ["cancelled"] })).toBe("2f1a1p1a1s");
    expect(after({ items: new Set([1, 5]) })).toBe("1f1p1a1c1a1s");
    expect(after({ resolved: new Set([2, 5]) })).toBe("3p1c1a1s");
  });

  it("keeps corrections of the inputs, the own above the common, the later above the earlier", () => {
    const once = {
      ...allFailed,
      patch: { zone: "fr-par-2", type: "DEV1-S" },
      patches: new Map([[1, { type: "DEV1-M" }]]),
    };
    const first = nextOf(retryFailed(withEnds("ffsf"), once, start));
    const board = boardOf(first);
    expect(range(4).map((item) => patchOf(first, board, item))).toEqual([
      { zone: "fr-par-2", type: "DEV1-S" },
      { zone: "fr-par-2", type: "DEV1-M" },
      null,
      { zone: "fr-par-2", type: "DEV1-S" },
    ]);
    const failed = nextOf(merge(first, [endedMark(1, "f", { attempt: 2 })], start));
    const second2 = nextOf(retryFailed(failed, { ...allFailed, patch: { zone: "nl-ams-1" } }, start));
    expect(patchOf(second2, boardOf(second2), 1)).toEqual({ zone: "nl-ams-1", type: "DEV1-M" });
    expect(first.patches).toHaveLength(2);
  });

  it("refuses corrections that the document has no room for", () => {
    const patch = { cloud_init: "x".repeat(40_000) };
    expect(retryFailed(withEnds("sf"), { ...allFailed, patch }, start)).toMatchObject({
      refused: "PATCH_TOO_LARGE",
    });
  });

  it("tries those again that an early stop has left undone, where that is asked for", () => {
    const words = { total: 30, options: { max_failures: 0 } };
    const job = nextOf(settle(nextOf(merge(aJob(words), [endedMark(0, "f")], start)), start));
    expect(letters(job)).toBe("1f29c");
    const next = nextOf(retryFailed(job, { ...allFailed, states: ["failed", "cancelled"] }, start));
    expect(next).toMatchObject({ progress: "30p", stopped: null, state: "running" });
  });
});
