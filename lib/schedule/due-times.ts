import { boardOf, byRank } from "./board.ts";
import { boundaryTimes } from "./boundaries.ts";
import { trackEdges } from "./edges.ts";
import type { Inputs } from "./inputs.ts";
import { between } from "./in-order.ts";
import { dayMilliseconds } from "./local-date.ts";
import type { Schedule } from "./schedule.ts";

const isDisjoint = (one: Schedule, other: Schedule): boolean => {
  if (one.connection !== other.connection) return true;
  const [ids, others] = [one.select.ids ?? [], other.select.ids ?? []];
  return ids.length > 0 && others.length > 0 && !ids.some((id) => others.includes(id));
};

/** Names of schedules that were seen to select servers of this one, in order; null: not known, so any may. */
export type Beside = readonly string[] | null;

/** The schedule and those that may decide on servers that it acts on: a server is acted on by its strongest alone. */
const related = (inputs: Inputs, schedule: Schedule, beside: Beside): readonly Schedule[] =>
  inputs.schedules.filter(
    (one) =>
      one.name === schedule.name ||
      (one.mode !== "observe" &&
        (schedule.mode === "observe" || byRank(schedule, one) < 0) &&
        (beside === null || beside.includes(one.name)) &&
        !isDisjoint(one, schedule)),
  );

/** A stretch that is worked out at once. */
const piece = 32 * dayMilliseconds;

const pieces = new WeakMap<Inputs, Map<string, Map<number, readonly number[]>>>();

const piecesOf = (inputs: Inputs, name: string): Map<number, readonly number[]> => {
  const byName = pieces.get(inputs) ?? new Map<string, Map<number, readonly number[]>>();
  pieces.set(inputs, byName);
  const own = byName.get(name) ?? new Map<number, readonly number[]>();
  byName.set(name, own);
  return own;
};

/** What `make` gives, once for inputs, a key and a piece of time. */
const remembered = (
  inputs: Inputs,
  key: string,
  number: number,
  make: (from: number, to: number) => readonly number[],
): readonly number[] => {
  const own = piecesOf(inputs, key);
  const known = own.get(number);
  if (known !== undefined) return known;
  const made = make(number * piece, (number + 1) * piece);
  own.set(number, made);
  return made;
};

/** Edges of a schedule by itself in a piece of time. */
const edgeTimes = (inputs: Inputs, schedule: Schedule, number: number): readonly number[] =>
  remembered(inputs, `edges of ${schedule.name}`, number, (from, to) => {
    const board = boardOf(inputs);
    return trackEdges(board.track([schedule]), from, to).map(({ at }) => at);
  });

/**
 * Wherever a schedule says something else, or the same for another reason. Beside other schedules that is more than its
 * edges: a day off by its calendar, where it is off anyway, ends what a weaker schedule wants.
 */
const changeTimes = (inputs: Inputs, schedule: Schedule, number: number): readonly number[] =>
  remembered(inputs, `changes of ${schedule.name}`, number, (from, to) =>
    (boardOf(inputs).timeline(schedule.name)?.segments(from, to) ?? []).map((segment) => segment.from),
  );

const timesIn = (inputs: Inputs, schedule: Schedule, number: number, beside: Beside): readonly number[] =>
  remembered(inputs, `times of ${schedule.name} ${beside?.join(" ") ?? "*"}`, number, (from, to) => {
    const all = related(inputs, schedule, beside);
    const times = all.length === 1 ? edgeTimes : changeTimes;
    const found = [
      ...all.flatMap((one) => times(inputs, one, number)),
      ...boundaryTimes(inputs, all, from, to),
    ];
    return [...new Set(found)].toSorted((one, other) => one - other);
  });

/**
 * Instants in `[from, to)` at which something may change for servers of the schedule: its edges, those of schedules that
 * may have servers in common, ends of overrides and the like. In order. Remembered as long as the inputs are the same.
 * @param beside schedules that do have servers in common, where that is known
 */
export const dueTimes = (
  inputs: Inputs,
  schedule: Schedule,
  from: number,
  to: number,
  beside: Beside = null,
): number[] => {
  const found: number[] = [];
  for (let number = Math.floor(from / piece); number * piece < to; number += 1)
    found.push(...between(timesIn(inputs, schedule, number, beside), (at) => at, from, to));
  return found;
};

/** The first such instant after another, within 400 days; null when there is none. */
export const nextDueTime = (
  inputs: Inputs,
  schedule: Schedule,
  after: number,
  beside: Beside = null,
): number | null => {
  for (let from = after + 1; from < after + 400 * dayMilliseconds; from += piece) {
    const [first] = dueTimes(inputs, schedule, from, from + piece, beside);
    if (first !== undefined) return first;
  }
  return null;
};
