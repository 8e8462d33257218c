import type { Caller } from "../access/caller.ts";
import {
  plainScheduleData,
  type ScheduleEventData,
  type ScheduleEventType,
} from "../../events/schedule-event.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import {
  cancelled,
  extended,
  faultsOfOverride,
  newOverride,
  overrideSchema,
  type Override,
  type OverrideRequest,
  type TimedRequest,
} from "../schedule/override.ts";
import type { Freeze } from "../schedule/freeze.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { endFreeze, extendFreeze, freezeOf, makeFreeze, standingFreezes } from "./freezes.ts";
import { endUnderKey, type RequestKey, textOf } from "./override-request.ts";
import { noticeBefore, noticeGiver, noticeKey, type TakenBack } from "./notice-before-stop.ts";
import { invalid, notFound } from "./request-refused.ts";
import { say } from "./schedule-events.ts";
import { type KeyedRequest, useKey, usedBefore } from "./schedule-keys.ts";
import {
  changeDocument,
  contested,
  folders,
  keptUntil,
  loadInputs,
  loadOverrides,
  loadSchedules,
  makeDue,
  standing,
} from "./schedule-store.ts";
import { type SchedulePorts, scheduleNamed, tzVersion } from "./schedules.ts";

const place = (id: string) => ({ folder: folders.overrides, name: id, schema: overrideSchema });

/** What an exception is about: one schedule, or, where it is null, all of them. */
type Scope = Schedule | null;
const nameOf = (scope: Scope): string | null => scope?.name ?? null;

/**
 * Tells the schedule that it is about, or all that there are, and has the next tick look at it. Whoever repeats a request
 * does the same again: the one before may have died when it was saved, and `once` names what was said.
 */
const tellOf = async (
  scope: Scope,
  type: ScheduleEventType,
  more: Partial<ScheduleEventData>,
  once: string,
  ports: SchedulePorts,
): Promise<void> => {
  const schedules = scope === null ? await loadSchedules(ports) : [scope];
  for (const schedule of schedules)
    await say(schedule.name, [{ type, data: plainScheduleData(schedule, more), once }], ports);
  await makeDue(ports);
};

const tell = (
  scope: Scope,
  type: ScheduleEventType,
  { id, state, from, until, reason }: Override,
  by: string,
  once: string,
  ports: SchedulePorts,
): Promise<void> => {
  const more = { override: { id, state, from, until }, reason, by };
  return tellOf(scope, type, more, `${once}/${id}`, ports);
};

/** Where an override comes from: the same `key` makes it once. */
export interface OverrideOrigin {
  readonly by: string;
  readonly key: string;
}

const idOf = (prefix: "ovr" | "frz", scope: Scope, key: string): string =>
  `${prefix}_${fingerprintOf([nameOf(scope) ?? "", key]).slice(0, 20)}`;

/** Makes an override of a schedule, or of all; the same key makes it once. */
export const makeOverride = async (
  scope: Scope,
  request: TimedRequest,
  { by, key }: OverrideOrigin,
  ports: SchedulePorts,
): Promise<{ readonly override: Override; readonly isNew: boolean }> => {
  const id = idOf("ovr", scope, key);
  let isNew = false;
  const made = await changeDocument<Override>(
    place(id),
    (before) => {
      isNew = before === null;
      return before === null
        ? newOverride(request, { id, schedule: nameOf(scope), by, now: ports.clock.now() })
        : null;
    },
    ports,
    ({ until }) => keptUntil(until),
  );
  if (made === null) throw contested(`Override ${id}`);
  await tell(scope, "schedule.override_added", made, made.by, "added", ports);
  return { override: made, isNew };
};

/** An exception as the API shows it: one that wants something, or a freeze. */
export type Made = { readonly override: Override } | { readonly freeze: Freeze };

const scopeOf = async (name: string | null, caller: Caller, ports: SchedulePorts): Promise<Scope> =>
  name === null ? null : (await scheduleNamed(name, caller, ports)).schedule;

/**
 * Adds a temporary exception to a schedule, or to all.
 * @param name of the schedule; null: all
 * @throws RequestRefused 404, 422
 */
export const addOverride = async (
  name: string | null,
  request: OverrideRequest,
  named: RequestKey,
  caller: Caller,
  ports: SchedulePorts,
): Promise<Made> => {
  const scope = await scopeOf(name, caller, ports);
  const until = await endUnderKey(scope, request, named, ports);
  const key = textOf(named);
  const { state, for: _length, until: _until, ...rest } = request;
  if (state !== "freeze")
    return makeOverride(scope, { ...rest, state, until }, { by: caller.id, key }, ports);
  const id = idOf("frz", scope, key);
  const { from, reason } = request;
  const freeze = await makeFreeze(
    { id, schedule: nameOf(scope), from: from ?? null, until, reason, by: caller.id },
    ports,
  );
  await tellOf(scope, "schedule.paused", { by: caller.id, reason }, `paused/${freeze.id}`, ports);
  return { freeze };
};

