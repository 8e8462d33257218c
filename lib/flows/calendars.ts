import * as z from "zod";
import type { Caller } from "../access/caller.ts";
import { plainScheduleData } from "../../events/schedule-event.ts";
import { instant } from "../operation/time.ts";
import {
  type Calendar,
  calendarSchema,
  datesOf,
  type CalendarRequest,
  usersOf,
} from "../schedule/calendar.ts";
import { difference, type Difference } from "../schedule/difference.ts";
import { hasDatesToCome } from "../schedule/ics-days.ts";
import type { IcsFault } from "../schedule/ics-lines.ts";
import { readIcs } from "../schedule/ics.ts";
import { dayMilliseconds } from "../schedule/local-date.ts";
import { type Schedule, scheduleNamePattern } from "../schedule/schedule.ts";
import { cursorOf, type Listing, positionOf } from "./cursor.ts";
import { keepVersion } from "./kept-versions.ts";
import { invalid, notFound, RequestRefused } from "./request-refused.ts";
import { say } from "./schedule-events.ts";
import {
  changeDocument,
  contested,
  folders,
  loadCalendars,
  loadInputs,
  loadSchedules,
  makeDue,
  standing,
} from "./schedule-store.ts";
import { draftedDays } from "./schedule-questions.ts";
import { type SchedulePorts, tzVersion } from "./schedules.ts";

const place = (name: string) => ({ folder: folders.calendars, name, schema: calendarSchema });

const checkName = (name: string): void => {
  if (scheduleNamePattern.test(name)) return;
  throw invalid([
    { pointer: "/name", detail: "must be 1 to 64 of letters, digits, dot, _ and -, in the path" },
  ]);
};

type Said = Pick<Calendar, "dates" | "ics" | "description">;

const calendarOf = (
  name: string,
  said: Said,
  before: Calendar | null,
  by: string,
  now: number,
): Calendar | null => {
  const isSame =
    before !== null &&
    before.refused === null &&
    JSON.stringify([before.dates, before.ics, before.description]) ===
      JSON.stringify([said.dates, said.ics, said.description]);
  if (isSame) return null;
  return {
    name,
    version: (before?.version ?? 0) + 1,
    ...said,
    refused: null,
    created_by: before?.created_by ?? by,
    created_at: before?.created_at ?? instant(now),
    updated_at: instant(now),
  };
};

/** Puts a calendar, in the place of the one of that name. */
const put = async (name: string, said: Said, caller: Caller, ports: SchedulePorts) => {
  let isNew = false;
  const { value: standingOne } = await standing(folders.calendars, name, calendarSchema, ports);
  if (standingOne !== null && calendarOf(name, said, standingOne, caller.id, 0) !== null)
    await keepVersion("calendar", standingOne, ports);
  const saved = await changeDocument<Calendar>(
    place(name),
    (before) => {
      isNew = before === null;
      return calendarOf(name, said, before, caller.id, ports.clock.now());
    },
    ports,
  );
  if (saved === null) throw contested(`Calendar ${name}`);
  await makeDue(ports);
  return { calendar: saved, isNew };
};

