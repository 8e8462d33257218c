import * as z from "zod";
import { cronProblem } from "./cron-fields.ts";
import { readDuration } from "./duration.ts";
import { readLocalDate, readWallTime } from "./local-date.ts";
import { recurrenceProblem } from "./recurrence-rule.ts";
import { weekdays } from "./weekday.ts";
import { zoneProblem } from "./zone.ts";

/** What a calendar makes of a local date; `as:sun` is the day treated as a Sunday. */
export const dayEffects = [
  "off",
  "on",
  "skip",
  "as:mon",
  "as:tue",
  "as:wed",
  "as:thu",
  "as:fri",
  "as:sat",
  "as:sun",
] as const;
export type DayEffect = (typeof dayEffects)[number];

const refusedBy = (problem: (text: string) => string | null) => (context: z.core.ParsePayload<string>) => {
  const says = problem(context.value);
  if (says !== null) context.issues.push({ code: "custom", message: says, input: context.value });
};

/** A zone of the IANA database; abbreviations and offsets are refused, with the name that is meant. */
export const zoneSchema = z.string().max(64).check(refusedBy(zoneProblem));

const localDateSchema = z
  .string()
  .max(10)
  .refine((text) => readLocalDate(text) !== null, "expected a date of the calendar, YYYY-MM-DD");

const wallProblem = "expected a local time without zone or offset, YYYY-MM-DDTHH:MM";
const wallSchema = z
  .string()
  .max(19)
  .refine((text) => readWallTime(text) !== null, wallProblem);
const wallOrDateSchema = z
  .string()
  .max(19)
  .refine(
    (text) => readWallTime(text) !== null || readLocalDate(text) !== null,
    `${wallProblem} or YYYY-MM-DD`,
  );

const clockSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/u, "expected HH:MM, 00:00 to 23:59");
const endSchema = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/u, "expected HH:MM, 00:00 to 24:00");

/** Inclusive at both ends, judged by the day on which the period starts; an end left out is open. */
export const datesSchema = z
  .strictObject({ from: localDateSchema.optional(), to: localDateSchema.optional() })
  .refine(({ from, to }) => from !== undefined || to !== undefined, "expected from, to or both")
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    message: "to lies before from",
    path: ["to"],
  });

/** `[from, to)` on the days that are named; a `to` at or before `from` is on the next day. */
export const periodSchema = z
  .strictObject({
    days: z
      .array(z.enum(weekdays))
      .min(1)
      .max(7)
      .refine((days) => new Set(days).size === days.length, "a day is named twice"),
    from: clockSchema,
    to: endSchema,
    timezone: zoneSchema.optional(),
    dates: datesSchema.optional(),
    state: z.enum(["on", "off"]).optional(),
  })
  .refine(({ from, to }) => from !== to, {
    message: "from and to are the same: that is no period; a whole day is 00:00 to 24:00",
    path: ["to"],
  });

const cronText = z.string().max(200).check(refusedBy(cronProblem));

/** Five fields each; with one side only, its servers are acted on at that edge and left alone otherwise. */
export const cronSchema = z
  .strictObject({ on: cronText.optional(), off: cronText.optional() })
  .refine(({ on, off }) => on !== undefined || off !== undefined, "expected on, off or both");

/** RFC 5545 in the schedule's zone; days of `duration` are calendar days, hours and minutes are elapsed time. */
export const rruleSchema = z
  .strictObject({
    dtstart: wallSchema,
    duration: z
      .string()
      .max(20)
      .refine(
        (text) => readDuration(text) !== null,
        "expected 1 minute to 400 days, like PT11H, P1D or P1DT30M",
      ),
    rule: z.string().max(500),
    exdates: z.array(wallOrDateSchema).max(1000).optional(),
    rdates: z.array(wallOrDateSchema).max(1000).optional(),
  })
  .check((context) => {
    const { dtstart, rule } = context.value;
    const says = recurrenceProblem(rule, readWallTime(dtstart) ?? 0);
    if (says !== null) context.issues.push({ code: "custom", message: says, input: rule, path: ["rule"] });
  });

