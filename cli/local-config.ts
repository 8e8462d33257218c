import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { CORE_SCHEMA, load, YAMLException } from "js-yaml";
import * as z from "zod";
import type { Context } from "./context.ts";
import { faultLines } from "./fault-lines.ts";
import { CliFailure, misused } from "./failure.ts";
import { nearestWord } from "./nearest.ts";
import { readOneLine } from "./one-line.ts";
import { connectionFor } from "./servers.ts";

const datesSchema = z.array(
  z.union([
    z.string(),
    z
      .looseObject({ date: z.string(), effect: z.unknown(), name: z.unknown() })
      .partial({ effect: true, name: true }),
  ]),
);
const calendarSchema = z.union([
  datesSchema,
  z.strictObject({ dates: datesSchema }),
  z.strictObject({ ics: z.string().min(1) }),
]);
const scheduleSchema = z.union([z.string(), z.looseObject({ when: z.string().optional() })]);

/** A part of the document that may be left empty. */
const entries = z
  .record(z.string(), z.unknown(), { error: "must be names with what each is" })
  .nullish()
  .transform((given) => given ?? {});
const configSchema = z.looseObject({
  connections: z.array(z.looseObject({ name: z.string() })).nullish(),
  schedules: entries,
  calendars: entries,
});
/** All parts that the document may have. */
const parts = ["connections", "access", "schedules", "calendars"] as const;

export type CalendarBody =
  | { readonly json: { readonly dates: z.infer<typeof datesSchema> } }
  | { readonly ics: string };

/** What the file wants there to be, in the API's full form. */
export interface WantedConfig {
  readonly path: string;
  readonly calendars: ReadonlyMap<string, CalendarBody>;
  /** In an order in which each comes behind those that it needs. */
  readonly schedules: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** What is wrong with entries, each line naming its own; these are left out above. */
  readonly faults: readonly string[];
}

const readDocument = (path: string): z.infer<typeof configSchema> => {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw misused(
      `${path} can't be read`,
      cause instanceof Error ? cause.message : "",
      "-f FILE names another one.",
    );
  }
  let value: unknown;
  try {
    // The core schema: dates and times stay texts.
    value = load(text, { schema: CORE_SCHEMA });
  } catch (cause) {
    if (cause instanceof YAMLException) throw misused(`${path} is not YAML`, cause.message);
    throw cause;
  }
  return checkedDocument(value, path);
};

const unknownPart = (path: string, name: string): CliFailure => {
  const meant = nearestWord(name, parts);
  const hint = meant === null ? `There is ${parts.join(", ")}.` : `Did you mean ${meant}?`;
  return misused(`${path}: unknown part "${name.slice(0, 64)}"`, hint);
};

const checkedDocument = (value: unknown, path: string): z.infer<typeof configSchema> => {
  const what = "It holds schedules, calendars or both: switchyard schedule diff --help";
  if (value === null || value === undefined || value === "") throw misused(`${path} is empty`, what);
  if (typeof value !== "object" || Array.isArray(value))
    throw misused(`${path} must be a map with schedules or calendars in it`, what);
  const isPart = (name: string): boolean => parts.some((part) => part === name);
  const unknown = Object.keys(value).find((name) => !isPart(name));
  if (unknown !== undefined) throw unknownPart(path, unknown);
  const read = configSchema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw misused(`${path}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "is not valid"}`);
};

/** Reads each entry; what is wrong with one keeps no other from being read. */
const readEntries = <T>(
  part: string,
  given: Readonly<Record<string, unknown>>,
  faults: string[],
  read: (name: string, value: unknown) => T,
): Map<string, T> => {
  const all = new Map<string, T>();
  for (const [name, value] of Object.entries(given))
    try {
      all.set(name, read(name, value));
    } catch (error) {
      if (!(error instanceof CliFailure)) throw error;
      faults.push(...faultLines(`${part}.${name}`, error));
    }
  return all;
};

const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === "string" && value.trim() === "");

