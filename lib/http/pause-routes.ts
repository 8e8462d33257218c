import * as z from "zod";
import { durationSchema } from "../schedule/elapsed.ts";
import { scheduleViewSchema } from "../schedule/schedule.ts";
import { pauseSchedule, resumeSchedule } from "../flows/pause-schedule.ts";
import { scheduleNamed } from "../flows/schedules.ts";
import { scheduleViewOf } from "../flows/schedule-view.ts";
import { emptyBody, optionalJsonBody } from "./json-body.ts";
import { reply, type Reply } from "./reply.ts";
import { type HttpTurn, noHeaders, nothing, route, type Route } from "./route.ts";

/** Any text: what is no name of a schedule is the name of none. */
const params = z.strictObject({ name: z.string().meta({ description: "Name of the schedule." }) });

const instantSchema = z.iso.datetime({
  offset: true,
  error: "must be an instant such as 2026-11-02T08:00:00Z",
});

const shown = async (name: string, turn: HttpTurn): Promise<Reply> => {
  const { schedule, inputs } = await scheduleNamed(name, turn.caller, turn.ports);
  return reply(202, scheduleViewOf(schedule, inputs, turn.ports.clock.now()));
};

const pauseRequestSchema = z
  .strictObject({
    reason: z.string().max(500).exactOptional(),
    until: instantSchema.exactOptional().meta({
      description: "At most 30 days from now. This or `for`; neither: until it is resumed.",
    }),
    for: durationSchema.exactOptional().meta({ description: "How long it lasts instead: `4h`." }),
  })
  .superRefine(({ until, for: length }, context) => {
    if (until !== undefined && length !== undefined)
      context.addIssue({ code: "custom", path: ["for"], message: "until is there, too: only one of them" });
  })
  .meta({ id: "PauseRequest" });

const nowQuery = z.strictObject({
  now: z.enum(["true", "false"], { error: "must be true or false" }).exactOptional().meta({
    description: "`true`: a stop that this makes due is not announced first, and comes with the next tick.",
  }),
});

const pause = route({
  method: "POST",
  path: "/v1/schedules/{name}/pause",
  operationId: "pauseSchedule",
  summary: "Does nothing more to its servers until it is resumed, or until a time",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: optionalJsonBody(pauseRequestSchema),
  answers: { 202: { description: "It is paused, now or before.", schema: scheduleViewSchema } },
  handle: async ({ params: { name }, body }, turn) => {
    await pauseSchedule(name, body, turn.caller, turn.ports);
    return shown(name, turn);
  },
});

const resume = route({
  method: "POST",
  path: "/v1/schedules/{name}/resume",
  operationId: "resumeSchedule",
  summary: "Lets it go on, with what is wanted now; a stop that this makes due is announced first",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nowQuery,
  readHeaders: noHeaders,
  body: emptyBody,
  answers: { 202: { description: "It goes on, now or before.", schema: scheduleViewSchema } },
  handle: async ({ params: { name }, query }, turn) => {
    await resumeSchedule(name, turn.caller, turn.ports, query.now === "true");
    return shown(name, turn);
  },
});

/** A schedule that is to do nothing for a while. */
export const pauseRoutes: readonly Route[] = [pause, resume];
