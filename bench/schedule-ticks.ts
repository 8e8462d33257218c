import { Cron } from "croner";
import { schedulesOf } from "../lib/schedule/board.ts";
import { decideServer } from "../lib/schedule/decide-server.ts";
import { dueTimes } from "../lib/schedule/due-times.ts";
import { latestEdge } from "../lib/schedule/edges.ts";
import type { Inputs } from "../lib/schedule/inputs.ts";
import { planTick, type TickPlan } from "../lib/schedule/plan-tick.ts";
import { preview } from "../lib/schedule/preview.ts";
import type { Schedule } from "../lib/schedule/schedule.ts";
import { alone, type SeenServer } from "../lib/schedule/seen-server.ts";
import { selected } from "../lib/schedule/selector.ts";
import { freshScheduleState, freshServerState } from "../lib/schedule/state.ts";
import { inputs, schedule, weekdays } from "../test/schedule/fixtures.ts";
import type { Figure, FiguresRow } from "./report.ts";
import { median, pairedRatio, quantile } from "./statistics.ts";

/** What is measured: so many servers, each selected by one of so many schedules. */
export interface TickSetting {
  readonly servers: number;
  readonly schedules: number;
  /** Of the fleet that is previewed. */
  readonly previewed: number;
  readonly days: number;
}

const minute = 60_000;
const day = 1440 * minute;
/** A Monday. */
const from = Date.parse("2026-11-02T00:00:00Z");
const zones = ["Europe/Paris", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "UTC"] as const;

const two = (value: number): string => String(value).padStart(2, "0");

/** The times of one of the schedules: no two are the same. */
const timesOf = (index: number) => ({
  zone: zones[index % zones.length] ?? "UTC",
  on: { hour: 6 + (index % 4), minute: index % 60 },
  off: { hour: 17 + (index % 5), minute: (index * 7) % 60 },
});

const scheduleOf = (index: number): Schedule => {
  const { zone, on, off } = timesOf(index);
  const periods = [
    { days: weekdays, from: `${two(on.hour)}:${two(on.minute)}`, to: `${two(off.hour)}:${two(off.minute)}` },
  ];
  return schedule({ timezone: zone, periods, select: { tags: [`team=${index}`] } }, `s${index}`);
};

const inputsOf = (count: number): Inputs =>
  inputs(...Array.from({ length: count }, (_, index) => scheduleOf(index)));

const fleetOf = (servers: number, schedules: number): readonly SeenServer[] =>
  Array.from({ length: servers }, (_, index) => {
    const id = `srv-${index}`;
    return { id, name: id, tags: [`team=${index % schedules}`], connection: "paris", phase: "off" };
  });

/** Processor time: what others do on the machine meanwhile does not count. */
const timed = <T>(work: () => T): readonly [milliseconds: number, T] => {
  const began = process.cpuUsage();
  const made = work();
  const { user, system } = process.cpuUsage(began);
  return [(user + system) / 1000, made];
};

/** Schedules that select servers of a schedule beside it: what a tick has seen when it went through them. */
const besideOf = (given: Inputs, one: readonly SeenServer[]): readonly (readonly string[])[] =>
  given.schedules.map(({ name }, index) => {
    const server = one[index];
    const all = server === undefined ? [] : schedulesOf(given, server, name);
    return all.map((met) => met.name).filter((other) => other !== name);
  });

/** What is worked out in one tick, whichever number of servers there is: each schedule, and, of those that are due, its edges. */
const evaluate = (
  given: Inputs,
  one: readonly SeenServer[],
  beside: readonly (readonly string[])[],
  now: number,
): readonly TickPlan[] => {
  const state = { ...freshScheduleState, applied_until: new Date(now - minute).toISOString() };
  return given.schedules.flatMap(({ name }, index) => {
    const plan = planTick(given, name, state, now, beside[index] ?? null);
    if (plan === null || !plan.due) return [];
    latestEdge(given, name, now, plan.since);
    // What the first server has worked out serves all that nothing personal is about.
    const first = one[index];
    if (first !== undefined) decideServer(plan, first, freshServerState, alone);
    return [plan];
  });
};

/** Milliseconds of processor time of the first tick, and of those of two days, apart by whether anything was due. */
const ourTicks = (given: Inputs, fleet: readonly SeenServer[]) => {
  const one = fleet.slice(0, given.schedules.length);
  const beside = besideOf(given, one);
  const [first] = timed(() => evaluate(given, one, beside, from));
  // A process that has just begun is slow at everything: it is shown by itself.
  for (let now = from + minute; now < from + day; now += minute) evaluate(given, one, beside, now);
  const [idle, due]: [number[], number[]] = [[], []];
  for (let now = from + day; now < from + 3 * day; now += minute) {
    const [took, plans] = timed(() => evaluate(given, one, beside, now));
    (plans.length === 0 ? idle : due).push(took);
  }
  return { first, idle, due };
};

