import type { Board } from "./board.ts";
import { desiredUnder } from "./desired.ts";
import { type Edge, trackEdges } from "./edges.ts";
import type { Inputs } from "./inputs.ts";
import { type LiveEdge, liveEdges } from "./live-edges.ts";
import { dayMilliseconds } from "./local-date.ts";
import { timesOf } from "./override.ts";
import type { Schedule } from "./schedule.ts";
import type { Selectable } from "./selector.ts";
import type { Track } from "./track.ts";

/** A stretch of time `[from, to)` in milliseconds since the epoch. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** What switches a server: what is wanted at an instant, and the edges in `[from, to)`. */
interface Switching {
  readonly wantedAt: (instant: number) => "on" | "off" | "any";
  readonly edges: (from: number, to: number) => readonly Pick<Edge, "at" | "action">[];
}

/** How a server stands at an instant when nobody else switches it: by the latest edge before. */
const stateAt = ({ wantedAt, edges }: Switching, at: number): "on" | "off" => {
  const says = wantedAt(at);
  if (says !== "any") return says;
  for (const days of [8, 400]) {
    const edge = edges(at - days * dayMilliseconds, at + 1).at(-1);
    if (edge !== undefined) return edge.action;
  }
  // Nothing has ever switched it: it runs.
  return "on";
};

const onBetween = (switching: Switching, from: number, to: number): Interval[] => {
  const intervals: Interval[] = [];
  let since = stateAt(switching, from) === "on" ? from : null;
  for (const { at, action } of switching.edges(from, to)) {
    if (action === "on") since ??= at;
    else if (since !== null) {
      if (at > since) intervals.push({ from: since, to: at });
      since = null;
    }
  }
  if (since !== null && since < to) intervals.push({ from: since, to });
  return intervals;
};

/** When a server is on in `[from, to)` if only its schedules switch it. */
export const plannedOn = (track: Track, from: number, to: number): Interval[] =>
  onBetween(
    {
      wantedAt: (instant) => track.at(instant).says,
      edges: (begin, end) => trackEdges(track, begin, end),
    },
    from,
    to,
  );

/** When the last of what is about single servers has ended; from then on those under the same schedules are alike. */
const personalUntil = ({ overrides, windows, holds }: Inputs): number =>
  [
    ...overrides
      .filter(({ servers, select }) => servers !== null || select !== null)
      .map((one) => timesOf(one).to),
    ...windows.filter(({ servers }) => servers !== null).map(({ until }) => Date.parse(until)),
    ...holds.map(({ until }) => (until === null ? Number.POSITIVE_INFINITY : Date.parse(until))),
  ].reduce((latest, end) => Math.max(latest, end), Number.NEGATIVE_INFINITY);

/**
 * When servers are on in `[from, to)` by their schedules and by what stands above these: overrides, freezes, maintenance
 * windows, holds. What is the same for several servers is worked out once.
 */
export const livePlans = (
  board: Board,
  from: number,
  to: number,
): ((server: Selectable, schedules: readonly Schedule[]) => readonly Interval[]) => {
  const alikeFrom = Math.min(to, Math.max(from, personalUntil(board.inputs) + 1));
  const plans = new Map<string, readonly Interval[]>();
  const tails = new Map<string, readonly LiveEdge[]>();
  const planOf = (server: Selectable, schedules: readonly Schedule[], key: string): readonly Interval[] => {
    const live = (begin: number, end: number): readonly LiveEdge[] =>
      begin < end ? liveEdges(board, server, schedules, begin - 1, end - 1) : [];
    const tail = tails.get(key) ?? live(alikeFrom, to);
    tails.set(key, tail);
    return onBetween(
      {
        wantedAt: (instant) => desiredUnder(board.inputs, server, schedules, instant).desired,
        edges: (begin, end) => [
          ...live(begin, Math.min(end, alikeFrom)),
          ...tail.filter(({ at }) => at >= begin && at < end),
        ],
      },
      from,
      to,
    );
  };
  return (server, schedules) => {
    const key = schedules.map(({ name }) => name).join("\n");
    const own = board.isPersonal(server) ? `${key}\n\n${server.id}` : key;
    const plan = plans.get(own) ?? planOf(server, schedules, key);
    plans.set(own, plan);
    return plan;
  };
};

/** Hours of intervals. */
export const hoursOf = (intervals: readonly Interval[]): number =>
  intervals.reduce((sum, { from, to }) => sum + (to - from), 0) / 3_600_000;
