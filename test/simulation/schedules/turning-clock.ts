import type { Chance } from "../chance.ts";
import { Sandbox } from "../sandbox.ts";
import type { World } from "../world.ts";

const minute = 60_000;
/** By so much a clock goes back. */
export const goesBackBy = 2 * minute;

/** A sandbox whose clock may go back by two minutes for a while: somebody has set it. */
export class TurningClock extends Sandbox {
  #backFrom = Number.POSITIVE_INFINITY;
  #backUntil = Number.POSITIVE_INFINITY;

  constructor(world: World, name: string, chance: Chance) {
    super(world, name, chance);
    if (!world.faults.strikes("clock goes back", name)) return;
    this.#backFrom = world.now + chance.between(0, 3 * 60 * minute);
    this.#backUntil = this.#backFrom + chance.pick([minute, 5 * minute, 60 * minute]);
    world.sometimes("a clock went back by two minutes");
  }

  override readonly now = (): number => {
    const { now } = this.world;
    const isBack = now >= this.#backFrom && now < this.#backUntil;
    return now + this.skew - (isBack ? goesBackBy : 0);
  };
}
