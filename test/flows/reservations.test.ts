import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptOperation } from "../../lib/flows/accept-operation.ts";
import { checkLimits } from "../../lib/flows/check-limits.ts";
import { loadCounters } from "../../lib/flows/limit-cell.ts";
import { RequestRefused } from "../../lib/flows/request-refused.ts";
import {
  admitReserved,
  extend,
  free,
  reservationRefusal,
  reserve,
  wantsOf,
  type AskedItem,
} from "../../lib/flows/reservations.ts";
import type { Connection } from "../../lib/connection.ts";
import type { Cells } from "../../lib/ports/cells.ts";
import { MemoryCells } from "../memory/memory-cells.ts";
import { anOperation } from "../operations.ts";
import { openFlowWorld } from "./flow-world.ts";

const prices = { types: { "DEV1-S": 0.01 } };
const items = (job: string, count: number, more: Partial<AskedItem> = {}): AskedItem[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `op_${job}_${index}`,
    kind: "server.create",
    input: { name: `web-${index}`, type: "DEV1-S", image: "ubuntu_noble" },
    ...more,
  }));

/** Cells that count what they are asked. */
const countingCells = (): Cells & { readonly asked: string[] } => {
  const cells = new MemoryCells();
  const asked: string[] = [];
  return {
    asked,
    load: (key) => {
      asked.push(`load ${key}`);
      return cells.load(key);
    },
    save: (key, value, version) => {
      asked.push(`save ${key}`);
      return cells.save(key, value, version);
    },
  };
};

const open = (limits: Connection["limits"], given: Cells = new MemoryCells()) => {
  const world = openFlowWorld(100, { ...(limits === undefined ? {} : { limits }), prices });
  const ports = { ...world.ports, cells: given };
  const connection = ports.providers.connection("paris");
  if (connection === null) throw new Error("there is no connection");
  const wants = (job: string, count: number) => wantsOf(connection, items(job, count), [], ports);
  return {
    ...world,
    ports,
    connection,
    wants,
    reserve: async (job: string, count: number): Promise<RequestRefused | null> => {
      try {
        await reserve(connection, job, await wants(job, count), ports);
        return null;
      } catch (error) {
        if (error instanceof RequestRefused) return error;
        throw error;
      }
    },
    admit: (job: string, asked: readonly AskedItem[]) => admitReserved(connection, job, asked, ports),
    single: async (key: string): Promise<string | null> => {
      const input = { name: key, type: "DEV1-S", image: "ubuntu_noble" };
      try {
        await acceptOperation({ connection: "paris", kind: "server.create", input }, key, ports);
        return null;
      } catch (error) {
        if (error instanceof RequestRefused) return error.code;
        throw error;
      }
    },
    counters: async () => (await loadCounters(connection, ports)).counters,
  };
};