const parsedEntry = <T>(schema: z.ZodType<T>, value: unknown, where: string, forms: string): T => {
  if (isEmpty(value)) throw misused(`${where} is empty`, `Write ${forms}.`);
  const read = schema.safeParse(value);
  if (!read.success) throw misused(`${where} is not understood`, `Write ${forms}.`);
  return read.data;
};

const calendarOf = (wanted: z.infer<typeof calendarSchema>, path: string): CalendarBody => {
  if (Array.isArray(wanted)) return { json: { dates: wanted } };
  if ("dates" in wanted) return { json: { dates: wanted.dates } };
  const file = resolve(dirname(path), wanted.ics);
  try {
    return { ics: readFileSync(file, "utf8") };
  } catch (cause) {
    throw misused(`${file} can't be read`, cause instanceof Error ? cause.message : "");
  }
};

const scheduleForms = "a line such as Mon-Fri 08:00-19:00 Europe/Paris, or its fields";
const calendarForms = "a list of dates such as [2026-12-25], or { ics: FILE }";

/** One-line texts become fields; without a selector its servers are those that bear the tag `schedule=<name>`. */
const scheduleOf = (
  name: string,
  wanted: z.infer<typeof scheduleSchema>,
  connection: string,
): Readonly<Record<string, unknown>> => {
  const { when, ...fields } = typeof wanted === "string" ? { when: wanted } : wanted;
  if (when !== undefined && isEmpty(when)) throw misused(`schedules.${name}.when is empty`, scheduleForms);
  const attached = { connection, select: { tags: [`schedule=${name}`] } };
  const time = when === undefined ? {} : readOneLine(when, `schedules.${name}`);
  return { ...attached, ...time, ...fields };
};

const needsSchema = z.looseObject({
  needs: z.array(z.union([z.string(), z.looseObject({ schedule: z.string() })])).default([]),
});

const inOrder = (schedules: ReadonlyMap<string, Readonly<Record<string, unknown>>>): typeof schedules => {
  const placed = new Map<string, Readonly<Record<string, unknown>>>();
  const entered = new Set<string>();
  const place = (name: string): void => {
    const schedule = schedules.get(name);
    // A circle is refused by the API, which says so better.
    if (schedule === undefined || entered.has(name)) return;
    entered.add(name);
    for (const need of needsSchema.safeParse(schedule).data?.needs ?? [])
      place(typeof need === "string" ? need : need.schedule);
    placed.set(name, schedule);
  };
  for (const name of schedules.keys()) place(name);
  return placed;
};

/** Reads `schedules` and `calendars` of switchyard.yaml. @throws CliFailure */
export const readWanted = async (context: Context, file: string | undefined): Promise<WantedConfig> => {
  const { environment, folder } = context.world;
  const path = resolve(folder, file ?? (environment["SWITCHYARD_CONFIG"] || "switchyard.yaml"));
  const config = readDocument(path);
  const faults: string[] = [];
  const read = readEntries("schedules", config.schedules, faults, (name, value) =>
    parsedEntry(scheduleSchema, value, `schedules.${name}`, scheduleForms),
  );
  const named = config.connections ?? [];
  const isSaid = (wanted: z.infer<typeof scheduleSchema>): boolean =>
    typeof wanted === "object" && "connection" in wanted;
  const [only] = named;
  const needsOne = ![...read.values()].every(isSaid);
  const connection =
    named.length === 1 && only !== undefined
      ? only.name
      : needsOne
        ? (await connectionFor(context, undefined)).name
        : "";
  const calendars = readEntries("calendars", config.calendars, faults, (name, value) =>
    calendarOf(parsedEntry(calendarSchema, value, `calendars.${name}`, calendarForms), path),
  );
  const schedules = readEntries("schedules", Object.fromEntries(read), faults, (name) =>
    scheduleOf(name, read.get(name) ?? "", connection),
  );
  return { path, calendars, schedules: inOrder(schedules), faults };
};
