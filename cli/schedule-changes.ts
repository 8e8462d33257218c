import * as z from "zod";
import type { Context } from "./context.ts";
import { differences, valueText, type Difference } from "./difference.ts";
import { exitCodes } from "./exit-codes.ts";
import { CliFailure } from "./failure.ts";
import { differenceSchema, edgeLines, edgesLine } from "./edge-lines.ts";
import { faultLines } from "./fault-lines.ts";
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
  difference: differenceSchema,
  servers: z.looseObject({ count: z.number() }),
  warnings: z.array(z.looseObject({ detail: z.string() })),
});
type Draft = z.infer<typeof draftSchema>;

export const schedulePath = (name: string): string => `/v1/schedules/${segment(name, "The schedule's name")}`;
const calendarPath = (name: string): string => `/v1/calendars/${segment(name, "The calendar's name")}`;

export const putCalendar = (name: string, body: CalendarBody): ApiRequest => ({
  method: "PUT",
  path: calendarPath(name),
  ...("ics" in body ? { text: { content: body.ics, type: "text/calendar" } } : { json: body.json }),
});

export const putSchedule = (name: string, fields: Readonly<Record<string, unknown>>): ApiRequest => ({
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
  "paused_until",
  "next_edge",
  "zone_rules_changed",
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

const calendarDraftSchema = z.looseObject({
  schedules: z.array(z.looseObject({ name: z.string(), difference: differenceSchema })),
  warnings: z.array(z.looseObject({ detail: z.string() })),
});

const calendarChange = async (context: Context, name: string, body: CalendarBody): Promise<Change> => {
  const there = await current(context, calendarPath(name));
  const request = { ...putCalendar(name, body), query: { dry_run: "true" } };
  const { schedules, warnings } = await context.api.ask(calendarDraftSchema, request);
  const found = there === null ? [] : calendarDifferences(body, there);
  const effect = [
    ...schedules.flatMap(({ name: user, difference }) =>
      [`schedule ${user}: ${edgesLine(difference)}`].concat(edgeLines(difference)),
    ),
    ...warnings.map(({ detail }) => `warning: ${detail}`),
  ];
  return { type: "calendar", name, action: actionOf(there, found), differences: found, effect };
};

const effectOf = ({ difference, servers, warnings }: Draft, later: readonly string[]): string[] => [
  `${servers.count} servers, ${edgesLine(difference)}`,
  ...later.map((name) => `not counted in: ${name}, which is new as well`),
  ...warnings.map(({ detail }) => `warning: ${detail}`),
];

const namesIn = z.looseObject({
  calendars: z.array(z.union([z.string(), z.looseObject({ name: z.string() })])).optional(),
  needs: z.array(z.union([z.string(), z.looseObject({ schedule: z.string() })])).optional(),
});

/** What is only about to be there. */
interface Coming {
  readonly calendars: Set<string>;
  readonly schedules: Set<string>;
}

/**
 * The fields without what is only about to be there, since the API would refuse that until then; and what that is. So the
 * rest is checked, and shown.
 */
const withoutComing = (fields: Readonly<Record<string, unknown>>, coming: Coming) => {
  const { calendars, needs } = namesIn.safeParse(fields).data ?? {};
  const nameOfUse = (use: string | { readonly name: string }) => (typeof use === "string" ? use : use.name);
  const nameOfNeed = (need: string | { readonly schedule: string }) =>
    typeof need === "string" ? need : need.schedule;
  const newCalendars = (calendars ?? []).map(nameOfUse).filter((name) => coming.calendars.has(name));
  const newNeeds = (needs ?? []).map(nameOfNeed).filter((name) => coming.schedules.has(name));
  const asked = { ...fields };
  if (newCalendars.length > 0)
    asked["calendars"] = (calendars ?? []).filter((use) => !newCalendars.includes(nameOfUse(use)));
  if (newNeeds.length > 0)
    asked["needs"] = (needs ?? []).filter((need) => !newNeeds.includes(nameOfNeed(need)));
  const later = [
    ...newCalendars.map((name) => `calendar ${name}`),
    ...newNeeds.map((name) => `schedule ${name}`),
  ];
  return { asked, later };
};

const scheduleChange = async (
  context: Context,
  name: string,
  fields: Readonly<Record<string, unknown>>,
  coming: Coming,
): Promise<Change> => {
  const there = await current(context, schedulePath(name));
  const { asked, later } = withoutComing(fields, coming);
  const draft = await context.api.ask(draftSchema, {
    ...putSchedule(name, asked),
    query: { dry_run: "true" },
  });
  // What was left out to be asked is wanted all the same.
  const kept = Object.fromEntries(
    ["calendars", "needs"].flatMap((field) =>
      asked[field] === fields[field] ? [] : [[field, fields[field]]],
    ),
  );
  const wanted = { ...written(draft.schedule), ...kept };
  const found = there === null ? [] : replaced(wanted, written(there));
  const action = actionOf(there, found);
  const effect = action === "none" ? [] : effectOf(draft, later);
  return { type: "schedule", name, action, differences: found, effect };
};

/** Codes of faults that lie in an entry, and not in the world around it. */
const isFaultOfEntry = (error: unknown): error is CliFailure =>
  error instanceof CliFailure &&
  (error.exitCode === exitCodes.usage || error.exitCode === exitCodes.conflict);

/** Asks about one entry; what is wrong with it is kept for later, so that all faults come at once. */
const asking = async (
  entry: string,
  faults: string[],
  ask: () => Promise<Change>,
): Promise<Change | null> => {
  try {
    return await ask();
  } catch (error) {
    if (!isFaultOfEntry(error)) throw error;
    faults.push(...faultLines(entry, error));
    return null;
  }
};

/**
 * What the file would change. Each calendar and each schedule is shown to the API with `?dry_run=true`, so that what it
 * would refuse is refused now, all of it at once, and nothing is saved. @throws CliFailure
 */
export const changesOf = async (context: Context, wanted: WantedConfig): Promise<Change[]> => {
  const changes: Change[] = [];
  const faults = [...wanted.faults];
  const coming: Coming = { calendars: new Set(), schedules: new Set() };
  for (const [name, body] of wanted.calendars) {
    const change = await asking(`calendars.${name}`, faults, () => calendarChange(context, name, body));
    // A schedule that names a faulty one is not at fault for that.
    if (change === null || change.action === "add") coming.calendars.add(name);
    if (change !== null) changes.push(change);
  }
  for (const [name, fields] of wanted.schedules) {
    const change = await asking(`schedules.${name}`, faults, () =>
      scheduleChange(context, name, fields, coming),
    );
    if (change === null || change.action === "add") coming.schedules.add(name);
    if (change !== null) changes.push(change);
  }
  if (faults.length > 0)
    throw new CliFailure({
      exitCode: exitCodes.usage,
      code: "INVALID_CONFIG",
      message: `${wanted.path} can't be applied: nothing was saved`,
      why: faults,
    });
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
