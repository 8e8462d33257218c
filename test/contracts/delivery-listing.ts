import { expect, it } from "vitest";
import type { ListPosition } from "../../lib/ports/operation-store.ts";
import { aDelivery, nextDelivery } from "../deliveries.ts";
import { at, type TableWorld } from "./store-world.ts";

const kept = 30 * 86_400_000;

const pages = [0, 1, 2, 3, 4].flatMap((count) => [1, 2, 3, 4, 5].map((limit) => ({ count, limit })));

/** Order and pages. */
export const listing = (world: () => TableWorld): void => {
  const walk = async (endpoint: string, limit: number): Promise<string[][]> => {
    const seen: string[][] = [];
    let after: ListPosition | null = null;
    do {
      const page = await world().two.deliveries.list(endpoint, after, limit);
      seen.push(page.deliveries.map(({ id }) => id));
      after = page.next;
    } while (after !== null && seen.length < 30);
    return seen;
  };

  it.each(pages)("$count deliveries in pages of $limit, newest first", async ({ count, limit }) => {
    const start = world().clock.now();
    for (let number = 1; number <= count; number += 1) {
      const created_at = at(start + number * 10);
      await world().one.deliveries.create(aDelivery({ id: `dlv_${number}`, created_at }));
      await world().one.deliveries.create(
        aDelivery({ id: `dlv_other_${number}`, endpoint: "ep_2", created_at }),
      );
    }
    const all = Array.from({ length: count }, (_, index) => `dlv_${count - index}`);
    const seen = await walk("ep_1", limit);
    expect(seen.flat()).toEqual(all);
    expect(seen).toHaveLength(Math.max(1, Math.ceil(count / limit)));
  });

  it.each([1, 2, 3, 10])("loses and repeats none of one instant, in pages of %i", async (limit) => {
    const ids = ["dlv_a", "dlv_b", "dlv_c", "dlv_d", "dlv_e"];
    for (const id of ids) await world().one.deliveries.create(aDelivery({ id }));
    expect((await walk("ep_1", limit)).flat()).toEqual(ids.toReversed());
  });

  it("stays in its order when deliveries move on, and shows nothing twice when newer ones come", async () => {
    const { deliveries } = world().one;
    const start = world().clock.now();
    const made = (number: number) => aDelivery({ id: `dlv_${number}`, created_at: at(start + number) });
    for (const number of [1, 2, 3, 4]) await deliveries.create(made(number));
    const first = await deliveries.list("ep_1", null, 2);
    await deliveries.create(made(5));
    const moved = nextDelivery(made(1), { state: "succeeded", next_attempt_at: null });
    await deliveries.replace(moved, 1);
    const rest = await deliveries.list("ep_1", first.next, 5);
    expect(rest).toEqual({ deliveries: [made(2), moved], next: null });
  });
};

/** The end of a delivery's 30 days. */
export const expiring = (world: () => TableWorld): void => {
  it.each([
    ["a second before", 0, kept - 1_000, true],
    ["a millisecond before", 0, kept - 1, true],
    ["exactly at", 0, kept, false],
    ["in the broken second of", 700, kept - 500, false],
  ])("%s the end of its 30 days (made %i ms late)", async (_, late, age, isKept) => {
    const { one, two, clock } = world();
    const made = clock.now() + late;
    const row = aDelivery({ created_at: at(made) });
    await one.deliveries.create(row);
    await clock.advanceTo(made + age);
    expect(await two.deliveries.load("dlv_1")).toEqual(isKept ? row : null);
    expect(await two.deliveries.loadMany(["dlv_1"])).toEqual(isKept ? [row] : []);
    const listed = await two.deliveries.list("ep_1", null, 5);
    expect(listed).toEqual({ deliveries: isKept ? [row] : [], next: null });
    const again = aDelivery({ created_at: at(clock.now()), body: "again" });
    expect(await two.deliveries.create(again)).toBe(!isKept);
    expect(await two.deliveries.replace(nextDelivery(again), 1)).toBe("written");
  });

  it("an expired delivery can't be replaced", async () => {
    const { one, two, clock } = world();
    await one.deliveries.create(aDelivery({ created_at: at(clock.now()) }));
    await clock.advance(kept);
    expect(await two.deliveries.replace(aDelivery({ version: 2 }), 1)).toBe("stale");
  });
};
