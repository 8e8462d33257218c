import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { openScheduleWorld, type ScheduleWorld } from "./schedule-world.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const savedSchema = z.looseObject({
  hours: z.object({ total: z.number(), on: z.number(), off: z.number() }),
  off_percent: z.number(),
  saved_eur: z.number(),
  bill_percent: z.number().nullable(),
  servers: z.number(),
  unpriced: z.number(),
  warnings: z.array(z.object({ code: z.string(), detail: z.string() })),
});
const hour = 3_600_000;
const office = {
  select: { tags: ["env=dev"] },
  timezone: "UTC",
  periods: [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "08:00", to: "19:00" }],
};
const iso = (at: number): string => new Date(at).toISOString();

/** Savings through the deployed handler, at a provider over HTTP whose servers have block volumes and addresses. */
describe("what schedules save, of servers with block volumes", () => {
  let world: ScheduleWorld;
  const saved = async (name: string, from: number, to: number) => {
    const target = `/v1/schedules/${name}/savings?from=${iso(from)}&to=${iso(to)}`;
    const { status, body } = await world.ask("GET", target);
    expect([status, body]).toEqual([200, body]);
    return savedSchema.parse(body);
  };

  beforeAll(async () => {
    const priced = { volume_gb_hour: 0.0001, ipv4_hour: 0.004 };
    world = await openScheduleWorld([
      { name: "paris" },
      { name: "priced", prices: { types: {}, ...priced } },
    ]);
    for (const connection of ["paris", "priced"])
      await world.ask("PUT", `/v1/schedules/${connection}`, { connection, ...office });
  });
  afterAll(() => world.stop());

  const monday = Date.UTC(2027, 10, 1);

  it("where the price of storage is not known, the fall of the whole bill is not told, and why", async () => {
    const told = await saved("paris", monday, monday + 168 * hour);
    expect(told).toMatchObject({ servers: 1, unpriced: 0, off_percent: 67.3, bill_percent: null });
    expect(told.warnings.map(({ code }) => code)).toEqual(["PRICE_PARTIAL"]);
    expect(told.warnings[0]?.detail).toContain("prices.volume_gb_hour");
  });

  it("where it is known, block volumes count, although the server's own object leaves out their size", async () => {
    const told = await saved("priced", monday, monday + 168 * hour);
    expect(told.warnings).toEqual([]);
    const [server] = world.simulator.control.servers();
    expect(server).toBeDefined();
    const perHour = told.saved_eur / told.hours.off;
    // 10 GB of block volume; an address where it has one.
    const beside = [10 * 0.0001, 10 * 0.0001 + 0.004].map(
      (cost) => Math.round((told.saved_eur / (168 * (perHour + cost))) * 1000) / 10,
    );
    expect(beside).toContain(told.bill_percent);
    expect(told.bill_percent).toBeLessThan(67.3);
  });

  it("nothing from before the schedule was made is its merit", async () => {
    const now = Date.now();
    const past = await saved("paris", now - 30 * 24 * hour, now - 24 * hour);
    expect(past).toMatchObject({ hours: { total: 0, on: 0, off: 0 }, saved_eur: 0, off_percent: 0 });
    const around = await saved("paris", now - 30 * 24 * hour, now + 24 * hour);
    expect(around.hours.total).toBeGreaterThan(23);
    expect(around.hours.total).toBeLessThan(24.5);
  });
});
