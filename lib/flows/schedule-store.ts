import * as z from "zod";
import { type Calendar, calendarSchema } from "../schedule/calendar.ts";
import { type Freeze, freezeSchema } from "../schedule/freeze.ts";
import { type Hold, holdSchema } from "../schedule/hold.ts";
import { type Inputs, inputsOf } from "../schedule/inputs.ts";
import { type Override, overrideSchema, windowOf } from "../schedule/override.ts";
import { type Schedule, scheduleSchema } from "../schedule/schedule.ts";
import { asJson } from "../operation/json.ts";
import type { Ports } from "../ports/ports.ts";
import { RequestRefused } from "./request-refused.ts";

/** Seconds for which what is over is kept: what has been decided can be explained for so long. */
const keptSeconds = 400 * 86_400;
const pageSize = 500;
/** How often a change is decided anew because somebody else was faster. */
const triesOfChange = 8;

/** The sorts of documents that decisions are made from. */
export const folders = {
  schedules: "schedules",
  calendars: "calendars",
  overrides: "schedule-overrides",
  freezes: "schedule-freezes",
  holds: "schedule-holds",
} as const;

/** A document as it was read: null and version 0 where there is none. */
export interface Standing<T> {
  readonly value: T | null;
  readonly version: number;
}

/** The document of a name. */
export const standing = async <T>(
  folder: string,
  name: string,
  schema: z.ZodType<T>,
  { documents }: Pick<Ports, "documents">,
): Promise<Standing<T>> => {
  const document = await documents.load(folder, name);
  return document === null
    ? { value: null, version: 0 }
    : { value: schema.parse(document.value), version: document.version };
};

/** All documents of a folder, in the order of their names. */
export const allOf = async <T>(
  folder: string,
  schema: z.ZodType<T>,
  { documents }: Pick<Ports, "documents">,
): Promise<readonly T[]> => {
  const found: T[] = [];
  let after: string | null = null;
  do {
    const page = await documents.list(folder, after, pageSize);
    found.push(...page.documents.map(({ value }) => schema.parse(value)));
    after = page.next;
  } while (after !== null);
  return found;
};

/** Others changed it each time that this change was to be saved. */
export const contested = (what: string): RequestRefused =>
  new RequestRefused({
    status: 409,
    code: "CONFLICT",
    title: "It is being changed by others",
    detail: `${what} was changed by others each time that this was to be saved.`,
    hint: "Look at it as it is now, then ask again.",
    retryAfterSeconds: 1,
  });

/**
 * Changes a document; decided anew when somebody else was faster. `decide` gives null to leave it as it is.
 * @returns what stands then
 * @throws RequestRefused 409
 */
export const changeDocument = async <T extends object>(
  place: { readonly folder: string; readonly name: string; readonly schema: z.ZodType<T> },
  decide: (before: T | null) => T | null,
  ports: Pick<Ports, "documents">,
  expiresAt?: (value: T) => number,
): Promise<T | null> => {
  for (let tried = 0; tried < triesOfChange; tried += 1) {
    const { value, version } = await standing(place.folder, place.name, place.schema, ports);
    const next = decide(value);
    if (next === null) return value;
    if (await ports.documents.save(place.folder, place.name, asJson(next), version, expiresAt?.(next)))
      return next;
  }
  throw contested(place.name);
};

/** When something that is over at an instant need not be kept any more, in seconds since the epoch. */
export const keptUntil = (over: string | number): number =>
  Math.floor((typeof over === "number" ? over : Date.parse(over)) / 1000) + keptSeconds;

export const loadSchedules = (ports: Pick<Ports, "documents">): Promise<readonly Schedule[]> =>
  allOf(folders.schedules, scheduleSchema, ports);
export const loadCalendars = (ports: Pick<Ports, "documents">): Promise<readonly Calendar[]> =>
  allOf(folders.calendars, calendarSchema, ports);
export const loadOverrides = (ports: Pick<Ports, "documents">): Promise<readonly Override[]> =>
  allOf(folders.overrides, overrideSchema, ports);

/** Everything that decisions depend on, as it stands now. `tz`: version of the tz data. */
export const loadInputs = async (tz: string, ports: Pick<Ports, "documents">): Promise<Inputs> => {
  const reads = [
    loadSchedules(ports),
    loadCalendars(ports),
    loadOverrides(ports),
    allOf<Freeze>(folders.freezes, freezeSchema, ports),
    allOf<Hold>(folders.holds, holdSchema, ports),
  ] as const;
  // Where one fails, the others are not left behind (R36).
  await Promise.allSettled(reads);
  const [schedules, calendars, all, freezes, holds] = await Promise.all(reads);
  const overrides = all.filter(({ kind }) => kind !== "maintenance");
  const windows = all.filter(({ kind }) => kind === "maintenance").map(windowOf);
  return inputsOf({ schedules, calendars, overrides, freezes, windows, holds, tz });
};

/** Name of the cell that says when a tick has something to do next. */
const dueKey = "schedules-due";
const dueSchema = z.strictObject({
  /** Milliseconds since the epoch; null: nothing is due, as far as was known. */
  at: z.number().nullable(),
});

/** When a tick has something to do next; 0 when that is not known. */
export interface Due {
  readonly at: number | null;
  readonly version: number;
}

/** One read. */
export const loadDue = async ({ cells }: Pick<Ports, "cells">): Promise<Due> => {
  const cell = await cells.load(dueKey);
  return cell === null ? { at: 0, version: 0 } : { ...dueSchema.parse(cell.value), version: cell.version };
};

/** Says when the next tick has something to do, unless something was changed since `seenVersion`. */
export const saveDue = (
  at: number | null,
  seenVersion: number,
  { cells }: Pick<Ports, "cells">,
): Promise<boolean> => cells.save(dueKey, { at }, seenVersion);

/**
 * Something was changed: the next tick looks at everything. Where somebody else has said so after this had begun, it
 * need not be said again: a tick that has read the cell before that can't put it back, and one that reads it later
 * reads the change.
 */
export const makeDue = async (ports: Pick<Ports, "cells">): Promise<void> => {
  let known = await loadDue(ports);
  for (let tried = 0; tried < triesOfChange; tried += 1) {
    if (await saveDue(0, known.version, ports)) return;
    known = await loadDue(ports);
    if (known.at === 0) return;
  }
};
