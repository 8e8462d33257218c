import { instant } from "../operation/time.ts";
import { boardOf } from "./board.ts";
import { edgesOf } from "./edges.ts";
import { exceptionsOf } from "./exceptions.ts";
import type { Inputs } from "./inputs.ts";
import { ruleOf } from "./schedule.ts";
import { lostIn } from "./spans.ts";
import { localText } from "./wall-time.ts";

/** One edge as the API shows it. */
export interface PreviewEdge {
  /** UTC. */
  readonly at: string;
  /** Local time and offset in the zone in which it was written. */
  readonly local: string;
  readonly action: "on" | "off";
  readonly why: string;
}

/** The edges of a schedule in `[from, to)`, past or to come, without overrides. */
export const preview = (inputs: Inputs, name: string, from: number, to: number): PreviewEdge[] =>
  edgesOf(inputs, name, from, to).map(({ at, local, action, why }) => ({
    at: instant(at),
    local,
    action,
    why,
  }));

/** A period that a clock change leaves nothing of on one day. */
export interface Collapsed {
  readonly at: string;
  readonly local: string;
  readonly local_date: string;
  readonly period: string;
  readonly why: "collapsed" | "skipped";
}

/** Periods that clock changes take away in `[from, to)`: each is told once, as `schedule.dst_collapsed`. */
export const collapsedIn = (inputs: Inputs, name: string, from: number, to: number): Collapsed[] => {
  const schedule = boardOf(inputs).timeline(name)?.schedule;
  if (schedule === undefined) return [];
  const exceptions = exceptionsOf(schedule, inputs.calendars);
  return lostIn(ruleOf(schedule), from, to, (date) => exceptions.on(date)?.effect ?? null).map((lost) => ({
    at: instant(lost.at),
    local: localText(lost.zone, lost.at),
    local_date: lost.localDate,
    period: lost.text,
    why: lost.why,
  }));
};
