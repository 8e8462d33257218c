import { civilDate, dayNumber, daysInMonth } from "./local-date.ts";
import type { NthWeekday, Recurrence } from "./recurrence-rule.ts";
import { weekdayOf } from "./weekday.ts";

/** Days of a recurrence, as day numbers, in `[from, to]`, rising; COUNT is obeyed, UNTIL is the caller's (it speaks of
 * times). `start` is dtstart's day: it is an occurrence only where the rule names it, as RFC 5545 asks rules to do. */
export const datesFrom = (rule: Recurrence, start: number, from: number, to: number): Iterable<number> =>
  rule.count === null
    ? datesBetween(rule, start, Math.max(from, start), to)
    : countedDates(rule, start, from, to);

const lastDay = dayNumber(9999, 12, 31);

const datesBetween = function* datesBetween(
  rule: Recurrence,
  start: number,
  from: number,
  to: number,
): Generator<number> {
  const last = Math.min(to, lastDay);
  for (let turn = turnOf(rule, start, from); turnStart(rule, start, turn) <= last; turn += 1)
    for (const day of datesOfTurn(rule, start, turn)) if (day >= from && day <= last) yield day;
};

const countedDates = function* countedDates(
  rule: Recurrence,
  start: number,
  from: number,
  to: number,
): Generator<number> {
  let left = rule.count ?? 0;
  for (const day of datesBetween(rule, start, start, to)) {
    if (day >= from) yield day;
    left -= 1;
    if (left === 0) return;
  }
};

/** The turn (day, week, month or year of the rule, counted from dtstart's) that holds a day, or the last one before it. */
const turnOf = ({ freq, interval, weekStart }: Recurrence, start: number, day: number): number => {
  const { year, month } = civilDate(day);
  const first = civilDate(start);
  switch (freq) {
    case "DAILY":
      return Math.floor((day - start) / interval);
    case "WEEKLY":
      return Math.floor((weekOf(day, weekStart) - weekOf(start, weekStart)) / 7 / interval);
    case "MONTHLY":
      return Math.floor(((year - first.year) * 12 + month - first.month) / interval);
    case "YEARLY":
      return Math.floor((year - first.year) / interval);
  }
};

const weekOf = (day: number, weekStart: number): number => day - ((weekdayOf(day) - weekStart + 7) % 7);

const turnStart = ({ freq, interval, weekStart }: Recurrence, start: number, turn: number): number => {
  const { year, month } = civilDate(start);
  switch (freq) {
    case "DAILY":
      return start + turn * interval;
    case "WEEKLY":
      return weekOf(start, weekStart) + turn * interval * 7;
    case "MONTHLY":
      return dayNumber(year, month + turn * interval, 1);
    case "YEARLY":
      return dayNumber(year + turn * interval, 1, 1);
  }
};

const datesOfTurn = (rule: Recurrence, start: number, turn: number): number[] => {
  const first = turnStart(rule, start, turn);
  const days = expand(rule, start, first);
  return rule.bySetPos.length === 0 ? days : atPositions(days, rule.bySetPos);
};

const atPositions = (days: number[], positions: number[]): number[] => {
  const chosen = positions.map((position) => days.at(position > 0 ? position - 1 : position));
  return rising(chosen.filter((day) => day !== undefined));
};

const rising = (days: number[]): number[] => [...new Set(days)].toSorted((a, b) => a - b);

/** All days that a rule names in the turn beginning on `first` (RFC 5545, 3.3.10, the table of BY-parts). */
const expand = (rule: Recurrence, start: number, first: number): number[] => {
  switch (rule.freq) {
    case "DAILY":
      return [first].filter((day) => inMonths(rule, day) && inMonthDays(rule, day) && onWeekdays(rule, day));
    case "WEEKLY":
      return weekDates(rule, start, first);
    case "MONTHLY":
      return inMonths(rule, first) ? monthDates(rule, start, first) : [];
    case "YEARLY":
      return yearDates(rule, start, first);
  }
};

const inMonths = ({ byMonth }: Recurrence, day: number): boolean =>
  byMonth.length === 0 || byMonth.includes(civilDate(day).month);

const inMonthDays = ({ byMonthDay }: Recurrence, day: number): boolean => {
  if (byMonthDay.length === 0) return true;
  const { year, month, date } = civilDate(day);
  return byMonthDay.includes(date) || byMonthDay.includes(date - daysInMonth(year, month) - 1);
};

const onWeekdays = ({ byDay }: Recurrence, day: number): boolean =>
  byDay.length === 0 || byDay.some(({ weekday }) => weekday === weekdayOf(day));

const weekDates = (rule: Recurrence, start: number, first: number): number[] => {
  const wanted = rule.byDay.length === 0 ? [weekdayOf(start)] : rule.byDay.map(({ weekday }) => weekday);
  const days = wanted.map((weekday) => first + ((weekday - rule.weekStart + 7) % 7));
  return rising(days).filter((day) => inMonths(rule, day));
};

/** Days of the month that begins on `first`: BYDAY limits BYMONTHDAY where both are given. */
const monthDates = (rule: Recurrence, start: number, first: number): number[] => {
  const { year, month } = civilDate(first);
  const length = daysInMonth(year, month);
  const { byDay, byMonthDay } = rule;
  if (byMonthDay.length === 0 && byDay.length === 0) return fitting([civilDate(start).date], first, length);
  const byNumber = fitting(byMonthDay, first, length);
  if (byDay.length === 0) return byNumber;
  const byWeekday = nthWeekdays(byDay, first, length);
  return byMonthDay.length === 0 ? byWeekday : byNumber.filter((day) => byWeekday.includes(day));
};

/** Dates of a month, negative ones from its end, those that it does not have left out. */
const fitting = (dates: number[], first: number, length: number): number[] =>
  rising(
    dates
      .map((date) => (date > 0 ? date : length + 1 + date))
      .filter((date) => date >= 1 && date <= length)
      .map((date) => first + date - 1),
  );

/** Weekdays of the `length` days from `first`, a number counting within them. */
const nthWeekdays = (byDay: NthWeekday[], first: number, length: number): number[] =>
  rising(
    byDay.flatMap(({ nth, weekday }) => {
      const earliest = first + ((weekday - weekdayOf(first) + 7) % 7);
      const all = Array.from(
        { length: Math.ceil((first + length - earliest) / 7) },
        (_, week) => earliest + week * 7,
      );
      return nth === 0 ? all : [all.at(nth > 0 ? nth - 1 : nth)].filter((day) => day !== undefined);
    }),
  );

/** BYDAY's numbers count within the year, or within the month where BYMONTH is given. */
const yearDates = (rule: Recurrence, start: number, first: number): number[] => {
  const { year } = civilDate(first);
  const { byMonth, byMonthDay, byDay } = rule;
  if (byMonth.length === 0 && byDay.length > 0) {
    const byWeekday = nthWeekdays(byDay, first, dayNumber(year + 1, 1, 1) - first);
    return byWeekday.filter((day) => inMonthDays(rule, day));
  }
  const own = byMonthDay.length > 0 ? allMonths : [civilDate(start).month];
  const months = byMonth.length > 0 ? byMonth : own;
  return rising(months.flatMap((month) => monthDates(rule, start, dayNumber(year, month, 1))));
};

const allMonths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
