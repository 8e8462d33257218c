import { dayMilliseconds, readLocalDate, readWallTime } from "./local-date.ts";
import { datesFrom } from "./recurrence.ts";
import { weekdays, type Weekday } from "./weekday.ts";

/** "2TU": the second Tuesday; "-1FR": the last Friday; `nth` 0: each. `weekday` 0 is Monday. */
export interface NthWeekday {
  nth: number;
  weekday: number;
}

/** The last moment at which an occurrence may start: a local wall time, or an instant where UNTIL ends in Z. */
export type Until = { kind: "wall" | "instant"; at: number };

/** RFC 5545's RRULE as far as it names days: no part of it speaks of hours. */
export interface Recurrence {
  freq: "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY";
  interval: number;
  count: number | null;
  until: Until | null;
  byDay: NthWeekday[];
  byMonthDay: number[];
  byMonth: number[];
  bySetPos: number[];
  weekStart: number;
}

class RecurrenceError extends Error {
  override name = "RecurrenceError";
}

/** What is wrong with a rule that starts at a wall time, naming the part; null: nothing. */
export const recurrenceProblem = (text: string, dtstart: number): string | null => {
  try {
    const rule = readRecurrence(text);
    const startDay = Math.floor(dtstart / dayMilliseconds);
    const [first] = datesFrom(rule, startDay, startDay, startDay + daysLooked);
    if (first === undefined) return "names no day within 40 years of dtstart: it would never occur";
    const earliest = dtstart + (first - startDay) * dayMilliseconds;
    // An instant can't be compared with a wall time here, but no zone is further from UTC than this.
    const spare = rule.until?.kind === "instant" ? farthestOffset : 0;
    if (rule.until !== null && rule.until.at + spare < earliest)
      return "UNTIL lies before the first occurrence";
    return null;
  } catch (error) {
    if (error instanceof RecurrenceError) return error.message;
    throw error;
  }
};

/** Every weekday falls on every date, 29 February too, within 40 years. */
const daysLooked = 366 * 40 + 1;
const farthestOffset = 14 * 3_600_000;

/** Reads an RRULE, "RRULE:" before it allowed. Throws an Error that names the part it refuses. */
export const readRecurrence = (text: string): Recurrence => {
  const parts = readParts(text.trim().replace(/^RRULE:/iu, ""));
  for (const name of parts.keys()) if (!takenParts.has(name)) throw new RecurrenceError(refusal(name));
  const rule: Recurrence = {
    freq: readFreq(parts.get("FREQ")),
    interval: readNumber(parts, "INTERVAL", 1, 1000) ?? 1,
    count: readNumber(parts, "COUNT", 1, 10_000),
    until: readUntil(parts.get("UNTIL")),
    byDay: (parts.get("BYDAY")?.split(",") ?? []).map(readByDay),
    byMonthDay: readNumbers(parts, "BYMONTHDAY", 31, true),
    byMonth: readNumbers(parts, "BYMONTH", 12, false),
    bySetPos: readNumbers(parts, "BYSETPOS", 366, true),
    weekStart: readWeekday(parts.get("WKST") ?? "MO", "WKST"),
  };
  const clash = clashOf(rule);
  if (clash !== null) throw new RecurrenceError(clash);
  return rule;
};

const takenParts = new Set("FREQ INTERVAL COUNT UNTIL BYDAY BYMONTHDAY BYMONTH BYSETPOS WKST".split(" "));

const refusal = (name: string): string =>
  /^(?:BYHOUR|BYMINUTE|BYSECOND)$/u.test(name)
    ? `${name} is not taken: the time of day is dtstart's`
    : `${name} is not taken: expected ${[...takenParts].join(", ")}`;

const readParts = (text: string): Map<string, string> => {
  const parts = new Map<string, string>();
  for (const part of text.replace(/;$/u, "").split(";")) {
    const [name = "", value = "", ...more] = part.trim().toUpperCase().split("=");
    if (name === "" || value === "" || more.length > 0)
      throw new RecurrenceError(`expected NAME=VALUE parts joined by ";", got ${part || "nothing"}`);
    if (parts.has(name)) throw new RecurrenceError(`${name} is given twice`);
    parts.set(name, value);
  }
  return parts;
};

