import * as z from "zod";

const unitMilliseconds = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const form = /^(\d{1,5})([smhd])$/;

const isUnit = (text: string | undefined): text is keyof typeof unitMilliseconds =>
  text !== undefined && text in unitMilliseconds;

/** Milliseconds of `90s`, `10m`, `4h` or `2d`; null when it is none. Elapsed time: a day has 24 hours. */
export const durationOf = (text: string): number | null => {
  const [, count, unit] = form.exec(text) ?? [];
  return count === undefined || !isUnit(unit) ? null : Number(count) * unitMilliseconds[unit];
};

/** A span of time in settings, kept as it was written. */
export const durationSchema = z
  .string()
  .regex(form, { error: "must be a number and one of s, m, h, d, such as 90s, 10m or 4h" });

/** Milliseconds of a duration that has passed the schema; 0 where there is none. */
export const millisecondsOf = (text: string | undefined): number =>
  text === undefined ? 0 : (durationOf(text) ?? 0);

export const minute = 60_000;
export const day = 86_400_000;
