import type { Exceptions } from "./exceptions.ts";
import type { Wanted } from "./inputs.ts";
import { minuteMilliseconds } from "./local-date.ts";
import { ruleOf, type Schedule } from "./schedule.ts";
import type { Segment } from "./segment.ts";
import type { Span, TimeEvent } from "./span.ts";
import { eventsOf, isOneSided } from "./spans.ts";

/** What is done once where `then` begins, after which servers are left alone; null: nothing. */
const pulseBetween = (before: Segment, then: Segment): "on" | "off" | null => {
  if (then.level !== "default" || then.says !== "any") return null;
  if (before.says === "on") return "off";
  if (before.level !== "rule") return null;
  // The end of a period that was skipped still stops; the end of an inverse period starts.
  return before.says === "any" ? "off" : "on";
};

/** The segments, with an edge where a period ends and nothing is wanted after it (`default: "any"`). */
export const withPulses = (segments: readonly Segment[]): Segment[] =>
  segments.flatMap((segment, index) => {
    const before = segments[index - 1];
    const action = before === undefined ? null : pulseBetween(before, segment);
    if (before === undefined || action === null) return [segment];
    const end = Math.min(segment.to, segment.from + minuteMilliseconds);
    const pulse: Segment = { ...before, from: segment.from, to: end, says: action, level: "pulse", by: null };
    return end < segment.to ? [pulse, { ...segment, from: end }] : [pulse];
  });

/** Whether servers are acted on at edges of one kind only, and left alone otherwise. */
export const onlyAction = (schedule: Schedule): "on" | "off" | null => {
  if (schedule.mode === "stop-only") return "off";
  return schedule.mode === "start-only" ? "on" : null;
};

interface Pulse {
  readonly at: number;
  readonly action: Wanted;
  readonly span: Span | null;
  readonly exception: Segment["exception"];
}

/** Nothing wanted over `[from, to)` but these edges, each for a minute. */
const only = (pulses: readonly Pulse[], from: number, to: number): Segment[] => {
  const rest = (start: number, end: number): Segment[] =>
    start < end
      ? [{ from: start, to: end, says: "any", level: "default", span: null, exception: null, by: null }]
      : [];
  let reached = from;
  const segments: Segment[] = [];
  for (const [index, { at, action, span, exception }] of pulses.entries()) {
    const end = Math.min(at + minuteMilliseconds, to, pulses[index + 1]?.at ?? to);
    if (at < reached || at >= end) continue;
    segments.push(...rest(reached, at), {
      from: at,
      to: end,
      says: action,
      level: "edge",
      span,
      exception,
      by: null,
    });
    reached = end;
  }
  return [...segments, ...rest(reached, to)];
};

/** The segments of a schedule that acts at edges of one kind only. */
export const oneSided = (
  segments: readonly Segment[],
  action: "on" | "off",
  from: number,
  to: number,
): Segment[] => {
  const pulses = segments.flatMap((segment, index): Pulse[] => {
    const before = segments[index - 1];
    if (before === undefined || segment.says !== action || before.says === action) return [];
    return [{ at: segment.from, action, span: segment.span ?? before.span, exception: segment.exception }];
  });
  return only(pulses, from, to);
};

const isDropped = ({ state, effect }: TimeEvent): boolean =>
  state === "on" ? effect === "off" || effect === "skip" : effect === "on";

/** The segments of a cron with one side; null for every other rule. */
export const oneSidedCron = (
  schedule: Schedule,
  exceptions: Exceptions,
  from: number,
  to: number,
): Segment[] | null => {
  const rule = ruleOf(schedule);
  if (!isOneSided(rule)) return null;
  const wanted = onlyAction(schedule);
  const pulses = eventsOf(rule, from, to, (date) => exceptions.on(date)?.effect ?? null)
    .filter((event) => !isDropped(event) && (wanted === null || event.state === wanted))
    .map(({ at, state, ...origin }): Pulse => ({
      at,
      action: state,
      span: { ...origin, from: at, to: at + minuteMilliseconds, state },
      exception: exceptions.on(origin.localDate),
    }));
  return only(pulses, from, to);
};
