import { CloudEvent } from "cloudevents";
import { describe, expect, it } from "vitest";
import { bulkEventExamples, bulkEventSchema, bulkEventTypes } from "../../events/bulk-event.ts";
import { cancel, pause } from "../../lib/bulk/job-change.ts";
import { began, merge, rolledBack, settle } from "../../lib/bulk/job-run.ts";
import { jobView, jobViewSchema } from "../../lib/bulk/job-view.ts";
import type { Mark } from "../../lib/bulk/mark.ts";
import { allFailed, retryFailed } from "../../lib/bulk/retry-failed.ts";
import { aJob, aPlan, endedMark, minute, nextOf, range, second, start, startedMark } from "./jobs.ts";

const hour = 60 * minute;

describe("what the API shows of a job", () => {
  it("is the whole of it, in the order of its description", () => {
    const ends = [...range(3).map((item) => endedMark(item, "s")), endedMark(3, "f"), startedMark(4)];
    const job = nextOf(merge(aJob(), ends, start + 20 * second));
    const shown = jobView(job, start + hour);
    expect(jobViewSchema.parse(JSON.parse(JSON.stringify(shown)))).toEqual(shown);
    expect(shown).toMatchObject({
      state: "running",
      counts: { total: 10, pending: 5, running: 1, succeeded: 3, failed: 1 },
      percent: 40,
      cost: { eur_per_hour: 0.1, eur_per_month: 73, so_far_eur: 0.029917 },
      errors: [{ code: "OUT_OF_STOCK", count: 1, message: "OUT_OF_STOCK it is", names: ["web-3"] }],
      plan_hash: "hash-1",
      plan: { duration_seconds: 30, valid_until: "2026-11-02T08:30:00.000Z" },
    });
  });

  it("has no cost where no price is known", () => {
    const plan = aPlan({ eur_per_hour: null, eur_per_month: null });
    expect(jobView(aJob({ plan }), start).cost).toBeNull();
  });

  it("is 100 percent only when all is over", () => {
    const total = 10_000;
    const almost = merge(
      aJob({ total }),
      range(total - 1).map((item) => endedMark(item, "s")),
      start,
    );
    expect(jobView(nextOf(almost), start).percent).toBe(99.9);
  });

  it("shows nobody's name and nothing of the inner fields", () => {
    const job = { ...aJob({ requestedBy: "key_secret" }), patches: [{ cloud_init: "swordfish" }] };
    expect(JSON.stringify(jobView(job, start))).not.toMatch(/key_secret|swordfish|outbox|progress/);
  });
});

describe("the events of a job", () => {
  const names = Object.keys(bulkEventTypes);

  it.each(names)("%s has an example that is as its schema says, and readable as a CloudEvent", (name) => {
    const example = Object.values(bulkEventExamples).find(({ type }) => type === `switchyard.${name}`);
    expect(bulkEventSchema.safeParse(example).error).toBeUndefined();
    expect(new CloudEvent(JSON.parse(JSON.stringify(example))).type).toBe(`switchyard.${name}`);
    const { total, ...rest } = bulkEventSchema.parse(example).data.counts;
    expect(Object.values(rest).reduce((one, other) => one + other, 0)).toBe(total);
  });

  it("are numbered without a gap, and bear the job as it was", () => {
    const failed = nextOf(
      settle(nextOf(merge(nextOf(began(aJob({ total: 1 }), start)), [endedMark(0, "f")], start)), start),
    );
    const again = nextOf(retryFailed(failed, allFailed, start));
    const job = nextOf(cancel(nextOf(pause(again, start)), { abortRunning: false }, start));
    const over = nextOf(settle(job, start));
    const said = over.outbox.map((event) => bulkEventSchema.parse(event));
    expect(said.map(({ sequence }) => sequence)).toEqual(range(6, 1));
    expect(said.map(({ data }) => data.state)).toEqual([
      "planned",
      "running",
      "failed",
      "running",
      "paused",
      "cancelled",
    ]);
    expect(new Set(said.map(({ id }) => id)).size).toBe(6);
    expect(said[0]?.id).toMatch(/^evt_bulk_\d+_[0-9a-f]{20}$/);
  });

  it("have less than 20 KB, however much there is to tell", () => {
    const long = '"€\\'.repeat(1000);
    const total = 100;
    const options = { max_failures: 60, on_stop: "rollback", batch_scope: "€".repeat(100) } as const;
    const plan = aPlan({ warnings: range(100).map(() => long) });
    const ends = range(61).map((item): Mark => {
      const why = { code: `${item}${long}`, message: long, name: `${item}${long}` };
      return { type: "ended", item, attempt: 1, letter: "f", at: start, seconds: 1, why };
    });
    const job = nextOf(settle(nextOf(merge(aJob({ total, plan, options }), ends, start)), start));
    const kept = range(100).map(() => long);
    const over = nextOf(settle(nextOf(rolledBack(job, { removed: 0, kept, isDone: true })), start));
    expect(over.state).toBe("failed");
    for (const event of over.outbox) expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(20_480);
  });
});
