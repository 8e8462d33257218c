import type { DayEffect } from "./rule.ts";

/** What a calendar says of a local date in a zone; null: nothing. Asked once a date and zone, and must answer the same. */
export type EffectOn = (localDate: string, zone: string) => DayEffect | null;

/** Where something of a rule comes from. */
export interface Origin {
  /** JSON Pointer inside the schedule: "/periods/0", "/cron/on", "/rrule" */
  source: string;
  /** for people: "Mon-Fri 08:00-19:00 Europe/Paris" */
  text: string;
  zone: string;
  /** the date on which it starts in its zone, "YYYY-MM-DD": the one that calendars judge */
  localDate: string;
  /** what the calendar said of that date. "as:…" has been acted on here; "off", "on" and "skip" have not: the span is
   *  the one that the rule alone would give, and the decision layer says what becomes of it. */
  effect: DayEffect | null;
}

/** Half-open `[from, to)`, epoch milliseconds. */
export interface Span extends Origin {
  from: number;
  to: number;
  state: "on" | "off";
}

/** A moment at which a rule acts, not merged: start and end of a span, or an event of a cron. Epoch milliseconds. */
export interface TimeEvent extends Origin {
  at: number;
  state: "on" | "off";
}

/** What a clock change left nothing of: `collapsed` where the end came to lie at or before the start, `skipped` where the
 *  start fell into the gap and the rule says `gap: skip`. */
export interface Lost extends Origin {
  /** the instant at which it would have begun */
  at: number;
  why: "collapsed" | "skipped";
}
