import { trackEdges } from "./edges.ts";
import { dayMilliseconds } from "./local-date.ts";
import type { Track } from "./track.ts";

/** A stretch of time `[from, to)` in milliseconds since the epoch. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** How a server stands at an instant when nobody but the schedule switches it: by the latest edge before. */
const stateAt = (track: Track, at: number): "on" | "off" => {
  const { says } = track.at(at);
  if (says !== "any") return says;
  for (const days of [8, 400]) {
    const edge = trackEdges(track, at - days * dayMilliseconds, at + 1).at(-1);
    if (edge !== undefined) return edge.action;
  }
  // Nothing has ever switched it: it runs.
  return "on";
};

/** When a server is on in `[from, to)` if only its schedules switch it. */
export const plannedOn = (track: Track, from: number, to: number): Interval[] => {
  const intervals: Interval[] = [];
  let since = stateAt(track, from) === "on" ? from : null;
  for (const { at, action } of trackEdges(track, from, to)) {
    if (action === "on") since ??= at;
    else if (since !== null) {
      if (at > since) intervals.push({ from: since, to: at });
      since = null;
    }
  }
  if (since !== null && since < to) intervals.push({ from: since, to });
  return intervals;
};

/** Hours of intervals. */
export const hoursOf = (intervals: readonly Interval[]): number =>
  intervals.reduce((sum, { from, to }) => sum + (to - from), 0) / 3_600_000;
