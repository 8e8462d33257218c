import { schedulesOf } from "./board.ts";
import { liveEdges, type LiveEdge } from "./live-edges.ts";
import { millisecondsOf } from "./elapsed.ts";
import type { TickPlan } from "./plan-tick.ts";
import type { Schedule } from "./schedule.ts";
import type { SeenServer } from "./seen-server.ts";
import { edgeIdOf, leadOf, longestLead, offsetOf, spreadOf } from "./stagger.ts";
import type { Wish } from "./wish.ts";

/** The edges that may matter at this tick; shared by all servers that nothing personal is about. */
const edgesFor = (
  plan: TickPlan,
  server: SeenServer,
  schedules: readonly Schedule[],
): readonly LiveEdge[] => {
  const { board, schedule, since, now } = plan;
  const lead = schedule.ready_by === undefined ? 0 : longestLead;
  const spread = spreadOf(schedule);
  const find = (): LiveEdge[] =>
    liveEdges(board, server, schedules, since - spread - lead, now + lead + spread);
  if (board.isPersonal(server)) return find();
  const key = schedules.map(({ name }) => name).join("\n");
  const known = plan.edges.get(key) ?? find();
  plan.edges.set(key, known);
  return known;
};

/** When an edge is acted on for a server. A start that leads is looked at again at its edge. */
const sendTimes = (
  { schedule }: TickPlan,
  server: SeenServer,
  edges: readonly LiveEdge[],
  index: number,
): readonly number[] => {
  const edge = edges[index];
  if (edge === undefined) return [];
  if (edge.cause !== "schedule") return [edge.at];
  const opposite = edges.slice(index + 1).find(({ action }) => action !== edge.action);
  const before = edges.slice(0, index).findLast(({ action }) => action !== edge.action);
  const room = opposite === undefined ? Number.POSITIVE_INFINITY : opposite.at - edge.at;
  const late = edge.at + offsetOf(spreadOf(schedule), server.id, edge.at, room);
  if (edge.action === "off") return [late];
  const early = before === undefined ? Number.POSITIVE_INFINITY : edge.at - before.at;
  const lead = leadOf(schedule, edge.at, server.startSeconds, early);
  return lead === 0 ? [late] : [edge.at - lead, edge.at];
};

/** The latest edge whose time has come, if it came in this tick's window. */
export const arrived = (plan: TickPlan, server: SeenServer, schedules: readonly Schedule[]): Wish | null => {
  const { since, now, schedule } = plan;
  const edges = edgesFor(plan, server, schedules);
  for (let index = edges.length - 1; index >= 0; index -= 1) {
    const edge = edges[index];
    const times = sendTimes(plan, server, edges, index).filter((time) => time <= now);
    const sendAt = times.at(-1);
    if (edge === undefined || sendAt === undefined) continue;
    if (sendAt <= since) return null;
    const id = edgeIdOf(schedule, server.id, edge.at, edge.cause);
    return { id, at: edge.at, sendAt, action: edge.action, why: edge.why };
  }
  return null;
};

/** A server's first edge, when its grace is over: named as whoever decides about new servers names it. */
const firstOf = (
  { schedule }: TickPlan,
  server: SeenServer,
): readonly Pick<Wish, "id" | "at" | "action">[] => {
  const { new_servers: setting } = schedule;
  if (setting === undefined || setting === "leave" || typeof server.createdAt !== "number") return [];
  const at = server.createdAt + (setting === "apply" ? 0 : millisecondsOf(setting.apply_after));
  const action = server.phase === "off" ? ("off" as const) : ("on" as const);
  return [{ id: edgeIdOf(schedule, server.id, at, "new"), at, action }];
};

/**
 * Everything that a tick of this window, or of one that was broken off in it, may have acted on; in order.
 * @param back milliseconds before the window that count as well
 */
export const actedOnMaybe = (
  plan: TickPlan,
  server: SeenServer,
  back: number,
): readonly Pick<Wish, "id" | "at" | "action">[] => {
  const { board, schedule, since, now } = plan;
  const schedules = schedulesOf(board.inputs, server, schedule.name);
  const spread = spreadOf(schedule);
  const lead = schedule.ready_by === undefined ? 0 : longestLead;
  const edges =
    back === 0
      ? edgesFor(plan, server, schedules)
      : liveEdges(board, server, schedules, since - spread - back, now + lead + spread);
  const own = edges
    .filter(({ at }) => at > since - spread - back)
    .map(({ at, cause, action }) => ({ id: edgeIdOf(schedule, server.id, at, cause), at, action }));
  return back === 0 ? own : [...firstOf(plan, server), ...own];
};
