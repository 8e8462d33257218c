import type { Calendar } from "./calendar.ts";
import type { CalendarEffect } from "./calendar-effect.ts";
import { readIcs, type IcsEntries, type Occurrence } from "./ics.ts";
import { dayMilliseconds, readLocalDate } from "./local-date.ts";
import type { DayEffect } from "./rule.ts";
import { calendarsOf, ruleOf, zoneOf, type Schedule } from "./schedule.ts";
import { resolveWall } from "./wall-time.ts";
import { weekdayOf, weekdays } from "./weekday.ts";

/** What a calendar says of a day, or, where `from` and `to` are there, of that stretch of time. */
export interface Exception {
  readonly calendar: string;
  readonly version: number;
  readonly label: string | null;
  readonly effect: DayEffect;
}
export interface TimedException extends Exception {
  readonly from: number;
  readonly to: number;
}

/** The calendars of one schedule together. The one that is named first decides on a day that several have. */
export interface Exceptions {
  readonly on: (localDate: string) => Exception | null;
  /** Those that meet `[from, to)`, the first calendar's first. */
  readonly timed: (from: number, to: number) => readonly TimedException[];
}

const read = new WeakMap<Calendar, IcsEntries | null>();

/** The events of a calendar's ICS text, read once an object; null when it has none. */
const entriesOf = (calendar: Calendar): IcsEntries | null => {
  const known = read.get(calendar);
  if (known !== undefined) return known;
  const parsed = calendar.ics === null ? null : readIcs(calendar.ics, "stored");
  const entries = parsed?.ok === true ? parsed.entries : null;
  read.set(calendar, entries);
  return entries;
};

/** The weekday that an entry is moved to; null where it stays on its date. */
const movedTo = (effect: CalendarEffect): number | null => {
  const weekday = weekdays.findIndex((one) => effect === `moved:${one}`);
  return weekday === -1 ? null : weekday;
};

const isDayEffect = (effect: CalendarEffect): effect is DayEffect => movedTo(effect) === null;

/** The day that an entry is about, and what it does there. `moved:mon` is off on the first Monday from its date. */
const settled = (day: number, effect: CalendarEffect): { readonly day: number; readonly effect: DayEffect } =>
  isDayEffect(effect)
    ? { day, effect }
    : { day: day + (((movedTo(effect) ?? 0) - weekdayOf(day) + 7) % 7), effect: "off" };

/** How far ahead recurring events are worked out at a time. */
const stride = 400 * dayMilliseconds;

type Days = Map<number, Exception>;

const addDay = (days: Days, date: number, effect: CalendarEffect, what: Omit<Exception, "effect">): void => {
  const { day, effect: settledEffect } = settled(date, effect);
  days.set(day, { ...what, effect: settledEffect });
};

/** The events of an ICS text as days and stretches of time, worked out as far as somebody has asked. */
const eventsOf = (calendar: Calendar, usual: DayEffect, schedule: Schedule): Exceptions => {
  const entries = entriesOf(calendar);
  const zone = zoneOf(schedule);
  const rule = ruleOf(schedule);
  let days: Days = new Map();
  let timed: TimedException[] = [];
  let reached = Number.NEGATIVE_INFINITY;
  const add = (one: Occurrence): void => {
    const what = { calendar: calendar.name, version: calendar.version, label: one.label };
    const effect = one.effect ?? usual;
    const instantOf = (wall: number): number =>
      one.zone === "UTC" ? wall : resolveWall(one.zone ?? zone, wall, rule).at;
    const first = Math.floor(one.from / dayMilliseconds);
    if (one.isAllDay)
      for (let date = first; date < one.to / dayMilliseconds; date += 1) addDay(days, date, effect, what);
    // A day is treated as another one as a whole.
    else if (effect.startsWith("as:")) addDay(days, first, effect, what);
    else
      timed.push({
        ...what,
        effect: settled(0, effect).effect,
        from: instantOf(one.from),
        to: instantOf(one.to),
      });
  };
  const reach = (wall: number): void => {
    if (entries === null || wall <= reached) return;
    reached = wall + stride;
    days = new Map();
    timed = [];
    entries.before(reached).forEach(add);
  };
  return {
    on: (date) => {
      const number = readLocalDate(date) ?? 0;
      reach((number + 1) * dayMilliseconds);
      return days.get(number) ?? null;
    },
    timed: (from, to) => {
      reach(to + 2 * dayMilliseconds);
      return timed.filter((one) => one.from < to && one.to > from);
    },
  };
};

/** One calendar as one schedule uses it. */
const compiled = (calendar: Calendar, usual: DayEffect, schedule: Schedule): Exceptions => {
  const days: Days = new Map();
  for (const { date, effect, name } of calendar.dates)
    addDay(days, readLocalDate(date) ?? 0, effect ?? usual, {
      calendar: calendar.name,
      version: calendar.version,
      label: name,
    });
  const events = eventsOf(calendar, usual, schedule);
  return {
    on: (date) => days.get(readLocalDate(date) ?? 0) ?? events.on(date),
    timed: events.timed,
  };
};

/** The exceptions of a schedule by the calendars that it names. One that is missing says nothing. */
export const exceptionsOf = (schedule: Schedule, calendars: readonly Calendar[]): Exceptions => {
  const all = calendarsOf(schedule).flatMap(({ name, effect }) => {
    const calendar = calendars.find((one) => one.name === name);
    return calendar === undefined ? [] : [compiled(calendar, effect, schedule)];
  });
  return {
    on: (date) => {
      for (const one of all) {
        const exception = one.on(date);
        if (exception !== null) return exception;
      }
      return null;
    },
    timed: (from, to) => all.flatMap((one) => one.timed(from, to)),
  };
};