describe("a job that reserves", () => {
  it("is refused with the codes of single requests when the rest does not suffice", async () => {
    const world = open({ servers: 5 });
    expect(await world.reserve("blk_1", 4)).toBeNull();
    expect(await world.reserve("blk_2", 2)).toMatchObject({ status: 422, code: "LIMIT_SERVERS" });
    expect(await world.reserve("blk_2", 1)).toBeNull();
    const money = open({ euros_per_day: 1 });
    expect(await money.reserve("blk_1", 4)).toBeNull();
    expect(await money.reserve("blk_2", 1)).toMatchObject({ status: 422, code: "LIMIT_EUROS_PER_DAY" });
    expect((await open({ creates_per_minute: 0 }).reserve("blk_1", 1))?.code).toBe(
      "LIMIT_CREATES_PER_MINUTE",
    );
  });

  it("is told at plan time what it would be refused, and nothing is written", async () => {
    const world = open({ servers: 5 });
    const refusal = await reservationRefusal(
      world.connection,
      "blk_1",
      await world.wants("blk_1", 6),
      world.ports,
    );
    expect(refusal?.code).toBe("LIMIT_SERVERS");
    expect(
      await reservationRefusal(world.connection, "blk_1", await world.wants("blk_1", 5), world.ports),
    ).toBeNull();
    expect(await world.ports.cells.load("limits/paris")).toBeNull();
  });

  it("leaves single requests what is not reserved, and they leave it what is", async () => {
    const world = open({ servers: 3 });
    await world.reserve("blk_1", 2);
    expect(await world.single("one")).toBeNull();
    expect(await world.single("two")).toBe("LIMIT_SERVERS");
    const { admitted } = await world.admit("blk_1", items("blk_1", 2));
    expect(admitted.size).toBe(2);
    expect((await world.counters()).servers).toHaveLength(3);
  });

  it("can pass one of its items through the single path", async () => {
    const world = open({ servers: 1 });
    await world.reserve("blk_1", 1);
    const asked = anOperation({ id: "op_item" });
    await expect(checkLimits(asked, world.connection, world.ports)).rejects.toThrow(
      "bulk jobs have reserved 1",
    );
    await checkLimits(asked, world.connection, world.ports, "blk_1");
    expect(await world.counters()).toMatchObject({ servers: [{ by: "op_item" }] });
  });

  it("gives back what it has not used when it is freed, twice as well", async () => {
    const world = open({ servers: 3 });
    await world.reserve("blk_1", 3);
    await world.admit("blk_1", items("blk_1", 1));
    expect((await world.reserve("blk_2", 1))?.code).toBe("LIMIT_SERVERS");
    await free(world.connection, "blk_1", world.ports);
    await free(world.connection, "blk_1", world.ports);
    expect(await world.reserve("blk_2", 2)).toBeNull();
    expect((await world.reserve("blk_3", 1))?.code).toBe("LIMIT_SERVERS");
  });

  it("gives back everything a quarter of an hour after it was last kept alive", async () => {
    const world = open({ servers: 2 });
    await world.reserve("blk_1", 2);
    await world.clock.advanceTo(world.clock.now() + 899_000);
    expect(await extend(world.connection, "blk_1", 2, world.ports)).toBe(true);
    await world.clock.advanceTo(world.clock.now() + 899_000);
    expect(await world.single("early")).toBe("LIMIT_SERVERS");
    await world.clock.advanceTo(world.clock.now() + 1000);
    expect(await extend(world.connection, "blk_1", 2, world.ports)).toBe(false);
    expect(await world.single("late")).toBeNull();
  });

  it("has the places of servers that are gone, without anybody waiting for the sweeper", async () => {
    const world = open({ servers: 1 });
    const asked = await acceptOperation(
      {
        connection: "paris",
        kind: "server.create",
        input: { name: "old", type: "DEV1-S", image: "ubuntu_noble" },
      },
      "old",
      world.ports,
    );
    await world.start(asked.operation.id);
    const id = (await world.tick(asked.operation.id, 3)).resource?.id ?? "";
    await world.clock.advanceTo(world.clock.now() + 600_000);
    expect((await world.reserve("blk_1", 1))?.code).toBe("LIMIT_SERVERS");
    world.provider.remove({ type: "server", id });
    await world.clock.advanceTo(world.clock.now() + 5000);
    expect(await world.reserve("blk_1", 1)).toBeNull();
  });

  it("has no price where none is known, and is told so", async () => {
    const { connection, ports } = open({ euros_per_day: 1 });
    const [item] = items("blk_1", 1, { input: { name: "web", type: "GP9-XL", image: "i" } });
    await expect(wantsOf(connection, item === undefined ? [] : [item], [], ports)).rejects.toMatchObject({
      code: "LIMIT_EUROS_PER_DAY",
      message: expect.stringContaining("GP9-XL"),
    });
  });
});

