import { describe, expect, it } from "vitest";
import { ask, openWorld, pageOf, pointersOf, problemOf, type World } from "./http-world.ts";

const inAnHour = "2026-11-02T09:00:00Z";
const put = (world: World, body: unknown, key?: string | null) =>
  world.call({
    method: "PUT",
    path: "/v1/stop",
    headers: { "content-type": "application/json" },
    body,
    ...(key === undefined ? {} : { key }),
  });

describe("/v1/stop", () => {
  it("stops what makes something until it is lifted, and shows who has set it", async () => {
    const world = openWorld();
    expect((await world.call({ path: "/v1/stop" })).body).toEqual({ stopped: false, stop: null });
    const set = await put(world, { until: inAnHour, reason: "a key has leaked" });
    expect(set).toMatchObject({
      status: 200,
      body: {
        stopped: true,
        stop: { until: "2026-11-02T09:00:00.000Z", reason: "a key has leaked", set_by: "bootstrap" },
      },
    });
    expect((await world.call({ path: "/v1/stop" })).body).toEqual(set.body);
    const refused = await ask(world, "order");
    expect([refused.status, problemOf(refused).code, pointersOf(refused)]).toEqual([
      409,
      "STOPPED",
      ["/kind"],
    ]);
    expect(refused.headers["retry-after"]).toBe("300");
    const lifted = await world.call({ method: "DELETE", path: "/v1/stop" });
    expect([lifted.status, lifted.body]).toEqual([200, { stopped: false, stop: null }]);
    expect((await ask(world, "order")).status).toBe(202);
  });

  it("is lifted as often as one likes", async () => {
    const world = openWorld();
    expect((await world.call({ method: "DELETE", path: "/v1/stop" })).status).toBe(200);
    expect(world.bus.published).toEqual([]);
  });

  it.each<readonly [string, unknown, string]>([
    ["no end", { reason: "x" }, "/until"],
    ["an end in the past", { until: "2026-11-02T07:59:59Z", reason: "x" }, "/until"],
    ["an end after more than 30 days", { until: "2026-12-02T08:00:01Z", reason: "x" }, "/until"],
    ["an end without a zone", { until: "2026-11-02T09:00:00", reason: "x" }, "/until"],
    ["an end that is no instant", { until: "tomorrow", reason: "x" }, "/until"],
    ["no reason", { until: inAnHour }, "/reason"],
    ["an empty reason", { until: inAnHour, reason: "" }, "/reason"],
    ["a reason of more than 500 characters", { until: inAnHour, reason: "x".repeat(501) }, "/reason"],
    ["an unknown field", { until: inAnHour, reason: "x", forever: true }, "/forever"],
  ])("is not set with %s", async (_fault, body, pointer) => {
    const answered = await put(openWorld(), body);
    expect([answered.status, pointersOf(answered)]).toEqual([422, [pointer]]);
  });

  it.each(["GET", "PUT", "DELETE"])("%s wants a key", async (method) => {
    expect((await openWorld().call({ method, path: "/v1/stop", key: null })).status).toBe(401);
  });
});

describe("GET /v1/limits", () => {
  it("shows each connection's limits, how much is used, and who may change them", async () => {
    const limits = {
      servers: 5,
      creates_per_minute: 3,
      euros_per_day: 10,
      zones: ["fr-par-1"],
      types: ["DEV1-S"],
    };
    const world = openWorld({
      connections: ["paris", "ams"],
      more: { paris: { limits, prices: { types: { "DEV1-S": 0.01 } } } },
    });
    expect((await ask(world, "order")).status).toBe(202);
    const { items } = pageOf(await world.call({ path: "/v1/limits" }));
    expect(items).toEqual([
      expect.objectContaining({ connection: "ams", limits: [] }),
      {
        connection: "paris",
        limits: [
          { limit: "servers", value: 5, used: 1 },
          { limit: "creates_per_minute", value: 3, used: 1 },
          { limit: "euros_per_day", value: 10, used: 0.24 },
          { limit: "zones", value: ["fr-par-1"], used: null },
          { limit: "types", value: ["DEV1-S"], used: null },
        ],
        servers_counted_at: null,
        raised_by: "whoever writes the configuration of connection paris",
      },
    ]);
  });

  it("comes in pages", async () => {
    const world = openWorld({ connections: ["a", "b", "c"] });
    const first = pageOf(await world.call({ path: "/v1/limits", query: "limit=2" }));
    const second = pageOf(
      await world.call({ path: "/v1/limits", query: `limit=2&cursor=${first.next_cursor}` }),
    );
    expect([...first.items, ...second.items].map(({ connection }) => connection)).toEqual(["a", "b", "c"]);
    expect(second.next_cursor).toBeNull();
  });
});

describe("a request that a limit refuses", () => {
  it("is answered with 429 and Retry-After where waiting helps, with 422 and the pointer elsewhere", async () => {
    const world = openWorld({ more: { paris: { limits: { creates_per_minute: 1, types: ["DEV1-S"] } } } });
    await ask(world, "one");
    const late = await ask(world, "two");
    expect([late.status, problemOf(late).code, late.headers["retry-after"]]).toEqual([
      429,
      "LIMIT_CREATES_PER_MINUTE",
      "60",
    ]);
    const dear = await ask(world, "three", {
      connection: "paris",
      kind: "server.create",
      input: { name: "a", type: "GP1-XL" },
    });
    expect([dear.status, problemOf(dear).code, pointersOf(dear)]).toEqual([
      422,
      "LIMIT_TYPE",
      ["/input/type"],
    ]);
    expect((await ask(world, "one")).headers["idempotent-replayed"]).toBe("true");
  });
});
