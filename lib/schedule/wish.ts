import { instant } from "../operation/time.ts";
import { desiredUnder } from "./desired.ts";
import { nextEdge } from "./edges.ts";
import { guardStop } from "./guard.ts";
import { neededBy, judgeNeededBy, judgeNeeds } from "./needs.ts";
import type { TickPlan } from "./plan-tick.ts";
import { needsOf, type Schedule } from "./schedule.ts";
import type { Around, SeenServer, SkipCode } from "./seen-server.ts";
import type { ServerState } from "./state.ts";

/** What an edge, or a correction, asks for one server. */
export interface Wish {
  readonly id: string;
  readonly at: number;
  readonly sendAt: number;
  readonly action: "on" | "off";
  readonly why: string;
}

/** A wish that is not fulfilled now. `wait` is asked again at the next tick; `leave` is over. */
interface Left {
  readonly is: "wait" | "leave";
  readonly code: SkipCode;
  readonly because: string;
  /** Others are to be told. */
  readonly isTold: boolean;
  /** What was started for it at this edge is to be stopped again. */
  readonly rollsBack?: true;
}

/** What becomes of a wish now. */
export type Outcome = { readonly is: "send"; readonly because: string | null } | Left;

const leave = (code: SkipCode, because: string, isTold: boolean): Left => ({
  is: "leave",
  code,
  because,
  isTold,
});
const wait = (code: SkipCode, because: string): Outcome => ({ is: "wait", code, because, isTold: true });

/** What the state of the server says; null where it leaves the wish open. */
const byState = ({ phase, suspended }: SeenServer, action: "on" | "off"): Outcome | null => {
  if (suspended === true) return leave("suspended", "it is suspended: it is left alone", true);
  switch (phase) {
    case "gone":
      return leave("gone", "it does not exist any more", true);
    case "locked":
      return leave("locked", "the provider has locked it: it is left alone", true);
    case "failed":
    case "unknown":
      return leave("unknown_state", "nobody knows how it stands: it is left alone", true);
    case "moving":
      return { is: "wait", code: "waiting", because: "it is on its way to another state", isTold: false };
    case "on":
      return action === "on" ? leave("already", "it is on", false) : null;
    case "off":
      return action === "off" ? leave("already", "it is off", false) : null;
    // Stopped in place is neither: it is billed as if it were on, and serves nobody.
    case "standby":
      return null;
  }
};

const byOperation = ({ openOperation }: Around, action: "on" | "off"): Outcome | null => {
  if (openOperation === null) return null;
  const isSame = openOperation === (action === "on" ? "server.start" : "server.stop");
  return isSame
    ? leave("under_way", "an operation of ours does it already", false)
    : { is: "wait", code: "waiting", because: "another operation of ours is under way", isTold: false };
};

const byNeeds = (
  { schedule, now }: TickPlan,
  { since }: { since: number },
  around: Around,
): Outcome | null => {
  const needs = needsOf(schedule);
  if (needs.length === 0) return null;
  const verdict = judgeNeeds(needs, around.needs, now - since);
  switch (verdict.is) {
    case "go":
      return verdict.because === null ? null : { is: "send", because: verdict.because };
    case "wait":
      return wait("waiting", verdict.because);
    case "give-up":
      return {
        ...leave("needs_failed", verdict.because, true),
        ...(verdict.rollback.length === 0 ? {} : { rollsBack: true as const }),
      };
  }
};

const byDependents = ({ schedule, board }: TickPlan, around: Around): Outcome | null => {
  const { schedules } = board.inputs;
  const dependents = neededBy(schedule.name, schedules).map((name) => {
    const other = schedules.find((one) => one.name === name);
    const need =
      other === undefined ? undefined : needsOf(other).find((one) => one.schedule === schedule.name);
    return { name, policy: need?.stopWhileNeeded ?? ("block" as const) };
  });
  const { blocked, warned } = judgeNeededBy(dependents, around.neededBy);
  if (blocked !== null) return wait("waiting", blocked);
  return warned === null ? null : { is: "send", because: warned };
};

