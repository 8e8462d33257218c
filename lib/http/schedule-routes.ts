import * as z from "zod";
import { scheduleRequestSchema, scheduleViewSchema, type Schedule } from "../schedule/schedule.ts";
import type { Inputs } from "../schedule/inputs.ts";
import {
  differenceOf,
  explainServer,
  previewSchedule,
  savingsOf,
  selectedNow,
  spanOf,
} from "../flows/schedule-questions.ts";
import {
  deleteSchedule,
  draftSchedule,
  listSchedules,
  putSchedule,
  scheduleNamed,
} from "../flows/schedules.ts";
import { scheduleViewOf, warningsOf } from "../flows/schedule-view.ts";
import { zoneChangeOf, zoneChangeSchema } from "../flows/zone-rules.ts";
import { jsonBody, noBody } from "./json-body.ts";
import { pageHeaders, pageQuery, pageReply, pageSchema } from "./page.ts";
import { reply } from "./reply.ts";
import { type HttpTurn, noHeaders, nothing, route, type Route } from "./route.ts";

/** Any text: what is no name of a schedule is the name of none. */
const params = z.strictObject({ name: z.string().meta({ description: "Name of the schedule." }) });

const instantSchema = z.iso.datetime({
  offset: true,
  error: "must be an instant such as 2026-11-02T08:00:00Z",
});
const span = { from: instantSchema, to: instantSchema };
const warningSchema = z.strictObject({ pointer: z.string(), code: z.string(), detail: z.string() });
const edgeSchema = z.strictObject({
  at: z.string().meta({ description: "UTC." }),
  local: z.string().meta({ description: "The same in the zone in which it was written." }),
  action: z.enum(["on", "off"]),
  why: z.string(),
});
/** What a change does to the edges of a schedule. */
export const differenceSchema = z.strictObject({
  added: z.array(edgeSchema),
  removed: z.array(edgeSchema),
  on_hours: z.strictObject({ before: z.number(), after: z.number() }),
});
const putSchema = scheduleViewSchema.extend({ warnings: z.array(warningSchema) }).meta({ id: "PutSchedule" });
const shownSchema = scheduleViewSchema
  .extend({
    zone_rules_changed: zoneChangeSchema.nullable().meta({
      description: "What the last change of the tz data has moved of its edges; null: nothing.",
    }),
  })
  .meta({ id: "ShownSchedule" });
const draftSchema = z
  .strictObject({
    dry_run: z.literal(true),
    schedule: scheduleViewSchema,
    difference: differenceSchema,
    servers: z.strictObject({
      count: z.int(),
      servers: z.array(z.strictObject({ id: z.string(), name: z.string().nullable() })),
    }),
    warnings: z.array(warningSchema),
  })
  .meta({ id: "ScheduleDryRun" });

const viewOf = (schedule: Schedule, inputs: Inputs, { ports }: HttpTurn) =>
  scheduleViewOf(schedule, inputs, ports.clock.now());

const put = route({
  method: "PUT",
  path: "/v1/schedules/{name}",
  operationId: "putSchedule",
  summary: "Puts a power schedule, or shows what it would change",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: z.strictObject({
    dry_run: z.enum(["true", "false"], { error: "must be true or false" }).exactOptional().meta({
      description: "`true`: nothing is saved; the answer is what would change in the next 60 days.",
    }),
  }),
  readHeaders: noHeaders,
  body: jsonBody(scheduleRequestSchema),
  answers: {
    200: {
      description: "It has taken the place of the one before, or it is shown what would change.",
      schema: z.union([putSchema, draftSchema]),
    },
    201: { description: "It is new.", schema: putSchema, headers: { Location: "Path of the schedule." } },
  },
  refusals: { 409: "`SCHEDULE_NAME_TAKEN`: another client's schedule; `CONFLICT`: others write it as well." },
  handle: async ({ params: { name }, query, body }, turn) => {
    const { ports, caller } = turn;
    if (query.dry_run === "true") {
      const drafted = await draftSchedule(name, body, caller, ports);
      return reply(200, {
        dry_run: true,
        schedule: viewOf(drafted.schedule, drafted.after, turn),
        difference: differenceOf(drafted, ports.clock.now()),
        servers: await selectedNow(drafted.schedule, ports),
        warnings: warningsOf(drafted.schedule),
      });
    }
    const { schedule, after, isNew } = await putSchedule(name, body, caller, ports);
    const view = { ...viewOf(schedule, after, turn), warnings: warningsOf(schedule) };
    return isNew
      ? reply(201, view, { Location: `/v1/schedules/${encodeURIComponent(name)}` })
      : reply(200, view);
  },
});

const list = route({
  method: "GET",
  path: "/v1/schedules",
  operationId: "listSchedules",
  summary: "All power schedules",
  scope: "read",
  forLimitedKeys: true,
  params: nothing,
  query: z.strictObject(pageQuery),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description: "A page of schedules, by name.",
      schema: pageSchema(scheduleViewSchema).meta({ id: "SchedulePage" }),
      headers: pageHeaders,
    },
  },
  handle: async ({ query: { limit, cursor }, request }, turn) => {
    const page = await listSchedules({ limit, cursor: cursor ?? null }, turn.caller, turn.ports);
    const items = page.items.map((schedule) => viewOf(schedule, page.inputs, turn));
    return pageReply(request, { items, nextCursor: page.nextCursor });
  },
});

