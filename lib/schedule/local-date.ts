/** Days and wall times as whole numbers: a day is the count of days since 1970-01-01, a wall time the milliseconds that
 * the same figures would have in UTC. Neither knows a zone. */

export const dayMilliseconds = 86_400_000;
export const minuteMilliseconds = 60_000;

const dateShape = /^(\d{4})-(\d{2})-(\d{2})$/u;
const wallShape = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)(?::00)?$/u;

export interface CivilDate {
  year: number;
  /** 1 to 12 */
  month: number;
  date: number;
}

/** Day number of a civil date; a month or date outside its range runs over into the next, as in a calendar. */
export const dayNumber = (year: number, month: number, date: number): number =>
  Math.floor(new Date(0).setUTCFullYear(year, month - 1, date) / dayMilliseconds);

export const civilDate = (day: number): CivilDate => {
  const at = new Date(day * dayMilliseconds);
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, date: at.getUTCDate() };
};

export const daysInMonth = (year: number, month: number): number =>
  dayNumber(year, month + 1, 1) - dayNumber(year, month, 1);

/** "2026-03-29" as a day number; null for anything that is no date of the calendar ("2026-02-30"). */
export const readLocalDate = (text: string): number | null => {
  const match = dateShape.exec(text);
  if (match === null) return null;
  const day = dayNumber(Number(match[1]), Number(match[2]), Number(match[3]));
  return localDate(day) === text ? day : null;
};

/** "2026-03-29T02:30" as a wall time; null for anything else, an offset or a "Z" included. */
export const readWallTime = (text: string): number | null => {
  const match = wallShape.exec(text);
  if (match === null) return null;
  const day = readLocalDate(match[1] ?? "");
  if (day === null) return null;
  return day * dayMilliseconds + (Number(match[2]) * 60 + Number(match[3])) * minuteMilliseconds;
};

/** A day number as "YYYY-MM-DD". */
export const localDate = (day: number): string => new Date(day * dayMilliseconds).toISOString().slice(0, 10);

/** A wall time as "YYYY-MM-DDTHH:MM". */
export const wallText = (wall: number): string => new Date(wall).toISOString().slice(0, 16);
