import * as z from "zod";
import type { Caller } from "../access/caller.ts";
import { plainScheduleData } from "../../events/schedule-event.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import { instant } from "../operation/time.ts";
import { refusalOfUrl } from "../webhook/address.ts";
import { durationSchema, millisecondsOf } from "../schedule/elapsed.ts";
import { longestDays } from "../schedule/freeze.ts";
import { dayMilliseconds, minuteMilliseconds } from "../schedule/local-date.ts";
import { cancelled, overrideSchema, type Override } from "../schedule/override.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { makeOverride } from "./overrides.ts";
import { invalid, RequestRefused, type RequestFault } from "./request-refused.ts";
import { say } from "./schedule-events.ts";
import { type KeyedRequest, useKey, usedBefore } from "./schedule-keys.ts";
import { changeDocument, folders, keptUntil, makeDue, standing as documentOf } from "./schedule-store.ts";
import { scheduleNamed } from "./schedules.ts";
import { walk } from "./server-pages.ts";
import { ServerRows } from "./server-rows.ts";
import { Standing } from "./server-standing.ts";
import { tickThese } from "./tick-schedules.ts";
import type { TickPorts, TickTurn } from "./tick-ports.ts";
import { tickKeyOf } from "./tick-state.ts";
import { faultsOfServers } from "./unselected-servers.ts";
import { callbackIdOf, keepCallback, serversKey } from "./wake-callbacks.ts";

/** Body of `POST /v1/schedules/{name}/wake`. */
export const wakeRequestSchema = z
  .strictObject({
    lease: durationSchema.meta({ description: "For how long its servers are to be on: `2h`." }),
    servers: z.array(z.string().min(1).max(255)).min(1).max(1000).exactOptional().meta({
      description: "Ids; left out: all servers of the schedule.",
    }),
    callback: z.string().max(2048).exactOptional().meta({
      description: "Called once with POST, when they run or the lease is over. A public https URL.",
    }),
  })
  .meta({ id: "WakeRequest" });
export type WakeRequest = z.infer<typeof wakeRequestSchema>;

/** What has been asked for, by however many callers: one exception, which lasts as long as the longest of them. */
const leaseSchema = z.strictObject({
  /** Number of the exception; a new one is made when the last is over. */
  number: z.int().positive(),
  until: z.iso.datetime(),
  /** When it was last looked at whether the servers are on. */
  checked_at: z.iso.datetime(),
});
type Lease = z.infer<typeof leaseSchema>;

/** Within this time callers take it that the servers are on, or on their way. */
const trusted = minuteMilliseconds;

export type WakePorts = TickPorts & { readonly allowsLoopbackEndpoints: boolean };

/** What became of a wake. */
export interface Woken {
  readonly override: Override;
  readonly callbackId: string | null;
}

const faultsOf = ({ lease, callback }: WakeRequest, ports: WakePorts): RequestFault[] => {
  const faults: RequestFault[] = [];
  const time = millisecondsOf(lease);
  if (time < minuteMilliseconds) faults.push({ pointer: "/lease", detail: "must be at least 1m" });
  if (time > longestDays * dayMilliseconds)
    faults.push({ pointer: "/lease", detail: `must be at most ${longestDays}d` });
  const refusal =
    callback === undefined ? null : refusalOfUrl(callback, { allowLoopback: ports.allowsLoopbackEndpoints });
  if (refusal !== null) faults.push({ pointer: "/callback", detail: refusal.detail });
  return faults;
};

const placeOf = (schedule: Schedule, servers: readonly string[] | null) => ({
  folder: "schedule-leases",
  name: `${tickKeyOf(schedule)}@${fingerprintOf(serversKey(servers)).slice(0, 16)}`,
  schema: leaseSchema,
});

/** What one caller asks for. */
interface Asked {
  readonly schedule: Schedule;
  readonly servers: readonly string[] | null;
  /** On whole minutes, so that many callers at the same time write the same. */
  readonly until: string;
  readonly by: string;
}

