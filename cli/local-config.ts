import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { CORE_SCHEMA, load, YAMLException } from "js-yaml";
import * as z from "zod";
import type { Context } from "./context.ts";
import { misused } from "./failure.ts";
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
const scheduleSchema = z.union([z.string().min(1), z.looseObject({ when: z.string().optional() })]);

const configSchema = z.looseObject({
  connections: z.array(z.looseObject({ name: z.string() })).optional(),
  schedules: z.record(z.string(), scheduleSchema).default({}),
  calendars: z.record(z.string(), calendarSchema).default({}),
});

export type CalendarBody =
  | { readonly json: { readonly dates: z.infer<typeof datesSchema> } }
  | { readonly ics: string };

/** What the file wants there to be, in the API's full form. */
export interface WantedConfig {
  readonly path: string;
  readonly calendars: ReadonlyMap<string, CalendarBody>;
  /** In an order in which each comes behind those that it needs. */
  readonly schedules: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
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
  const read = configSchema.safeParse(value ?? {});
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw misused(`${path}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "is not valid"}`);
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

/** One-line texts become fields; without a selector its servers are those that bear the tag `schedule=<name>`. */
const scheduleOf = (
  name: string,
  wanted: z.infer<typeof scheduleSchema>,
  connection: string,
): Readonly<Record<string, unknown>> => {
  const { when, ...fields } = typeof wanted === "string" ? { when: wanted } : wanted;
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
  const names = Object.entries(config.schedules);
  const named = config.connections ?? [];
  const isSaid = ([, wanted]: (typeof names)[number]): boolean =>
    typeof wanted === "object" && "connection" in wanted;
  const [only] = named;
  const needsOne = !names.every(isSaid);
  const connection =
    named.length === 1 && only !== undefined
      ? only.name
      : needsOne
        ? (await connectionFor(context, undefined)).name
        : "";
  return {
    path,
    calendars: new Map(
      Object.entries(config.calendars).map(([name, wanted]) => [name, calendarOf(wanted, path)]),
    ),
    schedules: inOrder(new Map(names.map(([name, wanted]) => [name, scheduleOf(name, wanted, connection)]))),
  };
};
