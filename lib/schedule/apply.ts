import { instant } from "../operation/time.ts";
import { whyToConfirm, type Tally } from "./catch-up.ts";
import { decideServer, type ServerDecision } from "./decide-server.ts";
import { latestEdge } from "./edges.ts";
import type { Inputs } from "./inputs.ts";
import { nextDueAt, planTick, type TickPlan } from "./plan-tick.ts";
import { catchUpOf } from "./schedule.ts";
import { alone, type Around, type Command, type SeenServer, type Skip, type Told } from "./seen-server.ts";
import { edgeIdOf } from "./stagger.ts";
import { freshServerState, type ScheduleState, type ServerState } from "./state.ts";

/** How all servers of a schedule came out, over all pages. */
export interface TickTally extends Tally {
  /** Servers that wait for something. */
  readonly waiting: number;
}

/** What becomes of a tick when all servers have been looked at. */
export interface Settled {
  /** Whether the commands may be sent. */
  readonly release: boolean;
  /** To be stored, conditionally on what was read; equal to it when nothing was due. */
  readonly next: ScheduleState;
  readonly told: readonly Told[];
}

const heldBack = (plan: TickPlan, state: ScheduleState, tally: TickTally, because: string): Settled => {
  const { schedule, since, now } = plan;
  const confirm = {
    id: edgeIdOf(schedule, "*", now, "confirm"),
    since: instant(since),
    asked_at: instant(now),
    affected: tally.affected,
    total: tally.total,
    because,
  };
  const next = { ...state, applied_until: instant(now), confirm, confirmed: null };
  const told: Told = {
    event: "schedule.confirmation_needed",
    schedule: schedule.name,
    server: null,
    at: now,
    action: null,
    because,
  };
  return { release: false, next, told: [told] };
};

/** What is stored, and whether anything is sent, by how all servers came out. */
export const settle = (plan: TickPlan, state: ScheduleState, tally: TickTally): Settled => {
  const { schedule, board, now, since } = plan;
  if (!plan.due) return { release: true, next: state, told: [] };
  const because = plan.isConfirmed
    ? null
    : whyToConfirm(catchUpOf(schedule), schedule.guards ?? {}, plan.gap ? plan.gapMinutes : 0, tally);
  if (because !== null) return heldBack(plan, state, tally, because);
  const edge = latestEdge(board.inputs, schedule.name, now, since);
  // Whoever comes later with an older clock must not put the mark back.
  const applied = Math.max(now, state.applied_until === null ? now : Date.parse(state.applied_until));
  const isSuperseded = state.confirm !== null && (plan.isConfirmed || edge !== null);
  const next: ScheduleState = {
    applied_until: instant(applied),
    last_edge: edge === null ? state.last_edge : { at: instant(edge.at), action: edge.action },
    confirm: isSuperseded ? null : state.confirm,
    confirmed: isSuperseded ? null : state.confirmed,
    waiting: tally.waiting > 0,
  };
  const told: Told[] = [];
  const about = { schedule: schedule.name, server: null };
  if (isSuperseded && !plan.isConfirmed)
    told.push({
      ...about,
      event: "schedule.confirmation_superseded",
      at: now,
      action: null,
      because: "a later edge has come before anybody confirmed",
    });
  if (edge !== null)
    told.push({
      ...about,
      event: "schedule.edge_applied",
      at: edge.at,
      action: edge.action,
      because: edge.why,
    });
  return { release: true, next, told };
};

/** A tick over servers that are in memory. */
export interface Applied {
  readonly due: boolean;
  readonly commands: readonly Command[];
  /** What a schedule that observes would have sent. */
  readonly would: readonly Command[];
  readonly skips: readonly Skip[];
  readonly told: readonly Told[];
  readonly next: ScheduleState;
  /** States that are to be stored, by server. */
  readonly nextServers: ReadonlyMap<string, ServerState>;
  /** When the next tick has something to do; null: not within 400 days. */
  readonly nextDue: () => number | null;
}

/** Counts what servers came to. */
export const tallyOf = (decisions: readonly ServerDecision[], stored: readonly ServerState[]): TickTally => {
  const isSelected = ({ skip }: ServerDecision): boolean =>
    skip?.code !== "not_selected" && skip?.code !== "other_schedule";
  return {
    affected: decisions.filter(({ command, would }) => command !== null || would !== null).length,
    total: decisions.filter(isSelected).length,
    waiting: decisions.filter(({ next }, index) => (next ?? stored[index])?.waiting != null).length,
  };
};

/**
 * One tick of one schedule, over all of its servers at once: what is sent, what is stored, and why nothing is done where
 * nothing is.
 * @param stored states of servers by id; one that is missing is new
 * @param around what goes on around servers by id; one that is missing has nothing going on
 */
export const apply = (
  inputs: Inputs,
  name: string,
  state: ScheduleState,
  servers: readonly SeenServer[],
  stored: ReadonlyMap<string, ServerState>,
  around: ReadonlyMap<string, Around>,
  now: number,
): Applied | null => {
  const plan = planTick(inputs, name, state, now);
  if (plan === null) return null;
  const dueAfter = (after: ScheduleState) => (): number | null => nextDueAt(plan, after);
  const none = { commands: [], would: [], skips: [], nextServers: new Map<string, ServerState>() };
  if (!plan.due) return { ...none, due: false, told: [], next: state, nextDue: dueAfter(state) };
  const before = servers.map(({ id }) => stored.get(id) ?? freshServerState);
  const decisions = servers.map((server, index) =>
    decideServer(plan, server, before[index] ?? freshServerState, around.get(server.id) ?? alone),
  );
  const { release, next, told } = settle(plan, state, tallyOf(decisions, before));
  if (!release) return { ...none, due: true, told, next, nextDue: dueAfter(next) };
  return {
    due: true,
    commands: decisions.flatMap(({ command }) => command ?? []),
    would: decisions.flatMap(({ would }) => would ?? []),
    skips: decisions.flatMap(({ skip }) => skip ?? []),
    told: [...told, ...decisions.flatMap((one) => one.told)],
    next,
    nextServers: new Map(
      decisions.flatMap(({ next: after }, index): [string, ServerState][] => {
        const id = servers[index]?.id;
        return after === null || id === undefined ? [] : [[id, after]];
      }),
    ),
    nextDue: dueAfter(next),
  };
};
