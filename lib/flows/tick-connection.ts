import { mostNamed, plainScheduleData } from "../../events/schedule-event.ts";
import type { Connection } from "../connection.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import { nextDueAt } from "../schedule/plan-tick.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { BusyCheck } from "./ask-busy.ts";
import { finishWork, heldBack, soonAfter } from "./finish-work.ts";
import { inParallel } from "./in-parallel.ts";
import { rollBack } from "./roll-back.ts";
import { say } from "./schedule-events.ts";
import { type Stock, stockOf } from "./seen-servers.ts";
import { type Visitor, walk, type Walked } from "./server-pages.ts";
import { ServerRows } from "./server-rows.ts";
import { aroundOf, namesAround, rollsBack, Standing } from "./server-standing.ts";
import { checkServers } from "./tick-checks.ts";
import { Pass } from "./tick-pass.ts";
import type { TickPorts, TickTurn } from "./tick-ports.ts";
import { changeTickState, loadTickState, type TickState } from "./tick-state.ts";
import {
  type KnownInputs,
  looksBack,
  needsCount,
  needsPass,
  placeOf,
  type Work,
  workFor,
} from "./tick-work.ts";
import { callReady, type Ready, readyAmong, serversKey, type Waiting } from "./wake-callbacks.ts";

/** Schedules that are worked on at the same time. */
const worksAtOnce = 10;

/** What a tick has come to for some schedules. */
export interface Ticked {
  /** When the next tick has something to do; null: never. */
  readonly next: number | null;
  /** Schedules that have to be looked at once more: another one, whose edge has come, selects servers of theirs. */
  readonly again: readonly string[];
  readonly failures: readonly unknown[];
}

/** The schedules of one connection that a tick is about. */
export interface ToTick {
  readonly connection: Connection;
  readonly schedules: readonly Schedule[];
  readonly known: KnownInputs;
  /** Callbacks that wait, by schedule. */
  readonly waiting: ReadonlyMap<string, readonly Waiting[]>;
}

/** How schedules stand that others need, or that somebody waits for. */
interface Around {
  readonly standings: ReadonlyMap<string, Standing>;
  readonly ticks: ReadonlyMap<string, TickState>;
}

/** Work of one schedule; whatever goes wrong in it is its own. */
const each = async (works: readonly Work[], run: (work: Work) => Promise<void>): Promise<void> => {
  await inParallel(works, worksAtOnce, async (work) => {
    try {
      await run(work);
    } catch (error) {
      work.failures.push(error);
    }
  });
};

const lookAround = async (works: readonly Work[], { known }: ToTick, turn: TickTurn): Promise<Around> => {
  const { ports } = turn;
  const names = new Set(
    works.filter(needsPass).flatMap(({ schedule }) => namesAround(schedule, known.inputs)),
  );
  const isUndoable = works.some(({ schedule }) => rollsBack(schedule));
  const standings = new Map<string, Standing>();
  const ticks = new Map<string, TickState>();
  for (const schedule of known.inputs.schedules) {
    if (!names.has(schedule.name)) continue;
    const own = works.find((work) => work.schedule.name === schedule.name);
    ticks.set(schedule.name, own?.tick ?? (await loadTickState(schedule, ports)).value);
    standings.set(
      schedule.name,
      new Standing(schedule, null, own?.rows ?? new ServerRows(schedule, ports), ports, isUndoable),
    );
  }
  for (const connection of ports.providers.connections()) {
    const visitors = [...standings.values()].filter(
      ({ schedule }) => schedule.connection === connection.name,
    );
    const { isOver } = await walk(connection, visitors, null, turn);
    if (!isOver)
      for (const visitor of visitors) visitor.failure ??= new Error("there was no time to see all servers");
  }
  return { standings, ticks };
};

/** Whoever listens learns it, once for each wake; and the bus wakes the deliverer, who makes the calls. */
const sayReadyNow = (
  { standing: { schedule, servers, total }, ids }: Ready,
  ports: TickPorts,
): Promise<void> => {
  const named = servers
    .slice(0, mostNamed)
    .map(({ id, name }) => ({ id, name, operation_id: null, because: null }));
  const data = plainScheduleData(schedule, { servers: named, server_count: total });
  // Many at once are one name, so that they don't push out what else was said.
  const names = ids.length > mostNamed ? [fingerprintOf(ids.toSorted()).slice(0, 24)] : ids;
  const once = names.map((id) => `ready/${id}`);
  return say(schedule.name, [{ type: "schedule.ready", data, once }], ports);
};

/** Tells those who wait for servers that they run. @returns whether somebody waits on */
const tendCallbacks = async (
  { connection, schedules, waiting }: ToTick,
  turn: TickTurn,
): Promise<boolean> => {
  const awaited = schedules.flatMap((schedule) => {
    const own = waiting.get(schedule.name) ?? [];
    return own.length === 0 ? [] : [{ schedule, own }];
  });
  const groups = awaited.map(({ schedule, own }) => {
    const rows = new ServerRows(schedule, turn.ports);
    const keys = new Map(own.map(({ callback }) => [serversKey(callback.servers), callback.servers]));
    const standings = new Map(
      [...keys].map(([key, only]) => [key, new Standing(schedule, only, rows, turn.ports)]),
    );
    return { own, standings };
  });
  const visitors = groups.flatMap(({ standings }) => [...standings.values()]);
  const { isOver } = await walk(connection, visitors, null, turn);
  if (!isOver) return awaited.length > 0;
  const told = await inParallel(groups, worksAtOnce, async ({ own, standings }) => {
    // Said first: whoever dies in between says it again, under the same names.
    for (const ready of readyAmong(own, standings)) await sayReadyNow(ready, turn.ports);
    return callReady(own, standings, turn.ports);
  });
  return told.some((left) => left > 0);
};

