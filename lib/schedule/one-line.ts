import { localDate, readLocalDate } from "./local-date.ts";
import { periodText } from "./period-text.ts";
import type { PeriodFields } from "./rule.ts";
import { weekdays, type Weekday } from "./weekday.ts";
import { zoneProblem } from "./zone.ts";

/** `Mon-Fri 08:00-19:00 Europe/Paris; Sat 10:00-14:00 Europe/Paris except 2026-12-24..2027-01-02`
 *
 *  line   = clause {";" clause} ["except" dates {"," dates}]     except holds for the whole line
 *  clause = ["off"] [dates] days times zone
 *  days   = day ["-" day] {"," day ["-" day]}                    Fri-Mon runs over the weekend
 *  times  = HH:MM "-" HH:MM                                      an end at or before the start is on the next day
 *  dates  = date | date ".." date | date ".." | ".." date        inclusive, of the day on which the period starts */
export interface OneLine {
  ok: true;
  /** the first clause's zone; periods of another one carry their own */
  timezone: string;
  periods: PeriodFields[];
}

/** Where a line stops making sense: column from 1, and what was expected there. */
export interface OneLineProblem {
  ok: false;
  column: number;
  expected: string;
  message: string;
}

class OneLineError extends Error {
  override name = "OneLineError";
  readonly column: number;
  readonly expected: string;
  constructor(column: number, expected: string, got: string) {
    super(`column ${column}: expected ${expected}, got ${got}`);
    this.column = column;
    this.expected = expected;
  }
}

interface Word {
  text: string;
  column: number;
}

interface Dates {
  first: number;
  last: number;
}

interface Clause {
  state: "on" | "off";
  dates: Dates;
  days: Weekday[];
  from: string;
  to: string;
  zone: string;
}

/** Reads a line into the fields of a schedule; dates that are excepted become the `dates` of its periods. */
export const readOneLine = (line: string): OneLine | OneLineProblem => {
  try {
    return readLine(new Words(line));
  } catch (error) {
    if (!(error instanceof OneLineError)) throw error;
    return { ok: false, column: error.column, expected: error.expected, message: error.message };
  }
};

/** The words of a line, one after the other; the last one is empty. */
class Words {
  readonly #words: Word[];
  #next = 0;

  constructor(line: string) {
    const words = [...line.matchAll(/[;,]|[^\s;,]+/gu)].map((match) => ({
      text: match[0],
      column: match.index + 1,
    }));
    this.#words = [...words, { text: "", column: line.trimEnd().length + 1 }];
  }

  get next(): Word {
    return this.#words[this.#next] ?? { text: "", column: 1 };
  }

  take(): Word {
    const word = this.next;
    if (word.text !== "") this.#next += 1;
    return word;
  }

  takes(text: string): boolean {
    const found = this.next.text.toLowerCase() === text;
    if (found) this.take();
    return found;
  }
}

const fail = ({ text, column }: Word, expected: string): OneLineError =>
  new OneLineError(column, expected, text === "" ? "the end of the line" : `"${text}"`);

const readLine = (words: Words): OneLine => {
  const clauses = [readClause(words)];
  while (words.takes(";")) clauses.push(readClause(words));
  const exceptions: Dates[] = [];
  const word = words.next;
  if (words.takes("except")) {
    do exceptions.push(readDates(words.take()));
    while (words.takes(","));
    if (words.next.text !== "")
      throw fail(words.next, "the end of the line (except stands at its end and holds for the whole of it)");
  } else if (word.text !== "") throw fail(word, '";", "except" or the end of the line');
  const timezone = clauses[0]?.zone ?? "";
  const periods = clauses.flatMap((clause) => periodsOf(clause, exceptions, timezone));
  if (periods.length === 0) throw fail(word, "exceptions that leave something of the line");
  return { ok: true, timezone, periods };
};

const readClause = (words: Words): Clause => {
  const state = words.takes("off") ? "off" : "on";
  const dates = /^\d{4}-|\.\./u.test(words.next.text) ? readDates(words.take()) : always;
  const days = readDays(words);
  const times = words.take();
  const match = /^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)$/u.exec(times.text);
  const [, from = "", to = ""] = match ?? [];
  if (match === null) throw fail(times, "two times, like 08:00-19:00");
  if (from === to) throw fail(times, "two different times (a whole day is 00:00-24:00)");
  const zone = words.take();
  const isWord = zone.text !== ";" && zone.text !== "," && zone.text !== "except";
  const problem = isWord && zone.text !== "" ? zoneProblem(zone.text) : null;
  if (!isWord || zone.text === "" || problem !== null)
    throw fail(zone, `a zone, like Europe/Paris${problem === null ? "" : ` (${problem})`}`);
  return { state, dates, days, from, to, zone: zone.text };
};

const readDays = (words: Words): Weekday[] => {
  const named = new Set<Weekday>();
  do for (const day of readDayRange(words.take())) named.add(day);
  while (words.takes(","));
  return weekdays.filter((day) => named.has(day));
};