describe("a batch that begins", () => {
  it("is counted with one read and one write, and costs no write when it is counted again", async () => {
    const cells = countingCells();
    const world = open({ servers: 200, euros_per_day: 100 }, cells);
    await world.reserve("blk_1", 150);
    cells.asked.length = 0;
    const batch = items("blk_1", 100);
    expect((await world.admit("blk_1", batch)).admitted.size).toBe(100);
    expect(cells.asked).toEqual(["load limits/paris", "save limits/paris"]);
    expect(await world.counters()).toMatchObject({
      millionths: 24_000_000,
      reservations: [{ job: "blk_1", left: 50, servers: 50, millionths: 12_000_000 }],
    });
    cells.asked.length = 0;
    expect((await world.admit("blk_1", batch)).admitted.size).toBe(100);
    expect(cells.asked).toEqual(["load limits/paris"]);
  });

  it.each<readonly [string, Connection["limits"]]>([
    ["there are no limits", undefined],
    ["limits count nothing", { types: ["DEV1-S"], zones: ["fr-par-1"] }],
  ])("touches no table where %s, and neither does its reservation", async (_why, limits) => {
    const cells = countingCells();
    const world = open(limits, cells);
    await world.reserve("blk_1", 10);
    expect((await world.admit("blk_1", items("blk_1", 10))).admitted.size).toBe(10);
    expect(cells.asked).toEqual([]);
  });

  it("waits for the rate as far as it is over it, and goes on a minute later", async () => {
    const world = open({ creates_per_minute: 4, servers: 20 });
    await world.reserve("blk_1", 6);
    const batch = items("blk_1", 6);
    const first = await world.admit("blk_1", batch);
    expect([...first.admitted]).toEqual(batch.slice(0, 4).map(({ id }) => id));
    expect(first).toMatchObject({ retryAfterSeconds: 60, refused: new Map() });
    await world.clock.advanceTo(world.clock.now() + 60_000);
    expect((await world.admit("blk_1", batch)).admitted.size).toBe(6);
    expect((await world.counters()).reservations).toBeUndefined();
  });

  it("has its refusals item by item: a type, a price, a place that is not there", async () => {
    const world = open({ servers: 1, types: ["DEV1-S", "GP9-XL"], euros_per_day: 5 });
    const [fits, second] = items("a", 2);
    const [wrong] = items("b", 1, { input: { name: "w", type: "DEV1-M", image: "i" } });
    const [dear] = items("c", 1, { input: { name: "d", type: "GP9-XL", image: "i" } });
    const [stop] = items("d", 1, { kind: "server.stop", input: {} });
    const batch = [fits, wrong, dear, stop, second].flatMap((one) => (one === undefined ? [] : [one]));
    const { admitted, refused, retryAfterSeconds } = await world.admit("blk_1", batch);
    expect([...admitted].toSorted()).toEqual(["op_a_0", "op_d_0"]);
    expect(retryAfterSeconds).toBeNull();
    expect(Object.fromEntries([...refused].map(([id, { code }]) => [id, code]))).toEqual({
      op_a_1: "LIMIT_SERVERS",
      op_b_0: "LIMIT_TYPE",
      op_c_0: "LIMIT_EUROS_PER_DAY",
    });
  });
});

it("two at once never take the same rest, in any interleaving of their reads and writes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 4 }),
      async (scheduler, counts) => {
        const memory = new MemoryCells();
        const cells: Cells = {
          load: (key) => scheduler.schedule(memory.load(key)),
          // What is written lands when its turn comes, not when it was asked for.
          save: (key, value, version) =>
            scheduler.schedule(Promise.resolve()).then(() => memory.save(key, value, version)),
        };
        const limits = { servers: 8 };
        const world = open(limits, cells);
        const waiting = { ...world.ports, clock: { now: () => 1, sleep: async () => undefined } };
        const results = counts.map(async (count, index) => {
          const job = `blk_${index}`;
          try {
            await reserve(
              world.connection,
              job,
              await wantsOf(world.connection, items(job, count), [], waiting),
              waiting,
            );
          } catch (error) {
            if (error instanceof RequestRefused) return;
            throw error;
          }
          await admitReserved(world.connection, job, items(job, Math.ceil(count / 2)), waiting);
        });
        const singles = [0, 1].map(async (index) => {
          const asked = anOperation({ id: `op_single_${index}` });
          await checkLimits(asked, world.connection, waiting).catch(() => undefined);
        });
        await scheduler.waitFor(Promise.all([...results, ...singles]));
        const { counters } = await loadCounters(world.connection, { cells: memory });
        const held = (counters.reservations ?? []).reduce((sum, { servers }) => sum + servers, 0);
        expect(counters.servers.length + held).toBeLessThanOrEqual(limits.servers);
        const asked = counts.reduce((sum, count) => sum + count, 0) + singles.length;
        if (asked <= limits.servers) expect(counters.servers.length + held).toBe(asked);
      },
    ),
    { numRuns: 200 },
  );
});
