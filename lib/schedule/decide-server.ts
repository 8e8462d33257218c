import { instant } from "../operation/time.ts";
import { schedulesOf } from "./board.ts";
import { desiredUnder } from "./desired.ts";
import { millisecondsOf } from "./elapsed.ts";
import { isFlapping, recentCorrections } from "./guard.ts";
import { dayMilliseconds, minuteMilliseconds } from "./local-date.ts";
import type { TickPlan } from "./plan-tick.ts";
import { catchUpOf, type Schedule } from "./schedule.ts";
import type { Around, Command, SeenServer, Skip, SkipCode, Told } from "./seen-server.ts";
import { isSameReason } from "./same-reason.ts";
import { edgeIdOf } from "./stagger.ts";
import type { ServerState } from "./state.ts";
import { arrived } from "./arrived.ts";
import { judgeWish, overruled, waitingOf, type Wish } from "./wish.ts";

/** What one tick does about one server. At most one of `command` and `would`, and where neither is there, why. */
export interface ServerDecision {
  readonly command: Command | null;
  /** What a schedule that only observes would have sent. */
  readonly would: Command | null;
  readonly skip: Skip | null;
  /** What is to be kept of the server; null: as it was. */
  readonly next: ServerState | null;
  readonly told: readonly Told[];
  /** The edge whose starts are to be undone, since what it needs has failed (`on_failure: rollback`). */
  readonly rollback?: { readonly at: number; readonly because: string };
}

const nothing: ServerDecision = { command: null, would: null, skip: null, next: null, told: [] };

const skipped = (server: SeenServer, code: SkipCode, says: string): ServerDecision => ({
  ...nothing,
  skip: { server: server.id, code, says },
});

const telling = (
  plan: TickPlan,
  server: SeenServer,
  wish: Wish,
  event: Told["event"],
  because: string,
): Told => ({
  event,
  schedule: plan.schedule.name,
  server: server.id,
  at: wish.at,
  action: wish.action,
  because,
});

const commandOf = (plan: TickPlan, server: SeenServer, wish: Wish, because: string | null): Command => ({
  schedule: plan.schedule.name,
  server: server.id,
  action: wish.action === "on" ? "start" : "stop",
  kind: wish.action === "on" ? "server.start" : "server.stop",
  edge: wish.id,
  at: wish.at,
  sendAt: wish.sendAt,
  reason: because === null ? wish.why : `${wish.why}; ${because}`,
});

/** The server's state after a wish is done with, sent or not. */
const settledState = (stored: ServerState, wish: Wish): ServerState => ({
  ...stored,
  edge: { id: wish.id, at: instant(wish.at), action: wish.action },
  waiting: null,
});

const sentState = (stored: ServerState, wish: Wish, now: number): ServerState => {
  const stops = stored.stops.filter((at) => Date.parse(at) > now - dayMilliseconds);
  return {
    ...settledState(stored, wish),
    // A stop may fail: it is off when that is seen.
    on_since: wish.action === "on" ? instant(now) : stored.on_since,
    stops: wish.action === "off" ? [...stops, instant(now)] : stops,
  };
};

const fulfil = (
  plan: TickPlan,
  server: SeenServer,
  stored: ServerState,
  around: Around,
  wish: Wish,
): ServerDecision => {
  const outcome = judgeWish(plan, server, stored, around, wish);
  if (outcome.is === "send") {
    const command = commandOf(plan, server, wish, outcome.because);
    return plan.schedule.mode === "observe"
      ? { ...nothing, would: command, next: settledState(stored, wish) }
      : { ...nothing, command, next: sentState(stored, wish, plan.now) };
  }
  const { code, because } = outcome;
  const skip = { server: server.id, code, says: because };
  const { waiting } = stored;
  const isNews = waiting?.id !== wish.id || !isSameReason(waiting.because, because);
  const event = outcome.is === "wait" ? "schedule.server_delayed" : "schedule.server_left_alone";
  const told = outcome.isTold && isNews ? [telling(plan, server, wish, event, because)] : [];
  if (outcome.is === "leave") {
    const undone = outcome.rollsBack === true && plan.schedule.mode !== "observe";
    const rollback = undone ? { rollback: { at: wish.at, because } } : {};
    return { ...nothing, skip, told, next: settledState(stored, wish), ...rollback };
  }
  // What it says now is kept for whoever asks, and what nobody is told comes in between without a trace: it is told once.
  const isSaid = waiting?.id === wish.id && (waiting.because === because || !outcome.isTold);
  const next = { ...stored, waiting: waitingOf(wish, stored, because, plan.now) };
  return { ...nothing, skip, told, next: isSaid ? null : next };
};

