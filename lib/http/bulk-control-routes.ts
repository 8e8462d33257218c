import * as z from "zod";
import { jobView } from "../bulk/job-view.ts";
import { cancelJob, confirmJob, pauseJob, resumeJob } from "../flows/bulk-control.ts";
import { retryItems, retryRequestSchema } from "../flows/bulk-retry.ts";
import { locationWords, params, pathOf, shown, viewSchema } from "./bulk-shapes.ts";
import { emptyBody, jsonBody, optionalJsonBody } from "./json-body.ts";
import { reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

const conflict = { 409: "`CONFLICT`: others are changing the job all the time; ask again." };

const confirm = route({
  method: "POST",
  path: "/v1/bulk-jobs/{id}/confirm",
  operationId: "confirmBulkJob",
  summary: "Confirms a job that waits for it, by the hash of its plan",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: jsonBody(z.strictObject({ plan_hash: z.string() })),
  answers: {
    202: { description: "It is confirmed, now or before.", schema: viewSchema, headers: locationWords },
  },
  refusals: {
    409: "`PLAN_CHANGED`, `PLAN_EXPIRED`: look at the job, and confirm the plan that it shows; `JOB_OVER`; `STOPPED`: nothing is made or powered on at present.",
  },
  handle: async ({ params: { id }, body }, turn) =>
    shown(202, await confirmJob(id, body.plan_hash, turn.caller, turn.ports), turn),
});

const pause = route({
  method: "POST",
  path: "/v1/bulk-jobs/{id}/pause",
  operationId: "pauseBulkJob",
  summary: "Begins nothing more; what runs is followed to its end",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: emptyBody,
  answers: { 202: { description: "It is paused, or over.", schema: viewSchema, headers: locationWords } },
  refusals: conflict,
  handle: async ({ params: { id } }, turn) => shown(202, await pauseJob(id, turn.caller, turn.ports), turn),
});

const resume = route({
  method: "POST",
  path: "/v1/bulk-jobs/{id}/resume",
  operationId: "resumeBulkJob",
  summary: "Lets a paused job go on",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: emptyBody,
  answers: { 202: { description: "It goes on, or is over.", schema: viewSchema, headers: locationWords } },
  refusals: conflict,
  handle: async ({ params: { id } }, turn) => shown(202, await resumeJob(id, turn.caller, turn.ports), turn),
});

const cancel = route({
  method: "POST",
  path: "/v1/bulk-jobs/{id}/cancel",
  operationId: "cancelBulkJob",
  summary: "Cancels what is not begun",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: optionalJsonBody(
    z.strictObject({
      abort_running: z
        .boolean()
        .default(false)
        .meta({ description: "Whether servers that are being made are removed again once they are there." }),
    }),
  ),
  answers: { 202: { description: "It is cancelled, or over.", schema: viewSchema, headers: locationWords } },
  refusals: conflict,
  handle: async ({ params: { id }, body }, turn) =>
    shown(202, await cancelJob(id, body.abort_running, turn.caller, turn.ports), turn),
});

const retriedSchema = viewSchema.extend({ retried: z.int() }).meta({ id: "RetriedBulkJob" });

const retry = route({
  method: "POST",
  path: "/v1/bulk-jobs/{id}/retry-failed",
  operationId: "retryBulkJob",
  summary: "Tries again what has failed, and nothing else",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: optionalJsonBody(retryRequestSchema),
  answers: {
    200: {
      description: "Nothing is to be tried again.",
      schema: retriedSchema,
      headers: locationWords,
    },
    202: {
      description: "They are tried again; `retried` says how many.",
      schema: retriedSchema,
      headers: locationWords,
    },
  },
  refusals: {
    409: "`JOB_CANCELLED`: a cancelled job is not tried again. `CONFLICT`: others are changing the job all the time; ask again.",
    410: "`JOB_EXPIRED`: it ended more than 30 days ago.",
  },
  handle: async ({ params: { id }, body }, { ports, caller }) => {
    const { job, count } = await retryItems(id, body, caller, ports);
    const view = { ...jobView(job, ports.clock.now()), retried: count };
    return reply(count === 0 ? 200 : 202, view, { Location: pathOf(job) });
  },
});

/** What may be asked of a job that is there, in any order and as often as you like. */
export const bulkControlRoutes: readonly Route[] = [confirm, pause, resume, cancel, retry];
