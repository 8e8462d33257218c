import * as z from "zod";
import type { Faults } from "../faults.ts";
import type { World } from "../world.ts";
import type { Builds } from "./builds.ts";
import type { Holdings } from "./records.ts";

/** What a setting may be, the default first. What the document leaves open is here. */
export const panelSettingValues = {
  /** Calls a minute. */
  throttle: ["60", "off"],
  /** The document has a PUT; the panel of its day has no such route. */
  update_route: ["405", "documented"],
  /** What a read of the specifications shows of a server whose machine is not there yet. */
  specifications_while_building: ["other_guest", "nulls", "error"],
  /** What becomes of specifications that are sent meanwhile: 200 and nothing changed, or 500. */
  patch_while_building: ["lost", "error"],
  /** A purge needs the machine: while it is missing or locked, 500, or done all the same. */
  purge_while_building: ["error", "done"],
  /** How long a job waits for a worker: seconds, minutes, for ever. */
  queue: ["quick", "slow", "stopped"],
  /** Whether links of lists point to the host that was called, or to the one of the document. */
  links: ["own", "foreign"],
} as const;

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values).default(values[0]);

export const panelSettings = z.strictObject({
  throttle: oneOf(panelSettingValues.throttle),
  update_route: oneOf(panelSettingValues.update_route),
  specifications_while_building: oneOf(panelSettingValues.specifications_while_building),
  patch_while_building: oneOf(panelSettingValues.patch_while_building),
  purge_while_building: oneOf(panelSettingValues.purge_while_building),
  queue: oneOf(panelSettingValues.queue),
  links: oneOf(panelSettingValues.links),
});

/** What the routes of this dialect work on. */
export interface PanelParts {
  world: World;
  faults: Faults;
  holdings: Holdings;
  builds: Builds;
  settings: z.infer<typeof panelSettings>;
  secret: string | undefined;
  speed: number;
}
