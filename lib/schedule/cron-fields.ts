/** Cron expressions of five fields, read to the days and minutes that they name. The wall times are ours to resolve: a
 *  cron library fires at a gap's end, where the other two ways to write time shift by the gap. */

export interface CronFields {
  /** minutes of the day, rising */
  minutes: number[];
  months: ReadonlySet<number>;
  dates: DateField;
  weekdays: WeekdayField;
}

interface DateField {
  any: boolean;
  values: ReadonlySet<number>;
  last: boolean;
}

interface WeekdayField {
  any: boolean;
  /** 0 is Sunday, as in cron */
  values: ReadonlySet<number>;
  /** "5#2" as "5#2"; the last one of a month as "5#L" */
  nth: ReadonlySet<string>;
}

/** A local date as cron looks at it; `weekday` 0 is Sunday. */
export interface CronDay {
  month: number;
  date: number;
  daysInMonth: number;
  weekday: number;
}

interface FieldShape {
  name: string;
  least: number;
  most: number;
  names: readonly string[];
}

const monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const shapes = {
  minute: { name: "minute", least: 0, most: 59, names: [] },
  hour: { name: "hour", least: 0, most: 23, names: [] },
  date: { name: "day of month", least: 1, most: 31, names: [] },
  month: { name: "month", least: 1, most: 12, names: monthNames },
  weekday: { name: "day of week", least: 0, most: 7, names: weekdayNames },
} satisfies Record<string, FieldShape>;

class CronError extends Error {
  override name = "CronError";
}

/** What is wrong with an expression, naming the field; null: nothing. */
export const cronProblem = (text: string): string | null => {
  try {
    readCron(text);
    return null;
  } catch (error) {
    if (error instanceof CronError) return error.message;
    throw error;
  }
};

/** Reads an expression. Throws an Error that names the field for anything but five fields that come true some day. */
export const readCron = (text: string): CronFields => {
  const parts = text.trim().toLowerCase().split(/\s+/u);
  const [minute = "", hour = "", date = "", month = "", weekday = "", ...more] = parts;
  if (weekday === "" || more.length > 0)
    throw new CronError(fieldCount(text.trim() === "" ? 0 : parts.length));
  const hours = [...readField(hour, shapes.hour)];
  const minutes = [...readField(minute, shapes.minute)];
  const fields = {
    minutes: hours.flatMap((h) => minutes.map((m) => h * 60 + m)).toSorted((a, b) => a - b),
    months: readField(month, shapes.month),
    dates: readDates(date),
    weekdays: readWeekdays(weekday),
  };
  if (!comesTrue(fields)) throw new CronError(`no month of ${month} has a day ${date}: it would never fire`);
  return fields;
};

const fieldCount = (count: number): string =>
  `expected five fields (minute hour day month weekday), got ${count}${count === 6 ? ": seconds are not taken" : ""}`;

/** Classic cron: with day of month and day of week both given, either is enough. `*` and `?` are "not given". */
export const cronHasDay = ({ months, dates, weekdays }: CronFields, day: CronDay): boolean => {
  if (!months.has(day.month)) return false;
  const byDate = dates.any || dates.values.has(day.date) || (dates.last && day.date === day.daysInMonth);
  const byWeekday = weekdays.any || hasWeekday(weekdays, day);
  return dates.any || weekdays.any ? byDate && byWeekday : byDate || byWeekday;
};

const hasWeekday = ({ values, nth }: WeekdayField, { date, daysInMonth, weekday }: CronDay): boolean =>
  values.has(weekday) ||
  nth.has(`${weekday}#${Math.ceil(date / 7)}`) ||
  (date + 7 > daysInMonth && nth.has(`${weekday}#l`));

const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A weekday comes in every month, the fifth one too in some year. */
const comesTrue = ({ months, dates, weekdays }: CronFields): boolean =>
  dates.any ||
  !weekdays.any ||
  dates.last ||
  [...months].some((month) => [...dates.values].some((date) => date <= (longestMonths[month - 1] ?? 0)));

const isAny = (text: string): boolean => text === "*" || text === "?";

const readDates = (text: string): DateField => {
  const parts = text.split(",");
  const plain = parts.filter((part) => part !== "l");
  const last = plain.length < parts.length;
  return {
    any: isAny(text),
    last,
    values: plain.length === 0 ? new Set() : readField(plain.join(","), shapes.date),
  };
};

const readWeekdays = (text: string): WeekdayField => {
  const parts = text.split(",");
  const plain = parts.filter((part) => !/[#l]/u.test(part));
  const nth = parts.filter((part) => /[#l]/u.test(part)).map(readNth);
  const numbers = plain.length === 0 ? [] : [...readField(plain.join(","), shapes.weekday)];
  return { any: isAny(text), nth: new Set(nth), values: new Set(numbers.map((value) => value % 7)) };
};

/** "5#2", "fri#2", "5l" and "fri#l". */
const readNth = (text: string): string => {
  const match = /^([a-z]{3}|\d)(?:#([1-5l])|(l))$/u.exec(text);
  if (match === null) throw new CronError(`day of week: expected fri#2 or fri#L, got ${text}`);
  return `${readValue(match[1] ?? "", shapes.weekday) % 7}#${match[2] ?? "l"}`;
};

const readField = (text: string, shape: FieldShape): Set<number> =>
  new Set(text.split(",").flatMap((part) => readRange(part, shape)));

const readRange = (text: string, shape: FieldShape): number[] => {
  const match = /^(?:([*?])|([a-z\d]+)(?:-([a-z\d]+))?)(?:\/(\d{1,2}))?$/u.exec(text);
  const [, any, first, second, stepText] = match ?? [];
  const step = stepText === undefined ? 1 : Number(stepText);
  const lonely = first !== undefined && second === undefined && stepText !== undefined;
  if (match === null || lonely)
    throw new CronError(`${shape.name}: expected *, a-b, */n or a-b/n, got ${text || "nothing"}`);
  if (step === 0) throw new CronError(`${shape.name}: a step of 0 in ${text}`);
  const from = first === undefined ? shape.least : readValue(first, shape);
  const to = any === undefined ? endOf(from, second, shape) : shape.most;
  if (to < from) throw new CronError(`${shape.name}: ${text} runs backwards: write two ranges with a comma`);
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
};

/** A week that ends on Sunday ends on 7: "fri-sun" does not run backwards. */
const endOf = (from: number, text: string | undefined, shape: FieldShape): number => {
  if (text === undefined) return from;
  if (text === "sun") return from === 0 ? 0 : 7;
  return readValue(text, shape);
};

const readValue = (text: string, { name, least, most, names }: FieldShape): number => {
  const named = names.indexOf(text);
  const value = named === -1 ? Number(text) : named + (least === 1 ? 1 : 0);
  if (!/^\d{1,2}$/u.test(text) && named === -1)
    throw new CronError(`${name}: expected ${least} to ${most}, got ${text}`);
  if (value < least || value > most)
    throw new CronError(`${name}: expected ${least} to ${most}, got ${text}`);
  return value;
};