/** What is worth a second look in a calendar. */
export interface CalendarWarning {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** A calendar as a request makes it. */
interface Read {
  readonly said: Said;
  readonly warnings: readonly CalendarWarning[];
}

/** That days to come are gone: an old file in the place of a new one is no fault, and seldom meant. */
const goneFrom = (before: Calendar | null, said: Said, now: number): readonly CalendarWarning[] => {
  if (before === null || !hasDatesToCome(before, now) || hasDatesToCome(said, now)) return [];
  const detail = `it says nothing of the days to come, and version ${before.version} did`;
  return [{ pointer: "", code: "NO_DATES_TO_COME", detail }];
};

const readDates = (request: CalendarRequest, before: Calendar | null, now: number): Read => {
  const said = { dates: datesOf(request), ics: null, description: request.description ?? null };
  return { said, warnings: goneFrom(before, said, now) };
};

/** Puts a calendar of dates. @throws RequestRefused 422, 409 */
export const putDates = async (
  name: string,
  request: CalendarRequest,
  caller: Caller,
  ports: SchedulePorts,
) => {
  checkName(name);
  const { value: before } = await standing(folders.calendars, name, calendarSchema, ports);
  const { said, warnings } = readDates(request, before, ports.clock.now());
  return { ...(await put(name, said, caller, ports)), warnings };
};

const alertUsers = async (
  name: string,
  detail: string,
  schedules: readonly Schedule[],
  ports: SchedulePorts,
): Promise<void> => {
  const users = new Set(usersOf(name, schedules));
  for (const schedule of schedules.filter((one) => users.has(one.name)))
    await say(
      schedule.name,
      [
        {
          type: "schedule.alert",
          data: plainScheduleData(schedule, { reason: `calendar ${name}: ${detail}` }),
        },
      ],
      ports,
    );
};

/** Whether a calendar says anything of any day. */
const saysSomething = (calendar: Calendar | null): boolean => {
  if (calendar === null) return false;
  const read = calendar.ics === null ? null : readIcs(calendar.ics, "stored");
  return calendar.dates.length > 0 || (read?.ok === true && read.entries.events > 0);
};

const empty = "there is no event in it that takes place";

/** A file without events takes the place of nothing but a calendar that says nothing either. */
const readText = (
  text: string,
  before: Calendar | null,
  now: number,
): Read | (IcsFault & { readonly ok: false }) => {
  const read = readIcs(text);
  if (!read.ok) return read;
  const isEmpty = read.entries.events === 0;
  if (isEmpty && saysSomething(before)) return { ok: false, line: 1, detail: empty };
  const said = { dates: [], ics: text, description: null };
  const warnings = isEmpty
    ? [{ pointer: "", code: "EMPTY_CALENDAR", detail: empty }]
    : goneFrom(before, said, now);
  return { said, warnings };
};

const refusal = ({ line, detail }: IcsFault, kept: Calendar | null): RequestRefused => {
  const words = `line ${line}: ${detail}`;
  const stays = kept === null ? words : `${words}; the calendar of ${kept.updated_at} stays in force`;
  return invalid([{ pointer: "", detail: stays }]);
};

/**
 * Puts a calendar from the text of an ICS file. A faulty one is refused and told; the last good one stays in force.
 * @throws RequestRefused 422, 409
 */
export const putIcs = async (name: string, text: string, caller: Caller, ports: SchedulePorts) => {
  checkName(name);
  const { value: standingOne } = await standing(folders.calendars, name, calendarSchema, ports);
  const read = readText(text, standingOne, ports.clock.now());
  if (!("ok" in read)) return { ...(await put(name, read.said, caller, ports)), warnings: read.warnings };
  const { line, detail } = read;
  const refused = { at: instant(ports.clock.now()), line, detail };
  const kept = await changeDocument<Calendar>(
    place(name),
    (before) => (before === null ? null : { ...before, refused }),
    ports,
  );
  if (kept !== null) {
    await alertUsers(name, `line ${line}: ${detail}`, await loadSchedules(ports), ports);
    await makeDue(ports);
  }
  throw refusal(read, kept);
};

/** What a request would make of a calendar: checked, and nothing is written. */
export interface DraftedCalendar {
  readonly calendar: Calendar;
  readonly schedules: readonly { readonly name: string; readonly difference: Difference }[];
  readonly warnings: readonly CalendarWarning[];
}

/** A calendar as it would be saved, and what that does to the schedules that use it. @throws RequestRefused 422 */
export const draftCalendar = async (
  name: string,
  request: CalendarRequest | string,
  caller: Caller,
  ports: SchedulePorts,
): Promise<DraftedCalendar> => {
  checkName(name);
  const inputs = await loadInputs(tzVersion(), ports);
  const before = inputs.calendars.find((one) => one.name === name) ?? null;
  const now = ports.clock.now();
  const read = typeof request === "string" ? readText(request, before, now) : readDates(request, before, now);
  if ("ok" in read) throw refusal(read, before);
  const made = calendarOf(name, read.said, before, caller.id, now);
  const calendar = made ?? before;
  if (calendar === null) throw contested(`Calendar ${name}`);
  const after = {
    ...inputs,
    calendars: [...inputs.calendars.filter((one) => one.name !== name), calendar],
  };
  const schedules = usersOf(name, inputs.schedules).map((user) => ({
    name: user,
    difference: difference(inputs, after, user, now, now + draftedDays * dayMilliseconds),
  }));
  return { calendar, schedules, warnings: read.warnings };
};

/** The calendar of a name. @throws RequestRefused 404 */
export const getCalendar = async (name: string, ports: SchedulePorts): Promise<Calendar> => {
  const { value } = await standing(folders.calendars, name, calendarSchema, ports);
  if (value === null) throw notFound(`Calendar ${name.slice(0, 64)}`);
  return value;
};

const cursorSchema = z.strictObject({ c: z.string().regex(scheduleNamePattern) });

/** Calendars by name. */
export const listCalendars = async (
  { limit, cursor }: { readonly limit: number; readonly cursor: string | null },
  ports: SchedulePorts,
): Promise<Listing<Calendar>> => {
  const after = cursor === null ? "" : positionOf(cursor, cursorSchema).c;
  const own = (await loadCalendars(ports))
    .filter(({ name }) => name > after)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const items = own.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    nextCursor: own.length > limit && last !== undefined ? cursorOf({ c: last.name }) : null,
  };
};

/** Removes a calendar that no schedule names. @throws RequestRefused 404, 409 */
export const deleteCalendar = async (name: string, ports: SchedulePorts): Promise<void> => {
  const { value, version } = await standing(folders.calendars, name, calendarSchema, ports);
  if (value === null) throw notFound(`Calendar ${name.slice(0, 64)}`);
  const users = usersOf(name, await loadSchedules(ports));
  if (users.length > 0)
    throw new RequestRefused({
      status: 409,
      code: "CALENDAR_IN_USE",
      title: "The calendar is in use",
      detail: `${users.join(", ")} ${users.length === 1 ? "uses" : "use"} it.`,
      hint: "Take it out of their `calendars` first.",
    });
  await keepVersion("calendar", value, ports, true);
  if (!(await ports.documents.remove(folders.calendars, name, version))) throw contested(`Calendar ${name}`);
  await makeDue(ports);
};
