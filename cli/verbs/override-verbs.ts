import * as z from "zod";
import { durationMilliseconds } from "../duration.ts";
import { misused } from "../failure.ts";
import { listSome } from "../list-some.ts";
import { overrideSchema, overrideView, readSchedule, zoneOf } from "../schedule.ts";
import { schedulePath } from "../schedule-changes.ts";
import { connectionFor, selectServers } from "../servers.ts";
import { plainVerb, segment, verb, type Group } from "../verb.ts";

const overridesPath = (name: string): string => `${schedulePath(name)}/overrides`;
const overridePath = (name: string, id: string): string =>
  `${overridesPath(name)}/${segment(id, "The override's id")}`;

const list = plainVerb({
  usage: "list <name>",
  summary: "the overrides of a schedule that are not over",
  run: (context, [name = ""]) =>
    listSome(context, overrideView, 0, () => context.api.pages(overrideSchema, overridesPath(name))),
});

const optionsSchema = z.object({
  state: z.enum(["on", "off", "any"], { error: "is on, off or any" }),
  until: z.string().optional(),
  for: z.string().optional(),
  from: z.string().optional(),
  server: z.array(z.string().min(1)).optional(),
  reason: z.string({ error: "why? It is shown to whoever asks why a server is on or off" }).min(1),
});

const add = verb({
  usage: "add <name>",
  summary: "an exception that ends by itself",
  flags: [
    ["--state <state>", "on, off or any (left alone)"],
    ["--until <instant>", "its end, at most 30 days from now; switchyard help date"],
    ["--for <duration>", "its length instead: 4h"],
    ["--from <instant>", "its beginning (default: now)"],
    ["--server <server>", "only for this one, by id, name or tag=; may be repeated", "many"],
    ["--reason <text>", "why"],
  ],
  examples: [
    "switchyard schedule override add office-hours --state on --until 'fri 23:00' --reason 'load test'",
  ],
  options: optionsSchema,
  run: async (context, [name = ""], { state, until, for: length, from, server, reason }) => {
    if ((until === undefined) === (length === undefined))
      throw misused("Until when?", "--until 'fri 23:00' or --for 4h");
    const { readInstant } = await import("../instant.ts");
    const schedule = await readSchedule(context, name);
    const [zone, now] = [zoneOf(schedule), context.world.nowMilliseconds()];
    const start = from === undefined ? null : readInstant(from, "--from", zone, now);
    const end =
      until === undefined
        ? new Date(
            (start === null ? now : Date.parse(start)) + durationMilliseconds(length ?? "", "--for"),
          ).toISOString()
        : readInstant(until, "--until", zone, now);
    const servers =
      server === undefined
        ? {}
        : {
            servers: (
              await selectServers(context, await connectionFor(context, schedule.connection), server)
            ).map(({ id }) => id),
          };
    const key = context.key();
    context.sayKey(key);
    const made = await context.change(overrideSchema, {
      method: "POST",
      path: overridesPath(name),
      json: { state, ...(start === null ? {} : { from: start }), until: end, ...servers, reason },
      idempotencyKey: key,
    });
    if (made !== null) context.print.one(overrideView, made);
  },
});

const extend = verb({
  usage: "extend <name> <id>",
  summary: "gives an override another end",
  flags: [["--until <instant>", "the new end; switchyard help date"]],
  options: z.object({ until: z.string({ error: "until when?" }).min(1) }),
  run: async (context, [name = "", id = ""], { until }) => {
    const { readInstant } = await import("../instant.ts");
    const zone = zoneOf(await readSchedule(context, name));
    const changed = await context.change(overrideSchema, {
      method: "PATCH",
      path: overridePath(name, id),
      json: { until: readInstant(until, "--until", zone, context.world.nowMilliseconds()) },
      idempotencyKey: context.flags.idempotencyKey,
    });
    if (changed !== null) context.print.one(overrideView, changed);
  },
});

const remove = plainVerb({
  usage: "rm <name> <id>",
  summary: "ends an override now",
  run: async (context, [name = "", id = ""]) => {
    await context.change(z.unknown(), { method: "DELETE", path: overridePath(name, id) });
    if (!context.flags.dryRun) context.say(`ended override ${id}`);
  },
});

export const overrideGroup: Group = {
  name: "override",
  summary: "exceptions from a schedule",
  verbs: [add, list, extend, remove],
};
