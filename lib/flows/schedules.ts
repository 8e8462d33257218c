import { isNameBelow } from "../access/key.ts";
import { maySee, type Caller } from "../access/caller.ts";
import { plainScheduleData, type ScheduleEventType } from "../../events/schedule-event.ts";
import { asJson, canonicalJson } from "../operation/json.ts";
import type { Kind } from "../operation/kind.ts";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import type { Inputs } from "../schedule/inputs.ts";
import { faultsOfNeeds, neededBy } from "../schedule/needs.ts";
import {
  faultsOfSchedule,
  needsOf,
  scheduleNamePattern,
  scheduleSchema,
  type Schedule,
  type ScheduleRequest,
} from "../schedule/schedule.ts";
import { refusalOfUrl } from "../webhook/address.ts";
import { nearest } from "../operation/nearest.ts";
import type { Listing } from "./cursor.ts";
import { cursorOf, positionOf } from "./cursor.ts";
import * as z from "zod";
import { invalid, notFound, RequestRefused, type RequestFault } from "./request-refused.ts";
import { keepVersion, lastDeleted } from "./kept-versions.ts";
import { say } from "./schedule-events.ts";
import {
  allOf,
  changeDocument,
  contested,
  folders,
  loadInputs,
  makeDue,
  standing,
} from "./schedule-store.ts";

export type SchedulePorts = Pick<Ports, "documents" | "cells" | "clock" | "providers" | "log"> & {
  /** Whether what is called may be on the loopback address; left out: it may not. */
  readonly allowsLoopbackEndpoints?: boolean;
};

/** Version of the tz data that this process decides with. */
export const tzVersion = (): string => process.versions.tz ?? "unknown";

const place = (name: string) => ({ folder: folders.schedules, name, schema: scheduleSchema });

const faultsOfConnection = (request: ScheduleRequest, ports: SchedulePorts): RequestFault[] => {
  if (ports.providers.connection(request.connection) !== null) return [];
  const names = ports.providers.connections().map(({ name }) => name);
  const meant = nearest(request.connection, names);
  const known = names.length === 0 ? "none is configured" : `there is ${names.join(", ")}`;
  const detail = `unknown connection; ${meant === null ? known : `did you mean "${meant}"?`}`;
  return [{ pointer: "/connection", detail }];
};

/** What a mode asks for. */
const powerOf = {
  respect: ["server.start", "server.stop"],
  enforce: ["server.start", "server.stop"],
  "stop-only": ["server.stop"],
  "start-only": ["server.start"],
  observe: [],
} as const satisfies Record<ScheduleRequest["mode"], readonly Kind[]>;

const faultsOfPower = (request: ScheduleRequest, ports: SchedulePorts): RequestFault[] => {
  const connection = ports.providers.connection(request.connection);
  if (connection === null) return [];
  const { kinds, name } = ports.providers.dialect(connection);
  const offers = powerOf[request.mode].map((kind) => {
    const offer = kinds.get(kind);
    return offer === undefined
      ? { detail: `${name} does not offer ${kind}` }
      : (offer.check?.(connection, {}) ?? null);
  });
  const missing = offers.find((one) => one !== null) ?? null;
  return missing === null ? [] : [{ pointer: "/connection", detail: missing.detail }];
};

/** What can never be called is refused when it is saved: other addresses than public ones, and other schemes than https. */
const faultsOfUrls = (request: ScheduleRequest, ports: SchedulePorts): RequestFault[] => {
  const rules = { allowLoopback: ports.allowsLoopbackEndpoints === true };
  const probed = needsOf(request).map(({ ready }, index) => ({
    url: ready,
    pointer: `/needs/${index}/ready`,
  }));
  const busy = request.guards?.busy_check;
  const asked = busy === undefined ? [] : [{ url: busy.url, pointer: "/guards/busy_check/url" }];
  return [...probed.filter(({ url }) => /^https?:/.test(url)), ...asked].flatMap(({ url, pointer }) => {
    const refusal = refusalOfUrl(url, rules);
    return refusal === null ? [] : [{ pointer, detail: refusal.detail }];
  });
};

