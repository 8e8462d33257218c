import { describe, expect, it } from "vitest";
import { tickThatDies } from "./mortal.ts";
import { openTickWorld, type TickWorld } from "./tick-world.ts";

const monday = (time: string): string => `2026-11-02T${time}.000Z`;

const officeEvening = async (): Promise<TickWorld> => {
  const world = openTickWorld();
  for (const phase of ["on", "on", "off"] as const) world.provider.addServer(["env=dev"], { phase });
  await world.put("office");
  await world.ticks(monday("18:44:00"), monday("18:46:00"));
  return world;
};

/** How often a tick has an effect; measured once, so that a death at each is tried. */
const effectsOfATick = async (): Promise<readonly string[]> =>
  tickThatDies(await officeEvening(), monday("19:00:01"), Number.POSITIVE_INFINITY, true);

const sequences = (world: TickWorld): readonly number[] =>
  world
    .said()
    .map(({ sequence }) => sequence)
    .toSorted((one, other) => one - other);

describe("a tick that dies", () => {
  it("loses nothing and repeats nothing, whichever effect is its last", { timeout: 300_000 }, async () => {
    const effects = await effectsOfATick();
    expect(effects.length).toBeGreaterThan(8);
    for (const [index, name] of effects.entries())
      for (const isCarriedOut of [false, true]) {
        const world = await officeEvening();
        await tickThatDies(world, monday("19:00:01"), index + 1, isCarriedOut);
        await world.ticks(monday("19:01:00"), monday("19:05:00"));
        const where = `${name} (${index + 1} of ${effects.length}), ${isCarriedOut ? "carried out" : "not carried out"}`;
        expect(world.phases(), where).toEqual(["off", "off", "off"]);
        expect(world.powers(), where).toBe(2);
        expect((await world.operations()).length, where).toBe(2);
        expect(world.said("schedule.edge_applied").length, where).toBe(1);
        expect(world.said("schedule.stop_announced").length, where).toBe(1);
        expect(world.said("schedule.missed").length, where).toBe(0);
        const all = sequences(world);
        expect(all, where).toEqual(all.map((_, place) => place + 1));
      }
  });

  it("may die while it announces a stop, and the stop is announced once", { timeout: 300_000 }, async () => {
    const fresh = async (): Promise<TickWorld> => {
      const world = openTickWorld();
      world.provider.addServer(["env=dev"], { phase: "on" });
      await world.put("office");
      await world.tickAt(monday("18:30:00"));
      return world;
    };
    const effects = await tickThatDies(await fresh(), monday("18:45:01"), Number.POSITIVE_INFINITY, true);
    expect(effects.length).toBeGreaterThan(4);
    for (const [index, name] of effects.entries())
      for (const isCarriedOut of [false, true]) {
        const world = await fresh();
        await tickThatDies(world, monday("18:45:01"), index + 1, isCarriedOut);
        await world.ticks(monday("18:46:00"), monday("18:48:00"));
        expect(world.said("schedule.stop_announced").length, `${name}, ${index + 1}`).toBe(1);
      }
  });

  it(
    "may die while another one is at work: two at once make no difference",
    { timeout: 300_000 },
    async () => {
      const world = await officeEvening();
      await world.clock.advanceTo(Date.parse(monday("19:00:01")));
      const noLease = {
        ...world.ports,
        cells: {
          load: async (key: string) => (key === "schedule-ticker" ? null : world.ports.cells.load(key)),
          save: async (key: string, value: Parameters<typeof world.ports.cells.save>[1], seen: number) =>
            key === "schedule-ticker" || world.ports.cells.save(key, value, seen),
        },
      };
      await world.clock.runUntil(
        Promise.all([world.begin(noLease), world.begin(noLease), world.begin(noLease)]),
      );
      await world.carryOut();
      await world.ticks(monday("19:01:00"), monday("19:04:00"));
      expect(world.powers()).toBe(2);
      expect(world.phases()).toEqual(["off", "off", "off"]);
      expect(world.said("schedule.edge_applied")).toHaveLength(1);
    },
  );
});
