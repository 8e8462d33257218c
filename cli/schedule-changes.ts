import * as z from "zod";
import type { Context } from "./context.ts";
import { differences, valueText, type Difference } from "./difference.ts";
import { exitCodes } from "./exit-codes.ts";
import { CliFailure } from "./failure.ts";
import type { CalendarBody, WantedConfig } from "./local-config.ts";
import type { ApiRequest } from "./api.ts";
import type { View } from "./printer.ts";
import { segment } from "./verb.ts";

/** What applying the file would do to one thing. */
export interface Change {
  readonly type: "calendar" | "schedule";
  readonly name: string;
  readonly action: "add" | "change" | "none";
  readonly differences: readonly Difference[];
}

const anything = z.looseObject({});

/** What `?dry_run=true` says, where it says it: whether anything would change. */
const dryRunSchema = z.looseObject({ changed: z.boolean().optional() });

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

const dryRun = { dry_run: "true" };

const changeOf = (
  type: Change["type"],
  name: string,
  wanted: unknown,
  there: Record<string, unknown> | null,
  saysChanged: boolean | undefined,
): Change => {
  const found = there === null ? [] : differences(wanted, there);
  // The API normalises what it stores, so its word goes before our comparison.
  const isChanged = saysChanged ?? found.length > 0;
  const action = there === null ? "add" : isChanged ? "change" : "none";
  return { type, name, action, differences: action === "change" ? found : [] };
};

/**
 * What the file would change. Each schedule is shown to the API with `?dry_run=true`, so that what it would refuse is
 * refused now. @throws CliFailure
 */
export const changesOf = async (context: Context, wanted: WantedConfig): Promise<Change[]> => {
  const changes: Change[] = [];
  for (const [name, body] of wanted.calendars) {
    const there = await current(context, calendarPath(name));
    const answer = await context.api.ask(dryRunSchema, { ...putCalendar(name, body), query: dryRun });
    const compared = "ics" in body ? {} : body.json;
    changes.push(changeOf("calendar", name, compared, there, answer.changed));
  }
  const isNew = new Set(changes.filter(({ action }) => action === "add").map(({ name }) => name));
  for (const [name, fields] of wanted.schedules) {
    const there = await current(context, schedulePath(name));
    // A calendar that is not there yet would be refused, although it is put before the schedule.
    const answer =
      isNew.size > 0
        ? {}
        : await context.api.ask(dryRunSchema, { ...putSchedule(name, fields), query: dryRun });
    changes.push(changeOf("schedule", name, fields, there, dryRunSchema.parse(answer).changed));
  }
  return changes;
};

const marks = { add: "+", change: "~", none: "=" } as const;

export const changeLines = ({ type, name, action, differences: found }: Change): string[] => [
  `${marks[action]} ${type} ${name}`,
  ...found.map(({ at, from, to }) => `    ${at}  ${valueText(from)} → ${valueText(to)}`),
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
