/** Days count on the calendar, minutes on the clock that never jumps (RFC 5545). */
export interface NominalDuration {
  days: number;
  minutes: number;
}

const shape = /^P(?:(\d{1,3})W|(?:(\d{1,3})D)?(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,6})M)?)?)$/u;
const longestMinutes = 400 * 24 * 60;

/** "PT11H", "P1D", "P2W", "P1DT30M", from 1 minute to 400 days; null for anything else, seconds, months and years included. */
export const readDuration = (text: string): NominalDuration | null => {
  const match = shape.exec(text);
  if (match === null) return null;
  const part = (index: number): number => Number(match[index] ?? 0);
  const days = part(1) * 7 + part(2);
  const minutes = part(3) * 60 + part(4);
  const total = days * 24 * 60 + minutes;
  return total >= 1 && total <= longestMinutes ? { days, minutes } : null;
};
