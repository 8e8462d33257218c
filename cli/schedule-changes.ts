import * as z from "zod";
import type { Context } from "./context.ts";
import { differences, valueText, type Difference } from "./difference.ts";
import { exitCodes } from "./exit-codes.ts";
import { CliFailure } from "./failure.ts";
import type { CalendarBody, WantedConfig } from "./local-config.ts";
import type { ApiRequest } from "./api.ts";
import type { View } from "./printer.ts";
import { plainText } from "./plain-text.ts";
import { storedDates, type WrittenDate } from "./calendar-dates.ts";
import { segment } from "./verb.ts";

/** What applying the file would do to one thing. */
export interface Change {
  readonly type: "calendar" | "schedule";
  readonly name: string;
  readonly action: "add" | "change" | "none";
  readonly differences: readonly Difference[];
  /** What it does to servers, as far as the API can say before it is saved. */
  readonly effect: readonly string[];
}

const anything = z.looseObject({});

/** What `?dry_run=true` answers: the schedule as it would be stored, and what that does. */
const draftSchema = z.looseObject({
  schedule: anything,
  difference: z.looseObject({
    added: z.array(z.unknown()),
    removed: z.array(z.unknown()),
    on_hours: z.looseObject({ before: z.number(), after: z.number() }),
  }),
  servers: z.looseObject({ count: z.number() }),
  warnings: z.array(z.looseObject({ detail: z.string() })),
});
type Draft = z.infer<typeof draftSchema>;

export const schedulePath = (name: string): string => `/v1/schedules/${segment(name, "The schedule's name")}`;
const calendarPath = (name: string): string => `/v1/calendars/${segment(name, "The calendar's name")}`;

const putCalendar = (name: string, body: CalendarBody): ApiRequest => ({
  method: "PUT",
  path: calendarPath(name),
  ...("ics" in body ? { text: { content: body.ics, type: "text/calendar" } } : { json: body.json }),
});

const putSchedule = (name: string, fields: Readonly<Record<string, unknown>>): ApiRequest => ({
  method: "PUT",
  path: schedulePath(name),
  json: fields,
});

const current = async ({ api }: Context, path: string): Promise<Record<string, unknown> | null> => {
  try {
    return await api.get(anything, path);
  } catch (error) {
    if (error instanceof CliFailure && error.exitCode === exitCodes.notFound) return null;
    throw error;
  }
};

const actionOf = (there: unknown, found: readonly Difference[]): Change["action"] => {
  if (there === null) return "add";
  return found.length > 0 ? "change" : "none";
};

/** What the API keeps for itself, and what follows from the rest. */
const bookkeeping = new Set([
  "name",
  "version",
  "created_by",
  "created_at",
  "updated_at",
  "paused",
  "next_edge",
]);

const written = (schedule: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(schedule).filter(([name]) => !bookkeeping.has(name)));

/** Differences in both directions: a schedule is replaced as a whole. */
const replaced = (
  wanted: Readonly<Record<string, unknown>>,
  there: Readonly<Record<string, unknown>>,
): Difference[] => [
  ...differences(wanted, there),
  ...Object.entries(there)
    .filter(([name]) => wanted[name] === undefined)
    .map(([at, from]) => ({ at, from, to: undefined })),
];

/** Dates with their effects, so that a difference is one of days. */
const byDate = (dates: readonly WrittenDate[]): Record<string, unknown> =>
  Object.fromEntries(storedDates(dates).map(({ date, effect }) => [date, effect ?? "usual effect"]));

const thereSchema = z.looseObject({
  dates: z.array(z.union([z.string(), z.looseObject({ date: z.string() })])).default([]),
  ics: z.string().nullable().default(null),
});

const calendarDifferences = (body: CalendarBody, there: Readonly<Record<string, unknown>>): Difference[] => {
  const { dates, ics } = thereSchema.parse(there);
  if ("json" in body) return replaced(byDate(body.json.dates), byDate(dates));
  // The text of a whole calendar tells nobody anything.
  return body.ics === ics ? [] : [{ at: "ics", from: "another text", to: "that of the file" }];
};

const calendarChange = async (context: Context, name: string, body: CalendarBody): Promise<Change> => {
  const there = await current(context, calendarPath(name));
  const found = there === null ? [] : calendarDifferences(body, there);
  return { type: "calendar", name, action: actionOf(there, found), differences: found, effect: [] };
};

