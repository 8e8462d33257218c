import { describe, expect, it } from "vitest";
import { acceptOperation } from "../../lib/flows/accept-operation.ts";
import { loadCounters } from "../../lib/flows/limit-cell.ts";
import { RequestRefused } from "../../lib/flows/request-refused.ts";
import { startMessages } from "../../lib/flows/start-messages.ts";
import { sweepOrphans } from "../../lib/flows/sweep-orphans.ts";
import type { Connection } from "../../lib/connection.ts";
import { ProviderDoubt, type ReadAnswer } from "../../lib/ports/provider.ts";
import { openFlowWorld } from "./flow-world.ts";

const open = (limits: Connection["limits"], more: Partial<Pick<Connection, "prices">> = {}) => {
  const world = openFlowWorld(100, { ...(limits === undefined ? {} : { limits }), ...more });
  const { clock, ports } = world;
  const ask = (
    key: string,
    input: Record<string, string> = {},
    kind: "server.create" | "server.stop" = "server.create",
  ) =>
    acceptOperation(
      kind === "server.create"
        ? { connection: "paris", kind, input: { name: key, type: "DEV1-S", image: "ubuntu_noble", ...input } }
        : { connection: "paris", kind, resource: { type: "server", id: "server-1" } },
      key,
      ports,
    );
  return {
    ...world,
    ask,
    /** Asks, and gives what it was refused with; null when it was taken. */
    refusal: async (...asked: Parameters<typeof ask>): Promise<RequestRefused | null> => {
      try {
        await ask(...asked);
        return null;
      } catch (error) {
        if (error instanceof RequestRefused) return error;
        throw error;
      }
    },
    made: async (key: string): Promise<string> => {
      const { operation } = await ask(key);
      await world.start(operation.id);
      return (await world.tick(operation.id, 3)).resource?.id ?? "";
    },
    counted: async () => (await loadCounters({ name: "paris" }, ports)).counters,
    pass: (seconds: number) => clock.advanceTo(clock.now() + seconds * 1000),
    sweep: () => clock.runUntil(sweepOrphans(world.turn())),
  };
};

/** A map in pages, as the provider's prices come. */
const prices = (cursor: string | null): ReadAnswer =>
  cursor === null
    ? { form: "page", items: [{ id: "DEV1-S", raw: { hourly_price: 0.01 } }], next: "2" }
    : { form: "page", items: [{ id: "GP1-XL", raw: { hourly_price: 1 } }], next: null };

