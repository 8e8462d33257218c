import { dayEffects } from "./rule.ts";
import { weekdays } from "./weekday.ts";

/** What a date of a calendar may say; `moved:mon`: not on this date, but on the first Monday from it. */
export const calendarEffects = [
  ...dayEffects,
  ...weekdays.map((weekday) => `moved:${weekday}` as const),
] as const;
export type CalendarEffect = (typeof calendarEffects)[number];
