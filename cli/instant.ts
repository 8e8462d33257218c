import { Temporal } from "temporal-polyfill";
import { durationMilliseconds } from "./duration.ts";
import { misused } from "./failure.ts";

const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const isoOf = (epochMilliseconds: number): string =>
  Temporal.Instant.fromEpochMilliseconds(epochMilliseconds).toString({ smallestUnit: "second" });

const localInstant = (text: string, zone: string): string | null => {
  if (!/^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?$/.test(text)) return null;
  const local = Temporal.PlainDateTime.from(text.replace(" ", "T"), { overflow: "reject" });
  return isoOf(local.toZonedDateTime(zone).epochMilliseconds);
};

/** `fri 21:00`, `today 21:00`, `tomorrow 08:00`: the next one. */
const namedInstant = (text: string, zone: string, now: number): string | null => {
  const parts = /^(?<day>[a-z]{3,9})(?: +(?<time>\d{1,2}:\d{2}))?$/.exec(text.toLowerCase())?.groups;
  if (parts === undefined) return null;
  const { day = "", time = "00:00" } = parts;
  const here = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
  const clock = Temporal.PlainTime.from(time.padStart(5, "0"));
  const onDay = (ahead: number): number =>
    here.toPlainDate().add({ days: ahead }).toZonedDateTime({ timeZone: zone, plainTime: clock })
      .epochMilliseconds;
  if (day === "today") return isoOf(onDay(0));
  if (day === "tomorrow") return isoOf(onDay(1));
  const index = days.indexOf(day.slice(0, 3));
  if (index < 0) return null;
  const ahead = (index + 1 - here.dayOfWeek + 7) % 7;
  const at = onDay(ahead);
  return isoOf(at < now ? onDay(ahead + 7) : at);
};

const read = (text: string, zone: string, now: number): string | null => {
  if (text === "now") return isoOf(now);
  if (/^[+-]\d/.test(text))
    return isoOf(now + (text.startsWith("-") ? -1 : 1) * durationMilliseconds(text.slice(1), text));
  if (/^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:\d{2})$/i.test(text))
    return isoOf(Temporal.Instant.from(text).epochMilliseconds);
  return localInstant(text, zone) ?? namedInstant(text, zone, now);
};

/** An instant as it was typed (`switchyard help date`), in UTC. @throws CliFailure naming the flag */
export const readInstant = (text: string, flag: string, zone: string, now: number): string => {
  let found: string | null = null;
  let why: string | null = null;
  try {
    found = read(text.trim(), zone, now);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    why = error.message;
  }
  if (found !== null) return found;
  throw misused(`${flag} ${text} is not an instant`, ...(why === null ? [] : [why]), "switchyard help date");
};

/** Monday 00:00 of the week that an instant is in, and the Monday after, in a zone. */
export const weekOf = (
  now: number,
  zone: string,
): { readonly from: number; readonly days: readonly string[] } => {
  const here = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate();
  const monday = here.subtract({ days: here.dayOfWeek - 1 });
  return {
    from: monday.toZonedDateTime(zone).epochMilliseconds,
    days: Array.from({ length: 8 }, (_, index) => monday.add({ days: index }).toString()),
  };
};

/** When a local minute of a day is. */
export const instantOf = (day: string, minutes: number, zone: string): number =>
  Temporal.PlainDate.from(day)
    .toPlainDateTime({ hour: Math.floor(minutes / 60) % 24, minute: minutes % 60 })
    .toZonedDateTime(zone).epochMilliseconds;

/** `Fri 20 Nov 19:00`, in a zone; with its year where that is not the year of `now`. */
export const localText = (at: string, zone: string, now = Date.parse(at)): string => {
  const local = Temporal.Instant.from(at).toZonedDateTimeISO(zone);
  const { year } = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
  const words = local
    .toLocaleString("en-GB", {
      weekday: "short",
      day: "numeric",
      month: "short",
      ...(local.year === year ? {} : { year: "numeric" }),
    })
    .replace(",", "");
  return `${words} ${local.toPlainTime().toString({ smallestUnit: "minute" })}`;
};

/** `2026-11-20` and `19:00`, in a zone. */
export const localParts = (at: string, zone: string): { readonly day: string; readonly clock: string } => {
  const local = Temporal.Instant.from(at).toZonedDateTimeISO(zone);
  return {
    day: local.toPlainDate().toString(),
    clock: local.toPlainTime().toString({ smallestUnit: "minute" }),
  };
};

/** Whether clocks are changed in a zone between two instants. */
export const changesClocks = (from: number, to: number, zone: string): boolean => {
  const start = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone);
  const next = start.getTimeZoneTransition("next");
  return next !== null && next.epochMilliseconds < to;
};