const show = route({
  method: "GET",
  path: "/v1/schedules/{name}",
  operationId: "getSchedule",
  summary: "One power schedule",
  scope: "read",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 200: { description: "The schedule.", schema: shownSchema } },
  handle: async ({ params: { name } }, turn) => {
    const { schedule, inputs } = await scheduleNamed(name, turn.caller, turn.ports);
    const changed = await zoneChangeOf(schedule, inputs, turn.ports);
    return reply(200, { ...viewOf(schedule, inputs, turn), zone_rules_changed: changed });
  },
});

const remove = route({
  method: "DELETE",
  path: "/v1/schedules/{name}",
  operationId: "deleteSchedule",
  summary: "Removes a power schedule; its servers stay as they are",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 204: { description: "It is gone.", schema: z.undefined() } },
  refusals: { 409: "`SCHEDULE_IN_USE`: another schedule needs it." },
  handle: async ({ params: { name } }, { ports, caller }) => {
    await deleteSchedule(name, caller, ports);
    return reply(204, undefined);
  },
});

const preview = route({
  method: "GET",
  path: "/v1/schedules/{name}/preview",
  operationId: "previewSchedule",
  summary: "When servers are switched, by what the schedule says now",
  scope: "read",
  forLimitedKeys: true,
  params,
  query: z.strictObject(span),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description: "The edges in [from, to), at most 400 days, the past included. Overrides are not shown.",
      schema: z.strictObject({ edges: z.array(edgeSchema) }).meta({ id: "SchedulePreview" }),
    },
  },
  handle: async ({ params: { name }, query: { from, to } }, { ports, caller }) =>
    reply(200, { edges: await previewSchedule(name, spanOf(from, to), caller, ports) }),
});

const explain = route({
  method: "GET",
  path: "/v1/schedules/{name}/explain",
  operationId: "explainSchedule",
  summary: "Why a server is wanted on or off, at any instant",
  scope: "read",
  forLimitedKeys: true,
  params,
  query: z.strictObject({
    server: z.string().min(1).max(255),
    at: instantSchema.exactOptional().meta({ description: "Left out: now." }),
  }),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description:
        "The chain runs from the strongest rule to the weakest; the first that says on or off decides. The past is explained by the versions that were in force then.",
      schema: z
        .strictObject({
          desired: z.enum(["on", "off", "any"]),
          chain: z.array(
            z.strictObject({ rule: z.string(), says: z.enum(["on", "off", "any"]), because: z.string() }),
          ),
          schedules: z.array(z.strictObject({ name: z.string(), version: z.int() })),
          tz: z.string().meta({ description: "Version of the time zone data." }),
          conflict: z.boolean(),
          at: z.string(),
          server: z.string(),
          delayed: z
            .strictObject({
              action: z.enum(["on", "off"]),
              at: z.string(),
              since: z.string(),
              because: z.string(),
            })
            .nullable()
            .meta({ description: "What puts a command off now: a guard, a dependency, a place." }),
          unknown: z.array(z.string()).meta({
            description: "Of an instant of the past: what was in force then and is not kept any more.",
          }),
        })
        .meta({ id: "ScheduleExplanation" }),
    },
  },
  refusals: {
    502: "The server has to be looked at, and the provider does not answer.",
    503: "The server has to be looked at, and the provider's limit is used up.",
  },
  handle: async ({ params: { name }, query: { server, at } }, { ports, caller }) => {
    const instant = at === undefined ? null : Date.parse(at);
    return reply(200, await explainServer(name, server, instant, caller, ports));
  },
});

const save = route({
  method: "GET",
  path: "/v1/schedules/{name}/savings",
  operationId: "scheduleSavings",
  summary: "What the schedule saves over a span, net of what is paid all the same",
  scope: "read",
  forLimitedKeys: true,
  params,
  query: z.strictObject(span),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description:
        "For the servers that it selects now, at the prices of now; from when the schedule, and the server, was made.",
      schema: z
        .strictObject({
          hours: z.strictObject({ total: z.number(), on: z.number(), off: z.number() }),
          off_percent: z.number(),
          saved_eur: z.number(),
          bill_percent: z.number().nullable().meta({
            description:
              "By how much the whole bill falls, storage and addresses included; null where not all of it is known.",
          }),
          currency: z.literal("EUR"),
          servers: z.int(),
          unpriced: z.int().meta({ description: "Servers whose price is not known: they count as free." }),
          warnings: z.array(z.strictObject({ code: z.string(), detail: z.string() })).meta({
            description:
              "`PRICE_UNKNOWN`, `PRICE_PARTIAL`: what is missing in it. `OBSERVE_ONLY`: the schedule stops nothing. `PLANNED_ONLY`: what has passed is counted by the rules, not by what was. `COUNTED_TWICE`: other schedules count some of the servers, too.",
          }),
        })
        .meta({ id: "ScheduleSavings" }),
    },
  },
  refusals: {
    502: "The servers have to be read, and the provider does not answer.",
    503: "The servers have to be read, and the provider's limit is used up.",
  },
  handle: async ({ params: { name }, query: { from, to } }, { ports, caller }) =>
    reply(200, await savingsOf(name, spanOf(from, to), caller, ports)),
});

/** Power schedules: a function of its own answers them (functions/schedules.ts). */
export const scheduleConfigRoutes: readonly Route[] = [put, list, show, remove, preview, explain, save];
