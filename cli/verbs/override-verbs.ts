import * as z from "zod";
import type { Context } from "../context.ts";
import { durationMilliseconds } from "../duration.ts";
import { misused } from "../failure.ts";
import { listSome } from "../list-some.ts";
import { bothEnds, overrideSchema, overrideView, readSchedule, zoneOf, type Schedule } from "../schedule.ts";
import { schedulePath } from "../schedule-changes.ts";
import { connectionFor, selectServers } from "../servers.ts";
import { segment, verb, type Flag, type Group } from "../verb.ts";

/** Of one schedule; null: those of all schedules. */
const overridesPath = (name: string | null): string =>
  name === null ? "/v1/overrides" : `${schedulePath(name)}/overrides`;
const overridePath = (name: string | null, id: string): string =>
  `${overridesPath(name)}/${segment(id, "The override's id")}`;

/** Which schedule a command is about; null: all of them, which has to be said. @throws CliFailure */
const scheduleOf = (name: string | undefined, all: boolean): string | null => {
  if ((name === undefined) === all) return name ?? null;
  throw misused("Of which schedule?", "a schedule's name, or --all");
};
const allFlag: Flag = ["--all", "of all schedules, in place of a name"];
const allOption = z.object({ all: z.boolean().default(false) });

const list = verb({
  usage: "list [name]",
  summary: "the overrides of a schedule that are not over, or with --all those of all schedules",
  flags: [allFlag],
  options: allOption,
  run: (context, [name], { all }) => {
    const path = overridesPath(scheduleOf(name, all));
    return listSome(context, overrideView, 0, () => context.api.pages(overrideSchema, path));
  },
});

const optionsSchema = z.object({
  ...allOption.shape,
  state: z.enum(["on", "off", "any", "freeze"], { error: "is on, off, any or freeze" }).optional(),
  maintenance: z.boolean().default(false),
  until: z.string().optional(),
  for: z.string().optional(),
  from: z.string().optional(),
  server: z.array(z.string().min(1)).optional(),
  reason: z.string({ error: "why? It is shown to whoever asks why a server is on or off" }).min(1),
});

/** In which zone its times are read: those of all schedules in UTC. */
const zoneFor = async (context: Context, name: string | null) => {
  const schedule = name === null ? null : await readSchedule(context, name);
  return { schedule, zone: schedule === null ? "UTC" : zoneOf(schedule) };
};

const serversOf = async (context: Context, schedule: Schedule | null, given: readonly string[]) => {
  const connection = await connectionFor(context, schedule?.connection);
  return (await selectServers(context, connection, given)).map(({ id }) => id);
};

const add = verb({
  usage: "add [name]",
  summary: "an exception that ends by itself, from a schedule or with --all from all",
  flags: [
    allFlag,
    ["--state <state>", "on, off, any (left alone) or freeze (nothing is done)"],
    ["--maintenance", "a maintenance window: on, and weaker than other overrides"],
    ["--until <instant>", "its end, at most 30 days from now; switchyard help date"],
    ["--for <duration>", "its length instead: 4h"],
    ["--from <instant>", "its beginning (default: now)"],
    ["--server <server>", "only for this one, by id, name or tag=; may be repeated", "many"],
    ["--reason <text>", "why"],
  ],
  examples: [
    "switchyard schedule override add office-hours --state on --until 'fri 23:00' --reason 'load test'",
    "switchyard schedule override add --all --state freeze --for 2h --reason 'an audit'",
    "switchyard schedule override add office-hours --maintenance --for 3h --reason backup",
  ],
  options: optionsSchema,
  run: async (context, [given], options) => {
    const { until, for: length, from, server, reason, maintenance } = options;
    const name = scheduleOf(given, options.all);
    const state = options.state ?? (maintenance ? "on" : undefined);
    if (state === undefined) throw misused("Which --state?", "on, off, any or freeze");
    if (until !== undefined && length !== undefined) throw bothEnds();
    if (until === undefined && length === undefined)
      throw misused("Until when?", "--until 'fri 23:00' or --for 4h");
    const { readInstant } = await import("../instant.ts");
    const { schedule, zone } = await zoneFor(context, name);
    const now = context.world.nowMilliseconds();
    const start = from === undefined ? null : readInstant(from, "--from", zone, now);
    const end =
      until === undefined
        ? new Date(
            (start === null ? now : Date.parse(start)) + durationMilliseconds(length ?? "", "--for"),
          ).toISOString()
        : readInstant(until, "--until", zone, now);
    const servers = server === undefined ? {} : { servers: await serversOf(context, schedule, server) };
    const kind = maintenance ? { kind: "maintenance" } : {};
    const key = context.key();
    context.sayKey(key);
    const made = await context.change(overrideSchema, {
      method: "POST",
      path: overridesPath(name),
      json: { state, ...kind, ...(start === null ? {} : { from: start }), until: end, ...servers, reason },
      idempotencyKey: key,
    });
    if (made !== null) context.print.one(overrideView, made);
  },
});

/** The operands `<name> <id>`, or with --all `<id>` alone. @throws CliFailure */
const named = (operands: readonly string[], all: boolean): readonly [name: string | null, id: string] => {
  const [first = "", second] = operands;
  if ((second === undefined) !== all) throw misused("Of which schedule?", "a schedule's name, or --all");
  return all ? [null, first] : [first, second ?? ""];
};

const extend = verb({
  usage: "extend <name> [id]",
  summary: "gives an override another end; with --all the id alone",
  flags: [["--until <instant>", "the new end; switchyard help date"], allFlag],
  options: allOption.extend({ until: z.string({ error: "until when?" }).min(1) }),
  run: async (context, operands, { until, all }) => {
    const { readInstant } = await import("../instant.ts");
    const [name, id] = named(operands, all);
    const { zone } = await zoneFor(context, name);
    const changed = await context.change(overrideSchema, {
      method: "PATCH",
      path: overridePath(name, id),
      json: { until: readInstant(until, "--until", zone, context.world.nowMilliseconds()) },
      idempotencyKey: context.flags.idempotencyKey,
    });
    if (changed !== null) context.print.one(overrideView, changed);
  },
});

const remove = verb({
  usage: "rm <name> [id]",
  summary: "ends an override; a stop that this makes due is announced first; with --all the id alone",
  flags: [allFlag, ["--now", "stops at once what is to be stopped, without notice"]],
  options: allOption.extend({ now: z.boolean().default(false) }),
  run: async (context, operands, { all, now }) => {
    const [name, id] = named(operands, all);
    const query = now ? { query: { now: "true" } } : {};
    await context.change(z.unknown(), { method: "DELETE", path: overridePath(name, id), ...query });
    if (!context.flags.dryRun) context.say(`ended override ${id}`);
  },
});

export const overrideGroup: Group = {
  name: "override",
  summary: "exceptions from a schedule",
  verbs: [add, list, extend, remove],
};