/** A wish that something has put off, judged anew: an expired guard replays nothing. */
const retried = (
  plan: TickPlan,
  server: SeenServer,
  stored: ServerState,
  around: Around,
  schedules: readonly Schedule[],
): ServerDecision => {
  const { waiting } = stored;
  if (waiting === null) return nothing;
  const { inputs } = plan.board;
  const at = Date.parse(waiting.at);
  const decision = desiredUnder(inputs, server, schedules, plan.now);
  const isOverruled = /^(freeze|override )/.test(decision.chain[0]?.rule ?? "");
  const isWanted = decision.desired === waiting.action || (decision.desired === "any" && !isOverruled);
  if (!isWanted) {
    const says = `${waiting.action} is no longer wanted: ${decision.chain[0]?.because ?? ""}`;
    return { ...skipped(server, "no_longer_wanted", says), next: { ...stored, waiting: null } };
  }
  const { id, action } = waiting;
  const wish = { id, at, sendAt: at, action, why: `put off until now: ${waiting.because}` };
  return fulfil(plan, server, stored, around, wish);
};

/** Drift put right at a tick: not more than a few times an hour. */
const corrected = (
  plan: TickPlan,
  server: SeenServer,
  stored: ServerState,
  around: Around,
  schedules: readonly Schedule[],
): ServerDecision => {
  const { schedule, board, now } = plan;
  const { desired: action, chain } = desiredUnder(board.inputs, server, schedules, now);
  const isRight = action === "any" || server.phase === action;
  if (isRight || server.phase === "moving" || around.openOperation !== null) return nothing;
  const at = now - (now % minuteMilliseconds);
  const why = `it is ${server.phase}, and ${action} is enforced: ${chain.find(({ says }) => says !== "any")?.because ?? ""}`;
  // Named by what came before, not by the clock: a tick that died after it is found again, and counts.
  const last = stored.corrections.at(-1) ?? stored.edge?.at;
  const id = edgeIdOf(schedule, server.id, last === undefined ? 0 : Date.parse(last), `enforce ${action}`);
  const wish = { id, at, sendAt: at, action, why };
  if (isFlapping(stored, now)) {
    const says = `it was put right ${stored.corrections.length} times within the hour: it is left alone for a while`;
    const isNews = stored.waiting?.because !== says;
    const waiting = waitingOf(wish, { ...stored, waiting: null }, says, now);
    return {
      ...skipped(server, "flapping", says),
      told: isNews ? [telling(plan, server, wish, "schedule.flapping", says)] : [],
      next: isNews ? { ...stored, waiting } : null,
    };
  }
  const decision = fulfil(plan, server, stored, around, wish);
  // What keeps it from being put right was told at its edge, and would be told each minute here.
  if (decision.command === null || decision.next === null) return { ...decision, next: null, told: [] };
  const corrections = [...recentCorrections(stored, now), instant(now)];
  return { ...decision, next: { ...decision.next, edge: stored.edge, corrections } };
};

