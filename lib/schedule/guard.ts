import { millisecondsOf } from "./elapsed.ts";
import { dayMilliseconds, minuteMilliseconds } from "./local-date.ts";
import type { Guards } from "./settings.ts";
import type { ServerState } from "./state.ts";

/** What guards need to know of a server. */
export interface Guarded {
  readonly stock?: "available" | "scarce" | "shortage" | null;
  readonly protected?: boolean;
}

/** What a guard says: `wait` is asked again at the next tick, `leave` is over with this edge. */
export type GuardVerdict =
  | { readonly is: "pass" }
  | { readonly is: "wait" | "leave"; readonly guard: string; readonly because: string };

const pass: GuardVerdict = { is: "pass" };
const minutesWords = (milliseconds: number): string => `${Math.round(milliseconds / minuteMilliseconds)} min`;

/** Stops in the 24 hours before now. */
const stopsToday = (stored: ServerState, now: number): number =>
  stored.stops.filter((at) => Date.parse(at) > now - dayMilliseconds).length;

/**
 * Whether guards let a stop pass. They never change what is wanted; each delay says why, and is judged anew each time.
 * @param nextOn the next on-edge, for `min_off_time`; null when there is none
 */
export const guardStop = (
  guards: Guards,
  server: Guarded,
  stored: ServerState,
  now: number,
  nextOn: number | null,
): GuardVerdict => {
  if (server.protected === true && guards.stop_protected !== true)
    return { is: "leave", guard: "stop_protected", because: "it is protected at the provider" };
  const { stock } = server;
  if ((stock === "scarce" || stock === "shortage") && guards.accept_no_return !== true)
    return {
      is: "leave",
      guard: "stock",
      because: `its type is ${stock === "scarce" ? "scarce" : "out of stock"}: once stopped it may not start again`,
    };
  const minUptime = millisecondsOf(guards.min_uptime);
  const up = stored.on_since === null ? Number.POSITIVE_INFINITY : now - Date.parse(stored.on_since);
  if (up < minUptime)
    return {
      is: "wait",
      guard: "min_uptime",
      because: `it has been on for ${minutesWords(up)} of ${guards.min_uptime}`,
    };
  const minOff = millisecondsOf(guards.min_off_time);
  if (nextOn !== null && nextOn - now < minOff)
    return {
      is: "leave",
      guard: "min_off_time",
      because: `it would be off for ${minutesWords(nextOn - now)} only, less than ${guards.min_off_time}`,
    };
  const most = guards.max_stops_per_day;
  if (most !== undefined && stopsToday(stored, now) >= most)
    return { is: "wait", guard: "max_stops_per_day", because: `it was stopped ${most} times in 24 hours` };
  return pass;
};

/** Corrections within an hour after which a server that somebody keeps switching is left alone, and told about. */
export const mostCorrections = 3;
const flapWindow = 60 * minuteMilliseconds;

/** Corrections that still count at an instant. */
export const recentCorrections = ({ corrections }: ServerState, now: number): readonly string[] =>
  corrections.filter((at) => Date.parse(at) > now - flapWindow);

/** Whether a server has been switched back and forth too often to be corrected once more. */
export const isFlapping = (stored: ServerState, now: number): boolean =>
  recentCorrections(stored, now).length >= mostCorrections;
