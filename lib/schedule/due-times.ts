import { boardOf } from "./board.ts";
import { trackEdges } from "./edges.ts";
import type { Inputs } from "./inputs.ts";
import { boundaryTimes } from "./live-edges.ts";
import { dayMilliseconds } from "./local-date.ts";
import type { Schedule } from "./schedule.ts";

const isDisjoint = (one: Schedule, other: Schedule): boolean => {
  if (one.connection !== other.connection) return true;
  const [ids, others] = [one.select.ids ?? [], other.select.ids ?? []];
  return ids.length > 0 && others.length > 0 && !ids.some((id) => others.includes(id));
};

/** The schedule and those that may decide on the same servers. */
const related = (inputs: Inputs, schedule: Schedule): readonly Schedule[] =>
  inputs.schedules.filter(
    (one) => one.name === schedule.name || (one.mode !== "observe" && !isDisjoint(one, schedule)),
  );

/** A stretch that is worked out at once. */
const piece = 32 * dayMilliseconds;

const timesBetween = (inputs: Inputs, schedule: Schedule, from: number, to: number): number[] => {
  const board = boardOf(inputs);
  const edges = related(inputs, schedule).flatMap((one) =>
    trackEdges(board.track([one]), from, to).map(({ at }) => at),
  );
  const boundaries = boundaryTimes(inputs).filter((at) => at >= from && at < to);
  return [...new Set([...edges, ...boundaries])].toSorted((one, other) => one - other);
};

const pieces = new WeakMap<Inputs, Map<string, Map<number, readonly number[]>>>();

const piecesOf = (inputs: Inputs, name: string): Map<number, readonly number[]> => {
  const byName = pieces.get(inputs) ?? new Map<string, Map<number, readonly number[]>>();
  pieces.set(inputs, byName);
  const own = byName.get(name) ?? new Map<number, readonly number[]>();
  byName.set(name, own);
  return own;
};

/**
 * Instants in `[from, to)` at which something may change for servers of the schedule: its edges, those of schedules that
 * may have servers in common, ends of overrides and the like. In order. Remembered as long as the inputs are the same.
 */
export const dueTimes = (inputs: Inputs, schedule: Schedule, from: number, to: number): number[] => {
  const own = piecesOf(inputs, schedule.name);
  const found: number[] = [];
  for (let number = Math.floor(from / piece); number * piece < to; number += 1) {
    const times = own.get(number) ?? timesBetween(inputs, schedule, number * piece, (number + 1) * piece);
    own.set(number, times);
    for (const at of times) if (at >= from && at < to) found.push(at);
  }
  return found;
};

/** The first such instant after another, within 400 days; null when there is none. */
export const nextDueTime = (inputs: Inputs, schedule: Schedule, after: number): number | null => {
  for (let from = after + 1; from < after + 400 * dayMilliseconds; from += piece) {
    const [first] = dueTimes(inputs, schedule, from, from + piece);
    if (first !== undefined) return first;
  }
  return null;
};
