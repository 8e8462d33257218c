import type { Calendar, CalendarDate } from "./calendar.ts";
import { type Occurrence, readIcs } from "./ics.ts";
import { dayMilliseconds, localDate, wallText } from "./local-date.ts";

/** A day as the API shows it; of an event with a time also when it begins and ends there. */
export type ShownDate = CalendarDate & {
  readonly from?: string;
  readonly to?: string;
  readonly timezone?: string | null;
};

/** How far ahead the events of a file are shown, and how many. */
const shownDays = 400;
const mostShown = 1000;

const shown = (one: Occurrence, today: number): readonly ShownDate[] => {
  const first = Math.floor(one.from / dayMilliseconds);
  const what = { effect: one.effect, name: one.label };
  if (!one.isAllDay)
    return [
      { date: localDate(first), ...what, from: wallText(one.from), to: wallText(one.to), timezone: one.zone },
    ];
  const days: ShownDate[] = [];
  const last = Math.min(one.to / dayMilliseconds, today + shownDays);
  for (let day = Math.max(first, today); day < last; day += 1) days.push({ date: localDate(day), ...what });
  return days;
};

/** What was understood of an ICS file: its days from today (UTC) on, for 400 days, at most 1,000; in order. */
export const icsDates = ({ ics }: Pick<Calendar, "ics">, now: number): readonly ShownDate[] => {
  const read = ics === null ? null : readIcs(ics, "stored");
  if (read?.ok !== true) return [];
  const today = Math.floor(now / dayMilliseconds);
  return read.entries
    .before((today + shownDays) * dayMilliseconds)
    .filter(({ to }) => to > today * dayMilliseconds)
    .flatMap((one) => shown(one, today))
    .toSorted((one, other) => (one.date < other.date ? -1 : one.date > other.date ? 1 : 0))
    .slice(0, mostShown);
};

/** Whether a calendar says something of today (UTC) or of a day to come: of a file, of the next 400 days. */
export const hasDatesToCome = (calendar: Pick<Calendar, "dates" | "ics">, now: number): boolean => {
  const today = localDate(Math.floor(now / dayMilliseconds));
  return calendar.dates.some(({ date }) => date >= today) || icsDates(calendar, now).length > 0;
};
