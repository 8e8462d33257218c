import { describe, expect, it } from "vitest";
import { sliceOf } from "../../lib/access/request-rate.ts";
import { problemOf } from "../http/http-world.ts";
import { openAccess } from "./access-world.ts";

const rateOf = (header: string | undefined): { r: number; t: number } => {
  const parts = /^"default";r=(?<r>\d+);t=(?<t>\d+)$/.exec(header ?? "")?.groups;
  if (parts === undefined) throw new Error(`This is no RateLimit: ${header ?? ""}`);
  return { r: Number(parts["r"]), t: Number(parts["t"]) };
};
const path = "/v1/operations";

describe("a key with a limit", () => {
  it("is told what is left and until when, at each answer", async () => {
    const world = openAccess();
    const { key } = await world.makeKey({ name: "eyes", scopes: ["read"], requests_per_minute: 100 });
    const first = await world.call({ path, key });
    expect(first.headers["ratelimit-policy"]).toBe('"default";q=100;w=60');
    expect(rateOf(first.headers["ratelimit"])).toEqual({ r: 99, t: 60 });
    await world.clock.advance(18_000);
    const refused = await world.call({ path: "/v1/nowhere", key });
    expect(refused.status).toBe(404);
    expect(rateOf(refused.headers["ratelimit"])).toEqual({ r: 98, t: 42 });
  });

  it("is refused when it is used up, until the next window", async () => {
    const world = openAccess();
    const { key } = await world.makeKey({ name: "eyes", scopes: ["read"], requests_per_minute: 40 });
    const statuses: number[] = [];
    for (let time = 0; time < 60; time += 1) statuses.push((await world.call({ path, key })).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(40);
    await world.clock.advance(20_000);
    const refused = await world.call({ path, key });
    expect(refused.status).toBe(429);
    expect(refused.headers["retry-after"]).toBe("40");
    expect(rateOf(refused.headers["ratelimit"])).toEqual({ r: 0, t: 40 });
    expect(problemOf(refused)).toMatchObject({
      code: "TOO_MANY_REQUESTS",
      detail: expect.stringContaining("40"),
    });
    await world.clock.advance(40_000);
    expect((await world.call({ path, key })).status).toBe(200);
  });

  it.each([
    [1, 3],
    [20, 1],
    [20, 5],
    [100, 8],
    [600, 4],
  ])("of %i is never exceeded by more than a slice for each of %i processes", async (limit, processes) => {
    const world = openAccess();
    const { key } = await world.makeKey({ name: "eyes", scopes: ["read"], requests_per_minute: limit });
    const calls = Array.from({ length: processes }, () => world.process());
    let given = 0;
    for (let round = 0; round < limit * 2; round += 1) {
      const answered = await Promise.all(calls.map((call) => call({ path, key })));
      given += answered.filter(({ status }) => status === 200).length;
    }
    expect(given).toBeGreaterThanOrEqual(Math.min(limit, 1));
    expect(given).toBeLessThanOrEqual(limit + processes * sliceOf(limit));
    if (processes === 1) expect(given).toBe(limit);
  });

  it("costs no write while it is used little, and few while it is used much", async () => {
    const world = openAccess();
    const { id, key } = await world.makeKey({ name: "eyes", scopes: ["read"], requests_per_minute: 600 });
    const writes = () => world.effects.filter((effect) => effect === `cells.save rate/${id}`).length;
    for (let minute = 0; minute < 10; minute += 1) {
      for (let time = 0; time < 30; time += 1) await world.call({ path, key });
      await world.clock.advance(60_000);
    }
    expect(writes()).toBe(0);
    for (let time = 0; time < 600; time += 1) await world.call({ path, key });
    expect(writes()).toBe(19);
  });

  it("is counted by itself: another's requests take nothing from it", async () => {
    const world = openAccess();
    const one = await world.makeKey({ name: "one", scopes: ["read"], requests_per_minute: 5 });
    const other = await world.makeKey({ name: "two", scopes: ["read"], requests_per_minute: 5 });
    for (let time = 0; time < 10; time += 1) await world.call({ path, key: one.key });
    expect((await world.call({ path, key: one.key })).status).toBe(429);
    expect((await world.call({ path, key: other.key })).status).toBe(200);
  });
});

describe("nobody is counted", () => {
  it("who has the key of the installation, or none", async () => {
    const world = openAccess();
    for (const call of [{ path }, { path: "/healthz", key: null }, { path, key: "wrong" }]) {
      const answered = await world.call(call);
      expect(answered.headers["ratelimit"]).toBeUndefined();
      expect(answered.headers["ratelimit-policy"]).toBeUndefined();
    }
  });
});
