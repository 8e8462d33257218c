import * as z from "zod";
import type { ApiRequest } from "../api.ts";
import type { Context } from "../context.ts";
import { durationMilliseconds } from "../duration.ts";
import { exitCodes } from "../exit-codes.ts";
import { EndWith } from "../failure.ts";
import { listSome } from "../list-some.ts";
import { bothEnds, readSchedule, scheduleSchema, scheduleView, zoneOf } from "../schedule.ts";
import { applyChanges } from "../apply-changes.ts";
import {
  changeLines,
  changesOf,
  changeView,
  schedulePath,
  summaryOf,
  type Change,
} from "../schedule-changes.ts";
import { countOption, plainVerb, verb, type Flag, type Group } from "../verb.ts";
import { overrideGroup } from "./override-verbs.ts";
import { explain, preview, savings } from "./schedule-reads.ts";

const list = verb({
  usage: "list",
  summary: "all schedules",
  flags: [["--limit <count>", "at most so many; 0 for all (default: 100)"]],
  options: z.object({ limit: countOption(0).default(100) }),
  run: (context, _operands, { limit }) =>
    listSome(context, scheduleView, limit, (query) =>
      context.api.pages(scheduleSchema, "/v1/schedules", query),
    ),
});

const get = plainVerb({
  usage: "get <name>",
  summary: "one schedule",
  run: async (context, [name = ""]) => context.print.one(scheduleView, await readSchedule(context, name)),
});

const fileFlag: Flag = [
  "-f, --file <file>",
  "the document (default: SWITCHYARD_CONFIG, else ./switchyard.yaml)",
];
const fileOption = z.object({ file: z.string().min(1).optional() });

const readChanges = async (context: Context, file: string | undefined) => {
  // The reader of YAML and of the one-line grammar is loaded only here.
  const { readWanted } = await import("../local-config.ts");
  const wanted = await readWanted(context, file);
  return { wanted, changes: await changesOf(context, wanted) };
};

const show = ({ print }: Context, changes: readonly Change[]): void => {
  if (!print.isHuman) {
    print.many(changeView, changes);
    return;
  }
  for (const change of changes) for (const line of changeLines(change)) print.line(line);
  print.line(summaryOf(changes));
};

const diff = verb({
  usage: "diff",
  summary: "what apply would change; exit 9 when there is something, 0 when there is nothing",
  flags: [fileFlag],
  examples: ["switchyard schedule diff -f switchyard.yaml"],
  options: fileOption,
  run: async (context, _operands, { file }) => {
    const { changes } = await readChanges(context, file);
    show(context, changes);
    if (changes.some(({ action }) => action !== "none")) throw new EndWith(exitCodes.changes);
  },
});

const apply = verb({
  usage: "apply",
  summary: "saves the calendars and schedules of switchyard.yaml; others are left alone; asks first",
  flags: [fileFlag],
  examples: ["switchyard schedule diff && switchyard schedule apply --yes"],
  options: fileOption,
  run: async (context, _operands, { file }) => {
    const { wanted, changes } = await readChanges(context, file);
    show(context, changes);
    const count = changes.filter(({ action }) => action !== "none").length;
    if (count === 0) return;
    await context.confirm(`Save ${count} ${count === 1 ? "change" : "changes"}?`);
    await applyChanges(context, wanted, changes);
  },
});

const tellChanged = async (
  context: Context,
  name: string,
  what: "pause" | "resume",
  asked: Pick<ApiRequest, "json" | "query"> = {},
): Promise<void> => {
  const request = { method: "POST", path: `${schedulePath(name)}/${what}`, ...asked };
  if ((await context.change(z.looseObject({}).nullable(), request)) === null && context.flags.dryRun) return;
  context.print.one(scheduleView, await readSchedule(context, name));
};

/** When a pause ends, as the API takes it. */
const endOf = async (
  context: Context,
  name: string,
  until: string | undefined,
  length: string | undefined,
): Promise<{ readonly until: string }> => {
  const now = context.world.nowMilliseconds();
  if (until === undefined)
    return { until: new Date(now + durationMilliseconds(length ?? "", "--for")).toISOString() };
  const { readInstant } = await import("../instant.ts");
  return { until: readInstant(until, "--until", zoneOf(await readSchedule(context, name)), now) };
};

const pause = verb({
  usage: "pause <name>",
  summary: "acts on no edge until it is resumed, or until a time",
  flags: [
    ["--for <duration>", "for so long: 4h"],
    ["--until <instant>", "until then, at most 30 days from now; switchyard help date"],
    ["--reason <text>", "why, for others"],
  ],
  examples: ["switchyard schedule pause office-hours --for 4h --reason release"],
  options: z.object({
    reason: z.string().min(1).optional(),
    for: z.string().optional(),
    until: z.string().optional(),
  }),
  run: async (context, [name = ""], { reason, for: length, until }) => {
    if (until !== undefined && length !== undefined) throw bothEnds();
    const end = until === undefined && length === undefined ? {} : await endOf(context, name, until, length);
    const json = { ...(reason === undefined ? {} : { reason }), ...end };
    await tellChanged(context, name, "pause", Object.keys(json).length === 0 ? {} : { json });
  },
});

const resume = verb({
  usage: "resume <name>",
  summary: "goes on with a paused schedule; a stop that this makes due is announced first",
  flags: [["--now", "stops at once what is to be stopped, without notice"]],
  options: z.object({ now: z.boolean().default(false) }),
  run: (context, [name = ""], { now }) =>
    tellChanged(context, name, "resume", now ? { query: { now: "true" } } : {}),
});

const remove = plainVerb({
  usage: "delete <name>",
  summary: "deletes a schedule; its servers stay as they are; asks first",
  run: async (context, [name = ""]) => {
    await readSchedule(context, name);
    await context.confirm(`Delete the schedule ${name}?`);
    await context.change(z.unknown(), { method: "DELETE", path: schedulePath(name) });
    if (!context.flags.dryRun) context.say(`deleted schedule ${name}`);
  },
});

export const scheduleGroup: Group = {
  name: "schedule",
  summary: "when servers are on",
  verbs: [list, get, diff, apply, preview, explain, pause, resume, savings, remove],
  groups: [overrideGroup],
};
