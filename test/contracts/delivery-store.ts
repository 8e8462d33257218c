import { beforeEach, describe, expect, it } from "vitest";
import type { DeliveryStore } from "../../lib/ports/delivery-store.ts";
import { aDelivery, nextDelivery } from "../deliveries.ts";
import { expiring, listing } from "./delivery-listing.ts";
import { at, type TableWorld } from "./store-world.ts";

const farAway = Date.parse("2100-01-01");

const attempt = {
  at: at(0),
  status: 503,
  error: "answered 503",
  duration_ms: 12,
  response: "später 🛰️",
};

/** What every DeliveryStore promises. */
export const deliveryStoreContract = (name: string, open: () => Promise<TableWorld>): void => {
  describe(`delivery store: ${name}`, () => {
    let world: TableWorld;
    beforeEach(async () => {
      world = await open();
    });
    writing(() => world);
    reading(() => world);
    due(() => world);
    listing(() => world);
    expiring(() => world);
    losing(() => world);
  });
};

const writing = (world: () => TableWorld): void => {
  const one = (): DeliveryStore => world().one.deliveries;
  const two = (): DeliveryStore => world().two.deliveries;

  it("puts a delivery where there was none, for everybody at once", async () => {
    expect(await one().create(aDelivery())).toBe(true);
    expect(await two().load("dlv_1")).toEqual(aDelivery());
  });

  it("leaves the delivery that stands there as it is", async () => {
    await one().create(aDelivery());
    const moved = nextDelivery(aDelivery(), { state: "succeeded", next_attempt_at: null });
    await one().replace(moved, 1);
    expect(await two().create(aDelivery({ body: "other" }))).toBe(false);
    expect(await one().load("dlv_1")).toEqual(moved);
  });

  it("has one winner when many create the same id at once", async () => {
    const puts = Array.from({ length: 10 }, (_, index) =>
      (index % 2 === 0 ? one() : two()).create(aDelivery({ body: String(index) })),
    );
    const outcomes = await Promise.all(puts);
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect((await one().load("dlv_1"))?.body).toBe(String(outcomes.indexOf(true)));
  });

  it.each([
    ["an older version", 2, "stale"],
    ["the version that stands", 3, "written"],
    ["a newer version", 4, "stale"],
  ] as const)("a replace by who has seen %s (%i) is %s", async (_, seen, outcome) => {
    const before = aDelivery({ version: 3 });
    await one().create(before);
    const wanted = aDelivery({ version: 9, attempts: [attempt], tries: 1 });
    expect(await two().replace(wanted, seen)).toBe(outcome);
    expect(await one().load("dlv_1")).toEqual(outcome === "written" ? wanted : before);
  });

  it("a replace where nothing stands is stale and puts nothing", async () => {
    expect(await one().replace(aDelivery({ version: 2 }), 1)).toBe("stale");
    expect(await one().replace(aDelivery({ version: 1 }), 0)).toBe("stale");
    expect(await one().load("dlv_1")).toBeNull();
  });

  it.each([2, 8])("of %i who replace one version at once one is told that it was written", async (count) => {
    await one().create(aDelivery());
    const wanted = Array.from({ length: count }, (_, index) => nextDelivery(aDelivery(), { tries: index }));
    const outcomes = await Promise.all(
      wanted.map((next, index) => (index % 2 === 0 ? one() : two()).replace(next, 1)),
    );
    expect(outcomes.filter((outcome) => outcome === "written")).toHaveLength(1);
    expect(await one().load("dlv_1")).toEqual(wanted[outcomes.indexOf("written")]);
  });
};

