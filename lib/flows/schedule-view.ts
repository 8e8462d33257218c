import { instant } from "../operation/time.ts";
import { nextEdge } from "../schedule/edges.ts";
import { lastingOf } from "../schedule/freeze.ts";
import type { Inputs } from "../schedule/inputs.ts";
import { lintOf } from "../schedule/lint.ts";
import { ruleOf, type Schedule } from "../schedule/schedule.ts";
import { isFrozen } from "./freezes.ts";

/** Whether the schedule is paused now. */
export const isPaused = ({ freezes }: Inputs, name: string, now: number): boolean =>
  freezes.some((freeze) => (freeze.schedule === name || freeze.schedule === null) && isFrozen(freeze, now));

/** When no freeze stands over it any more, in milliseconds since the epoch; null: when it is resumed. */
const pausedUntil = ({ freezes }: Inputs, name: string, now: number): number | null => {
  const own = freezes.filter(({ schedule }) => schedule === name || schedule === null);
  let until = now;
  // One may begin where another ends.
  for (let next = own.find((one) => isFrozen(one, until)); next !== undefined;) {
    until = lastingOf(next).to;
    if (until === Number.POSITIVE_INFINITY) return null;
    next = own.find((one) => isFrozen(one, until));
  }
  return until;
};

/** The schedule as the API shows it. */
export const scheduleViewOf = (schedule: Schedule, inputs: Inputs, now: number) => {
  const paused = isPaused(inputs, schedule.name, now);
  const until = paused ? pausedUntil(inputs, schedule.name, now) : now;
  // What comes while it is paused is not acted on.
  const next = until === null ? null : nextEdge(inputs, schedule.name, until);
  return {
    ...schedule,
    paused,
    paused_until: paused && until !== null ? instant(until) : null,
    next_edge: next === null ? null : { at: instant(next.at), action: next.action },
  };
};

/** What is worth a second look in it. */
export const warningsOf = (
  schedule: Schedule,
): readonly { pointer: string; code: string; detail: string }[] =>
  lintOf(ruleOf(schedule)).map(({ source, code, says }) => ({ pointer: source, code, detail: says }));
