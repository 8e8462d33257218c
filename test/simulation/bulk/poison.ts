import type { Operation } from "../../../lib/operation/operation.ts";
import type { OperationStore } from "../../../lib/ports/operation-store.ts";
import type { World } from "../world.ts";

/** The table does not take this row, whoever puts it and however often. */
export class RowNotTaken extends Error {
  constructor(id: string) {
    super(`The row ${id} is not taken.`);
    this.name = "RowNotTaken";
  }
}

/** A number for a name, so that one name in so many is ill. */
const numberOf = (name: string): number => {
  let number = 0;
  for (const letter of name) number = (number * 31 + letter.charCodeAt(0)) % 65_537;
  return number;
};

/** Which items are poison in a run, by their names: no row that holds their input can be put. */
export class Poison {
  readonly #world: World;
  readonly #isIll: (name: string) => boolean;
  readonly #lands: () => boolean;

  /** @param lands whether the row stands there this time, although whoever puts it is told of a fault */
  constructor(world: World, isIll: (name: string) => boolean, lands: () => boolean = () => false) {
    this.#world = world;
    this.#isIll = isIll;
    this.#lands = lands;
  }

  has(name: unknown): boolean {
    return typeof name === "string" && this.#isIll(name);
  }

  /** The operations as a table gives them that does not take such rows. */
  kept(from: OperationStore): OperationStore {
    const create = async (operation: Operation): ReturnType<OperationStore["create"]> => {
      if (!this.has(operation.input["name"])) return from.create(operation);
      this.#world.sometimes("the table did not take a row");
      // Whoever is refused has asked all the same, and waited for the answer.
      await (this.#lands() ? from.create(operation) : from.load(operation.id));
      throw new RowNotTaken(operation.id);
    };
    return {
      create,
      load: (id) => from.load(id),
      loadMany: (ids) => from.loadMany(ids),
      replace: (next, seen) => from.replace(next, seen),
      due: (at, limit) => from.due(at, limit),
      enrol: (ids, createdAt) => from.enrol(ids, createdAt),
      list: (filter, after, limit) => from.list(filter, after, limit),
    };
  }
}

/** Some names of some seeds; of a large run some in any. */
export const drawPoison = (world: World, isBig: boolean): Poison => {
  const chance = world.chance.split("poison");
  const isOn = world.settings.faults.on.size > 0 && (isBig || chance.happens(0.15));
  const oneIn = chance.pick(isBig ? [997] : [11, 29]);
  return new Poison(world, (name) => isOn && numberOf(name) % oneIn === 5);
};
