import type { History } from "./history.ts";
import type { World } from "./world.ts";

/** Rare situations that a finished run shows to have been in. */
export const situations = (_history: History, _world: World): readonly string[] => [];
