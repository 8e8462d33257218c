import { mostNamed, plainScheduleData } from "../../events/schedule-event.ts";
import { instant } from "../operation/time.ts";
import { schedulesOf } from "../schedule/board.ts";
import { type Beside, dueTimes, nextDueTime } from "../schedule/due-times.ts";
import type { Inputs } from "../schedule/inputs.ts";
import { minuteMilliseconds } from "../schedule/local-date.ts";
import { stopsToAnnounce } from "../schedule/notice.ts";
import { zoneOf, type Schedule } from "../schedule/schedule.ts";
import { localText } from "../schedule/wall-time.ts";
import { noticeOf } from "./notice-before-stop.ts";
import type { ToSay } from "./schedule-events.ts";
import type { Page, Visitor } from "./server-pages.ts";
import { snoozeToken } from "./snooze-token.ts";
import type { TickPorts } from "./tick-ports.ts";
import type { TickState } from "./tick-state.ts";

/** For how long a link keeps servers on. */
const snoozeMilliseconds = 2 * 60 * minuteMilliseconds;

/** From when on stops have yet to be announced; what has changed since is looked at anew. */
const announcedUntil = (tick: TickState, inputs: string, now: number, notice: number): number => {
  const isSame = tick.announced_until !== null && tick.inputs === inputs;
  return Math.max(now - notice, isSame ? Date.parse(tick.announced_until ?? "") : 0);
};

interface Stop {
  readonly at: number;
  readonly why: string;
  readonly servers: { readonly id: string; readonly name: string | null }[];
  count: number;
}

/** Finds the servers whose stops are to be announced. */
export class Notice implements Visitor {
  readonly schedule: Schedule;
  failure: unknown = undefined;
  readonly #inputs: Inputs;
  readonly #after: number;
  readonly #now: number;
  readonly #stops = new Map<number, Stop>();

  constructor(schedule: Schedule, inputs: Inputs, after: number, now: number) {
    this.schedule = schedule;
    this.#inputs = inputs;
    this.#after = after;
    this.#now = now;
  }

  async visit({ listed, looks }: Page): Promise<void> {
    const coming = listed.flatMap(({ server }) => {
      if (schedulesOf(this.#inputs, server)[0]?.name !== this.schedule.name) return [];
      const stops = stopsToAnnounce(this.#inputs, server, this.#after, this.#now);
      return stops.filter(({ at }) => at > this.#now).map((stop) => ({ server, stop }));
    });
    if (coming.length === 0) return;
    const sights = await looks.first([...new Set(coming.map(({ server }) => server.id))]);
    for (const { server, stop } of coming) {
      // What is off already is not going to be stopped.
      if (sights.get(server.id)?.observation.phase !== "on") continue;
      const known = this.#stops.get(stop.at) ?? { at: stop.at, why: stop.why, servers: [], count: 0 };
      known.count += 1;
      if (known.servers.length < mostNamed) known.servers.push({ id: server.id, name: server.name });
      this.#stops.set(stop.at, known);
    }
  }

  /** The announcements, each with a link that snoozes its stop. */
  async toSay(ports: TickPorts): Promise<readonly ToSay[]> {
    if (this.#stops.size === 0) return [];
    const master = await signingKey(ports);
    return [...this.#stops.values()].map((stop) => announcement(this.schedule, stop, master));
  }
}

/** Null: the key can't be had now, and stops are announced without a link. */
const signingKey = async ({ secrets, signingKeyReference, log }: TickPorts): Promise<string | null> => {
  try {
    return await secrets.read(signingKeyReference);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown fault";
    log.warn("stops are announced without a link, as the signing key can't be read", { error: why });
    return null;
  }
};

const announcement = (
  schedule: Schedule,
  { at, why, servers, count }: Stop,
  master: string | null,
): ToSay => {
  const snooze = { s: schedule.name, a: at, u: at + snoozeMilliseconds };
  return {
    type: "schedule.stop_announced",
    data: plainScheduleData(schedule, {
      edge: { at: instant(at), local: localText(zoneOf(schedule), at), action: "off" },
      servers: servers.map((server) => ({ ...server, operation_id: null, because: null })),
      server_count: count,
      reason: why,
      snooze_path: master === null ? null : `/snooze/${snoozeToken(snooze, master)}`,
    }),
    once: `stop_announced/${at}/${schedule.version}`,
  };
};

/** What a tick has to announce; null: nothing. */
export const noticeDue = (
  schedule: Schedule,
  inputs: Inputs,
  tick: TickState,
  known: { readonly inputs: string; readonly now: number; readonly beside: Beside },
): Notice | null => {
  const notice = noticeOf(schedule);
  if (notice === 0) return null;
  const { now } = known;
  const after = announcedUntil(tick, known.inputs, now, notice);
  const times = dueTimes(inputs, schedule, after + notice + 1, now + notice + 1, known.beside);
  return times.length === 0 ? null : new Notice(schedule, inputs, after, now);
};

/** When the next stop may have to be announced, in milliseconds since the epoch; null: not within 400 days. */
export const nextNotice = (
  schedule: Schedule,
  inputs: Inputs,
  now: number,
  beside: Beside,
): number | null => {
  const notice = noticeOf(schedule);
  const next = notice === 0 ? null : nextDueTime(inputs, schedule, now + notice, beside);
  return next === null ? null : next - notice;
};