const reading = (world: () => TableWorld): void => {
  const one = (): DeliveryStore => world().one.deliveries;

  it("gives null for an id that nobody has, and nothing for nothing", async () => {
    expect(await one().load("dlv_nobody")).toBeNull();
    expect(await one().loadMany([])).toEqual([]);
  });

  it.each([
    ["JSON with quotes", JSON.stringify({ zulu: 1, alpha: 'ü "x" \\ \u2028', "10": null })],
    ["nothing", ""],
    ["half of a surrogate pair", "\ud83d"],
    ["250 KB", "x".repeat(250_000)],
  ])("keeps a body of %s byte by byte, through a replace as well", async (_, body) => {
    await one().create(aDelivery({ body }));
    await one().replace(aDelivery({ body, version: 2, attempts: [attempt] }), 1);
    expect(await one().load("dlv_1")).toEqual(aDelivery({ body, version: 2, attempts: [attempt] }));
  });

  it("gives a copy: changing it changes nothing", async () => {
    await one().create(aDelivery({ attempts: [attempt] }));
    (await one().load("dlv_1"))?.attempts.splice(0);
    expect((await one().load("dlv_1"))?.attempts).toHaveLength(1);
  });

  it("loads many, each once, without those that are missing, more than the engine reads in one call", async () => {
    const ids = Array.from({ length: 130 }, (_, index) => `dlv_${index}`);
    await Promise.all(ids.map((id) => one().create(aDelivery({ id }))));
    const loaded = await world().two.deliveries.loadMany([...ids, "dlv_0", "dlv_missing"]);
    expect(loaded.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  });

  it.each(["dlv_größe", "dlv_🛰️", "dlv_#DELIVERY#", "dlv a  ", `dlv_${"x".repeat(300)}`])(
    "a delivery with the id %j is read, moved, due and listed like any other",
    async (id) => {
      const { one: first, two } = world();
      const row = aDelivery({ id });
      await first.deliveries.create(row);
      const moved = nextDelivery(row, { tries: 1, next_attempt_at: at(5_000) });
      expect(await two.deliveries.replace(moved, 1)).toBe("written");
      expect(await first.deliveries.loadMany([id])).toEqual([moved]);
      expect(await two.deliveries.due("ep_1", 5_000, 5)).toEqual([{ id, dueAtMilliseconds: 5_000 }]);
      expect(await two.deliveries.list("ep_1", null, 5)).toEqual({ deliveries: [moved], next: null });
    },
  );
};

const due = (world: () => TableWorld): void => {
  const idsDue = async (endpoint: string, until: number, limit = 100): Promise<readonly string[]> =>
    (await world().two.deliveries.due(endpoint, until, limit)).map(({ id }) => id);
  const put = (id: string, milliseconds: number, endpoint = "ep_1") =>
    world().one.deliveries.create(aDelivery({ id, endpoint, next_attempt_at: at(milliseconds) }));

  it("gives what is due exactly now, and nothing that is due a millisecond later", async () => {
    await put("dlv_now", 1_000);
    await put("dlv_later", 1_001);
    expect(await idsDue("ep_1", 999)).toEqual([]);
    expect(await idsDue("ep_1", 1_000)).toEqual(["dlv_now"]);
  });

  it("gives the oldest first, at most as many as asked for", async () => {
    for (const time of [5, 1, 4, 2, 3, 8, 7, 6, 10, 9]) await put(`dlv_${(time * 7919) % 11}`, time * 1_000);
    const all = await world().two.deliveries.due("ep_1", 20_000, 100);
    const times = all.map(({ dueAtMilliseconds }) => dueAtMilliseconds / 1_000);
    expect(times).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await world().two.deliveries.due("ep_1", 20_000, 3)).toEqual(all.slice(0, 3));
  });

  it.each(["ep_1", "ep_2", "ep_", "ep_10"])("gives to %s what is its own and nothing else", async (asked) => {
    for (const endpoint of ["ep_1", "ep_2", "ep_", "ep_10"])
      for (const number of [1, 2]) await put(`dlv_${endpoint}_${number}`, number, endpoint);
    expect(await idsDue(asked, farAway)).toEqual([`dlv_${asked}_1`, `dlv_${asked}_2`]);
    expect(await idsDue(asked, farAway, 1)).toEqual([`dlv_${asked}_1`]);
    expect(await idsDue("ep_nobody", farAway)).toEqual([]);
  });

  it("a long queue at one endpoint takes no place in the limit of another", async () => {
    for (let index = 0; index < 30; index += 1) await put(`dlv_long_${index}`, index, "ep_long");
    await put("dlv_short", 1_000, "ep_short");
    expect(await idsDue("ep_short", 1_000, 1)).toEqual(["dlv_short"]);
  });

  it("moves with the delivery when that is replaced, and not when the replace was stale", async () => {
    await put("dlv_1", 1_000);
    const row = aDelivery({ next_attempt_at: at(1_000) });
    await world().one.deliveries.replace(nextDelivery(row, { next_attempt_at: at(9_000) }), 7);
    expect(await idsDue("ep_1", 1_000)).toEqual(["dlv_1"]);
    await world().one.deliveries.replace(nextDelivery(row, { next_attempt_at: at(9_000) }), 1);
    expect(await idsDue("ep_1", 8_999)).toEqual([]);
    expect(await idsDue("ep_1", 9_000)).toEqual(["dlv_1"]);
  });

  it.each(["succeeded", "failed"] as const)(
    "drops a delivery that has %s, and takes it up again when it is replayed",
    async (state) => {
      await put("dlv_1", 1_000);
      const row = aDelivery({ next_attempt_at: at(1_000) });
      const over = nextDelivery(row, { state, next_attempt_at: null });
      await world().one.deliveries.replace(over, 1);
      expect(await idsDue("ep_1", farAway)).toEqual([]);
      const replayed = nextDelivery(over, { state: "pending", next_attempt_at: at(2_000) });
      await world().one.deliveries.replace(replayed, 2);
      expect(await idsDue("ep_1", farAway)).toEqual(["dlv_1"]);
    },
  );
};

const losing = (world: () => TableWorld): void => {
  it.each([1, 2])("a create whose reply is lost %i times is the writer's own", async (times) => {
    const { deliveries } = await world().losing(times);
    expect(await deliveries.create(aDelivery())).toBe(true);
    expect(await world().one.deliveries.create(aDelivery())).toBe(false);
  });

  it("a create that is refused and loses its reply as well is refused", async () => {
    await world().one.deliveries.create(aDelivery());
    const { deliveries } = await world().losing(1);
    expect(await deliveries.create(aDelivery({ body: "other" }))).toBe(false);
  });

  it("a replace whose reply is lost counts as written, once", async () => {
    await world().one.deliveries.create(aDelivery());
    const { deliveries } = await world().losing(1);
    const moved = nextDelivery(aDelivery(), { attempts: [attempt] });
    expect(await deliveries.replace(moved, 1)).toBe("written");
    expect(await deliveries.replace(moved, 1)).toBe("stale");
    expect(await world().one.deliveries.load("dlv_1")).toEqual(moved);
  });

  it("a stale replace whose reply is lost is still stale", async () => {
    await world().one.deliveries.create(aDelivery({ version: 2 }));
    const { deliveries } = await world().losing(1);
    expect(await deliveries.replace(aDelivery({ version: 3 }), 1)).toBe("stale");
  });
};
