import { createHash } from "node:crypto";
import { plainScheduleData } from "../../events/schedule-event.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import type { Ports } from "../ports/ports.ts";
import type { Inputs } from "../schedule/inputs.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { inParallel } from "./in-parallel.ts";
import { noteTz } from "./kept-versions.ts";
import { LeaseLost } from "./follower-lease.ts";
import { type RunLease, takeRunLease } from "./run-lease.ts";
import { publishNews, say } from "./schedule-events.ts";
import { loadDue, loadInputs, saveDue } from "./schedule-store.ts";
import { tzVersion } from "./schedules.ts";
import { isProviderFault } from "./server-pages.ts";
import { soonAfter } from "./finish-work.ts";
import { StopSnoozed } from "./stop-claims.ts";
import { tickConnection, type Ticked } from "./tick-connection.ts";
import type { TickPorts, TickTurn } from "./tick-ports.ts";
import type { KnownInputs } from "./tick-work.ts";
import { waitingCallbacks } from "./wake-callbacks.ts";
import { tendZoneRules } from "./zone-rules.ts";

/** Connections that are worked on at the same time. */
const connectionsAtOnce = 4;

const kept = new WeakMap<Ports["documents"], KnownInputs & { readonly text: string }>();

/** What decides, as it stands now: the same object as long as nothing of it changes, for what is worked out of it. */
export const knownInputs = async (ports: TickPorts): Promise<KnownInputs> => {
  const inputs = await loadInputs(tzVersion(), ports);
  const text = JSON.stringify(inputs);
  const before = kept.get(ports.documents);
  if (before?.text === text) return before;
  const known = {
    inputs,
    schedules: fingerprintOf(
      inputs.schedules.map(({ name, version, created_at: at }) => [name, version, at]),
    ),
    text,
    fingerprint: createHash("sha256").update(text, "utf8").digest("base64url").slice(0, 22),
  };
  kept.set(ports.documents, known);
  return known;
};

/** A schedule whose connection is not configured (any more) is said so, once for each of its versions. */
const alertUnconfigured = async (schedules: readonly Schedule[], ports: TickPorts): Promise<void> => {
  for (const schedule of schedules) {
    const reason = `connection ${schedule.connection} is not configured: nothing is done to its servers`;
    await say(
      schedule.name,
      [
        {
          type: "schedule.alert",
          data: plainScheduleData(schedule, { reason }),
          once: `unconfigured/${schedule.version}`,
        },
      ],
      ports,
    );
  }
};

const byConnection = (inputs: Inputs, only: readonly string[] | null): Map<string, Schedule[]> =>
  Map.groupBy(
    inputs.schedules.filter(({ name }) => only === null || only.includes(name)),
    ({ connection }) => connection,
  );

/**
 * One tick of these schedules, or all, with what decides as it stands now.
 * @returns when the next tick has something to do, and what went wrong
 */
export const tickThese = async (only: readonly string[] | null, turn: TickTurn): Promise<Ticked> => {
  const { ports } = turn;
  const known = await knownInputs(ports);
  const waiting = await waitingCallbacks(ports);
  const ticked = await inParallel(
    [...byConnection(known.inputs, only)],
    connectionsAtOnce,
    async ([name, schedules]): Promise<Ticked> => {
      const connection = ports.providers.connection(name);
      try {
        if (connection !== null) return await tickConnection({ connection, schedules, known, waiting }, turn);
        await alertUnconfigured(schedules, ports);
        return { next: null, again: [], failures: [] };
      } catch (error) {
        return { next: soonAfter(ports.clock.now()), again: [], failures: [error] };
      }
    },
  );
  const times = ticked.flatMap(({ next }) => next ?? []);
  return {
    next: times.length === 0 ? null : Math.min(...times),
    again: ticked.flatMap(({ again }) => again),
    failures: ticked.flatMap(({ failures }) => failures),
  };
};

/** What passes by itself is logged; anything else is a fault that somebody has to see. */
const faultsAmong = (failures: readonly unknown[], { log }: TickPorts): readonly unknown[] =>
  failures.filter((error) => {
    const mayPass = error instanceof StopSnoozed || isProviderFault(error);
    const why = error instanceof Error ? error.message : "unknown fault";
    if (mayPass) log.warn("a schedule is looked at again at the next tick", { error: why });
    return !mayPass;
  });

/** The turn of whoever holds the lease: when somebody else has taken over, its time is over. */
const turnOf = (lease: RunLease, { ports, timeLeft }: TickTurn): TickTurn => {
  let isLost = false;
  const keep = async (): Promise<void> => {
    try {
      await lease.keep();
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      isLost = true;
    }
  };
  return { ports, timeLeft: () => (isLost ? 0 : timeLeft()), keep };
};

/**
 * A snooze that a tick did not know of changes what decides: it is done again at once, once. So are schedules of which
 * was not known that another one, whose edge has come, selects servers of theirs.
 */
const tickAll = async (turn: TickTurn): Promise<Ticked> => {
  const first = await tickThese(null, turn);
  if (first.failures.some((error) => error instanceof StopSnoozed)) return tickThese(null, turn);
  if (first.again.length === 0) return first;
  const then = await tickThese([...new Set(first.again)], turn);
  const times = [first.next, then.next].filter((time) => time !== null);
  return {
    next: times.length === 0 ? null : Math.min(...times),
    again: [],
    failures: [...first.failures, ...then.failures],
  };
};

/**
 * One tick of all schedules: applies the latest edge of each that was not yet applied, announces stops, and looks after
 * what was sent. While nothing is due it costs one read. Doubled, late and missed ticks, and two at once, make no
 * difference: what is sent bears the id of its edge, and what is kept is written on condition of what was read.
 * @throws AggregateError when something failed in a way that we don't know; everything else has been done then
 */
export const tickSchedules = async ({
  ports,
  timeLeft,
}: {
  readonly ports: TickPorts & Pick<Ports, "bus">;
  readonly timeLeft: () => number;
}): Promise<void> => {
  const isDue = (at: number | null): boolean => at !== null && at <= ports.clock.now();
  if (!isDue((await loadDue(ports)).at)) return;
  const lease = await takeRunLease("schedule-ticker", ports);
  if (lease === null) return;
  try {
    const due = await loadDue(ports);
    if (!isDue(due.at)) return;
    await noteTz(tzVersion(), ports);
    const rules = { ports, timeLeft };
    await tendZoneRules(tzVersion(), async () => (await knownInputs(ports)).inputs, rules);
    const { next, failures } = await tickAll(turnOf(lease, { ports, timeLeft }));
    const isAllOut = await publishNews(ports);
    const soon = isAllOut ? [] : [soonAfter(ports.clock.now())];
    const times = [...(next === null ? [] : [next]), ...soon];
    // Where somebody has changed something meanwhile, all of it is looked at again.
    await saveDue(times.length === 0 ? null : Math.min(...times), due.version, ports);
    const faults = faultsAmong(failures, ports);
    if (faults.length > 0) throw new AggregateError(faults, `${faults.length} pieces of work failed.`);
  } finally {
    await lease.release();
  }
};
