import * as z from "zod";
import { signingSecretOf } from "../flows/schedule-secret.ts";
import { confirmTick, sayReady } from "../flows/tick-answers.ts";
import { wakeRequestSchema, wakeSchedule } from "../flows/wake.ts";
import { overrideViewOf, overrideViewSchema } from "../schedule/override.ts";
import { readIdempotencyKey } from "./idempotency-key.ts";
import { emptyBody, jsonBody, noBody } from "./json-body.ts";
import { reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

/** Any text: what is no name of a schedule is the name of none. */
const params = z.strictObject({ name: z.string().meta({ description: "Name of the schedule." }) });

const wake = route({
  method: "POST",
  path: "/v1/schedules/{name}/wake",
  operationId: "wakeSchedule",
  summary: "Has its servers on for a while, however many ask",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  headerWords: [
    {
      name: "Idempotency-Key",
      required: true,
      description: "1 to 255 characters. The same key wakes once, and has its callback called once.",
    },
  ],
  readHeaders: (headers) => readIdempotencyKey(headers.get("idempotency-key")),
  body: jsonBody(wakeRequestSchema),
  answers: {
    202: {
      description:
        "The servers are being started, where they don't run. The override is one for all who ask.",
      schema: z
        .strictObject({ override: overrideViewSchema, callback_id: z.string().nullable() })
        .meta({ id: "Woken" }),
      headers: { Location: "Path of the override." },
    },
  },
  refusals: {
    409: "`SCHEDULE_OBSERVES`: the schedule only observes.",
    422: "Faults in the body, a server that the schedule does not select among them; `IDEMPOTENCY_KEY_REUSED`: the key was used for another body.",
  },
  handle: async ({ params: { name }, headers: key, body }, { caller, ports, timeLeft }) => {
    const { override, callbackId } = await wakeSchedule(name, body, key, caller, { ports, timeLeft });
    const path = `/v1/schedules/${encodeURIComponent(name)}/overrides/${override.id}`;
    return reply(202, { override: overrideViewOf(override), callback_id: callbackId }, { Location: path });
  },
});

const confirm = route({
  method: "POST",
  path: "/v1/schedules/{name}/confirm",
  operationId: "confirmSchedule",
  summary: "Lets it switch the many servers that it has asked about",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: jsonBody(
    z
      .strictObject({
        confirm_id: z.string().min(1).max(64).meta({ description: "Of `schedule.confirmation_needed`." }),
      })
      .meta({ id: "ConfirmRequest" }),
  ),
  answers: {
    200: {
      description: "What was confirmed; it is done at the next tick.",
      schema: z
        .strictObject({
          id: z.string(),
          asked_at: z.string(),
          affected: z.int(),
          total: z.int(),
          because: z.string(),
        })
        .meta({ id: "Confirmed" }),
    },
  },
  refusals: { 409: "`NOTHING_TO_CONFIRM`: this is not waited for (any more)." },
  handle: async ({ params: { name }, body }, { caller, ports }) =>
    reply(200, await confirmTick(name, body.confirm_id, caller, ports)),
});

const ready = route({
  method: "POST",
  path: "/v1/schedules/{name}/ready",
  operationId: "sayScheduleReady",
  summary: "Says that its servers are ready, for schedules that need them with `ready: callback`",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: emptyBody,
  answers: {
    200: {
      description: "It holds until they are started again.",
      schema: z.strictObject({ ready_at: z.string() }).meta({ id: "ScheduleReady" }),
    },
  },
  handle: async ({ params: { name } }, { caller, ports }) => reply(200, await sayReady(name, caller, ports)),
});

const secret = route({
  method: "GET",
  path: "/v1/schedules/{name}/signing-secret",
  operationId: "getScheduleSigningSecret",
  summary: "The secret that signs its callbacks and busy checks, as webhooks are signed",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description: "Made from the signing key of the installation; a schedule that is made anew has another.",
      schema: z.strictObject({ secret: z.string() }).meta({ id: "ScheduleSigningSecret" }),
    },
  },
  refusals: { 503: "`SIGNING_KEY_UNAVAILABLE`." },
  handle: async ({ params: { name } }, { caller, ports }) =>
    reply(200, { secret: await signingSecretOf(name, caller, ports) }, { "Cache-Control": "no-store" }),
});

/** What people ask of the ticks, and what ticks send is checked with. */
export const scheduleTickRoutes: readonly Route[] = [wake, confirm, ready, secret];
