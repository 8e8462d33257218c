import * as z from "zod";
import { calendarEffects } from "./calendar-effect.ts";
import { readLocalDate } from "./local-date.ts";
import { scheduleNamePattern } from "./schedule.ts";

const effectSchema = z.enum(calendarEffects);

const mostDates = 5000;
const longestRange = 400;

const dateSchema = z
  .string()
  .refine((text) => readLocalDate(text) !== null, { error: "must be a date such as 2026-12-25" });

const rangeOf = (text: string): readonly [number, number] | null => {
  const [first = "", last = first, more] = text.split("..");
  const from = readLocalDate(first);
  const to = readLocalDate(last);
  if (more !== undefined || from === null || to === null || to < from) return null;
  return to - from > longestRange ? null : [from, to];
};

const daysSchema = z.string().refine((text) => rangeOf(text) !== null, {
  error: `must be a date such as 2026-12-25, or 2026-12-24..2027-01-02 of at most ${longestRange} days`,
});

const entrySchema = z.union([
  daysSchema,
  z.strictObject({
    date: daysSchema,
    effect: effectSchema.exactOptional(),
    name: z.string().max(200).exactOptional(),
  }),
]);

/** Body of `PUT /v1/calendars/{name}` as JSON. */
export const calendarRequestSchema = z
  .strictObject({
    dates: z.array(entrySchema).max(mostDates),
    description: z.string().max(500).exactOptional(),
  })
  .meta({ id: "CalendarRequest" });
export type CalendarRequest = z.infer<typeof calendarRequestSchema>;

/** One date of a calendar. Effect null: whatever the schedule says that uses it. */
export const calendarDateSchema = z.strictObject({
  date: dateSchema,
  effect: effectSchema.nullable(),
  name: z.string().nullable(),
});
export type CalendarDate = z.infer<typeof calendarDateSchema>;

/** A calendar as its document stands: dates, or the text of an ICS file that has been read without a fault. */
export const calendarSchema = z.strictObject({
  name: z.string().regex(scheduleNamePattern),
  version: z.int().positive(),
  dates: z.array(calendarDateSchema),
  ics: z.string().nullable(),
  description: z.string().nullable(),
  /** The last text that was refused, while the good one before it stays in force. */
  refused: z.strictObject({ at: z.string(), line: z.int(), detail: z.string() }).nullable(),
  created_by: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Calendar = z.infer<typeof calendarSchema>;

const textOf = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

/** The dates of a request, ranges taken apart, in order; of a date that is there twice the last one counts. */
export const datesOf = ({ dates }: CalendarRequest): CalendarDate[] => {
  const byDate = new Map<string, CalendarDate>();
  for (const entry of dates) {
    const written = typeof entry === "string" ? { date: entry } : entry;
    const [from, to] = rangeOf(written.date) ?? [0, -1];
    for (let day = from; day <= to; day += 1) {
      const date = textOf(day);
      byDate.set(date, { date, effect: written.effect ?? null, name: written.name ?? null });
    }
  }
  return [...byDate.values()].toSorted((one, other) => (one.date < other.date ? -1 : 1));
};

/** Schedules that use a calendar: while there are any it can't be deleted. */
export const usersOf = (
  calendar: string,
  schedules: readonly {
    readonly name: string;
    readonly calendars?: readonly (string | { readonly name: string })[] | undefined;
  }[],
): readonly string[] =>
  schedules.flatMap(({ name, calendars = [] }) =>
    calendars.some((use) => (typeof use === "string" ? use : use.name) === calendar) ? [name] : [],
  );