const passOf = (
  work: Work,
  sends: boolean,
  around: Pass["world"]["around"],
  stock: Stock,
  turn: TickTurn,
): Pass =>
  new Pass({
    plan: work.plan,
    state: work.planned,
    connection: work.connection,
    rows: work.rows,
    news: work.news,
    seeing: { connection: work.connection, stock, startSeconds: work.tick.start_seconds, ports: turn.ports },
    around,
    busy: new BusyCheck(work.schedule, turn),
    looksBack: looksBack(work),
    sends,
    ports: turn.ports,
  });

/** Goes through the servers, once for all schedules that begin at the same place. */
const go = async (
  connection: Connection,
  works: readonly Work[],
  visitorsOf: (work: Work) => readonly Visitor[],
  turn: TickTurn,
): Promise<ReadonlyMap<Work, Walked>> => {
  const ends = new Map<Work, Walked>();
  const byPlace = Map.groupBy(works, placeOf);
  for (const [cursor, group] of byPlace) {
    const walked = await walk(connection, group.flatMap(visitorsOf), cursor, turn);
    for (const work of group) {
      ends.set(work, walked);
      for (const { failure } of visitorsOf(work)) if (failure !== undefined) work.failures.push(failure);
    }
  }
  return ends;
};

/** Places that are taken are known from all rows, where there is a most. */
const countPlaces = async ({ schedule, rows }: Work): Promise<void> => {
  const { stagger } = schedule;
  if (typeof stagger === "object" && stagger.max_parallel !== undefined) await rows.loadAll();
};

/**
 * Schedules of which was not known that others, whose servers were gone through now, select servers of theirs. They no
 * longer go by what they know.
 */
const newlyMet = async (
  works: readonly Work[],
  { inputs }: KnownInputs,
  ports: TickPorts,
): Promise<readonly string[]> => {
  const found = new Set<string>();
  for (const { schedule, pass } of works)
    for (const name of pass?.stronger ?? []) {
      const other = inputs.schedules.find((one) => one.name === name);
      if (other === undefined) continue;
      const known = (await loadTickState(other, ports)).value.beside;
      if (known === null || known.names.includes(schedule.name)) continue;
      await changeTickState(other, (before) => ({ ...before, beside: null }), ports);
      found.add(name);
    }
  return [...found];
};

const nextOf = (times: readonly (number | null)[]): number | null => {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
};

/**
 * One tick of the schedules of one connection: their servers are gone through together, page by page. What goes wrong
 * with one schedule, or one server, keeps no other waiting; nothing is lost by it, as the next tick begins where this
 * one has not come to.
 */
export const tickConnection = async (toTick: ToTick, turn: TickTurn): Promise<Ticked> => {
  const { connection, schedules, known } = toTick;
  const { ports } = turn;
  const found = await inParallel(schedules, worksAtOnce, (one) => workFor(one, connection, known, ports));
  const works = found.filter((work) => work !== null);
  await each(works, async (work) => {
    if (work.tick.checks.length > 0)
      work.seconds.push(...(await checkServers({ ...work, inputs: known.inputs, ports }, work.tick.checks)));
  });
  const around = await lookAround(works, toTick, turn);
  const going = works.filter((work) => needsPass(work) && work.failures.length === 0);
  const stock: Stock = going.length === 0 ? new Map() : await stockOf(connection, ports);
  const begin = (some: readonly Work[], sends: boolean): Promise<void> =>
    each(some, async (work) => {
      await countPlaces(work);
      work.pass = passOf(
        work,
        sends,
        await aroundOf(work.schedule, known.inputs, around, ports),
        stock,
        turn,
      );
    });

  const counting = going.filter(needsCount);
  await begin(counting, false);
  const counts = await go(connection, counting, ({ pass }) => (pass === null ? [] : [pass]), turn);
  const held = new Map<Work, number | null>();
  await each(counting, async (work) => {
    if (work.failures.length > 0 || counts.get(work)?.isOver !== true) return;
    const state = await heldBack(work, ports);
    if (state !== null) held.set(work, nextDueAt(work.plan, state));
  });
  const isSending = (work: Work): boolean =>
    !held.has(work) && work.failures.length === 0 && (!counting.includes(work) || work.counted !== null);
  await begin(going.filter(isSending), true);
  const walking = works.filter((work) => isSending(work) && (going.includes(work) || work.notice !== null));
  const ends = await go(
    connection,
    walking,
    ({ pass, notice }) => [pass, notice].filter((one) => one !== null),
    turn,
  );

  await each(walking, (work) => rollBack(work, around.standings, ports));

  const next: (number | null)[] = [...held.values()];
  await each(works, async (work) => {
    if (!held.has(work)) next.push(await finishWork(work, ends.get(work) ?? counts.get(work) ?? null, ports));
  });
  if (await tendCallbacks(toTick, turn)) next.push(soonAfter(ports.clock.now()));
  const again = await newlyMet(works, known, ports);
  const failures = works.flatMap((work) => work.failures);
  if (failures.length > 0) next.push(soonAfter(ports.clock.now()));
  return { next: nextOf(next), again, failures };
};
