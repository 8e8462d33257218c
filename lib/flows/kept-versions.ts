import * as z from "zod";
import { asJson } from "../operation/json.ts";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import { calendarSchema, type Calendar } from "../schedule/calendar.ts";
import type { Inputs } from "../schedule/inputs.ts";
import type { KeptVersion, Past } from "../schedule/inputs-at.ts";
import { type Schedule, scheduleSchema } from "../schedule/schedule.ts";
import { allOf, keptUntil } from "./schedule-store.ts";

/** So many versions of each are kept, for 400 days after they were replaced. */
const mostVersions = 50;
const goneFolder = "schedules-gone";
const tzFolder = "schedule-tz";

type KeptPorts = Pick<Ports, "documents" | "clock">;
type Sort = "schedule" | "calendar";

const folderOf = (sort: Sort, name: string): string => `${sort}-versions/${name}`;

const keptSchema = <T>(value: z.ZodType<T>): z.ZodType<KeptVersion<T>> =>
  z.strictObject({ value, deleted_at: z.iso.datetime().nullable() });

/** Removes the oldest versions, beyond those that are kept. */
const prune = async (folder: string, { documents }: KeptPorts): Promise<void> => {
  const { documents: all } = await documents.list(folder, null, mostVersions * 2);
  for (const { name, version } of all.slice(0, Math.max(0, all.length - mostVersions)))
    await documents.remove(folder, name, version);
};

/**
 * Writes down a version that is about to be replaced or deleted, before that is done: what was decided by it can be
 * explained later. Once, however often.
 */
export const keepVersion = async (
  sort: Sort,
  value: Schedule | Calendar,
  ports: KeptPorts,
  isDeleted = false,
): Promise<void> => {
  const now = ports.clock.now();
  const kept = { value, deleted_at: isDeleted ? instant(now) : null };
  const folder = folderOf(sort, value.name);
  const name = `${value.updated_at}|${value.version}`;
  const { documents } = ports;
  const before = await documents.load(folder, name);
  // One that was written down by somebody who died before the deletion is written anew.
  if (before === null || isDeleted)
    await documents.save(folder, name, asJson(kept), before?.version ?? 0, keptUntil(now));
  if (isDeleted && sort === "schedule") {
    const gone = await documents.load(goneFolder, value.name);
    await documents.save(goneFolder, value.name, { name: value.name }, gone?.version ?? 0, keptUntil(now));
  }
  if (value.version > mostVersions) await prune(folder, ports);
};

/** The schedule of a name that was deleted last, as it was written down; null: none was, as far as is kept. */
export const lastDeleted = async (name: string, ports: KeptPorts): Promise<KeptVersion<Schedule> | null> => {
  if ((await ports.documents.load(goneFolder, name)) === null) return null;
  const kept = await allOf(folderOf("schedule", name), keptSchema(scheduleSchema), ports);
  return kept.findLast(({ deleted_at: at }) => at !== null) ?? null;
};

const tzSchema = z.strictObject({ tz: z.string(), from: z.iso.datetime() });

/** Writes down since when is decided by this tz data. It costs one read. */
export const noteTz = async (tz: string, { documents, clock }: KeptPorts): Promise<void> => {
  if ((await documents.load(tzFolder, tz)) !== null) return;
  await documents.save(tzFolder, tz, { tz, from: instant(clock.now()) }, 0);
};

const keptOf = async <T>(
  sort: Sort,
  names: readonly string[],
  schema: z.ZodType<T>,
  ports: KeptPorts,
): Promise<readonly KeptVersion<T>[]> => {
  const kept: KeptVersion<T>[] = [];
  for (const name of names) kept.push(...(await allOf(folderOf(sort, name), keptSchema(schema), ports)));
  return kept;
};

/** What is kept of an instant of the past, beside what stands. Only what was changed since is read. */
export const pastOf = async (inputs: Inputs, at: number, ports: KeptPorts): Promise<Past> => {
  const changed = ({ updated_at: since }: { readonly updated_at: string }): boolean => Date.parse(since) > at;
  const gone = await allOf(goneFolder, z.strictObject({ name: z.string() }), ports);
  const names = new Set([
    ...inputs.schedules.filter(changed).map(({ name }) => name),
    ...gone.map(({ name }) => name),
  ]);
  const schedules = await keptOf("schedule", [...names], scheduleSchema, ports);
  const standing = new Set(inputs.calendars.filter((one) => !changed(one)).map(({ name }) => name));
  const used = [...inputs.schedules, ...schedules.map(({ value }) => value)]
    .flatMap(({ calendars = [] }) => calendars)
    .map((use) => (typeof use === "string" ? use : use.name));
  const moved = [...new Set(used)].filter((name) => !standing.has(name));
  const calendars = await keptOf("calendar", moved, calendarSchema, ports);
  return { schedules, calendars, tz: await allOf(tzFolder, tzSchema, ports) };
};
