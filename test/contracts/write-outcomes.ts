import { beforeEach, describe, expect, it } from "vitest";
import { type Operation, type OperationState, operationStates } from "../../lib/operation/operation.ts";
import { anOperation } from "../operations.ts";
import { at, next, type TableWorld } from "./store-world.ts";

const day = 86_400_000;
const ends = ["succeeded", "failed", "cancelled", "needs_attention"] as const;

/** What stands in the table before the write: nothing, a row, or one whose 30 days are over. */
interface Standing {
  readonly name: string;
  readonly state: OperationState | null;
  readonly ageDays: number;
}
const standings: readonly Standing[] = [
  { name: "no row", state: null, ageDays: 0 },
  ...operationStates.map((state) => ({ name: `a row in ${state}`, state, ageDays: 0 })),
  ...ends.map((state) => ({ name: `an expired ${state} row`, state, ageDays: 30 })),
];
const isThere = ({ state, ageDays }: Standing): boolean => state !== null && ageDays < 30;

/** Puts what stands there, at version 3, and lets it grow old. */
const arrange = async ({ one, clock }: TableWorld, standing: Standing): Promise<Operation | null> => {
  if (standing.state === null) return null;
  const begun = at(clock.now());
  const row = anOperation({ state: standing.state, version: 3, created_at: begun, updated_at: begun });
  await one.store.create(row);
  await clock.advance(standing.ageDays * day);
  return isThere(standing) ? row : null;
};

const replaces = standings.flatMap((standing) =>
  [
    { seen: 2, meaning: "an older version" },
    { seen: 3, meaning: "the version that stands" },
    { seen: 4, meaning: "a newer version" },
  ].map(({ seen, meaning }) => ({
    standing,
    seen,
    over: standing.name,
    meaning,
    outcome: isThere(standing) && seen === 3 ? ("written" as const) : ("stale" as const),
  })),
);

const cellSaves = [0, 1, 2, 3].flatMap((version) =>
  [0, 1, 2, 3, 4].map((seen) => ({ version, seen, saved: version === seen })),
);

/** Every conditional write on everything that can stand there. */
export const writeOutcomes = (open: () => Promise<TableWorld>): void => {
  describe("outcomes of conditional writes", () => {
    let world: TableWorld;
    beforeEach(async () => {
      world = await open();
    });

    it.each(replaces)(
      "a replace over $over by who has seen $meaning is $outcome",
      async ({ standing, seen, outcome }) => {
        const before = await arrange(world, standing);
        const wanted = anOperation({ state: "following", version: 9, resource_name: "wanted" });
        expect(await world.two.store.replace(wanted, seen)).toBe(outcome);
        expect(await world.one.store.load("op_1")).toEqual(outcome === "written" ? wanted : before);
      },
    );

    it.each(standings)("a create over $name leaves one row and tells which", async (standing) => {
      const before = await arrange(world, standing);
      const asked = anOperation({ resource_name: "asked", created_at: at(world.clock.now()) });
      const expected = { created: before === null, operation: before ?? asked };
      expect(await world.two.store.create(asked)).toEqual(expected);
      expect(await world.one.store.load("op_1")).toEqual(before ?? asked);
    });

    it.each(cellSaves)(
      "a save over version $version of a cell by who has seen $seen: $saved",
      async ({ version, seen, saved }) => {
        for (let count = 0; count < version; count += 1) await world.one.cells.save("a", count, count);
        const before = await world.one.cells.load("a");
        expect(await world.two.cells.save("a", "wanted", seen)).toBe(saved);
        const after = saved ? { version: version + 1, value: "wanted" } : before;
        expect(await world.one.cells.load("a")).toEqual(after);
      },
    );

    conflicts(() => world);
  });
};

/** Who writes at once with so many others; each has one winner and everybody sees that one. */
const conflicts = (world: () => TableWorld): void => {
  const stores = (count: number) =>
    Array.from({ length: count }, (_, index) => (index % 2 === 0 ? world().one : world().two));

  it.each([2, 3, 8])("of %i who create one id at once all are given the winner's row", async (count) => {
    const answers = await Promise.all(
      stores(count).map(({ store }, index) => store.create(anOperation({ resource_name: `w-${index}` }))),
    );
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    const stands = await world().one.store.load("op_1");
    for (const { operation } of answers) expect(operation).toEqual(stands);
  });

  it.each([2, 3, 8])(
    "of %i who replace one version at once one is told that it was written",
    async (count) => {
      const operation = anOperation();
      await world().one.store.create(operation);
      const wanted = stores(count).map((_, index) => next(operation, { resource_name: `w-${index}` }));
      const outcomes = await Promise.all(
        stores(count).map(({ store }, index) => store.replace(wanted[index] ?? operation, 1)),
      );
      expect(outcomes.filter((outcome) => outcome === "written")).toHaveLength(1);
      expect(await world().two.store.load("op_1")).toEqual(wanted[outcomes.indexOf("written")]);
    },
  );

  it.each([2, 3, 8])("of %i who save one cell at once one is told so", async (count) => {
    await world().one.cells.save("a", "before", 0);
    const outcomes = await Promise.all(stores(count).map(({ cells }, index) => cells.save("a", index, 1)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await world().two.cells.load("a")).toEqual({ version: 2, value: outcomes.indexOf(true) });
  });

  it.each(["starting", "following", "cancelled"] as const)(
    "a row that goes to %s and one that is created again at once leave the row, moved on",
    async (state) => {
      const operation = anOperation();
      await world().one.store.create(operation);
      const moved = next(operation, { state });
      const [outcome, answer] = await Promise.all([
        world().one.store.replace(moved, 1),
        world().two.store.create(anOperation({ resource_name: "again" })),
      ]);
      expect([outcome, answer.created]).toEqual(["written", false]);
      expect([operation, moved]).toContainEqual(answer.operation);
      expect(await world().one.store.load("op_1")).toEqual(moved);
    },
  );
};