const byGuards = (plan: TickPlan, server: SeenServer, stored: ServerState): Outcome | null => {
  const { schedule, now } = plan;
  const guards = schedule.guards ?? {};
  const isAsking = guards.min_off_time !== undefined;
  const next = isAsking ? nextOnEdge(plan) : null;
  const verdict = guardStop(guards, server, stored, now, next);
  if (verdict.is === "pass") return null;
  return verdict.is === "wait" ? wait("guard", verdict.because) : leave("guard", verdict.because, true);
};

const nextOnEdge = ({ board, schedule, now }: TickPlan): number | null => {
  let edge = nextEdge(board.inputs, schedule.name, now);
  if (edge?.action === "off") edge = nextEdge(board.inputs, schedule.name, edge.at);
  return edge?.action === "on" ? edge.at : null;
};

/** What whoever may veto stops says. One that only observes asks nobody. */
const byBusyCheck = ({ schedule }: TickPlan, { busy }: Around): Outcome | null => {
  const check = schedule.guards?.busy_check;
  if (check === undefined || schedule.mode === "observe") return null;
  if (busy === undefined)
    return { is: "wait", code: "unasked", because: "it is asked first whether it is busy", isTold: false };
  switch (busy.is) {
    case "free":
      return null;
    case "busy":
      return wait(
        "guard",
        `busy_check says that it is busy${busy.because === null ? "" : `: ${busy.because}`}`,
      );
    case "failed":
      return check.on_failure === "open"
        ? { is: "send", because: `busy_check failed (${busy.because}), and fails open` }
        : wait("guard", `busy_check failed (${busy.because}), and fails closed`);
  }
};

/** Whether a wish is fulfilled now, later, or not at all, and why. */
export const judgeWish = (
  plan: TickPlan,
  server: SeenServer,
  stored: ServerState,
  around: Around,
  wish: Wish,
): Outcome => {
  const first = byOperation(around, wish.action) ?? byState(server, wish.action);
  if (first !== null) return first;
  if (wish.action === "on") {
    const since = stored.waiting?.id === wish.id ? Date.parse(stored.waiting.since) : plan.now;
    return byNeeds(plan, { since }, around) ?? { is: "send", because: null };
  }
  const guarded = byGuards(plan, server, stored);
  if (guarded !== null) return guarded;
  const needed = byDependents(plan, around);
  if (needed !== null && needed.is !== "send") return needed;
  // Asked last, when nothing else stands against the stop.
  const asked = byBusyCheck(plan, around);
  if (asked === null) return needed ?? { is: "send", because: null };
  if (asked.is !== "send" || needed === null) return asked;
  return { is: "send", because: [needed.because, asked.because].filter((one) => one !== null).join("; ") };
};

/**
 * Why what an edge asked for is no longer wanted: a pause or an exception that stands above the schedules now, and may
 * have begun after the edge (whose command is late, or spread). Null: nothing stands against it.
 */
export const overruled = (
  { board, now }: TickPlan,
  server: SeenServer,
  schedules: readonly Schedule[],
  action: "on" | "off",
): string | null => {
  const { desired: wanted, chain } = desiredUnder(board.inputs, server, schedules, now);
  const [first] = chain;
  if (wanted === action || !/^(freeze|override |rollback )/.test(first?.rule ?? "")) return null;
  return `${action} is no longer wanted: ${first?.because ?? ""}`;
};

/** What is to be remembered of a wish that waits. */
export const waitingOf = (
  wish: Wish,
  stored: ServerState,
  because: string,
  now: number,
): ServerState["waiting"] => ({
  id: wish.id,
  at: instant(wish.at),
  action: wish.action,
  because,
  since: stored.waiting?.id === wish.id ? stored.waiting.since : instant(now),
});
