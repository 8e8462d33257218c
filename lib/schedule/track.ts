import type { Wanted } from "./inputs.ts";
import type { Schedule } from "./schedule.ts";
import type { Level, Segment } from "./segment.ts";
import { inPieces, type Timeline } from "./timeline.ts";

/** One schedule's word at an instant. */
export interface Said {
  readonly schedule: Schedule;
  readonly segment: Segment;
}

/** What several schedules together say over `[from, to)`. */
export interface TrackSegment {
  readonly from: number;
  readonly to: number;
  readonly says: Wanted;
  /** The word that decides; null where several are silent, or contradict each other. */
  readonly decider: Said | null;
  /** One-sided schedules of the same priority want the opposite at the same time: nothing is done. */
  readonly conflict: boolean;
}

/** What the schedules that select a server say at all times. */
export interface Track {
  readonly timelines: readonly Timeline[];
  readonly segments: (from: number, to: number) => TrackSegment[];
  readonly at: (instant: number) => TrackSegment;
}

const groups: Readonly<Record<Level, number>> = {
  required: 0,
  calendar: 1,
  rule: 1,
  edge: 1,
  default: 2,
  pulse: 3,
};
const levels: readonly Level[] = ["required", "calendar", "rule", "edge", "default", "pulse"];
const priorityOf = ({ priority }: Schedule): number => priority ?? 0;

const isTied = (one: Said, other: Said): boolean =>
  one.segment.level === other.segment.level && priorityOf(one.schedule) === priorityOf(other.schedule);

const strength = (one: Said, other: Said): number =>
  groups[one.segment.level] - groups[other.segment.level] ||
  priorityOf(other.schedule) - priorityOf(one.schedule) ||
  levels.indexOf(one.segment.level) - levels.indexOf(other.segment.level);

/** The strongest first; of those that are tied, the one that wins by `merge` first. */
export const byStrength = (said: readonly Said[]): Said[] => {
  const isOffFirst =
    said.some(({ schedule }) => schedule.merge === "off_wins") &&
    said.every(({ schedule }) => schedule.merge === "off_wins");
  const merit = ({ segment: { says } }: Said): number =>
    says === "any" ? 2 : (says === "off") === isOffFirst ? 0 : 1;
  return said.toSorted(
    (one, other) =>
      strength(one, other) || merit(one) - merit(other) || (one.schedule.name < other.schedule.name ? -1 : 1),
  );
};

/** What all of them come to at one instant. */
export const decided = (said: readonly Said[]): Pick<TrackSegment, "says" | "decider" | "conflict"> => {
  const speaking = byStrength(said.filter(({ segment }) => segment.says !== "any"));
  const [decider = null] = speaking;
  if (decider === null) return { says: "any", decider: null, conflict: false };
  const isContradicted =
    (decider.segment.level === "edge" || decider.segment.level === "pulse") &&
    speaking.some((other) => isTied(decider, other) && other.segment.says !== decider.segment.says);
  return isContradicted
    ? { says: "any", decider: null, conflict: true }
    : { says: decider.segment.says, decider, conflict: false };
};

const together = (timelines: readonly Timeline[], from: number, to: number): TrackSegment[] => {
  const rows = timelines.map((timeline) => ({
    schedule: timeline.schedule,
    segments: timeline.segments(from, to),
    next: 0,
  }));
  const starts = rows.flatMap(({ segments }) => segments.map((segment) => segment.from));
  const bounds = [...new Set([from, ...starts, to])].toSorted((one, other) => one - other);
  return bounds.slice(0, -1).map((start, index) => {
    const said = rows.flatMap((row): Said[] => {
      while ((row.segments[row.next]?.to ?? Number.POSITIVE_INFINITY) <= start) row.next += 1;
      const segment = row.segments[row.next];
      return segment === undefined ? [] : [{ schedule: row.schedule, segment }];
    });
    const { says, decider, conflict } = decided(said);
    return { from: start, to: bounds[index + 1] ?? to, says, decider, conflict };
  });
};

const alone =
  (timeline: Timeline) =>
  (segment: Segment): TrackSegment => ({
    from: segment.from,
    to: segment.to,
    says: segment.says,
    decider: { schedule: timeline.schedule, segment },
    conflict: false,
  });

/** What schedules say together. No schedule: nothing, always. */
export const trackOf = (timelines: readonly Timeline[]): Track => {
  const [only] = timelines;
  const pieces = inPieces((from, to) =>
    only !== undefined && timelines.length === 1
      ? only.segments(from, to).map(alone(only))
      : together(timelines, from, to),
  );
  return {
    timelines,
    segments: pieces.between,
    at: (instant) =>
      pieces.at(instant) ?? { from: instant, to: instant + 1, says: "any", decider: null, conflict: false },
  };
};
