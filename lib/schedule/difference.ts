import { boardOf } from "./board.ts";
import type { Inputs } from "./inputs.ts";
import { hoursOf, plannedOn } from "./planned-on.ts";
import { preview, type PreviewEdge } from "./preview.ts";

/** What a change of a schedule, its calendars or the tz data changes over a span. */
export interface Difference {
  /** Edges that there would be. */
  readonly added: readonly PreviewEdge[];
  /** Edges that there would be no more. */
  readonly removed: readonly PreviewEdge[];
  /** Hours that one server is on. */
  readonly on_hours: { readonly before: number; readonly after: number };
}

const keyOf = ({ at, action }: PreviewEdge): string => `${at} ${action}`;

const without = (edges: readonly PreviewEdge[], others: readonly PreviewEdge[]): PreviewEdge[] => {
  const keys = new Set(others.map(keyOf));
  return edges.filter((edge) => !keys.has(keyOf(edge)));
};

/** Hours on by the plan; a schedule that does not exist leaves its servers on. */
const hoursOn = (inputs: Inputs, name: string, from: number, to: number): number => {
  const board = boardOf(inputs);
  const timeline = board.timeline(name);
  const track = board.track(timeline === null ? [] : [timeline.schedule]);
  return Math.round(hoursOf(plannedOn(track, from, to)) * 100) / 100;
};

/** How a schedule differs between two inputs over `[from, to)`: what is shown before it is saved. */
export const difference = (
  before: Inputs,
  after: Inputs,
  name: string,
  from: number,
  to: number,
): Difference => {
  const [old, next] = [preview(before, name, from, to), preview(after, name, from, to)];
  return {
    added: without(next, old),
    removed: without(old, next),
    on_hours: { before: hoursOn(before, name, from, to), after: hoursOn(after, name, from, to) },
  };
};
