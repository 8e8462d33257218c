import { preview } from "../../../lib/schedule/preview.ts";
import type { Inputs } from "../../../lib/schedule/inputs.ts";
import type { Above, Fleet, Group, Lasting } from "./fleet.ts";

type Wanted = "on" | "off" | "any";
const minute = 60_000;

/** An edge as preview names it, in milliseconds since the epoch. */
interface Named {
  readonly at: number;
  readonly action: "on" | "off";
}

/** A command that is to be sent: at which edge, and what. */
export interface Expected extends Named {
  readonly server: string;
}

/** What schedules want at all times, of nothing but what preview has named. */
interface Plan {
  readonly edges: readonly Named[];
  readonly at: (instant: number) => Wanted;
}

const namedBy = (inputs: Inputs, name: string, from: number, to: number): Named[] =>
  preview(inputs, name, from, to).map(({ at, action }) => ({ at: Date.parse(at), action }));

/** The last edge at or before an instant, by halving. */
const before = (edges: readonly Named[], instant: number): Named | undefined => {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle]?.at ?? 0) <= instant) low = middle + 1;
    else high = middle;
  }
  return edges[low - 1];
};

const opposite = (action: "on" | "off"): "on" | "off" => (action === "on" ? "off" : "on");

const planOf = (edges: readonly Named[], lasting: Lasting): Plan => {
  const [first] = edges;
  return {
    edges,
    at: (instant) => {
      const last = before(edges, instant);
      if (last === undefined) {
        const was = first === undefined ? "any" : opposite(first.action);
        return lasting === "both" || (lasting === "on" && was === "on") ? was : "any";
      }
      const isLasting = lasting === "both" || (lasting === "on" && last.action === "on");
      return isLasting || instant < last.at + minute ? last.action : "any";
    },
  };
};

/** The base, with what lies over it wherever that says anything. */
const layered = (base: Plan, over: readonly Named[], says: "on" | "off"): Plan => {
  const at = (instant: number): Wanted => {
    const last = before(over, instant)?.action ?? opposite(over[0]?.action ?? says);
    return last === says ? says : base.at(instant);
  };
  const times = [...new Set([...base.edges, ...over].map((edge) => edge.at))].toSorted(
    (one, other) => one - other,
  );
  const edges = times.flatMap((time): Named[] => {
    const action = at(time);
    return action === "any" || action === at(time - 1) ? [] : [{ at: time, action }];
  });
  return { edges, at };
};

const ranks = { freeze: 0, override: 1, window: 2, hold: 3 } as const;

/** The strongest thing above the schedules at an instant: by kind, then the narrowest, then what was made last. */
const strongest = (above: readonly Above[], instant: number): Above | undefined =>
  above
    .filter(({ from, to }) => from <= instant && instant < to)
    .toSorted(
      (one, other) =>
        ranks[one.kind] - ranks[other.kind] ||
        one.width - other.width ||
        other.from - one.from ||
        (one.id < other.id ? 1 : -1),
    )[0];

/** One server as the plan and its exceptions move it. */
const commandsOf = (
  server: string,
  plan: Plan,
  above: readonly Above[],
  { lasting }: Group,
  from: number,
) => {
  const commands: Expected[] = [];
  const wanted = (instant: number): Wanted => strongest(above, instant)?.state ?? plan.at(instant);
  let state: Wanted = initialState(plan, from);
  const act = (at: number, action: "on" | "off"): void => {
    if (state === action) return;
    commands.push({ server, at, action });
    // Where only one side is switched by us, somebody else switches the other.
    state = lasting === "none" ? opposite(action) : action;
  };
  const atEnd = ({ kind, from: began, to, state: kept }: Above): void => {
    // What a stop was put off for is over; but whatever else asks to leave the server alone still does.
    if (
      kind !== "override" ||
      kept === "any" ||
      wanted(to - 1) === "any" ||
      strongest(above, to) !== undefined
    )
      return;
    const missed = plan.edges.findLast((edge) => edge.at >= began && edge.at < to && edge.action !== kept);
    if (missed !== undefined) act(to, missed.action);
  };
  const atBoundary = (at: number): void => {
    const after = wanted(at);
    if (after !== "any" && after !== wanted(at - 1)) act(at, after);
    if (after === "any") for (const one of above) if (one.to === at) atEnd(one);
  };
  const edges = new Map(plan.edges.map((edge) => [edge.at, edge.action]));
  const held = new Map(above.flatMap((one) => (one.kind === "hold" ? [[one.from, one.state]] : [])));
  const bounds = above.flatMap((one) => [...(begins(one) ? [one.from] : []), one.to]);
  const boundaries = new Set(bounds);
  for (const at of [...new Set([...edges.keys(), ...bounds, ...held.keys()])].toSorted((a, b) => a - b)) {
    state = held.get(at) ?? state;
    const action = edges.get(at);
    if (action !== undefined && wanted(at) === action) act(at, action);
    else if (boundaries.has(at)) atBoundary(at);
  }
  return commands;
};

/** A freeze keeps servers as they are, and a hold is what somebody has done: nothing is done where they begin. */
const begins = ({ kind }: Above): boolean => kind === "override" || kind === "window";

/** How servers stand before the first tick: as the schedule wants them, or as its last edge has left them. */
const initialState = (plan: Plan, from: number): "on" | "off" => {
  const wanted = plan.at(from - 1);
  if (wanted !== "any") return wanted;
  const [first] = plan.edges;
  return first === undefined ? "off" : opposite(first.action);
};

/** What preview, and the exceptions' own ends, say will be sent to each server of a fleet; and how servers begin. */
export const expectedOf = (fleet: Fleet) => {
  const commands: Expected[] = [];
  const initial = new Map<string, "on" | "off">();
  let edges = 0;
  const { inputs, from, to } = fleet;
  for (const group of fleet.groups) {
    const base = planOf(namedBy(inputs, group.base.name, from, to), group.lasting);
    const over = group.overlay === null ? [] : namedBy(inputs, group.overlay.schedule.name, from, to);
    const plan = group.overlay === null ? base : layered(base, over, group.overlay.says);
    edges += base.edges.length + over.length;
    for (const server of group.servers) {
      initial.set(server, initialState(plan, from));
      commands.push(...commandsOf(server, plan, fleet.above.get(server) ?? [], group, from));
    }
  }
  return { commands, initial, edges };
};
