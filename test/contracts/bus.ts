import { beforeEach, describe, expect, it } from "vitest";
import type { SwitchyardEvent } from "../../events/event.ts";
import type { Bus } from "../../lib/ports/bus.ts";
import { anEvent } from "../operations.ts";

/** A bus, what came through it, and faults to order. */
export interface BusWorld {
  readonly bus: Bus;
  readonly taken: () => readonly SwitchyardEvent[];
  /** Events with these ids are not taken. */
  readonly refuse: (ids: readonly string[]) => void;
  /** No call gets an answer. */
  readonly breakDown: () => void;
}

const some = (count: number, data: SwitchyardEvent["data"] = {}): SwitchyardEvent[] =>
  Array.from({ length: count }, (_, index) => anEvent({ id: `evt_${index}`, sequence: index + 1, data }));

/** What every Bus promises. */
export const busContract = (name: string, open: () => Promise<BusWorld>): void => {
  describe(`bus: ${name}`, () => {
    let world: BusWorld;
    beforeEach(async () => {
      world = await open();
    });

    it.each([0, 1, 9, 10, 11, 35])("takes %i events and says that none is left", async (count) => {
      expect(await world.bus.publish(some(count))).toEqual([]);
      expect(world.taken()).toEqual(some(count));
    });

    it("hands events on as they are, order of keys included", async () => {
      const event = anEvent({ data: { zulu: 1, alpha: "größe 🛰️", "10": null, empty: "" } });
      await world.bus.publish([event]);
      expect(JSON.stringify(world.taken()[0])).toBe(JSON.stringify(event));
    });

    it("says which events were not taken, and takes the others", async () => {
      world.refuse(["evt_3", "evt_17"]);
      expect((await world.bus.publish(some(20))).toSorted()).toEqual(["evt_17", "evt_3"]);
      expect(world.taken()).toHaveLength(18);
    });

    it("says all when all are refused", async () => {
      world.refuse(["evt_0", "evt_1"]);
      expect((await world.bus.publish(some(2))).toSorted()).toEqual(["evt_0", "evt_1"]);
    });

    it("takes an event again that it took before", async () => {
      await world.bus.publish(some(1));
      expect(await world.bus.publish(some(1))).toEqual([]);
      expect(world.taken()).toHaveLength(2);
    });

    it("takes events that together are bigger than one call may be", async () => {
      const big = some(12, { text: "€".repeat(20_000) });
      expect(await world.bus.publish(big)).toEqual([]);
      expect(world.taken()).toHaveLength(12);
    });

    it("throws when nothing is known of the outcome", async () => {
      world.breakDown();
      await expect(world.bus.publish(some(3))).rejects.toBeInstanceOf(Error);
    });
  });
};
