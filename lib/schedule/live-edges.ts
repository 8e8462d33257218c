import type { Board } from "./board.ts";
import { boundariesOf, type Boundary } from "./boundaries.ts";
import { desiredUnder } from "./desired.ts";
import { trackEdges, type Edge } from "./edges.ts";
import { keepsFrom } from "./override.ts";
import { zoneOf, type Schedule } from "./schedule.ts";
import type { Selectable } from "./selector.ts";
import { localText } from "./wall-time.ts";

/** An edge as a tick sees it: with overrides, freezes, windows and holds, which begin and end at edges, too. */
export interface LiveEdge extends Edge {
  /** `schedule` for its own; else what has begun or ended. Part of the edge's id. */
  readonly cause: string;
}

/**
 * What an override has kept from happening is done when it ends: the latest edge under it, where nothing else is wanted
 * by then (a stop that was snoozed, under a schedule that leaves servers alone outside of its periods).
 */
const postponed = ({ at, ended }: Boundary, own: readonly Edge[]): Edge | null => {
  if (ended === null || ended.state === "any") return null;
  const from = keepsFrom(ended);
  return own.findLast((edge) => edge.at >= from && edge.at < at && edge.action !== ended.state) ?? null;
};

const boundaryEdge = (
  board: Board,
  server: Selectable,
  schedules: readonly Schedule[],
  boundary: Boundary,
): LiveEdge | null => {
  const { at, cause } = boundary;
  const [first] = schedules;
  if (first === undefined) return null;
  const before = desiredUnder(board.inputs, server, schedules, at - 1);
  const after = desiredUnder(board.inputs, server, schedules, at);
  const zone = zoneOf(first);
  const local = localText(zone, at);
  if (after.desired === "any") {
    if (before.desired === "any" || boundary.ended === null) return null;
    const from = keepsFrom(boundary.ended);
    const kept = postponed(boundary, trackEdges(board.track(schedules), from, at));
    return kept === null
      ? null
      : { at, action: kept.action, why: `${cause}; ${kept.why}`, zone, local, cause };
  }
  if (after.desired === before.desired) return null;
  const decider = after.chain.find(({ says }) => says !== "any");
  return { at, action: after.desired, why: `${cause}: ${decider?.because ?? ""}`, zone, local, cause };
};

/**
 * The edges that hold for a server in `(after, until]`, in order: those of its schedules where nothing stands above
 * them, and those where something above them begins or ends.
 */
export const liveEdges = (
  board: Board,
  server: Selectable,
  schedules: readonly Schedule[],
  after: number,
  until: number,
): LiveEdge[] => {
  const { inputs } = board;
  const own = trackEdges(board.track(schedules), after + 1, until + 1)
    .filter(({ at, action }) => desiredUnder(inputs, server, schedules, at).desired === action)
    .map(({ at, action, why, zone, local }): LiveEdge => ({
      at,
      action,
      why,
      zone,
      local,
      cause: "schedule",
    }));
  const taken = new Set(own.map(({ at }) => at));
  const above = boundariesOf(inputs, server, schedules, after, until)
    .filter(({ at }) => !taken.has(at))
    .flatMap((boundary) => boundaryEdge(board, server, schedules, boundary) ?? []);
  const byTime = new Map([...above, ...own].map((edge) => [edge.at, edge]));
  return [...byTime.values()].toSorted((one, other) => one.at - other.at);
};