/** Takes the lease, or makes it last longer. @returns the lease, and whether the servers are to be looked at */
const take = async (
  { schedule, servers, until }: Asked,
  ports: WakePorts,
): Promise<{ readonly lease: Lease; readonly isToCheck: boolean }> => {
  let isToCheck = false;
  const lease = await changeDocument<Lease>(
    placeOf(schedule, servers),
    (before) => {
      const now = ports.clock.now();
      isToCheck = false;
      if (before === null || Date.parse(before.until) <= now)
        return { number: (before?.number ?? 0) + 1, until, checked_at: instant(now) };
      isToCheck = now - Date.parse(before.checked_at) >= trusted;
      const isLonger = Date.parse(until) > Date.parse(before.until);
      if (!isToCheck && !isLonger) return null;
      const checkedAt = isToCheck ? instant(now) : before.checked_at;
      return { ...before, until: isLonger ? until : before.until, checked_at: checkedAt };
    },
    ports,
    (next) => keptUntil(next.until),
  );
  if (lease === null) throw new Error("a lease that was taken is not there");
  return { lease, isToCheck };
};

const overrideOf = async (
  { schedule, servers, by }: Asked,
  { number, until }: Lease,
  ports: WakePorts,
  from?: string,
): Promise<{ readonly override: Override; readonly isNew: boolean }> => {
  const key = `wake\n${fingerprintOf(serversKey(servers)).slice(0, 16)}\n${number}`;
  const request = {
    state: "on" as const,
    until,
    reason: "woken on demand",
    ...(from === undefined ? {} : { from }),
    ...(servers === null ? {} : { servers: [...servers] }),
  };
  const made = await makeOverride(schedule, request, { by, key }, ports);
  if (made.isNew || Date.parse(made.override.until) >= Date.parse(until)) return made;
  const place = { folder: folders.overrides, name: made.override.id, schema: overrideSchema };
  const longer = await changeDocument<Override>(
    place,
    (before) =>
      before === null || Date.parse(before.until) >= Date.parse(until) ? null : { ...before, until },
    ports,
    (next) => keptUntil(next.until),
  );
  await makeDue(ports);
  return { override: longer ?? made.override, isNew: false };
};

/** Whether one of the servers is off, and not on its way. */
const isOneOff = async ({ schedule, servers }: Asked, turn: TickTurn): Promise<boolean> => {
  const connection = turn.ports.providers.connection(schedule.connection);
  if (connection === null) return false;
  const standing = new Standing(schedule, servers, new ServerRows(schedule, turn.ports), turn.ports);
  await walk(connection, [standing], null, turn);
  return standing.failure === undefined && standing.on + standing.moving < standing.total;
};

/**
 * Somebody has switched servers off since they were woken: the exception ends, and another one begins, whose beginning
 * is an edge of its own.
 */
const begunAnew = async (asked: Asked, lease: Lease, before: Override, ports: WakePorts) => {
  const { schedule, servers } = asked;
  const place = { folder: folders.overrides, name: before.id, schema: overrideSchema };
  const ended = await changeDocument<Override>(
    place,
    (standing) => (standing === null ? null : cancelled(standing, ports.clock.now())),
    ports,
    ({ until }) => keptUntil(until),
  );
  const next = await changeDocument<Lease>(
    placeOf(schedule, servers),
    (standing) =>
      standing !== null && standing.number === lease.number
        ? { ...standing, number: lease.number + 1 }
        : null,
    ports,
    ({ until }) => keptUntil(until),
  );
  const at = Date.parse(ended?.cancelled_at ?? instant(ports.clock.now())) + 1;
  const made = await overrideOf(asked, next ?? lease, ports, instant(at));
  if (ports.clock.now() < at) await ports.clock.sleep(at - ports.clock.now());
  return made;
};

const tell = ({ schedule, by }: Asked, override: Override, ports: WakePorts): Promise<void> => {
  const { id, state, from, until, reason } = override;
  const data = plainScheduleData(schedule, { override: { id, state, from, until }, reason, by });
  return say(schedule.name, [{ type: "schedule.woken", data, once: `woken/${id}/${until}` }], ports);
};