const effectOf = ({ difference, servers, warnings }: Draft): string[] => {
  const { added, removed, on_hours: hours } = difference;
  const edges = `${added.length} more and ${removed.length} fewer edges in the next 60 days`;
  return [
    `${servers.count} servers, ${edges}, hours on ${hours.before} → ${hours.after}`,
    ...warnings.map(({ detail }) => `warning: ${detail}`),
  ];
};

const namesIn = z.looseObject({
  calendars: z.array(z.union([z.string(), z.looseObject({ name: z.string() })])).default([]),
  needs: z.array(z.union([z.string(), z.looseObject({ schedule: z.string() })])).default([]),
});

/** Whether it names something that is only about to be there: until then the API would refuse it. */
const namesNew = (fields: unknown, isNew: ReadonlySet<string>): boolean => {
  const { calendars = [], needs = [] } = namesIn.safeParse(fields).data ?? {};
  return [
    ...calendars.map((use) => (typeof use === "string" ? use : use.name)),
    ...needs.map((need) => (typeof need === "string" ? need : need.schedule)),
  ].some((name) => isNew.has(name));
};

const scheduleChange = async (
  context: Context,
  name: string,
  fields: Readonly<Record<string, unknown>>,
  isNew: ReadonlySet<string>,
): Promise<Change> => {
  const there = await current(context, schedulePath(name));
  const request = { ...putSchedule(name, fields), query: { dry_run: "true" } };
  const draft = namesNew(fields, isNew) ? null : await context.api.ask(draftSchema, request);
  const stands = there === null ? {} : written(there);
  const found =
    there === null
      ? []
      : draft === null
        ? differences(fields, stands)
        : replaced(written(draft.schedule), stands);
  const action = actionOf(there, found);
  const effect = draft === null || action === "none" ? [] : effectOf(draft);
  return { type: "schedule", name, action, differences: found, effect };
};

/**
 * What the file would change. Each schedule is shown to the API with `?dry_run=true`, so that what it would refuse is
 * refused now. @throws CliFailure
 */
export const changesOf = async (context: Context, wanted: WantedConfig): Promise<Change[]> => {
  const changes: Change[] = [];
  const isNew = new Set<string>();
  for (const [name, body] of wanted.calendars) changes.push(await calendarChange(context, name, body));
  for (const { name, action } of changes) if (action === "add") isNew.add(name);
  for (const [name, fields] of wanted.schedules) {
    const change = await scheduleChange(context, name, fields, isNew);
    if (change.action === "add") isNew.add(name);
    changes.push(change);
  }
  return changes;
};

const marks = { add: "+", change: "~", none: "=" } as const;

export const changeLines = ({ type, name, action, differences: found, effect }: Change): string[] => [
  `${marks[action]} ${type} ${name}`,
  ...found.map(({ at, from, to }) => `    ${at}  ${valueText(from)} → ${valueText(to)}`),
  ...effect.map((line) => `    ${plainText(line)}`),
];

export const changeView: View<Change> = {
  columns: [
    { name: "type", value: ({ type }) => type },
    { name: "name", value: ({ name }) => name, isWhole: true },
    { name: "action", value: ({ action }) => action },
    {
      name: "differences",
      value: ({ differences: found }) =>
        found.map(({ at, from, to }) => `${at}: ${valueText(from)} → ${valueText(to)}`).join("; "),
    },
  ],
  id: ({ name }) => name,
  lines: changeLines,
};

/** `1 to add, 1 to change, 3 the same` */
export const summaryOf = (changes: readonly Change[]): string => {
  const count = (action: Change["action"]): number => changes.filter((one) => one.action === action).length;
  return `${count("add")} to add, ${count("change")} to change, ${count("none")} the same`;
};

/** Saves what has to change, calendars first. */
export const applyChanges = async (
  context: Context,
  wanted: WantedConfig,
  changes: readonly Change[],
): Promise<void> => {
  for (const { type, name, action } of changes) {
    if (action === "none") continue;
    const calendar = wanted.calendars.get(name);
    const schedule = wanted.schedules.get(name);
    if (type === "calendar" && calendar !== undefined)
      await context.change(anything, putCalendar(name, calendar));
    if (type === "schedule" && schedule !== undefined)
      await context.change(anything, putSchedule(name, schedule));
    if (!context.flags.dryRun) context.say(`${action === "add" ? "added" : "changed"} ${type} ${name}`);
  }
};
