import { edgesOf, horizon } from "./edges.ts";
import type { Inputs } from "./inputs.ts";
import { dayMilliseconds, minuteMilliseconds } from "./local-date.ts";
import { neededBy } from "./needs.ts";
import { calendarsOf, zoneOf, type Schedule } from "./schedule.ts";
import { localText } from "./wall-time.ts";

/** An edge as it is kept: minutes since the epoch, twice, and one more for on. */
export type KeptEdge = number;

/** Edges that are kept of one schedule, at most. */
const mostKept = 1000;
/** So near the end of what was kept a change of rules moves edges in and out: it is not looked at. */
const margin = 2 * dayMilliseconds;

/** Edges of a schedule over a span, by the tz data of then. Instants in milliseconds since the epoch, half-open. */
export interface KeptEdges {
  readonly from: number;
  readonly to: number;
  readonly edges: readonly KeptEdge[];
}

const kept = ({ at, action }: { readonly at: number; readonly action: "on" | "off" }): KeptEdge =>
  Math.round(at / minuteMilliseconds) * 2 + (action === "on" ? 1 : 0);
const instantOf = (edge: KeptEdge): number => Math.floor(edge / 2) * minuteMilliseconds;

/** The edges of the next 400 days, at most a thousand. */
export const keepEdges = (inputs: Inputs, name: string, now: number): KeptEdges => {
  const edges = edgesOf(inputs, name, now, now + horizon);
  const last = edges[mostKept];
  return { from: now, to: last?.at ?? now + horizon, edges: edges.slice(0, mostKept).map(kept) };
};

/** What the edges depend on beside the tz data: other names of it are other edges, whatever the tz data. */
export const edgesDependOn = (schedule: Schedule, { schedules, calendars }: Inputs): string => {
  const users = new Set([schedule.name, ...neededBy(schedule.name, schedules)]);
  const used = new Set(calendarsOf(schedule).map(({ name }) => name));
  const versions = [
    ...schedules.filter(({ name }) => users.has(name)),
    ...calendars.filter(({ name }) => used.has(name)),
  ];
  return versions
    .map(({ name, version, created_at: at }) => `${name} ${version} ${at}`)
    .toSorted()
    .join("\n");
};

/** One edge that is, or was, by some tz data. */
export interface MovedEdge {
  readonly at: number;
  readonly local: string;
  readonly action: "on" | "off";
}

const moved = (schedule: Schedule, edges: readonly KeptEdge[]): MovedEdge[] =>
  edges.map((edge) => ({
    at: instantOf(edge),
    local: localText(zoneOf(schedule), instantOf(edge)),
    action: edge % 2 === 1 ? "on" : "off",
  }));

/** What other tz data changes in edges that were kept, from now on; null: nothing. Local times are by the data of now. */
export const movedEdges = (
  inputs: Inputs,
  schedule: Schedule,
  before: KeptEdges,
  now: number,
): { readonly added: readonly MovedEdge[]; readonly removed: readonly MovedEdge[] } | null => {
  const [from, to] = [Math.max(now, before.from), before.to - margin];
  if (to <= from) return null;
  const old = before.edges.filter((edge) => instantOf(edge) >= from && instantOf(edge) < to);
  const next = edgesOf(inputs, schedule.name, from, to).map(kept);
  const [then, today] = [new Set(old), new Set(next)];
  const removed = old.filter((edge) => !today.has(edge));
  const added = next.filter((edge) => !then.has(edge));
  return removed.length + added.length === 0
    ? null
    : { added: moved(schedule, added), removed: moved(schedule, removed) };
};
