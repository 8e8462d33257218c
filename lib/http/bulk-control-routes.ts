import * as z from "zod";
import { jobView } from "../bulk/job-view.ts";
import { cancelJob, confirmJob, pauseJob, resumeJob } from "../flows/bulk-control.ts";
import { retryItems, retryRequestSchema } from "../flows/bulk-retry.ts";
import { locationWords, params, pathOf, shown, viewSchema } from "./bulk-shapes.ts";
import { emptyBody, jsonBody, optionalJsonBody } from "./json-body.ts";
import { reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

/** What the routes that change a job have in common. */
const changing = (verb: string) =>
  ({
    method: "POST",
    path: `/v1/bulk-jobs/{id}/${verb}`,
    scope: "operate",
    forLimitedKeys: true,
    params,
    query: nothing,
    readHeaders: noHeaders,
  }) as const;

const shows = (description: string) => ({
  202: { description, schema: viewSchema, headers: locationWords },
});
const conflict = { 409: "`CONFLICT`: others are changing the job all the time; ask again." };

const confirm = route({
  ...changing("confirm"),
  operationId: "confirmBulkJob",
  summary: "Confirms a job that waits for it, by the hash of its plan",
  body: jsonBody(z.strictObject({ plan_hash: z.string() })),
  answers: shows("It is confirmed, now or before."),
  refusals: {
    409: "`PLAN_CHANGED`, `PLAN_EXPIRED`: look at the job, and confirm the plan that it shows; `JOB_OVER`; `STOPPED`: nothing is made or powered on at present.",
  },
  handle: async ({ params: { id }, body }, turn) =>
    shown(202, await confirmJob(id, body.plan_hash, turn.caller, turn.ports), turn),
});

const pause = route({
  ...changing("pause"),
  operationId: "pauseBulkJob",
  summary: "Begins nothing more; what runs is followed to its end",
  body: emptyBody,
  answers: shows("It is paused, or over."),
  refusals: conflict,
  handle: async ({ params: { id } }, turn) => shown(202, await pauseJob(id, turn.caller, turn.ports), turn),
});

const resume = route({
  ...changing("resume"),
  operationId: "resumeBulkJob",
  summary: "Lets a paused job go on",
  body: emptyBody,
  answers: shows("It goes on, or is over."),
  refusals: conflict,
  handle: async ({ params: { id } }, turn) => shown(202, await resumeJob(id, turn.caller, turn.ports), turn),
});

const cancel = route({
  ...changing("cancel"),
  operationId: "cancelBulkJob",
  summary: "Cancels what is not begun",
  body: optionalJsonBody(
    z.strictObject({
      abort_running: z
        .boolean()
        .default(false)
        .meta({ description: "Whether servers that are being made are removed again once they are there." }),
    }),
  ),
  answers: shows("It is cancelled, or over."),
  refusals: conflict,
  handle: async ({ params: { id }, body }, turn) =>
    shown(202, await cancelJob(id, body.abort_running, turn.caller, turn.ports), turn),
});

const retriedSchema = viewSchema.extend({ retried: z.int() }).meta({ id: "RetriedBulkJob" });

const retry = route({
  ...changing("retry-failed"),
  operationId: "retryBulkJob",
  summary: "Tries again what has failed, and nothing else",
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