describe("the limits of a connection", () => {
  it("refuse what is one too many with 422, the place, the value, what is used, and who may change it", async () => {
    const world = open({ servers: 2 });
    await world.ask("one");
    await world.ask("two");
    const refused = await world.refusal("three");
    expect(refused).toMatchObject({ status: 422, code: "LIMIT_SERVERS", faults: [{ pointer: "/kind" }] });
    expect(refused?.message).toMatch(/paris: the limit servers is 2, and Switchyard has 2/);
    expect(refused?.hint).toContain("whoever writes the configuration of connection paris");
  });

  it("cost a read and a write of one cell a create, and nothing where there are none", async () => {
    const without = open(undefined);
    await without.ask("one");
    expect(await without.ports.cells.load("limits/paris")).toBeNull();
    const limited = open({ servers: 5, creates_per_minute: 5 });
    await limited.ask("one");
    await limited.ask("two");
    expect((await limited.ports.cells.load("limits/paris"))?.version).toBe(2);
  });

  it("never refuse a replay, however full they are, and do not count it", async () => {
    const world = open({ servers: 1, creates_per_minute: 1, types: ["DEV1-S"] });
    const { operation } = await world.ask("one");
    expect(await world.ask("one")).toMatchObject({ replayed: true, operation: { id: operation.id } });
    await world.pass(90_000);
    expect((await world.ask("one")).replayed).toBe(true);
    expect((await world.counted()).servers).toHaveLength(1);
  });

  it("count a request once that died between the counter and its row", async () => {
    const world = open({ servers: 2, creates_per_minute: 2 });
    const { operations } = world.ports;
    const create = operations.create.bind(operations);
    operations.create = async () => {
      throw new Error("died");
    };
    await expect(world.ask("one")).rejects.toThrow("died");
    operations.create = create;
    await world.ask("one");
    await world.ask("two");
    expect(await world.counted()).toMatchObject({ servers: [{}, {}], recent: [{}, {}] });
    expect((await world.refusal("three"))?.code).toBe("LIMIT_SERVERS");
  });

  it.each(["servers", "creates_per_minute"] as const)(
    "let through exactly as many of fifty at once as %s says",
    async (limit) => {
      const world = open({ [limit]: 7 });
      const all = Array.from({ length: 50 }, (_, index) => world.refusal(`order-${index}`));
      const refusals = await world.clock.runUntil(Promise.all(all));
      expect(refusals.filter((refused) => refused === null)).toHaveLength(7);
      expect(new Set(refusals.flatMap((refused) => (refused === null ? [] : [refused.status])))).toEqual(
        new Set([limit === "servers" ? 422 : 429]),
      );
      const { operations } = await world.ports.operations.list({}, null, 100);
      expect(operations).toHaveLength(7);
    },
  );

  it("of a minute say when there is room again", async () => {
    const world = open({ creates_per_minute: 1 });
    await world.ask("one");
    await world.pass(20);
    expect(await world.refusal("two")).toMatchObject({
      status: 429,
      code: "LIMIT_CREATES_PER_MINUTE",
      retryAfterSeconds: 40,
    });
    await world.pass(40);
    expect(await world.refusal("two")).toBeNull();
  });

  it("never touch what makes nothing", async () => {
    const world = open({ servers: 0, creates_per_minute: 0, euros_per_day: 0, zones: [], types: [] });
    expect(await world.refusal("stop", {}, "server.stop")).toBeNull();
    expect(await world.refusal("create")).not.toBeNull();
  });

  it.each<readonly [Connection["limits"], string, string]>([
    [{ types: ["DEV1-M"] }, "LIMIT_TYPE", "/input/type"],
    [{ zones: ["nl-ams-1"] }, "LIMIT_ZONE", "/connection"],
  ])("%o are held without a counter", async (limits, code, pointer) => {
    const world = open(limits);
    expect(await world.refusal("one")).toMatchObject({ status: 422, code, faults: [{ pointer }] });
    expect(await world.ports.cells.load("limits/paris")).toBeNull();
  });

  it("hold requests by queue: what may pass later comes again, the rest is set aside with the reason", async () => {
    const message = (key: string, type: string, receiveCount: number) => ({
      id: key,
      body: JSON.stringify({
        connection: "paris",
        kind: "server.create",
        input: { name: key, type, image: "ubuntu_noble" },
        idempotency_key: key,
      }),
      receiveCount,
    });
    const world = open({ creates_per_minute: 0, types: ["DEV1-S"] });
    const many = open({ creates_per_minute: 1, types: ["DEV1-S"] });
    await many.ask("first");
    const work = (given: typeof world, ...messages: ReturnType<typeof message>[]) =>
      given.clock.runUntil(startMessages(messages, given.turn()));
    expect(await work(many, message("later", "DEV1-S", 1), message("dear", "GP1-XL", 1))).toMatchObject([
      { id: "later" },
    ]);
    expect(many.ports.queue.dead).toMatchObject([{ reason: expect.stringContaining("limit types") }]);
    expect(await work(many, message("later", "DEV1-S", 4))).toEqual([]);
    expect(many.ports.queue.dead).toHaveLength(2);
    expect(await work(world, message("never", "DEV1-S", 1))).toEqual([]);
    expect(world.ports.queue.dead).toMatchObject([{ reason: expect.stringContaining("creates_per_minute") }]);
    expect(world.provider.calls).not.toContain("create");
  });
});

