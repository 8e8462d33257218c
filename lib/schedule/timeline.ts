import type { Exceptions } from "./exceptions.ts";
import { layered } from "./layers.ts";
import { dayMilliseconds, minuteMilliseconds } from "./local-date.ts";
import { oneSided, oneSidedCron, onlyAction, withPulses } from "./pulses.ts";
import type { Schedule } from "./schedule.ts";
import { clipped, joined, segmentAt, type Required, type Segment } from "./segment.ts";

/** What one schedule says at all times, worked out in pieces as somebody asks. */
export interface Timeline {
  readonly schedule: Schedule;
  /** In order, without holes, clipped to `[from, to)`. */
  readonly segments: (from: number, to: number) => Segment[];
  readonly at: (instant: number) => Segment;
  /** When its servers are on, whichever edges it acts on: what the schedules that it needs go by. */
  readonly base: (from: number, to: number) => Segment[];
}

/** A stretch that is worked out at once. */
const piece = 32 * dayMilliseconds;
/** What lies this far before a piece decides on an edge at its beginning. */
const margin = 2 * minuteMilliseconds;

/** Remembers what `make` gives for pieces of time, and puts them together. */
export const inPieces = <S extends { readonly from: number; readonly to: number }>(
  make: (from: number, to: number) => readonly S[],
): {
  readonly between: (from: number, to: number) => S[];
  readonly at: (instant: number) => S | undefined;
} => {
  const pieces = new Map<number, readonly S[]>();
  const pieceOf = (number: number): readonly S[] => {
    const known = pieces.get(number);
    if (known !== undefined) return known;
    const made = make(number * piece, (number + 1) * piece);
    pieces.set(number, made);
    return made;
  };
  return {
    between: (from, to) => {
      const found: S[] = [];
      for (let number = Math.floor(from / piece); number * piece < to; number += 1)
        found.push(...pieceOf(number));
      return clipped(found, from, to);
    },
    at: (instant) => segmentAt(pieceOf(Math.floor(instant / piece)), instant),
  };
};

/**
 * What a schedule says at all times.
 * @param dependents timelines of the schedules that need it
 */
export const timelineOf = (
  schedule: Schedule,
  exceptions: Exceptions,
  dependents: readonly Timeline[],
): Timeline => {
  const requiredIn = (from: number, to: number): Required[] =>
    dependents.flatMap((one) =>
      one
        .base(from, to)
        .filter(({ says }) => says === "on")
        .map((segment) => ({ from: segment.from, to: segment.to, by: one.schedule.name })),
    );
  const base = inPieces((from, to) => joined(layered(schedule, exceptions, requiredIn(from, to), from, to)));
  const make = (from: number, to: number): Segment[] => {
    const early = from - margin;
    const action = onlyAction(schedule);
    const cron = oneSidedCron(schedule, exceptions, early, to);
    if (cron !== null) return clipped(cron, from, to);
    const pulsed = withPulses(joined(base.between(early, to)));
    return clipped(action === null ? pulsed : oneSided(pulsed, action, early, to), from, to);
  };
  const pieces = inPieces(make);
  return {
    schedule,
    base: (from, to) => joined(base.between(from, to)),
    segments: (from, to) => joined(pieces.between(from, to)),
    at: (instant) => {
      const found = pieces.at(instant);
      if (found === undefined) throw new RangeError(`no segment at ${instant}`);
      return found;
    },
  };
};