/** Starts what is to be started at once. Whatever goes wrong, the next tick does the same. */
const startNow = async ({ schedule }: Asked, turn: TickTurn): Promise<void> => {
  const { failures } = await tickThese([schedule.name], turn);
  for (const error of failures)
    turn.ports.log.warn("woken servers are started at the next tick", {
      error: error instanceof Error ? error.message : "unknown fault",
    });
};

/** @throws RequestRefused 409, 422 */
const check = async (schedule: Schedule, request: WakeRequest, ports: WakePorts): Promise<void> => {
  const unselected = await faultsOfServers([schedule], request.servers ?? [], ports);
  const faults = [...faultsOf(request, ports), ...unselected];
  if (faults.length > 0) throw invalid(faults);
  if (schedule.mode !== "observe") return;
  throw new RequestRefused({
    status: 409,
    code: "SCHEDULE_OBSERVES",
    title: "The schedule only observes",
    detail: `${schedule.name} has the mode observe: it starts nothing.`,
    hint: "Start the servers by an operation, or give the schedule another mode.",
  });
};

/** When the lease that is asked for ends: a repeat asks for no longer one. @throws RequestRefused 409, 422 */
const endUnderKey = async (
  schedule: Schedule,
  request: WakeRequest,
  key: string,
  ports: WakePorts,
): Promise<string> => {
  const keyed: KeyedRequest = { place: ["wake", schedule.name, key], body: request };
  const before = await usedBefore(keyed, ports);
  if (before !== null) return before.until;
  await check(schedule, request, ports);
  const end = ports.clock.now() + millisecondsOf(request.lease);
  const until = instant(Math.ceil(end / minuteMilliseconds) * minuteMilliseconds);
  return (await useKey(keyed, until, ports)).until;
};

/** The exception of a wake whose lease is over: nobody is woken by a repeat that comes so late. */
const lastOverride = async (asked: Asked, ports: WakePorts): Promise<Override> => {
  const { folder, name, schema } = placeOf(asked.schedule, asked.servers);
  const { value } = await documentOf(folder, name, schema, ports);
  const lease = value ?? { number: 1, until: asked.until, checked_at: asked.until };
  return (await overrideOf(asked, lease, ports)).override;
};

/**
 * Has servers of a schedule on for a while, however many ask: one exception, which lasts as long as the longest lease,
 * and one start a server. They are started at once, and not at the next tick.
 * @param key names the request, where it is repeated
 * @throws RequestRefused 404, 409, 422
 */
export const wakeSchedule = async (
  name: string,
  request: WakeRequest,
  key: string,
  caller: Caller,
  turn: { readonly ports: WakePorts; readonly timeLeft: () => number },
): Promise<Woken> => {
  const { ports } = turn;
  const { schedule } = await scheduleNamed(name, caller, ports);
  const ownKey = `${caller.id}\n${key}`;
  const until = await endUnderKey(schedule, request, ownKey, ports);
  const asked: Asked = { schedule, servers: request.servers ?? null, until, by: caller.id };
  const url = request.callback ?? null;
  const waiting = { schedule: schedule.name, url, servers: asked.servers?.slice() ?? null, until };
  const callbackId = url === null ? null : callbackIdOf(schedule.name, ownKey);
  if (Date.parse(until) <= ports.clock.now())
    return { override: await lastOverride(asked, ports), callbackId };
  const { lease, isToCheck } = await take(asked, ports);
  let made = await overrideOf(asked, lease, ports);
  // It was taken back: by somebody, or by a wake that died before it had begun another one.
  const isGone = made.override.cancelled_at !== null;
  if (isGone || (!made.isNew && isToCheck && (await isOneOff(asked, turn))))
    made = await begunAnew(asked, lease, made.override, ports);
  await tell(asked, made.override, ports);
  await keepCallback(waiting, ownKey, ports);
  await makeDue(ports);
  if (made.isNew) await startNow(asked, turn);
  return { override: made.override, callbackId };
};
