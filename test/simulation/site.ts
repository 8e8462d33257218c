import { Builds } from "./builds.ts";
import type { Chance } from "./chance.ts";
import { Cloud } from "./cloud.ts";
import type { Personality } from "./personality.ts";
import { Shelf } from "./shelf.ts";
import { Tasks } from "./tasks.ts";
import type { World } from "./world.ts";

/** The provider as it stands: its machines, its other things, its jobs and its tasks. */
export interface Site {
  readonly world: World;
  readonly personality: Personality;
  readonly cloud: Cloud;
  readonly shelf: Shelf;
  readonly builds: Builds;
  readonly tasks: Tasks;
  readonly chance: Chance;
  /** Applies that were carried out, or found that they had been: who asked for what. */
  readonly applied: Set<string>;
}

export const openSite = (world: World, personality: Personality): Site => {
  const cloud = new Cloud(world, personality);
  const tells = personality.dialect.name === "convoy-v4";
  const deadline = personality.connection.deadlines["server.create"] ?? 1200;
  // A patient connection waits for 45 minutes, of which a build takes 35 at most.
  const longest = deadline > 2000 ? 2100 : 200;
  return {
    world,
    personality,
    cloud,
    shelf: new Shelf(world),
    builds: new Builds(world, cloud, { tells, longest }),
    tasks: new Tasks(world, cloud),
    chance: world.chance.split("site"),
    applied: new Set(),
  };
};
