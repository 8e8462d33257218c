import * as z from "zod";
import type { Faults } from "../faults.ts";
import type { Lifecycle } from "../scaleway/lifecycle.ts";
import type { Holdings } from "../scaleway/records.ts";
import type { VolumeRoom } from "../scaleway/volume-room.ts";
import type { World } from "../world.ts";

/** Where recordings of different years disagree, a setting decides. */
export const instanceSettings = z.strictObject({
  /** `fake`: since 2026-07 every action answers with the same all-zero task. `real`: one of its own, and a Location. */
  task_mode: z.enum(["fake", "real"]).default("fake"),
  /** `400-full`: 2026, with `precondition` and `help_message`. `412-bare`: 2025, only a message. */
  precondition_shape: z.enum(["400-full", "412-bare"]).default("400-full"),
});

export type InstanceSettings = z.infer<typeof instanceSettings>;

/** What the routes of this dialect work on. */
export interface InstanceParts {
  world: World;
  faults: Faults;
  holdings: Holdings;
  lifecycle: Lifecycle;
  volumes: VolumeRoom;
  settings: InstanceSettings;
  secret: string | undefined;
  speed: number;
}

/** The zones of the Instance API. */
export const zones: readonly string[] = ["fr-par", "nl-ams", "pl-waw"]
  .flatMap((region) => [1, 2, 3].map((number) => `${region}-${number}`))
  .concat("it-mil-1");
