import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { type Installation, machines, openInstallation } from "./installation.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const answerSchema = z.object({ statusCode: z.number(), body: z.string().default("") });
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
  let installation: Installation;
  const ask = async (method: string, path: string, body: unknown = null, query = "") => {
    const { handler } = await import("../../functions/schedules.ts");
    const event = {
      version: "2.0",
      rawPath: path,
      rawQueryString: query,
      headers: { authorization: "Bearer swy_test", "content-type": "application/json" },
      requestContext: { http: { method, path }, requestId: `r-${Math.random()}` },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
      isBase64Encoded: false,
    };
    const answer = answerSchema.parse(await handler(event, { getRemainingTimeInMillis: () => 80_000 }));
    return { status: answer.statusCode, body: answer.body };
  };
  const saved = async (name: string, from: number, to: number) => {
    const answer = await ask("GET", `/v1/schedules/${name}/savings`, null, `from=${iso(from)}&to=${iso(to)}`);
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    return savedSchema.parse(JSON.parse(answer.body));
  };

  beforeAll(async () => {
    const priced = { volume_gb_hour: 0.0001, ipv4_hour: 0.004 };
    installation = await openInstallation("scaleway-instance", 40, [
      { name: "paris" },
      { name: "priced", prices: { types: {}, ...priced } },
    ]);
    const input = { name: "web", ...machines["scaleway-instance"], tags: ["env=dev"] };
    await installation.run({ connection: "paris", kind: "server.create", input }, "made");
    for (const connection of ["paris", "priced"])
      await ask("PUT", `/v1/schedules/${connection}`, { connection, ...office });
  });
  afterAll(async () => {
    await installation.stop();
  });

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
    const [server] = installation.simulator.control.servers();
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
