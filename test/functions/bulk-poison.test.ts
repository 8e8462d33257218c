import { describe, expect, it } from "vitest";
import { hasEnded, VirtualBulk } from "./virtual-bulk.ts";

const names = Array.from({ length: 12 }, (_, at) => `web-${at}`);
const refused = "the table did not take a row";

describe("an item that can't be begun, for a reason that nobody knows", () => {
  it("is set aside after three times with its reason, and the others are made", async () => {
    const ill = new Set(["web-3", "web-7"]);
    const bulk = new VirtualBulk({ isIll: (name) => ill.has(name) });
    const job = bulk.submit("poison", names);
    await bulk.until(hasEnded);
    expect(job.last).toMatchObject({
      state: "completed_with_errors",
      counts: { total: 12, succeeded: 10, failed: 2 },
      errors: [{ code: "POISON", count: 2, names: ["web-3", "web-7"] }],
    });
    expect(job.last?.errors[0]?.message).toMatch(/The row op_\w+ is not taken/);
    const items = job.walks.at(-1)?.items ?? [];
    expect(items.filter(({ code }) => code === "POISON").map(({ name, state }) => [name, state])).toEqual([
      ["web-3", "failed"],
      ["web-7", "failed"],
    ]);
    expect(bulk.world.counters.get(refused)).toBe(2 * 3);
    expect(bulk.works.site.cloud.servers.size).toBe(10);
    expect(bulk.works.thrown).toEqual([]);
  });

  it("is made when it is tried again and what was wrong is mended", async () => {
    const ill = new Set(["web-3"]);
    const bulk = new VirtualBulk({ isIll: (name) => ill.has(name) });
    const job = bulk.submit("mended", names);
    await bulk.until(hasEnded);
    ill.clear();
    let isRetried = false;
    bulk.people.retry(job, {}, ({ retried }) => {
      isRetried = retried === 1;
    });
    await bulk.until((record) => isRetried && hasEnded(record));
    expect(job.last).toMatchObject({ state: "completed", counts: { succeeded: 12 }, errors: [] });
    expect(bulk.works.site.cloud.servers.size).toBe(12);
  });

  it("is no poison when it passes by itself", async () => {
    const ill = new Set(["web-3"]);
    const bulk = new VirtualBulk({ isIll: (name) => ill.has(name) });
    // Two tries are twenty seconds apart.
    bulk.world.after(30_000, () => ill.clear());
    const job = bulk.submit("passing", names);
    await bulk.until(hasEnded);
    expect(bulk.world.counters.get(refused)).toBe(2);
    expect(job.last).toMatchObject({ state: "completed", counts: { succeeded: 12, failed: 0 } });
  });

  it("is not set aside when it was begun after all: its row is followed, and it is made once", async () => {
    let tries = 0;
    const lands = (): boolean => {
      tries += 1;
      return tries === 3;
    };
    const bulk = new VirtualBulk({ isIll: (name) => name === "web-3", lands });
    const job = bulk.submit("landed", names);
    await bulk.until(hasEnded);
    expect(tries).toBe(3);
    expect(job.last).toMatchObject({ state: "completed", counts: { succeeded: 12, failed: 0 } });
    expect(bulk.works.site.cloud.servers.size).toBe(12);
  });

  it("does not keep a job from its end that is cancelled meanwhile", async () => {
    const bulk = new VirtualBulk({ isIll: (name) => name === "web-3" });
    const job = bulk.submit("cancelled", names);
    bulk.world.after(10_000, () => bulk.people.cancel(job, false));
    await bulk.until(hasEnded);
    expect(job.last).toMatchObject({ state: "cancelled", counts: { succeeded: 11, cancelled: 1 } });
  });
});