/** What no edge brings: servers that are new, or stopped in place and so still billed. */
const watched = (
  plan: TickPlan,
  server: SeenServer,
  stored: ServerState,
  around: Around,
  schedules: readonly Schedule[],
): ServerDecision => {
  const { schedule, board, now, since } = plan;
  const setting = schedule.new_servers;
  const grace = typeof setting === "object" ? millisecondsOf(setting.apply_after) : 0;
  const due = (server.createdAt ?? Number.NEGATIVE_INFINITY) + grace;
  if (setting !== undefined && setting !== "leave" && due > since && due <= now) {
    const { desired: action } = desiredUnder(board.inputs, server, schedules, now);
    const id = edgeIdOf(schedule, server.id, due, "new");
    if (action !== "any")
      return fulfil(plan, server, stored, around, {
        id,
        at: due,
        sendAt: due,
        action,
        why: "it is a new server",
      });
  }
  if (schedule.cleanup_standby !== true || server.phase !== "standby") return nothing;
  const at = now - (now % minuteMilliseconds);
  const why = "it is stopped in place, and so still billed";
  const id = edgeIdOf(schedule, server.id, at, "standby");
  return fulfil(plan, server, stored, around, { id, at, sendAt: at, action: "off", why });
};

/** One-sided schedules of the same priority that want the opposite in this window: nothing is done, and it is told. */
const conflicting = (
  plan: TickPlan,
  server: SeenServer,
  schedules: readonly Schedule[],
): ServerDecision | null => {
  const { board, since, now } = plan;
  if (schedules.length < 2 || !plan.hasEdges) return null;
  const found = board
    .track(schedules)
    .segments(since + 1, now + 1)
    .find(({ conflict, from }) => conflict && from > since);
  if (found === undefined) return null;
  const says = `${schedules.map(({ name }) => name).join(" and ")} want the opposite with the same priority`;
  const wish: Wish = { id: "", at: found.from, sendAt: found.from, action: "off", why: says };
  const told = { ...telling(plan, server, wish, "schedule.conflict", says), action: null };
  return { ...skipped(server, "conflict", says), told: [told] };
};

const lateWords = (wish: Wish, now: number): string =>
  `the edge of ${instant(wish.at)} is ${Math.round((now - wish.sendAt) / minuteMilliseconds)} min late`;

/**
 * What one tick does about one server of a schedule: the latest edge whose time came since the last tick, once; else
 * what was put off; else, where that is asked for, drift. Pure: the same plan, server and state give the same command
 * under the same id.
 */
export const decideServer = (
  plan: TickPlan,
  server: SeenServer,
  stored: ServerState,
  around: Around,
): ServerDecision => {
  const { board, schedule, now } = plan;
  const schedules = schedulesOf(board.inputs, server, schedule.name);
  if (!schedules.includes(schedule))
    return skipped(server, "not_selected", "the schedule does not select it");
  const strongest = schedules.find(({ mode }) => mode !== "observe");
  if (schedule.mode !== "observe" && strongest !== undefined && strongest !== schedule)
    return skipped(server, "other_schedule", `schedule ${strongest.name} acts on it`);
  const wish = arrived(plan, server, schedules);
  if (wish !== null && stored.edge?.id !== wish.id) {
    const above = overruled(plan, server, schedules, wish.action);
    if (above !== null)
      return { ...skipped(server, "no_longer_wanted", above), next: { ...stored, waiting: null } };
    if (now - wish.sendAt <= millisecondsOf(catchUpOf(schedule).late))
      return fulfil(plan, server, stored, around, wish);
    const says = `${lateWords(wish, now)}: it is skipped`;
    return {
      ...skipped(server, "late", says),
      next: settledState(stored, wish),
      told: [telling(plan, server, wish, "schedule.edge_skipped", says)],
    };
  }
  const conflict = wish === null ? conflicting(plan, server, schedules) : null;
  if (conflict !== null) return conflict;
  const isHeldByFlap = stored.waiting?.because.startsWith("it was put right") === true;
  if (stored.waiting !== null && !isHeldByFlap) return retried(plan, server, stored, around, schedules);
  const correction = plan.enforces ? corrected(plan, server, stored, around, schedules) : nothing;
  return correction === nothing ? watched(plan, server, stored, around, schedules) : correction;
};
