/** The week as schedules name it, Monday first (ISO 8601). */
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export type Weekday = (typeof weekdays)[number];

/** Position in `weekdays`: 0 is Monday, 6 is Sunday. */
export const weekdayIndex = (day: Weekday): number => weekdays.indexOf(day);

/** Weekday of a day number (days since 1970-01-01, a Thursday), 0 is Monday. */
export const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;
