import * as z from "zod";
import type { Faults } from "../faults.ts";
import type { Lifecycle } from "../scaleway/lifecycle.ts";
import type { Holdings } from "../scaleway/records.ts";
import type { VolumeRoom } from "../scaleway/volume-room.ts";
import type { World } from "../world.ts";

/** Where the document and the wire, or two hosts, differ. */
export const computeSettings = z.strictObject({
  /** The field of a server's type: what the real API took, or what the document says. */
  type_field: z.enum(["commercial_type", "type"]).default("commercial_type"),
  region: z.enum(["par1", "ams1"]).default("par1"),
});

/** What the routes of this dialect work on. */
export interface ComputeParts {
  world: World;
  faults: Faults;
  holdings: Holdings;
  lifecycle: Lifecycle;
  volumes: VolumeRoom;
  settings: z.infer<typeof computeSettings>;
  secret: string | undefined;
  speed: number;
}

/** An address of the real host: what its `location` headers hold, wherever they are sent from. */
export const hostUrl = (parts: ComputeParts, path: string): string =>
  `https://cp-${parts.settings.region}.scaleway.com${path}`;