/** Milliseconds to decide about all servers of the first schedule at its first edge. */
const decideAll = (given: Inputs, fleet: readonly SeenServer[]): readonly [number, number] => {
  const [own] = given.schedules;
  const now = own === undefined ? undefined : dueTimes(given, own, from, from + 7 * day)[0];
  if (own === undefined || now === undefined) return [0, 0];
  const state = { ...freshScheduleState, applied_until: new Date(now - minute).toISOString() };
  const servers = selected(own.select, fleet);
  const plan = planTick(given, own.name, state, now);
  const [took] = timed(() => {
    if (plan !== null) for (const server of servers) decideServer(plan, server, freshServerState, alone);
  });
  return [took, servers.length];
};

/** A tick of a scheduler that keeps two cron lines with each server, and asks the library for each of them. */
const rivalTick = (servers: number, schedules: number, now: number): readonly [number, number] =>
  timed(() => {
    const since = new Date(now - minute);
    let due = 0;
    for (let index = 0; index < servers; index += 1) {
      const { zone, on, off } = timesOf(index % schedules);
      for (const { hour, minute: past } of [on, off]) {
        const line = new Cron(`${past} ${hour} * * 1-5`, { timezone: zone, paused: true });
        if ((line.nextRun(since)?.getTime() ?? Number.POSITIVE_INFINITY) <= now) due += 1;
      }
    }
    return due;
  });

const previewSeconds = (given: Inputs, servers: readonly SeenServer[], days: number): number => {
  const [took] = timed(() => {
    const edges = new Map(
      given.schedules.map(({ name }) => [name, preview(given, name, from, from + days * day)]),
    );
    // What is shown of a fleet: the edges of each server.
    return servers.map(({ tags }) => edges.get(`s${tags[0]?.slice("team=".length)}`)?.length ?? 0);
  });
  return took / 1000;
};

/** One round of everything, ours and the rival's under the same circumstances. Milliseconds, seconds for previews. */
const roundOf = ({ servers, schedules, previewed, days }: TickSetting) => {
  const given = inputsOf(schedules);
  const fleet = fleetOf(servers, schedules);
  const { first, idle, due } = ourTicks(given, fleet);
  const [decided, count] = decideAll(given, fleet);
  const [rival] = rivalTick(servers, schedules, from + day);
  return {
    idle: median(idle),
    due: median(due),
    dueTail: quantile(due, 0.99),
    first,
    perServer: count === 0 ? null : (decided / count) * 1000,
    rival,
    together: previewSeconds(inputsOf(schedules), fleetOf(previewed, schedules), days),
    apart: previewSeconds(inputsOf(previewed), fleetOf(previewed, previewed), days),
  };
};
type Round = ReturnType<typeof roundOf>;

/** The row: what a tick costs, and a preview. */
export const rowSchedules = (
  setting: TickSetting,
  rounds: number,
  progress: (line: string) => void,
): FiguresRow => {
  const all = Array.from({ length: rounds }, (_, index) => {
    progress(
      `round ${index + 1} of ${rounds}: ${setting.servers} servers under ${setting.schedules} schedules`,
    );
    return roundOf(setting);
  });
  const known = (values: readonly (number | null)[]): number | null =>
    median(values.filter((value) => value !== null));
  const alike = (name: string, unit: string, of: (round: Round) => number | null): Figure => {
    return { name, unit, ours: known(all.map(of)), rival: null, ratio: null };
  };
  const against = (name: string, of: (round: Round) => number | null): Figure => ({
    ...alike(name, "ms", of),
    rival: known(all.map(({ rival }) => rival)),
    ratio: pairedRatio(all.map((round) => [of(round), round.rival])),
  });
  const { servers, schedules, previewed, days } = setting;
  return {
    title: `Row schedules. ${servers} servers under ${schedules} schedules: what a tick costs`,
    rival: "croner, two lines for each server, parsed and asked for their next run at each tick",
    figures: [
      against("a tick, nothing due", ({ idle }) => idle),
      against("a tick, edges due", ({ due }) => due),
      alike("a tick, edges due, 99 of 100", "ms", ({ dueTail }) => dueTail),
      against("the first tick of a process", ({ first }) => first),
      alike("deciding about a server of a schedule that is due", "µs", ({ perServer }) => perServer),
      alike(
        `preview of ${previewed} servers, ${days} days, ${schedules} schedules`,
        "s",
        (one) => one.together,
      ),
      alike(`preview of ${previewed} servers, ${days} days, one schedule each`, "s", (one) => one.apart),
    ],
    rounds,
  };
};