/** @throws RequestRefused 422 with all faults */
const check = (
  name: string,
  request: ScheduleRequest,
  inputs: Inputs,
  caller: Caller,
  ports: SchedulePorts,
): void => {
  const visible = inputs.schedules.filter(({ connection }) => maySee(caller, connection));
  const faults: RequestFault[] = scheduleNamePattern.test(name)
    ? []
    : [{ pointer: "/name", detail: "must be 1 to 64 of letters, digits, dot, _ and -, in the path" }];
  faults.push(
    ...faultsOfConnection(request, ports),
    ...faultsOfPower(request, ports),
    ...faultsOfSchedule(request, new Set(inputs.calendars.map((calendar) => calendar.name))),
    ...faultsOfNeeds(request, name, visible),
    ...faultsOfUrls(request, ports),
  );
  if (faults.length > 0) throw invalid(faults);
};

/** Whoever is limited to connections stays below the client's own name, as with hooks. */
const checkName = (name: string, { client, connections }: Caller): void => {
  if (connections === null || isNameBelow(client, name)) return;
  const own = client ?? "";
  const detail = `your key is limited to connections: it names schedules "${own}", or "${own}." and more`;
  throw invalid([{ pointer: "/name", detail }]);
};

const said = ({ version: _v, created_by: _b, created_at: _a, updated_at: _u, ...rest }: Schedule) => rest;

/** The schedule as a request makes it; the one before when it says the same. */
const scheduleOf = (
  name: string,
  request: ScheduleRequest,
  before: Schedule | null,
  by: string,
  now: number,
): Schedule => {
  const next: Schedule = {
    name,
    version: (before?.version ?? 0) + 1,
    ...request,
    created_by: before?.created_by ?? by,
    created_at: before?.created_at ?? instant(now),
    updated_at: instant(now),
  };
  const isSame = before !== null && canonicalJson(asJson(said(before))) === canonicalJson(asJson(said(next)));
  return isSame ? before : next;
};

/** The inputs with this schedule in the place of the one of its name. */
const inputsWith = (inputs: Inputs, schedule: Schedule): Inputs => ({
  ...inputs,
  schedules: [...inputs.schedules.filter(({ name }) => name !== schedule.name), schedule],
});

/** What a request would make of a schedule, checked and not saved. */
export interface Drafted {
  readonly schedule: Schedule;
  readonly before: Inputs;
  readonly after: Inputs;
  readonly isNew: boolean;
}

/** A schedule as it would be saved. @throws RequestRefused 422, 409 */
export const draftSchedule = async (
  name: string,
  request: ScheduleRequest,
  caller: Caller,
  ports: SchedulePorts,
): Promise<Drafted> => {
  const inputs = await loadInputs(tzVersion(), ports);
  const before = inputs.schedules.find((one) => one.name === name) ?? null;
  checkName(name, caller);
  if (before !== null && !maySee(caller, before.connection))
    throw new RequestRefused({
      status: 409,
      code: "SCHEDULE_NAME_TAKEN",
      title: "The schedule can't be written",
      detail: "This name is taken by a schedule that the key may not change.",
      hint: "Use another name.",
    });
  check(name, request, inputs, caller, ports);
  const schedule = scheduleOf(name, request, before, caller.id, ports.clock.now());
  return { schedule, before: inputs, after: inputsWith(inputs, schedule), isNew: before === null };
};

/** Tells of a change of it, once under that name. */
export const tellChange = (
  schedule: Schedule,
  type: ScheduleEventType,
  caller: Caller,
  once: string,
  ports: SchedulePorts,
): Promise<void> =>
  say(schedule.name, [{ type, data: plainScheduleData(schedule, { by: caller.id }), once }], ports);

/** For so long a request that is repeated is told again, where the one before has died when it was saved. */
export const repeatMilliseconds = 3_600_000;

