import { beforeEach, describe, expect, it } from "vitest";
import { dueAt } from "../../lib/operation/due-at.ts";
import { operationStates } from "../../lib/operation/operation.ts";
import { anEvent, anOperation, type OperationFields } from "../operations.ts";
import { at, next, type TableWorld } from "./store-world.ts";

const farAway = Date.parse("2100-01-01");
const openStates = new Set(["accepted", "starting", "following"]);

/** Which rows the due index holds: open ones, and ended ones with something to say that no lease vouches for. */
const memberships = operationStates.flatMap((state) =>
  [0, 1].flatMap((events) =>
    [false, true].map((isOwed) => ({
      state,
      events,
      isOwed,
      isDue: openStates.has(state) || (events > 0 && !isOwed),
    })),
  ),
);

const start = Date.parse("2026-11-02T08:00:00.000Z");
const call = (outcome: "intended" | "answered" | "doubtful") => ({
  what: "create",
  attempt: 1,
  intended_at: at(start + 5_000),
  outcome,
  modified_before: null,
  seen_moving: false,
});
const doubt = (lastSearchAt: number | null) => ({
  since: at(start + 20_000),
  reason: "no answer",
  empty_searches: 0,
  last_search_at: lastSearchAt === null ? null : at(lastSearchAt),
});

/** Shapes of open rows that are due at different instants, with the instant in seconds after the start. */
const instants: readonly (readonly [what: string, row: OperationFields, seconds: number])[] = [
  ["an accepted row, when its message must be lost", { state: "accepted" }, 6],
  ["a held row, when the hold ends", { state: "accepted", hold_until: at(start + 7_000) }, 7],
  ["a started row without a call", { state: "starting" }, 20],
  ["a started row whose sender is silent", { state: "starting", call: call("intended") }, 25],
  ["a doubt, a second after it began", { state: "starting", call: call("doubtful"), doubt: doubt(null) }, 21],
  [
    "a doubt after a search, at the next one",
    { state: "starting", call: call("doubtful"), doubt: doubt(start + 30_000) },
    40,
  ],
  [
    "a doubt just before the horizon, at the horizon",
    { state: "starting", call: call("doubtful"), doubt: doubt(start + 98_000) },
    102,
  ],
  [
    "a doubt behind the horizon, after the pause between proofs",
    { state: "starting", call: call("doubtful"), doubt: doubt(start + 110_000) },
    120,
  ],
  ["a followed row without a call, at once", { state: "following" }, 0],
];

/** What is in the due index and where in it. */
export const dueMembership = (open: () => Promise<TableWorld>): void => {
  describe("membership in the due index", () => {
    let world: TableWorld;
    beforeEach(async () => {
      world = await open();
    });
    const due = () => world.two.store.due(farAway, 10);
    const wanted = (row: ReturnType<typeof anOperation>, isDue: boolean) =>
      isDue ? [{ id: row.id, dueAtMilliseconds: dueAt(row) }] : [];

    it.each(memberships)(
      "a row created $state with $events unsaid events, owed by the lease: $isOwed, is due: $isDue",
      async ({ state, events, isOwed, isDue }) => {
        const outbox = Array.from({ length: events }, () => anEvent());
        const row = anOperation({ state, outbox, is_owed: isOwed });
        await world.one.store.create(row);
        expect(await due()).toEqual(wanted(row, isDue));
      },
    );

    it.each(memberships)(
      "a row that becomes $state with $events unsaid events, owed by the lease: $isOwed, is due: $isDue",
      async ({ state, events, isOwed, isDue }) => {
        const before = anOperation({ hold_until: at(start - 5_000) });
        await world.one.store.create(before);
        const outbox = Array.from({ length: events }, () => anEvent());
        const row = next(before, { state, outbox, is_owed: isOwed, hold_until: null });
        expect(await world.one.store.replace(row, 1)).toBe("written");
        expect(await due()).toEqual(wanted(row, isDue));
      },
    );

    it.each(instants)("%s", async (_, row, seconds) => {
      await world.one.store.create(anOperation(row));
      const instant = start + seconds * 1_000;
      expect(await world.two.store.due(instant - 1, 10)).toEqual([]);
      expect(await world.two.store.due(instant, 10)).toEqual([{ id: "op_1", dueAtMilliseconds: instant }]);
    });
  });
};
