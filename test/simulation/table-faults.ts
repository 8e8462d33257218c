import type { Chance } from "./chance.ts";
import type { Reply } from "./sandbox.ts";
import type { PortRule, World } from "./world.ts";

/** The table refuses, or does not say what it did. */
export class TableUnavailable extends Error {
  constructor(what: string) {
    super(`The table gave no answer: ${what}.`);
    this.name = "TableUnavailable";
  }
}

/** What goes wrong at the table. */
export interface TableFaults {
  /** @throws TableUnavailable now and then: nothing happened */
  refuseSome(what: string): void;
  /** How the answer to a put that happened comes back. */
  afterWrite(what: string): Reply<"written" | "reply lost">;
  /** Milliseconds until the index shows a write. */
  indexLag(what: string): number;
  token(): string;
  /** Somebody else had written the row. */
  overtaken(what: string): void;
  mayIgnore(rule: PortRule): boolean;
}

/** A table that never fails, for the contracts that every table keeps. */
export const calmTable = (chance: Chance): TableFaults => ({
  refuseSome: () => {},
  afterWrite: () => ({ value: "written" }),
  indexLag: () => 0,
  token: () => chance.token(),
  overtaken: () => {},
  mayIgnore: () => false,
});

/** The table of a world. What has a name of its own draws for itself. */
export const tableFaults = (world: World, name = "table"): TableFaults => {
  const chance = world.chance.split(name);
  return {
    refuseSome: (what) => {
      if (world.faults.strikes("store throttled", what)) throw new TableUnavailable(`throttled, ${what}`);
    },
    afterWrite: (what) => {
      if (world.faults.strikes("store write unclear", what)) {
        world.sometimes("a write happened and its writer was told of a fault");
        return { error: new TableUnavailable(`written, and not said, ${what}`) };
      }
      if (!world.faults.strikes("store reply lost", what)) return { value: "written" };
      world.sometimes("the reply to a write was lost and the write token told");
      return { value: "reply lost" };
    },
    indexLag: (what) => {
      if (!world.faults.strikes("index late", what)) return 0;
      return chance.between(50, 3000);
    },
    token: () => chance.token(),
    overtaken: (what) =>
      world.sometimes(
        what.startsWith("create") ? "a second request with the key lost the race" : "a worker was overtaken",
      ),
    mayIgnore: (rule) => world.settings.withoutRules.has(rule),
  };
};