/** Exceptions of a schedule that are not over, the latest first; those of all schedules are among them. @throws RequestRefused 404 */
export const listOverrides = async (
  name: string | null,
  caller: Caller,
  ports: SchedulePorts,
): Promise<readonly Made[]> => {
  await scopeOf(name, caller, ports);
  const now = ports.clock.now();
  const overrides = (await loadOverrides(ports)).filter(
    ({ schedule, until, cancelled_at: gone }) =>
      (schedule === name || schedule === null) && gone === null && Date.parse(until) > now,
  );
  const freezes = (await standingFreezes(ports)).filter(
    ({ schedule }) => schedule === name || schedule === null,
  );
  const all = [
    ...overrides.map((override) => ({ made: override.created_at, one: { override } })),
    ...freezes.map((freeze) => ({ made: freeze.from, one: { freeze } })),
  ];
  return all.toSorted((one, other) => (one.made < other.made ? 1 : -1)).map(({ one }) => one);
};

const isFreeze = (id: string): boolean => id.startsWith("frz_");

/** @throws RequestRefused 404 for one of another schedule */
const found = async (scope: Scope, id: string, ports: SchedulePorts): Promise<Override> => {
  const { value } = await standing(folders.overrides, id, overrideSchema, ports);
  if (value === null || value.schedule !== nameOf(scope)) throw notFound(`Override ${id.slice(0, 64)}`);
  return value;
};

/** @throws RequestRefused 404 */
const beginningOf = async (scope: Scope, id: string, ports: SchedulePorts): Promise<string> =>
  (isFreeze(id) ? await freezeOf(nameOf(scope), id, ports) : await found(scope, id, ports)).from;

/** Gives an exception another end; the same key does so once. @throws RequestRefused 404, 422 */
export const extendOverride = async (
  name: string | null,
  id: string,
  until: string,
  named: RequestKey,
  caller: Caller,
  ports: SchedulePorts,
): Promise<Made> => {
  const key = textOf(named);
  const isGiven = typeof named === "string";
  const scope = await scopeOf(name, caller, ports);
  const from = await beginningOf(scope, id, ports);
  const keyed: KeyedRequest = { place: ["extension", id, key], body: { until } };
  if (!isGiven || (await usedBefore(keyed, ports)) === null) {
    const faults = faultsOfOverride({ from, until }, ports.clock.now());
    if (faults.length > 0) throw invalid(faults);
    if (isGiven) await useKey(keyed, until, ports);
  }
  if (isFreeze(id)) return { freeze: await extendFreeze(nameOf(scope), id, { until, key }, ports) };
  const next = await changeDocument<Override>(
    place(id),
    (before) => {
      const after = before === null ? null : extended(before, until, key);
      return after === before ? null : after;
    },
    ports,
    (changed) => keptUntil(changed.until),
  );
  if (next === null) throw notFound(`Override ${id}`);
  await tell(scope, "schedule.override_added", next, caller.id, `until ${next.until}`, ports);
  return { override: next };
};

/** Ends an override now; one that is over stays so. */
const end = (id: string, ports: SchedulePorts): Promise<Override | null> =>
  changeDocument<Override>(
    place(id),
    (before) => {
      const after = before === null ? null : cancelled(before, ports.clock.now());
      return after === before ? null : after;
    },
    ports,
    ({ until }) => keptUntil(until),
  );

/**
 * Has stops that are due as soon as something is taken back announced first: until then its servers stay as they are.
 * @param isNow they are stopped at once all the same
 */
export const giveNotice = async (
  scope: Schedule | null,
  taken: readonly TakenBack[],
  isNow: boolean,
  ports: SchedulePorts,
): Promise<void> => {
  const inputs = await loadInputs(tzVersion(), ports);
  const schedules = scope === null ? inputs.schedules : [scope];
  const ids = new Set(taken.map(({ id }) => id));
  for (const schedule of schedules)
    for (const one of taken) {
      const key = noticeKey(one.id);
      const id = idOf("ovr", schedule, key);
      const now = ports.clock.now();
      const request = isNow ? null : noticeBefore(one, ids, schedule, inputs, now);
      // Whoever has made it before may not have lived to tell.
      const made = inputs.overrides.find((other) => other.id === id && Date.parse(other.until) > now);
      if (request !== null) await makeOverride(schedule, request, { by: noticeGiver, key }, ports);
      else if (made !== undefined && !isNow)
        await tell(schedule, "schedule.override_added", made, made.by, "added", ports);
      if (isNow) await end(id, ports);
    }
};

/**
 * Takes an exception back; one that is over stays as it is. A stop that this makes due is announced first.
 * @param isNow it is not announced
 * @throws RequestRefused 404
 */
export const cancelOverride = async (
  name: string | null,
  id: string,
  caller: Caller,
  ports: SchedulePorts,
  isNow = false,
): Promise<void> => {
  const scope = await scopeOf(name, caller, ports);
  if (isFreeze(id)) {
    const { from } = await freezeOf(nameOf(scope), id, ports);
    await giveNotice(scope, [{ id, from, state: "any", servers: null, select: null }], isNow, ports);
    await endFreeze(nameOf(scope), id, ports);
    return tellOf(scope, "schedule.resumed", { by: caller.id }, `resumed/${id}`, ports);
  }
  const standingOne = await found(scope, id, ports);
  // What only gives notice is taken back by somebody who has read it.
  if (standingOne.by !== noticeGiver) await giveNotice(scope, [standingOne], isNow, ports);
  const next = await end(id, ports);
  if (next === null || next.cancelled_at === null) return;
  await tell(scope, "schedule.override_cancelled", next, caller.id, "cancelled", ports);
};
