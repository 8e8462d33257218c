import { weekdayUnder, type DayEffects } from "./day-effects.ts";
import { readDuration, type NominalDuration } from "./duration.ts";
import { dayMilliseconds, localDate, minuteMilliseconds, readLocalDate, readWallTime } from "./local-date.ts";
import { farthest, type SpansFound } from "./periods.ts";
import { datesFrom } from "./recurrence.ts";
import { readRecurrence, type Recurrence } from "./recurrence-rule.ts";
import type { TimeRule } from "./rule.ts";
import { resolveWall } from "./wall-time.ts";
import { weekdayOf } from "./weekday.ts";

type Rrule = Extract<TimeRule, { kind: "rrule" }>;

interface ReadyRrule {
  rule: Rrule;
  text: string;
  recurrence: Recurrence;
  startDay: number;
  /** milliseconds after midnight */
  startTime: number;
  duration: NominalDuration;
  /** wall times of RDATE by their day */
  added: Map<number, number[]>;
  takenDays: Set<number>;
  takenWalls: Set<number>;
  /** the days of a rule with COUNT, which has to be counted from its start: once */
  counted: number[] | null;
}

const fallback: NominalDuration = { days: 0, minutes: 0 };
const countedDays = 366 * 200;

/** Throws an Error for texts that `rruleSchema` refuses. */
export const readyRrule = (rule: Rrule): ReadyRrule => {
  const start = readWallTime(rule.dtstart) ?? 0;
  const startDay = Math.floor(start / dayMilliseconds);
  const startTime = start - startDay * dayMilliseconds;
  const recurrence = readRecurrence(rule.rule);
  const until = startDay + countedDays;
  const added = new Map<number, number[]>();
  for (const text of rule.rdates) {
    const wall = readWallTime(text) ?? (readLocalDate(text) ?? 0) * dayMilliseconds + startTime;
    const day = Math.floor(wall / dayMilliseconds);
    added.set(day, [...(added.get(day) ?? []), wall]);
  }
  return {
    rule,
    text: `${rule.rule} at ${rule.dtstart.slice(11, 16)} for ${rule.duration} ${rule.zone}`,
    recurrence,
    startDay,
    startTime,
    duration: readDuration(rule.duration) ?? fallback,
    added,
    takenDays: new Set(rule.exdates.map(readLocalDate).filter((day) => day !== null)),
    takenWalls: new Set(rule.exdates.map(readWallTime).filter((wall) => wall !== null)),
    counted: recurrence.count === null ? null : [...datesFrom(recurrence, startDay, startDay, until)],
  };
};

/** Spans that meet `[from, to)`. A date that a calendar treats as another weekday has the occurrences of that day of its
 * own week (Monday to Sunday). */
export const rruleSpans = (
  ready: ReadyRrule,
  { from, to, effects }: { from: number; to: number; effects: DayEffects },
): SpansFound => {
  const found: SpansFound = { spans: [], lost: [] };
  const { rule, text, duration } = ready;
  const length = duration.days * dayMilliseconds + duration.minutes * minuteMilliseconds;
  const first = Math.floor((from - length - 2 * farthest) / dayMilliseconds);
  const last = Math.floor((to + farthest) / dayMilliseconds);
  const named = namedDays(ready, first - 6, last + 6);
  for (let day = first; day <= last; day += 1) {
    const effect = effects(day, rule.zone);
    const like = day + weekdayUnder(effect, day) - weekdayOf(day);
    for (const wall of wallsOf(ready, named, like)) {
      const start = resolveWall(rule.zone, wall + (day - like) * dayMilliseconds, rule);
      const end = endOf(ready, start.at, wall + (day - like) * dayMilliseconds);
      const origin = { source: "/rrule", text, zone: rule.zone, localDate: localDate(day), effect };
      const lost = start.how === "skipped" ? "skipped" : "collapsed";
      if (lost === "skipped" || end <= start.at) {
        if (start.at >= from && start.at < to) found.lost.push({ at: start.at, why: lost, ...origin });
      } else if (end > from && start.at < to)
        found.spans.push({ from: start.at, to: end, state: "on", ...origin });
    }
  }
  return found;
};

const namedDays = ({ recurrence, startDay, counted }: ReadyRrule, first: number, last: number): Set<number> =>
  new Set(counted ?? datesFrom(recurrence, startDay, first, last));

/** Wall times that start on a day: the rule's own while UNTIL lasts, RDATE's, less EXDATE's; local times throughout. */
const wallsOf = (ready: ReadyRrule, named: Set<number>, day: number): number[] => {
  if (ready.takenDays.has(day)) return [];
  const own = day * dayMilliseconds + ready.startTime;
  const walls = new Set(ready.added.get(day));
  if (named.has(day) && isInTime(ready, own)) walls.add(own);
  return [...walls].filter((wall) => !ready.takenWalls.has(wall)).toSorted((a, b) => a - b);
};

const isInTime = ({ recurrence, rule }: ReadyRrule, wall: number): boolean => {
  const { until } = recurrence;
  if (until === null) return true;
  return (until.kind === "wall" ? wall : resolveWall(rule.zone, wall, rule).at) <= until.at;
};

/** Days of the duration on the calendar, then hours and minutes as time passes (RFC 5545, 3.3.6). */
const endOf = ({ rule, duration }: ReadyRrule, start: number, wall: number): number => {
  const { days, minutes } = duration;
  const base = days === 0 ? start : resolveWall(rule.zone, wall + days * dayMilliseconds, rule).at;
  return base + minutes * minuteMilliseconds;
};