/** The fields of a schedule that say when: spread them into the schedule's object and add `checkTimeFields`. */
export const timeFields = {
  timezone: zoneSchema.optional(),
  periods: z.array(periodSchema).min(1).max(100).optional(),
  cron: cronSchema.optional(),
  rrule: rruleSchema.optional(),
  gap: z.enum(["shift", "skip"]).optional(),
  overlap: z.enum(["first", "last"]).optional(),
};

export type PeriodFields = z.infer<typeof periodSchema>;
export type CronFields = z.infer<typeof cronSchema>;
export type RruleFields = z.infer<typeof rruleSchema>;

export interface TimeFields {
  timezone?: string | undefined;
  periods?: PeriodFields[] | undefined;
  cron?: CronFields | undefined;
  rrule?: RruleFields | undefined;
  gap?: "shift" | "skip" | undefined;
  overlap?: "first" | "last" | undefined;
}

/** What a wall time means where the clock jumps: a missing one shifts by the gap or is skipped, a doubled one is its
 * first or its last occurrence. */
export interface WallRules {
  gap: "shift" | "skip";
  overlap: "first" | "last";
}

/** A period with the zone that holds for it. */
export interface Period {
  days: PeriodFields["days"];
  from: string;
  to: string;
  zone: string;
  dates: { from?: string | undefined; to?: string | undefined } | null;
  state: "on" | "off";
}

/** When, and nothing else: what `spansOf` takes. Keep the object while its schedule's version lasts: what is worked out
 * from it is kept with it. */
export type TimeRule = WallRules &
  (
    | { kind: "periods"; periods: Period[] }
    | { kind: "cron"; zone: string; on: string | null; off: string | null }
    | {
        kind: "rrule";
        zone: string;
        dtstart: string;
        duration: string;
        rule: string;
        exdates: string[];
        rdates: string[];
      }
  );

const kindsOfRule = ["periods", "cron", "rrule"] as const;

/** Faults between the fields: exactly one of periods, cron and rrule, and a zone for all of it. */
export const checkTimeFields = (fields: TimeFields): { path: (string | number)[]; message: string }[] => {
  const given = kindsOfRule.filter((kind) => fields[kind] !== undefined);
  const [, second] = given;
  const faults: { path: (string | number)[]; message: string }[] = [];
  if (given.length === 0)
    faults.push({ path: ["periods"], message: "expected one of periods, cron and rrule" });
  if (second !== undefined)
    faults.push({
      path: [second],
      message: `expected one of periods, cron and rrule, got ${given.join(" and ")}`,
    });
  const ownZones = fields.periods?.every((period) => period.timezone !== undefined) ?? false;
  if (fields.timezone === undefined && given.length > 0 && !ownZones)
    faults.push({ path: ["timezone"], message: "expected a zone, like Europe/Paris" });
  return faults;
};

/** The rule of fields that have been parsed and that `checkTimeFields` found no fault in.
 *  Throws RangeError on fields that it would have found fault with. */
export const timeRuleOf = (fields: TimeFields): TimeRule => {
  const [fault] = checkTimeFields(fields);
  if (fault !== undefined) throw new RangeError(`${fault.path.join("/")}: ${fault.message}`);
  const { timezone: zone = "", periods, cron, rrule, gap = "shift", overlap = "first" } = fields;
  if (periods !== undefined)
    return { kind: "periods", gap, overlap, periods: periods.map((period) => periodIn(zone, period)) };
  if (cron !== undefined)
    return { kind: "cron", gap, overlap, zone, on: cron.on ?? null, off: cron.off ?? null };
  if (rrule === undefined) throw new RangeError("expected one of periods, cron and rrule");
  return {
    kind: "rrule",
    gap,
    overlap,
    zone,
    ...rrule,
    exdates: rrule.exdates ?? [],
    rdates: rrule.rdates ?? [],
  };
};

const periodIn = (
  zone: string,
  { days, from, to, timezone = zone, dates, state = "on" }: PeriodFields,
): Period => ({
  days,
  from,
  to,
  zone: timezone,
  dates: dates ?? null,
  state,
});
