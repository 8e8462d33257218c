import * as z from "zod";
import { eventSchema, typePrefix } from "../../events/event.ts";
import { listEvents } from "../flows/list-events.ts";
import { noBody } from "./json-body.ts";
import { pageAnswer, pageQuery, pageReply } from "./page.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

const typePattern = /^(?:\*|switchyard\.[a-z_.]*\*?)$/;

const list = route({
  method: "GET",
  path: "/v1/events",
  operationId: "listEvents",
  summary: "What has happened in the last 30 days, in the order in which it became known",
  scope: "read",
  forLimitedKeys: true,
  params: nothing,
  query: z.strictObject({
    ...pageQuery,
    after: z
      .string()
      .min(1, { error: "must not be empty" })
      .max(100, { error: "is not the id of an event" })
      .exactOptional()
      .meta({ description: "Id of an event; those behind it are shown." }),
    type: z
      .string()
      .max(100)
      .regex(typePattern, {
        error: `must be a type such as ${typePrefix}operation.succeeded, or end in *, such as ${typePrefix}server.*`,
      })
      .exactOptional(),
    subject: z.string().min(1, { error: "must not be empty" }).max(300).exactOptional(),
  }),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: pageAnswer(
      "A page of events. Those of one subject are in the order of `sequence`; those of several may stand in another order than their times. It may be shorter than asked for, even empty, before the end.",
      eventSchema.meta({ id: "Event" }),
      "EventPage",
    ),
  },
  handle: async ({ query, request }, { ports }) => {
    const { after = null, type = null, subject = null, cursor = null, limit } = query;
    return pageReply(request, await listEvents({ after, type, subject, cursor, limit }, ports));
  },
});

export const eventRoutes: readonly Route[] = [list];
