import { fromEpochMilliseconds, toZonedDateTimeISO } from "temporal-polyfill/fns/Instant";
import * as zoned from "temporal-polyfill/fns/ZonedDateTime";

/** A stretch of time in which a zone keeps one offset: `[from, to)` in epoch milliseconds, `offset` = local - UTC. */
export interface OffsetStretch {
  from: number;
  to: number;
  offset: number;
}

const yearsKept = 4000;
const years = new Map<string, Map<number, OffsetStretch[]>>();
let kept = 0;

const yearOf = (at: number): number => new Date(at).getUTCFullYear();
const yearStart = (year: number): number => new Date(0).setUTCFullYear(year, 0, 1);

/** Stretches of a zone that meet `[from, to]`, in order, the last of one year and the first of the next being two
 * stretches of the same offset. What tz data says of a zone and year is worked out once. */
export const stretches = (zone: string, from: number, to: number): OffsetStretch[] => {
  const first = yearOf(from);
  const last = yearOf(to);
  const found = stretchesOfYear(zone, first);
  return first === last ? found : [...found, ...stretches(zone, yearStart(first + 1), to)];
};

/** The stretch in which an instant lies. */
export const stretchAt = (zone: string, at: number): OffsetStretch => {
  const found = stretchesOfYear(zone, yearOf(at)).findLast((stretch) => stretch.from <= at);
  if (found === undefined) throw new RangeError(`no offset of ${zone} at ${at}`);
  return found;
};

const stretchesOfYear = (zone: string, year: number): OffsetStretch[] => {
  const known = years.get(zone)?.get(year);
  if (known !== undefined) return known;
  if (kept >= yearsKept) {
    years.clear();
    kept = 0;
  }
  const worked = workOut(zone, yearStart(year), yearStart(year + 1));
  const ofZone = years.get(zone) ?? new Map<number, OffsetStretch[]>();
  years.set(zone, ofZone.set(year, worked));
  kept += 1;
  return worked;
};

const workOut = (zone: string, from: number, to: number): OffsetStretch[] => {
  const found: OffsetStretch[] = [];
  let at = toZonedDateTimeISO(fromEpochMilliseconds(from), zone);
  let start = from;
  for (;;) {
    const offset = zoned.offsetNanoseconds(at) / 1e6;
    const next = zoned.getTimeZoneTransition(at, "next");
    const end = next === null ? to : Math.min(to, next.epochMilliseconds);
    found.push({ from: start, to: end, offset });
    if (next === null || end === to) return found;
    at = next;
    start = end;
  }
};
