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
import { readIcs } from "../schedule/ics.ts";
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
  loadSchedules,
  makeDue,
  standing,
} from "./schedule-store.ts";
import type { SchedulePorts } from "./schedules.ts";

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

/** Puts a calendar of dates. @throws RequestRefused 422, 409 */
export const putDates = (name: string, request: CalendarRequest, caller: Caller, ports: SchedulePorts) => {
  checkName(name);
  const said = { dates: datesOf(request), ics: null, description: request.description ?? null };
  return put(name, said, caller, ports);
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

/**
 * Puts a calendar from the text of an ICS file. A faulty one is refused and told; the last good one stays in force.
 * @throws RequestRefused 422, 409
 */
export const putIcs = async (name: string, text: string, caller: Caller, ports: SchedulePorts) => {
  checkName(name);
  const read = readIcs(text);
  if (read.ok) return put(name, { dates: [], ics: text, description: null }, caller, ports);
  const now = ports.clock.now();
  const refused = { at: instant(now), line: read.line, detail: read.detail };
  const kept = await changeDocument<Calendar>(
    place(name),
    (before) => (before === null ? null : { ...before, refused }),
    ports,
  );
  const words = `line ${read.line}: ${read.detail}`;
  if (kept !== null) {
    await alertUsers(name, words, await loadSchedules(ports), ports);
    await makeDue(ports);
  }
  throw invalid([
    {
      pointer: "",
      detail: kept === null ? words : `${words}; the calendar of ${kept.updated_at} stays in force`,
    },
  ]);
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
