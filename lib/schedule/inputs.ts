import type { Calendar } from "./calendar.ts";
import type { Freeze, MaintenanceWindow } from "./freeze.ts";
import type { Hold } from "./hold.ts";
import type { Override } from "./override.ts";
import type { Schedule } from "./schedule.ts";

/**
 * All that a decision depends on, each with its version: the same inputs give the same answer for ever. Keep the object
 * as long as nothing in it changes, since what is worked out of it hangs on its identity.
 */
export interface Inputs {
  /** Of one connection, or all: those that select a server decide on it. */
  readonly schedules: readonly Schedule[];
  /** Those that the schedules name. */
  readonly calendars: readonly Calendar[];
  readonly overrides: readonly Override[];
  readonly freezes: readonly Freeze[];
  readonly windows: readonly MaintenanceWindow[];
  readonly holds: readonly Hold[];
  /** Version of the tz data, `2026c`. */
  readonly tz: string;
}

/** Inputs with nothing in them but what is given. */
export const inputsOf = (some: Partial<Inputs>): Inputs => ({
  schedules: [],
  calendars: [],
  overrides: [],
  freezes: [],
  windows: [],
  holds: [],
  tz: "unknown",
  ...some,
});

export type Wanted = "on" | "off" | "any";

/** What one rule says of an instant. */
export interface Voice {
  /** Which rule: `override ov_1`, `calendar fr`, `schedule office v3`, `default`. */
  readonly rule: string;
  readonly says: Wanted;
  readonly because: string;
}
