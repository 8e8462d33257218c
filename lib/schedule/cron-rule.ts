import { civilDate, dayMilliseconds, daysInMonth, localDate, minuteMilliseconds } from "./local-date.ts";
import { cronHasDay, readCron, type CronFields } from "./cron-fields.ts";
import { weekdayUnder, type DayEffects } from "./day-effects.ts";
import { farthest, type SpansFound } from "./periods.ts";
import type { WallRules } from "./rule.ts";
import type { Lost, Span, TimeEvent } from "./span.ts";
import { resolveWall } from "./wall-time.ts";

/** A cron's state is that of its latest event, as long as that is at most this old. */
const lookBack = 400 * dayMilliseconds;
const daysLooked = 402;

interface Side {
  state: "on" | "off";
  source: string;
  text: string;
  fields: CronFields;
}

export interface ReadyCron {
  zone: string;
  /** off before on: in the same minute the later one, on, is what holds */
  sides: Side[];
}

interface Window {
  from: number;
  to: number;
  effects: DayEffects;
}

export const readyCron = (zone: string, on: string | null, off: string | null): ReadyCron => ({
  zone,
  sides: [
    ...(off === null ? [] : [sideOf("off", off, zone)]),
    ...(on === null ? [] : [sideOf("on", on, zone)]),
  ],
});

const sideOf = (state: "on" | "off", text: string, zone: string): Side => ({
  state,
  source: `/cron/${state}`,
  text: `${state} at "${text}" ${zone}`,
  fields: readCron(text),
});

/** Events with `from <= at < to`, in order. A pair's events that the clock change left no time to, and those that repeat
 *  the state of the one before on the same date, are left out: they change nothing. */
export const cronEvents = (cron: ReadyCron, rules: WallRules, window: Window): TimeEvent[] => {
  const [first, last] = daysOf(window);
  const { events } = inForce(cron, eventsOnDays(cron, rules, window.effects, first, last));
  return events.filter(({ at }) => at >= window.from && at < window.to);
};

/** One span an event, to the next event or to the end of the look-back; none where one side is missing. */
export const cronSpans = (cron: ReadyCron, rules: WallRules, window: Window): SpansFound => {
  if (cron.sides.length < 2) return { spans: [], lost: [] };
  const { events, lost } = inForce(cron, eventsAround(cron, rules, window));
  const spans: Span[] = [];
  for (const [index, { at, ...event }] of events.entries()) {
    const next = events[index + 1]?.at ?? Infinity;
    const to = Math.min(next, at + lookBack);
    if (to > window.from && at < window.to) spans.push({ from: at, to, ...event });
  }
  return { spans, lost: lost.filter(({ at }) => at >= window.from && at < window.to) };
};

/** First and last day whose events can lie in a window. */
const daysOf = ({ from, to }: Window): [number, number] => [
  Math.floor((from - farthest) / dayMilliseconds) - 1,
  Math.floor((to + farthest) / dayMilliseconds) + 1,
];

/** Events of a window's days, of the last day with one before it and of the first with one after it. */
const eventsAround = (cron: ReadyCron, rules: WallRules, window: Window): Resolved[] => {
  const [first, last] = daysOf(window);
  const seek = (from: number, step: 1 | -1): Resolved[] => {
    for (let steps = 0; steps <= daysLooked; steps += 1) {
      const found = eventsOfDay(cron, rules, window.effects, from + steps * step);
      if (found.length > 0) return found;
    }
    return [];
  };
  return [
    ...seek(first - 1, -1),
    ...eventsOnDays(cron, rules, window.effects, first, last),
    ...seek(last + 1, 1),
  ];
};

interface Resolved extends TimeEvent {
  wall: number;
}

const eventsOnDays = (
  cron: ReadyCron,
  rules: WallRules,
  effects: DayEffects,
  first: number,
  last: number,
): Resolved[] => {
  const found: Resolved[] = [];
  for (let day = first; day <= last; day += 1) found.push(...eventsOfDay(cron, rules, effects, day));
  return found;
};

/** In the order of the wall clock, off before on in the same minute. */
const eventsOfDay = (
  { zone, sides }: ReadyCron,
  rules: WallRules,
  effects: DayEffects,
  day: number,
): Resolved[] => {
  const effect = effects(day, zone);
  const { year, month, date } = civilDate(day);
  const weekday = (weekdayUnder(effect, day) + 1) % 7;
  const asCron = { month, date, daysInMonth: daysInMonth(year, month), weekday };
  const found: Resolved[] = [];
  for (const { state, source, text, fields } of sides) {
    if (!cronHasDay(fields, asCron)) continue;
    for (const minute of fields.minutes) {
      const wall = day * dayMilliseconds + minute * minuteMilliseconds;
      const { at, how } = resolveWall(zone, wall, rules);
      if (how !== "skipped")
        found.push({ wall, at, state, source, text, zone, localDate: localDate(day), effect });
    }
  }
  return sides.length > 1 ? found.toSorted((a, b) => a.wall - b.wall) : found;
};

/** Leaves out what changes nothing. Where a shift puts an event at or after one that the wall clock shows later, the
 * later one holds: as with a period, whose end then lies before its start, nothing is left of it. */
const inForce = ({ sides }: ReadyCron, resolved: Resolved[]): { events: TimeEvent[]; lost: Lost[] } => {
  const lost: Lost[] = [];
  const kept: Resolved[] = [];
  for (const event of resolved) {
    for (let last = kept.at(-1); last !== undefined && last.at >= event.at; last = kept.at(-1)) {
      if (last.state === "on" && event.state === "off") lost.push(lostOf(last));
      kept.pop();
    }
    const before = kept.at(-1);
    const repeats = before?.state === event.state && before.localDate === event.localDate;
    if (sides.length < 2 || !repeats) kept.push(event);
  }
  return { events: kept.map(({ wall: _wall, ...event }) => event), lost };
};

const lostOf = ({ wall: _wall, state: _state, ...event }: Resolved): Lost => ({ ...event, why: "collapsed" });
