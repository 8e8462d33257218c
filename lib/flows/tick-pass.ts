import type { Connection } from "../connection.ts";
import { instant } from "../operation/time.ts";
import type { TickTally } from "../schedule/apply.ts";
import { schedulesOf } from "../schedule/board.ts";
import type { BusyAnswer } from "../schedule/busy.ts";
import { decideServer } from "../schedule/decide-server.ts";
import { planTick, type TickPlan } from "../schedule/plan-tick.ts";
import { onSince } from "../schedule/on-since.ts";
import { isSameReason } from "../schedule/same-reason.ts";
import { staggerOf } from "../schedule/settings.ts";
import type { Around, Command } from "../schedule/seen-server.ts";
import { selects, unknownSchedules } from "../schedule/selector.ts";
import type { ScheduleState, ServerState } from "../schedule/state.ts";
import { waitingOf } from "../schedule/wish.ts";
import type { BusyCheck } from "./ask-busy.ts";
import { type Seeing, seenServer } from "./seen-servers.ts";
import { learnEnds } from "./server-ends.ts";
import type { Listed, Looks, Page, Sight, Visitor } from "./server-pages.ts";
import type { ServerRow, ServerRows } from "./server-rows.ts";
import { type Sent, sendCommands } from "./tick-commands.ts";
import { type Held, renewedHolds, withHolds } from "./tick-holds.ts";
import { type Judged, openOf, powerOf, watchedSkips, watchOf } from "./tick-judged.ts";
import { lookedBack } from "./tick-looked-back.ts";
import { named, type TickNews } from "./tick-news.ts";
import type { TickPorts } from "./tick-ports.ts";
import { recall } from "./tick-recall.ts";
import { holdSwitched } from "./tick-switched.ts";

/** What one pass over a schedule's servers is made with. */
export interface PassWorld {
  readonly plan: TickPlan;
  /** The state that the plan was made from. */
  readonly state: ScheduleState;
  readonly connection: Connection;
  readonly rows: ServerRows;
  readonly news: TickNews;
  readonly seeing: Seeing;
  readonly around: Omit<Around, "openOperation">;
  readonly busy: BusyCheck;
  /** Something was changed that the last tick has not seen: what it did is looked at again. */
  readonly looksBack: boolean;
  /** False: servers are only counted; nothing is sent, said or kept. */
  readonly sends: boolean;
  readonly ports: TickPorts;
}

/** One pass over the servers of one schedule: each is seen, decided, and what is due is sent. */
export class Pass implements Visitor {
  readonly world: PassWorld;
  readonly tally = { affected: 0, total: 0, waiting: 0 };
  /** Seconds that starts have taken which have ended since. */
  readonly startSeconds: number[] = [];
  /** Holds were made or ended: the inputs are others from now on. */
  hasHeld = false;
  /** Schedules that tags name and that do not exist. */
  readonly unknown = new Set<string>();
  /** The latest edge that was given up, and whose starts are to be undone. */
  rollback: { readonly at: number; readonly because: string } | null = null;
  /** Other schedules that select servers of its own. */
  readonly beside = new Set<string>();
  /** Those of them that act on such servers in its place. */
  readonly stronger = new Set<string>();
  failure: unknown = undefined;
  #places: number;

  constructor(world: PassWorld) {
    this.world = world;
    const open = world.rows.entries().filter(([, row]) => openOf(row) !== null).length;
    this.#places = (staggerOf(world.plan.schedule.stagger).max_parallel ?? Number.POSITIVE_INFINITY) - open;
  }

  get counted(): TickTally {
    return { ...this.tally };
  }

  async visit({ listed, looks }: Page): Promise<void> {
    const { plan, rows, ports, sends } = this.world;
    for (const name of unknownSchedules(
      listed.map(({ server }) => server),
      new Set(plan.board.inputs.schedules.map((one) => one.name)),
    ))
      this.unknown.add(name);
    const own = listed.filter(({ server }) => selects(plan.schedule.select, server));
    if (own.length === 0) return;
    this.#meet(own);
    const ids = own.map(({ server }) => server.id);
    await rows.load(ids);
    this.startSeconds.push(...(await learnEnds(ids, rows, ports)));
    const current = await this.#withHoldsRenewed(own);
    const first = await looks.first(ids);
    const seen = own.map((one) => this.#judge(current, one, [first.get(one.server.id)]));
    const recalled = sends ? await recall(seen, this.world) : new Set<string>();
    const known = seen.map((one) =>
      recalled.has(one.seen.id) ? this.#judge(current, one.listed, one.sights) : one,
    );
    const judged = await this.#askBusy(await this.#lookAgain(known, looks, current));
    this.#count(judged);
    if (sends) await this.#carryOut(judged);
  }

  /** Remembers which other schedules select these servers. */
  #meet(own: readonly Listed[]): void {
    const { board, schedule } = this.world.plan;
    for (const { server } of own) {
      const all = schedulesOf(board.inputs, server, schedule.name);
      if (all.length < 2) continue;
      const strongest = all.find(({ mode }) => mode !== "observe")?.name;
      for (const { name } of all) if (name !== schedule.name) this.beside.add(name);
      if (strongest !== undefined && strongest !== schedule.name) this.stronger.add(strongest);
    }
  }