const frequencies = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] as const;

const readFreq = (text: string | undefined): Recurrence["freq"] => {
  const found = frequencies.find((freq) => freq === text);
  if (found === undefined)
    throw new RecurrenceError(`FREQ: expected ${frequencies.join(", ")}, got ${text ?? "nothing"}`);
  return found;
};

const readNumber = (parts: Map<string, string>, name: string, least: number, most: number): number | null => {
  const text = parts.get(name);
  if (text === undefined) return null;
  const value = /^\d{1,6}$/u.test(text) ? Number(text) : 0;
  if (value < least || value > most)
    throw new RecurrenceError(`${name}: expected ${least} to ${most}, got ${text}`);
  return value;
};

const readNumbers = (parts: Map<string, string>, name: string, most: number, signed: boolean): number[] =>
  (parts.get(name)?.split(",") ?? []).map((text) => {
    const value = /^[+-]?\d{1,3}$/u.test(text) ? Number(text) : 0;
    const fits = value !== 0 && Math.abs(value) <= most && (signed || value > 0);
    if (!fits)
      throw new RecurrenceError(
        `${name}: expected 1 to ${most}${signed ? " or their negatives" : ""}, got ${text}`,
      );
    return value;
  });

const readWeekday = (text: string, name: string): number => {
  const found = weekdays.findIndex((day: Weekday) => day.slice(0, 2).toUpperCase() === text);
  if (found === -1) throw new RecurrenceError(`${name}: expected MO, TU, WE, TH, FR, SA or SU, got ${text}`);
  return found;
};

const readByDay = (text: string): NthWeekday => {
  const match = /^([+-]?\d{1,2})?([A-Z]{2})$/u.exec(text);
  const nth = Number(match?.[1] ?? 0);
  if (match === null || Math.abs(nth) > 53 || (match[1] !== undefined && nth === 0))
    throw new RecurrenceError(`BYDAY: expected MO, 2TU or -1FR, got ${text}`);
  return { nth, weekday: readWeekday(match[2] ?? "", "BYDAY") };
};

/** "20261231", "20261231T190000", "20261231T180000Z", and the same with dashes and colons. A date alone is that whole day. */
const readUntil = (text: string | undefined): Until | null => {
  if (text === undefined) return null;
  const match = /^(\d{4})-?(\d{2})-?(\d{2})(?:T(\d{2}):?(\d{2})(?::?\d{2})?(Z)?)?$/u.exec(text);
  const [, year, month, date, hour, minute, utc] = match ?? [];
  const day = `${year}-${month}-${date}`;
  const at = hour === undefined ? readLocalDate(day) : readWallTime(`${day}T${hour}:${minute}`);
  if (at === null) throw new RecurrenceError(`UNTIL: expected 20261231 or 20261231T190000, got ${text}`);
  if (hour === undefined) return { kind: "wall", at: (at + 1) * dayMilliseconds - 1 };
  return { kind: utc === undefined ? "wall" : "instant", at };
};

/** What RFC 5545 does not allow together, or gives no meaning to. */
const clashOf = ({ freq, count, until, byDay, byMonthDay, byMonth, bySetPos }: Recurrence): string | null => {
  const numbered = byDay.some(({ nth }) => nth !== 0);
  if (count !== null && until !== null) return "COUNT and UNTIL are not taken together";
  if (numbered && freq !== "MONTHLY" && freq !== "YEARLY")
    return `BYDAY: a number before a day needs FREQ=MONTHLY or YEARLY`;
  if (byMonthDay.length > 0 && freq === "WEEKLY") return "BYMONTHDAY is not taken with FREQ=WEEKLY";
  if (bySetPos.length > 0 && byDay.length + byMonthDay.length + byMonth.length === 0)
    return "BYSETPOS needs BYDAY, BYMONTHDAY or BYMONTH";
  return null;
};