const readDayRange = (word: Word): Weekday[] => {
  const [first = "", last = first, ...more] = word.text.toLowerCase().split("-");
  const from = weekdays.findIndex((day) => day === first);
  const to = weekdays.findIndex((day) => day === last);
  if (from === -1 || to === -1 || more.length > 0) throw fail(word, "days, like Mon-Fri or Sat");
  const length = ((to - from + 7) % 7) + 1;
  return [...weekdays, ...weekdays].slice(from, from + length);
};

const always: Dates = { first: -Infinity, last: Infinity };
const expectedDates = "dates, like 2026-12-24..2027-01-02";

const readDates = (word: Word): Dates => {
  const [from = "", to = from, ...more] = word.text.split("..");
  const first = from === "" ? -Infinity : readLocalDate(from);
  const last = to === "" ? Infinity : readLocalDate(to);
  if (first === null || last === null || more.length > 0 || from + to === "") throw fail(word, expectedDates);
  if (last < first) throw fail(word, "dates whose second is not before the first");
  return { first, last };
};

const periodsOf = (clause: Clause, exceptions: Dates[], timezone: string): PeriodFields[] =>
  without(clause.dates, exceptions).map((dates) => periodIn(clause, dates, timezone));

const periodIn = ({ state, days, from, to, zone }: Clause, dates: Dates, timezone: string): PeriodFields => ({
  days,
  from,
  to,
  ...(zone === timezone ? {} : { timezone: zone }),
  ...(dates.first === -Infinity && dates.last === Infinity ? {} : { dates: datesText(dates) }),
  ...(state === "off" ? { state } : {}),
});

const datesText = ({ first, last }: Dates): { from?: string; to?: string } => ({
  ...(first === -Infinity ? {} : { from: localDate(first) }),
  ...(last === Infinity ? {} : { to: localDate(last) }),
});

/** What exceptions leave of a range of days, in order. */
const without = (range: Dates, exceptions: readonly Dates[]): Dates[] => {
  const left: Dates[] = [];
  let { first } = range;
  for (const taken of exceptions.toSorted((a, b) => a.first - b.first)) {
    if (taken.first > range.last) break;
    if (taken.first > first) left.push({ first, last: taken.first - 1 });
    if (taken.last >= range.last) return left;
    first = Math.max(first, taken.last + 1);
  }
  left.push({ first, last: range.last });
  return left;
};

/** A line that reads back as these periods, in another order perhaps; with `except` where that says it. */
export const oneLineOf = (timezone: string, periods: readonly PeriodFields[]): string => {
  const short = withExcept(timezone, periods);
  const back = readOneLine(short);
  if (back.ok && sameAs(clauseTexts(timezone, periods), clauseTexts(back.timezone, back.periods)))
    return short;
  return clauseTexts(timezone, periods).join("; ");
};

const sameAs = (one: string[], other: string[]): boolean =>
  one.toSorted().join(";") === other.toSorted().join(";");

const clauseTexts = (timezone: string, periods: readonly PeriodFields[]): string[] =>
  periods.map((period) => clauseText(timezone, period, period.dates ?? null));

const clauseText = (timezone: string, period: PeriodFields, dates: PeriodFields["dates"] | null): string =>
  periodText({
    ...period,
    zone: period.timezone ?? timezone,
    state: period.state ?? "on",
    dates: dates ?? null,
  });

/** Clauses that differ in nothing but their dates as one, and the dates between them as exceptions. */
const withExcept = (timezone: string, periods: readonly PeriodFields[]): string => {
  const clauses = new Map<string, { period: PeriodFields; dates: Dates[] }>();
  for (const period of periods) {
    const key = clauseText(timezone, period, null);
    const { from, to } = period.dates ?? {};
    const first = from === undefined ? -Infinity : (readLocalDate(from) ?? 0);
    const last = to === undefined ? Infinity : (readLocalDate(to) ?? 0);
    clauses.set(key, { period, dates: [...(clauses.get(key)?.dates ?? []), { first, last }] });
  }
  const gaps = new Set<string>();
  const texts = [...clauses.values()].map(({ period, dates }) => {
    const hull = {
      first: Math.min(...dates.map((d) => d.first)),
      last: Math.max(...dates.map((d) => d.last)),
    };
    for (const gap of without(hull, dates)) gaps.add(rangeText(gap));
    return clauseText(timezone, period, rangeOf(hull));
  });
  return `${texts.join("; ")}${gaps.size === 0 ? "" : ` except ${[...gaps].toSorted().join(", ")}`}`;
};

const rangeOf = (range: Dates): PeriodFields["dates"] | null =>
  range.first === -Infinity && range.last === Infinity ? null : datesText(range);

const rangeText = ({ first, last }: Dates): string =>
  first === last ? localDate(first) : `${localDate(first)}..${localDate(last)}`;