describe("the servers that count", () => {
  it("leave their place when they are gone, without anybody waiting for the sweeper", async () => {
    const world = open({ servers: 1 });
    const id = await world.made("one");
    await world.pass(600);
    expect((await world.refusal("two"))?.code).toBe("LIMIT_SERVERS");
    world.provider.remove({ type: "server", id });
    expect((await world.refusal("two"))?.code, "counted a moment ago").toBe("LIMIT_SERVERS");
    await world.pass(5);
    expect(await world.refusal("two")).toBeNull();
  });

  it("are looked at every five seconds at most, however many ask", async () => {
    const world = open({ servers: 1 });
    await world.made("one");
    await world.pass(600);
    world.provider.calls.length = 0;
    for (let asked = 0; asked < 20; asked += 1) await world.refusal(`more-${asked}`);
    expect(world.provider.calls).toEqual(["look"]);
  });

  it("leave their place when their create ends without one, or its row was never put", async () => {
    const world = open({ servers: 2 });
    world.provider.mishaps.create = [{ kind: "refuse", code: "INVALID_INPUT" }];
    const { operation } = await world.ask("refused");
    await world.start(operation.id);
    const { operations } = world.ports;
    const create = operations.create.bind(operations);
    operations.create = async () => {
      throw new Error("died");
    };
    await expect(world.ask("lost")).rejects.toThrow("died");
    operations.create = create;
    expect((await world.load(operation.id)).state).toBe("failed");
    expect(await world.refusal("three")).toBeNull();
    expect((await world.refusal("four"))?.code).toBe("LIMIT_SERVERS");
    await world.pass(601);
    expect(await world.refusal("four")).toBeNull();
  });

  it("are not taken as gone when the provider can't be asked", async () => {
    const world = open({ servers: 1 });
    await world.made("one");
    await world.pass(600);
    world.provider.look = async () => {
      throw new ProviderDoubt("no answer", { status: null });
    };
    expect((await world.refusal("two"))?.code).toBe("LIMIT_SERVERS");
  });

  it("are counted anew by the sweeper, those of before the limit too", async () => {
    const world = open({ servers: 2 });
    const gone = await world.made("one");
    const kept = await world.made("two");
    await world.pass(600);
    const earlier = world.provider.addServer(["swy:op=op_0123456789abcdefghjkmnpqrs", "swy:dep=test"]);
    world.provider.addServer(["somebody else's"]);
    world.provider.remove({ type: "server", id: gone });
    await world.sweep();
    expect((await world.counted()).servers.map(({ id }) => id)).toEqual([kept, earlier]);
  });
});

describe("euros a day", () => {
  it("are counted at the provider's prices, read once", async () => {
    const world = open({ euros_per_day: 24.5 });
    world.provider.reading = ({ cursor }) => prices(cursor);
    expect(await world.refusal("one")).toBeNull();
    expect(await world.refusal("dear", { type: "GP1-XL" })).toBeNull();
    expect(await world.refusal("two")).toBeNull();
    const refused = await world.refusal("three");
    expect(refused).toMatchObject({
      status: 422,
      code: "LIMIT_EUROS_PER_DAY",
      faults: [{ pointer: "/input" }],
    });
    expect(refused?.message).toContain("have used 24.48 of it, and this one costs 0.24 in 24 hours");
    expect(world.provider.calls.filter((call) => call.startsWith("read"))).toHaveLength(2);
  });

  it("go by the prices of the configuration first", async () => {
    const world = open({ euros_per_day: 1 }, { prices: { types: { "DEV1-S": 0.05 } } });
    world.provider.reading = ({ cursor }) => prices(cursor);
    expect((await world.refusal("one"))?.message).toContain("costs 1.2 in 24 hours");
    expect(world.provider.calls).toEqual([]);
  });

  it("refuse a type whose price nobody knows, and say so", async () => {
    const world = open({ euros_per_day: 100 });
    expect(await world.refusal("one")).toMatchObject({
      code: "LIMIT_EUROS_PER_DAY",
      faults: [{ pointer: "/input/type" }],
    });
    expect((await world.refusal("one"))?.message).toContain("the price of DEV1-S is not known");
  });

  it("go on with the prices of before when the provider can't be asked", async () => {
    const world = open({ euros_per_day: 100 });
    world.provider.reading = ({ cursor }) => prices(cursor);
    await world.sweep();
    world.provider.reading = () => {
      throw new ProviderDoubt("no answer", { status: null });
    };
    await world.pass(90_000);
    expect(await world.refusal("one")).toBeNull();
  });
});
