import { cronHasDay, readCron, type CronDay } from "./cron-fields.ts";
import { civilDate, dayMilliseconds, daysInMonth, readLocalDate, readWallTime } from "./local-date.ts";
import { datesFrom } from "./recurrence.ts";
import { readRecurrence } from "./recurrence-rule.ts";
import type { Period, TimeRule } from "./rule.ts";
import { weekdayIndex, weekdayOf } from "./weekday.ts";
import { zoneNote } from "./zone.ts";

/** Something that is allowed and probably not meant. */
export interface Lint {
  /** JSON Pointer inside the schedule */
  source: string;
  code: "same_minute" | "either_day" | "dtstart_not_named" | "never" | "zone_sign" | "zone_alias";
  says: string;
}

/** Warnings about a rule; an empty list: none. */
export const lintOf = (rule: TimeRule): Lint[] => {
  switch (rule.kind) {
    case "periods":
      return rule.periods.flatMap((period, index) => {
        const source = `/periods/${index}`;
        return [...zoneLint(`${source}/timezone`, period.zone), ...neverLint(source, period)];
      });
    case "cron":
      return [...zoneLint("/timezone", rule.zone), ...cronLint(rule.on, rule.off)];
    case "rrule":
      return [...zoneLint("/timezone", rule.zone), ...startLint(rule)];
  }
};

const zoneLint = (source: string, zone: string): Lint[] => {
  if (/^Etc\/GMT[+-][1-9]/u.test(zone)) {
    const side = zone.includes("+") ? "behind" : "ahead of";
    return [
      {
        source,
        code: "zone_sign",
        says: `${zone} is ${zone.slice(8)} h ${side} UTC: its sign is the reverse`,
      },
    ];
  }
  const note = zoneNote(zone);
  return note === null ? [] : [{ source, code: "zone_alias", says: note }];
};

const neverLint = (source: string, { days, dates }: Period): Lint[] => {
  const first = readLocalDate(dates?.from ?? "");
  const last = readLocalDate(dates?.to ?? "");
  if (first === null || last === null || last - first >= 6) return [];
  const named = new Set(days.map(weekdayIndex));
  const range = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  if (range.some((day) => named.has(weekdayOf(day)))) return [];
  return [{ source, code: "never", says: "none of its days falls into its dates" }];
};

/** A leap year of each beginning and a common year of each: every date on every weekday. */
const sampledDays = 366 * 40;

const cronLint = (on: string | null, off: string | null): Lint[] => {
  const sides = [
    { source: "/cron/on", text: on },
    { source: "/cron/off", text: off },
  ].flatMap(({ source, text }) => (text === null ? [] : [{ source, fields: readCron(text) }]));
  const either = sides
    .filter(({ fields }) => !fields.dates.any && !fields.weekdays.any)
    .map(({ source }): Lint => {
      return {
        source,
        code: "either_day",
        says: "day of month and day of week are both set: either is enough",
      };
    });
  const [first, second] = sides;
  if (first === undefined || second === undefined) return either;
  const minutes = new Set(first.fields.minutes);
  if (!second.fields.minutes.some((minute) => minutes.has(minute))) return either;
  const shared = Array.from({ length: sampledDays }, (_, day) => cronDay(day)).some(
    (day) => cronHasDay(first.fields, day) && cronHasDay(second.fields, day),
  );
  if (!shared) return either;
  const says = "on and off fall into the same minute: on holds";
  return [...either, { source: "/cron/off", code: "same_minute", says }];
};

const cronDay = (day: number): CronDay => {
  const { year, month, date } = civilDate(day);
  return { month, date, daysInMonth: daysInMonth(year, month), weekday: (weekdayOf(day) + 1) % 7 };
};

const startLint = ({ dtstart, rule }: Extract<TimeRule, { kind: "rrule" }>): Lint[] => {
  const start = Math.floor((readWallTime(dtstart) ?? 0) / dayMilliseconds);
  const [named] = datesFrom(readRecurrence(rule), start, start, start);
  if (named !== undefined) return [];
  const says = "dtstart is no day of the rule: it counts as the start of the count, not as an occurrence";
  return [{ source: "/rrule/dtstart", code: "dtstart_not_named", says }];
};