/** Puts a schedule, in place of the one of that name. An equal one changes nothing. @throws RequestRefused 422, 409 */
export const putSchedule = async (
  name: string,
  request: ScheduleRequest,
  caller: Caller,
  ports: SchedulePorts,
): Promise<Drafted> => {
  const drafted = await draftSchedule(name, request, caller, ports);
  const standingOne = drafted.before.schedules.find((one) => one.name === name);
  // Before it is replaced: a death in between leaves one that is written down, and still stands.
  if (standingOne !== undefined && standingOne.version !== drafted.schedule.version)
    await keepVersion("schedule", standingOne, ports);
  let replaced: readonly Schedule[] = [];
  let isChanged = false;
  const saved = await changeDocument<Schedule>(
    place(name),
    (before) => {
      const next = scheduleOf(name, request, before, caller.id, ports.clock.now());
      isChanged = next !== before;
      replaced = before === null ? [] : [before];
      return isChanged ? next : null;
    },
    ports,
  );
  const schedule = saved ?? drafted.schedule;
  // Somebody else was faster with a version that was not seen above.
  if (isChanged) for (const one of replaced) await keepVersion("schedule", one, ports);
  // Whoever asked the same a moment ago may have died before it was told.
  if (isChanged || ports.clock.now() - Date.parse(schedule.updated_at) < repeatMilliseconds) {
    const type = schedule.version === 1 ? "schedule.created" : "schedule.updated";
    await tellChange(schedule, type, caller, `version/${schedule.created_at}/${schedule.version}`, ports);
    await makeDue(ports);
  }
  return { ...drafted, schedule, after: inputsWith(drafted.before, schedule) };
};

/** The schedule of a name, with all that decides on it, if the caller may know of it. @throws RequestRefused 404 */
export const scheduleNamed = async (
  name: string,
  caller: Caller,
  ports: SchedulePorts,
): Promise<{ readonly schedule: Schedule; readonly inputs: Inputs }> => {
  const inputs = await loadInputs(tzVersion(), ports);
  const schedule = inputs.schedules.find((one) => one.name === name);
  if (schedule === undefined || !maySee(caller, schedule.connection))
    throw notFound(`Schedule ${name.slice(0, 64)}`);
  return { schedule, inputs };
};

const tellDeleted = async (schedule: Schedule, caller: Caller, ports: SchedulePorts): Promise<void> => {
  await tellChange(schedule, "schedule.deleted", caller, `deleted/${schedule.created_at}`, ports);
  await makeDue(ports);
};

/** Whoever has deleted it a moment ago may have died before it was told. */
const tellIfGone = async (name: string, caller: Caller, ports: SchedulePorts): Promise<void> => {
  const { value } = await standing(folders.schedules, name, scheduleSchema, ports);
  const gone = value === null ? await lastDeleted(name, ports) : null;
  if (gone === null || gone.deleted_at === null || !maySee(caller, gone.value.connection)) return;
  if (ports.clock.now() - Date.parse(gone.deleted_at) < repeatMilliseconds)
    await tellDeleted(gone.value, caller, ports);
};

/**
 * Removes a schedule; its servers stay as they are.
 * @throws RequestRefused 404 (whoever asks again is told so, and it is seen to that it was told), 409 when another one
 *   needs it
 */
export const deleteSchedule = async (name: string, caller: Caller, ports: SchedulePorts): Promise<void> => {
  await tellIfGone(name, caller, ports);
  const { schedule, inputs } = await scheduleNamed(name, caller, ports);
  const users = neededBy(name, inputs.schedules);
  if (users.length > 0)
    throw new RequestRefused({
      status: 409,
      code: "SCHEDULE_IN_USE",
      title: "The schedule is needed",
      detail: `${users.join(", ")} ${users.length === 1 ? "needs" : "need"} it.`,
      hint: "Take it out of their `needs` first.",
    });
  const { version } = await standing(folders.schedules, name, scheduleSchema, ports);
  await keepVersion("schedule", schedule, ports, true);
  if (!(await ports.documents.remove(folders.schedules, name, version))) throw contested(`Schedule ${name}`);
  await tellDeleted(schedule, caller, ports);
};

const cursorSchema = z.strictObject({ s: z.string().regex(scheduleNamePattern) });

/** Schedules that the caller may know of, by name. */
export const listSchedules = async (
  { limit, cursor }: { readonly limit: number; readonly cursor: string | null },
  caller: Caller,
  ports: SchedulePorts,
): Promise<Listing<Schedule> & { readonly inputs: Inputs }> => {
  const after = cursor === null ? "" : positionOf(cursor, cursorSchema).s;
  const inputs = await loadInputs(tzVersion(), ports);
  const own = (await allOf(folders.schedules, scheduleSchema, ports))
    .filter(({ name, connection }) => name > after && maySee(caller, connection))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const items = own.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = own.length > limit && last !== undefined ? cursorOf({ s: last.name }) : null;
  return { items, nextCursor, inputs };
};
