import type { Board } from "./board.ts";
import { desiredUnder } from "./desired.ts";
import { trackEdges, type Edge } from "./edges.ts";
import { lastingOf } from "./freeze.ts";
import type { Inputs } from "./inputs.ts";
import { isFor, timesOf, type Override } from "./override.ts";
import { needsOf, zoneOf, type Schedule } from "./schedule.ts";
import type { Selectable } from "./selector.ts";
import { localText } from "./wall-time.ts";

/** An edge as a tick sees it: with overrides, freezes, windows and holds, which begin and end at edges, too. */
export interface LiveEdge extends Edge {
  /** `schedule` for its own; else what has begun or ended. Part of the edge's id. */
  readonly cause: string;
}

interface Boundary {
  readonly at: number;
  readonly cause: string;
  /** The override that ends here. */
  readonly ended: Override | null;
}

const isAbout = (name: string | null, schedules: readonly Schedule[]): boolean =>
  name === null || schedules.some((schedule) => schedule.name === name);

const isNeededBy = (inputs: Inputs, name: string | null, schedules: readonly Schedule[]): boolean =>
  inputs.schedules.some(
    (one) => one.name === name && needsOf(one).some((need) => isAbout(need.schedule, schedules)),
  );

const overrideBoundaries = (inputs: Inputs, server: Selectable, schedules: readonly Schedule[]): Boundary[] =>
  inputs.overrides
    .filter((one) => isFor(one, server, schedules) || isNeededBy(inputs, one.schedule, schedules))
    .flatMap((override) => {
      const { from, to } = timesOf(override);
      if (to <= from) return [];
      return [
        { at: from, cause: `override ${override.id} begins`, ended: null },
        { at: to, cause: `override ${override.id} ends`, ended: override },
      ];
    });

/** Where something that stands above the schedules begins or ends for a server. */
const boundariesOf = (inputs: Inputs, server: Selectable, schedules: readonly Schedule[]): Boundary[] => [
  ...overrideBoundaries(inputs, server, schedules),
  ...inputs.freezes
    .filter(({ schedule }) => isAbout(schedule, schedules))
    .map((freeze) => ({ at: lastingOf(freeze).to, cause: `freeze ${freeze.id} ends`, ended: null })),
  ...inputs.windows
    .filter(
      ({ schedule, servers }) =>
        isAbout(schedule, schedules) && (servers === null || servers.includes(server.id)),
    )
    .flatMap(({ id, from, until }) => [
      { at: Date.parse(from), cause: `window ${id} begins`, ended: null },
      { at: Date.parse(until), cause: `window ${id} ends`, ended: null },
    ]),
  ...inputs.holds
    .filter(
      (hold) =>
        (hold.server === server.id && isAbout(hold.schedule, schedules)) ||
        isNeededBy(inputs, hold.schedule, schedules),
    )
    .flatMap(({ until, server: id }) =>
      until === null ? [] : [{ at: Date.parse(until), cause: `hold of ${id} ends`, ended: null }],
    ),
];

/** Instants at which something that stands above the schedules begins or ends, for whichever server. */
export const boundaryTimes = (inputs: Inputs): readonly number[] => {
  const times = [
    ...inputs.overrides.flatMap((one) => [timesOf(one).from, timesOf(one).to]),
    ...inputs.freezes.map((one) => lastingOf(one).to),
    ...inputs.windows.flatMap(({ from, until }) => [Date.parse(from), Date.parse(until)]),
    ...inputs.holds.flatMap(({ until }) => (until === null ? [] : [Date.parse(until)])),
  ];
  return [...new Set(times)].filter(Number.isFinite).toSorted((one, other) => one - other);
};

/**
 * What an override has kept from happening is done when it ends: the latest edge under it, where nothing else is wanted
 * by then (a stop that was snoozed, under a schedule that leaves servers alone outside of its periods).
 */
const postponed = ({ at, ended }: Boundary, own: readonly Edge[]): Edge | null => {
  if (ended === null || ended.state === "any") return null;
  const { from } = timesOf(ended);
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
    const from = timesOf(boundary.ended).from;
    const kept = postponed(boundary, trackEdges(board.track(schedules), from, at));
    return kept === null ? null : { at, action: kept.action, why: `${cause}; ${kept.why}`, zone, local, cause };
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
    .map((edge): LiveEdge => ({ ...edge, cause: "schedule" }));
  const taken = new Set(own.map(({ at }) => at));
  const above = boundariesOf(inputs, server, schedules)
    .filter(({ at }) => at > after && at <= until && !taken.has(at))
    .flatMap((boundary) => boundaryEdge(board, server, schedules, boundary) ?? []);
  const byTime = new Map([...above, ...own].map((edge) => [edge.at, edge]));
  return [...byTime.values()].toSorted((one, other) => one.at - other.at);
};
