import ICAL from "ical.js";
import { calendarEffects, type CalendarEffect } from "./calendar-effect.ts";
import { faultOfIcs, type IcsFault } from "./ics-lines.ts";
import { dayMilliseconds } from "./local-date.ts";
import { zoneProblem } from "./zone.ts";

/** One time that an event takes place. */
export interface Occurrence {
  readonly label: string | null;
  readonly effect: CalendarEffect | null;
  readonly isAllDay: boolean;
  /** Where its wall times are shown: a zone, `UTC`, or null for whatever zone the schedule has. */
  readonly zone: string | null;
  /** Wall times in milliseconds, as though they were UTC; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
}

/** What a file holds: its occurrences that begin before a wall time, in the order of the file. */
export interface IcsEntries {
  readonly events: number;
  readonly before: (wall: number) => readonly Occurrence[];
}

export type IcsRead =
  | { readonly ok: true; readonly entries: IcsEntries }
  | ({ readonly ok: false } & IcsFault);

const mostCharacters = 200_000;
const mostEvents = 5000;
/** An event that repeats more often than this is followed no further. */
const mostOccurrences = 20_000;

const wallOf = (time: ICAL.Time): number =>
  Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second);

const effectOf = (component: ICAL.Component): CalendarEffect | null => {
  const written = component.getFirstPropertyValue("x-switchyard-effect");
  return calendarEffects.find((effect) => effect === written) ?? null;
};

const zoneNameOf = (component: ICAL.Component, time: ICAL.Time): string | null => {
  if (time.zone?.tzid === "UTC") return "UTC";
  const named = component.getFirstProperty("dtstart")?.getParameter("tzid");
  return typeof named === "string" ? named : null;
};

const occurrenceOf = (event: ICAL.Event, start: ICAL.Time, end: ICAL.Time): Occurrence => {
  const { component } = event;
  const what = { label: event.summary ?? null, effect: effectOf(component), isAllDay: start.isDate };
  const zone = start.isDate ? null : zoneNameOf(component, start);
  const least = start.isDate ? dayMilliseconds : 0;
  if (zone !== null && zone !== "UTC" && zoneProblem(zone) !== null) {
    // A zone that only the file knows: its own rules give the instants.
    const from = start.toUnixTime() * 1000;
    return { ...what, zone: "UTC", from, to: Math.max(from, end.toUnixTime() * 1000) };
  }
  const from = wallOf(start);
  return { ...what, zone, from, to: Math.max(from + least, wallOf(end)) };
};

/** The occurrences of one event, worked out as far as somebody has asked. */
const follow = (event: ICAL.Event): ((wall: number) => readonly Occurrence[]) => {
  if (!event.isRecurring()) {
    const only = [occurrenceOf(event, event.startDate, event.endDate)];
    return () => only;
  }
  const iterator = event.iterator();
  const found: Occurrence[] = [];
  let reached = Number.NEGATIVE_INFINITY;
  return (wall) => {
    while (reached < wall) {
      const next = found.length < mostOccurrences ? iterator.next() : null;
      if (!next) reached = Number.POSITIVE_INFINITY;
      else {
        reached = wallOf(next);
        const { item, startDate, endDate } = event.getOccurrenceDetails(next);
        found.push(occurrenceOf(item, startDate, endDate));
      }
    }
    return found;
  };
};

const isOff = (component: ICAL.Component): boolean =>
  String(component.getFirstPropertyValue("status") ?? "").toUpperCase() === "CANCELLED";

const eventsIn = (calendar: ICAL.Component): ICAL.Event[] => {
  const components = calendar.getAllSubcomponents("vevent");
  const changed = components.filter((one) => one.hasProperty("recurrence-id"));
  return components
    .filter((one) => !one.hasProperty("recurrence-id") && !isOff(one))
    .map((one) => {
      const uid = one.getFirstPropertyValue("uid");
      const own = changed.filter((other) => other.getFirstPropertyValue("uid") === uid);
      return new ICAL.Event(one, { exceptions: own, strictExceptions: true });
    });
};

/** The line on which an event begins. */
const lineOf = (text: string, index: number): number => {
  const begins = text
    .split(/\r\n|\n|\r/u)
    .flatMap((line, at) => (/^BEGIN:VEVENT\s*$/iu.test(line) ? [at] : []));
  return (begins[index] ?? 0) + 1;
};

/** An event that ends before it begins; nobody can have meant that. */
const faultOfEnds = (calendar: ICAL.Component, text: string): IcsFault | null => {
  for (const [index, component] of calendar.getAllSubcomponents("vevent").entries()) {
    if (isOff(component)) continue;
    const { startDate, endDate, summary, uid } = new ICAL.Event(component);
    if (endDate.compare(startDate) >= 0) continue;
    const name = (summary ?? uid ?? "").slice(0, 100);
    const detail = `event "${name}" ends (${endDate.toString()}) before it begins (${startDate.toString()})`;
    return { line: lineOf(text, index), detail };
  }
  return null;
};

/**
 * Reads the text of an ICS file: all-day and timed events, RRULE, RDATE, EXDATE, RECURRENCE-ID, VTIMEZONE.
 * @param source `stored`: it was taken before, and is read as far as it can be
 */
export const readIcs = (text: string, source: "new" | "stored" = "new"): IcsRead => {
  if (text.length > mostCharacters)
    return { ok: false, line: 1, detail: `must have at most ${mostCharacters} characters` };
  const fault = faultOfIcs(text);
  if (fault !== null) return { ok: false, ...fault };
  try {
    const calendar = new ICAL.Component(ICAL.parse(text.replace(/^\u{FEFF}/u, "")));
    const faultOfEnd = source === "new" ? faultOfEnds(calendar, text) : null;
    if (faultOfEnd !== null) return { ok: false, ...faultOfEnd };
    const events = eventsIn(calendar);
    if (events.length > mostEvents)
      return { ok: false, line: 1, detail: `must have at most ${mostEvents} events` };
    const followed = events.map(follow);
    const entries: IcsEntries = {
      events: events.length,
      before: (wall) => followed.flatMap((one) => one(wall).filter(({ from }) => from < wall)),
    };
    // What the library refuses only while it counts must be refused now, not at a tick.
    entries.before(Date.UTC(2000, 0, 1));
    return { ok: true, entries };
  } catch (error) {
    return { ok: false, line: 1, detail: error instanceof Error ? error.message : "can't be read" };
  }
};
