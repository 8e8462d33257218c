import { boardOf, type Board } from "./board.ts";
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

/** Instants at which the tick of a schedule may have something to do, known over `[from, to)`. */
interface Known {
  from: number;
  to: number;
  times: readonly number[];
}
const known = new WeakMap<Inputs, Map<string, Known>>();

/** What is worked out at a time. */
const stride = 2 * dayMilliseconds;

const timesBetween = (board: Board, schedule: Schedule, from: number, to: number): number[] => {
  const edges = related(board.inputs, schedule).flatMap((one) =>
    trackEdges(board.track([one]), from, to).map(({ at }) => at),
  );
  const boundaries = boundaryTimes(board.inputs).filter((at) => at >= from && at < to);
  return [...new Set([...edges, ...boundaries])].toSorted((one, other) => one - other);
};

/**
 * Instants in `[from, to)` at which something may change for servers of the schedule: its edges, those of schedules that
 * may have servers in common, ends of overrides and the like. In order. Remembered as long as the inputs are the same.
 */
export const dueTimes = (inputs: Inputs, schedule: Schedule, from: number, to: number): number[] => {
  const byName = known.get(inputs) ?? new Map<string, Known>();
  known.set(inputs, byName);
  const before = byName.get(schedule.name);
  const isEnough = before !== undefined && before.from <= from && before.to >= to;
  const now: Known = isEnough
    ? before
    : {
        from,
        to: Math.max(to, from + stride),
        times: timesBetween(boardOf(inputs), schedule, from, Math.max(to, from + stride)),
      };
  byName.set(schedule.name, now);
  return now.times.filter((at) => at >= from && at < to);
};

/** The first such instant after another, within 400 days; null when there is none. */
export const nextDueTime = (inputs: Inputs, schedule: Schedule, after: number): number | null => {
  for (const days of [2, 8, 32, 128, 400]) {
    const [first] = dueTimes(inputs, schedule, after + 1, after + days * dayMilliseconds);
    if (first !== undefined) return first;
  }
  return null;
};