  /** The plan, with holds as they are meant by what schedules say now. */
  async #withHoldsRenewed(own: readonly Listed[]): Promise<TickPlan> {
    const { plan, ports, sends } = this.world;
    const servers = own.map(({ server }) => server);
    const held = await renewedHolds(plan, servers, sends ? ports : null);
    return held.length === 0 ? plan : this.#planWith(plan, held);
  }

  #planWith(plan: TickPlan, held: readonly Held[]): TickPlan {
    const inputs = withHolds(plan.board.inputs, plan.schedule.name, held);
    this.hasHeld = true;
    return planTick(inputs, plan.schedule.name, this.world.state, plan.now, plan.beside) ?? plan;
  }

  #judge(plan: TickPlan, listed: Listed, given: readonly (Sight | undefined)[], busy?: BusyAnswer): Judged {
    const { rows, seeing, around } = this.world;
    const before = rows.row(listed.server.id);
    const sights = given.filter((sight) => sight !== undefined);
    const last = sights.at(-1);
    const agree =
      sights.length === given.length &&
      sights.every((one) => one.observation.phase === last?.observation.phase);
    const seen = seenServer(listed, agree ? last : undefined, seeing);
    const met = this.world.looksBack ? lookedBack(plan, listed, before) : before;
    // While an operation of ours goes on, looks may show what was before it.
    const since =
      openOf(met) === null ? onSince(met.state.on_since, seen.phase, plan.now) : met.state.on_since;
    const row = { ...met, state: { ...met.state, on_since: since } };
    const asked = busy === undefined ? {} : { busy };
    const decision = decideServer(plan, seen, row.state, {
      ...around,
      openOperation: openOf(row),
      ...asked,
    });
    return { plan, listed, seen, row, decision, sights };
  }

  /** Whether a second look has to agree: something is to be sent, or somebody seems to have switched it. */
  #hangsOnIt({ decision, row, seen }: Judged): boolean {
    const power = powerOf(seen.phase);
    const differs = row.known !== null && power !== null && power !== row.known && openOf(row) === null;
    const isUnasked = decision.skip?.code === "unasked";
    return decision.command !== null || decision.would !== null || isUnasked || differs;
  }

  /** Asks whoever may veto stops, where nothing else stands against them, and decides anew. */
  async #askBusy(judged: readonly Judged[]): Promise<readonly Judged[]> {
    const unasked = judged.filter(({ decision }) => decision.skip?.code === "unasked");
    if (unasked.length === 0 || !this.world.sends) return judged;
    const answers = await this.world.busy.ask(unasked.map(({ seen: { id, name } }) => ({ id, name })));
    return judged.map((one) => {
      const answer = answers.get(one.seen.id);
      const isAsked = answer !== undefined && one.decision.skip?.code === "unasked";
      return isAsked ? this.#judge(one.plan, one.listed, one.sights, answer) : one;
    });
  }

  async #lookAgain(judged: readonly Judged[], looks: Looks, plan: TickPlan): Promise<readonly Judged[]> {
    const unsure = judged.filter((one) => this.#hangsOnIt(one));
    if (unsure.length === 0) return judged;
    const second = await looks.second(unsure.map(({ seen }) => seen.id));
    const again = new Map<string, Judged>();
    for (const { listed, sights, seen } of unsure)
      again.set(seen.id, this.#judge(plan, listed, [...sights, second.get(seen.id)]));
    await this.#recallDone(unsure, again, plan);
    const held = this.world.sends ? await holdSwitched([...again.values()], plan, this.world) : [];
    if (held.length > 0) this.#judgeHeld(again, held, plan);
    return judged.map((one) => again.get(one.seen.id) ?? one);
  }

  /** What the first look did not show yet may have been done by a tick before. */
  async #recallDone(unsure: readonly Judged[], again: Map<string, Judged>, plan: TickPlan): Promise<void> {
    const done = unsure
      .filter(({ decision }) => this.world.sends && decision.command !== null)
      .flatMap(({ seen }) => again.get(seen.id) ?? [])
      .filter(({ decision }) => decision.command === null);
    for (const id of await recall(done, this.world)) {
      const before = again.get(id);
      if (before !== undefined) again.set(id, this.#judge(plan, before.listed, before.sights));
    }
  }

  /** Decides anew about servers whose holds have changed. */
  #judgeHeld(again: Map<string, Judged>, held: readonly Held[], plan: TickPlan): void {
    const other = this.#planWith(plan, held);
    for (const { server } of held) {
      const before = again.get(server);
      if (before !== undefined) again.set(server, this.#judge(other, before.listed, before.sights));
    }
  }

  #count(judged: readonly Judged[]): void {
    for (const { decision, row } of judged) {
      const { command, would, skip, next } = decision;
      if (skip?.code === "not_selected" || skip?.code === "other_schedule") continue;
      this.tally.total += 1;
      // What could not be seen well enough is counted with what would be switched: in doubt a person is asked.
      const isUnsure =
        !this.world.sends &&
        (skip?.code === "waiting" || skip?.code === "unasked" || skip?.code === "under_way");
      if (command !== null || would !== null || isUnsure) this.tally.affected += 1;
      if ((next ?? row.state).waiting !== null) this.tally.waiting += 1;
    }
  }

  /** As many commands as there are places, in their order. */
  #takePlaces(commands: readonly Command[]): readonly Command[] {
    const taken = commands.slice(0, Math.max(0, this.#places));
    this.#places -= taken.length;
    return taken;
  }

  async #carryOut(judged: readonly Judged[]): Promise<void> {
    const { plan, connection, ports } = this.world;
    const commands = this.#takePlaces(judged.flatMap(({ decision }) => decision.command ?? []));
    const sent = await sendCommands(plan.schedule, connection, commands, plan.board.inputs, ports);
    for (const one of judged) this.#settle(one, sent.get(one.seen.id));
  }

  #settle(judged: Judged, sent: Sent | undefined): void {
    const { news, rows } = this.world;
    const { decision, seen } = judged;
    const { rollback } = decision;
    if (rollback !== undefined && rollback.at >= (this.rollback?.at ?? 0)) this.rollback = rollback;
    for (const { event, at, action, because } of decision.told)
      news.add(event, { at, action }, named(seen, null, because));
    const { would, command } = decision;
    if (would !== null) {
      const edge = { at: would.at, action: would.action === "start" ? ("on" as const) : ("off" as const) };
      news.add("schedule.edge_observed", edge, named(seen, null, would.reason));
    }
    const row = rows.row(seen.id);
    const learned = row.known === null && openOf(row) === null ? powerOf(seen.phase) : row.known;
    const base = { ...row, known: learned, state: decision.next ?? judged.row.state };
    rows.put(
      seen.id,
      command === null ? this.#unsent(judged, base) : this.#commanded(judged, command, base, sent),
    );
  }

  /** The row of a server for which nothing was sent: watched, where it is not as the edge wants it. */
  #unsent({ decision, row }: Judged, base: ServerRow): ServerRow {
    const { edge, waiting } = base.state;
    const wish = waiting ?? edge;
    const isNew = wish !== null && (waiting?.id !== row.state.waiting?.id || edge?.id !== row.state.edge?.id);
    if (!isNew || this.world.plan.schedule.mode === "observe") return base;
    const isWatched = watchedSkips.has(decision.skip?.code ?? "");
    return { ...base, check: isWatched ? watchOf(base, wish.at, wish.action) : null };
  }

  #commanded({ seen, row }: Judged, command: Command, base: ServerRow, sent: Sent | undefined): ServerRow {
    const { news, plan } = this.world;
    const action = command.action === "start" ? "on" : "off";
    const edge = { at: command.at, action } as const;
    const check = watchOf(base, instant(command.at), action);
    if (sent !== undefined && "operation" in sent) {
      const { id } = sent.operation;
      news.add("schedule.edge_applied", edge, named(seen, id, command.reason));
      return {
        ...base,
        operation: { id, action, ended_at: null, error: null },
        // It may have ended before, without the server having come there.
        check,
      };
    }
    const because = sent?.refused ?? "it waits for its place among those that may be switched at a time";
    const isOver = sent !== undefined && !sent.mayPass;
    if (!isSameReason(row.state.waiting?.because, because))
      news.add(
        isOver ? "schedule.server_left_alone" : "schedule.server_delayed",
        edge,
        named(seen, null, because),
      );
    if (isOver) return { ...base, state: { ...row.state, edge: base.state.edge, waiting: null } };
    this.tally.waiting += 1;
    const wish = {
      id: command.edge,
      at: command.at,
      sendAt: command.sendAt,
      action,
      why: command.reason,
    } as const;
    const state: ServerState = { ...row.state, waiting: waitingOf(wish, row.state, because, plan.now) };
    return { ...base, state, check };
  }
}
