import * as z from "zod";
import { limitsViewSchema, listLimits } from "../flows/list-limits.ts";
import { invalid } from "../flows/request-refused.ts";
import { liftStop, readStop, setStop } from "../flows/stop-switch.ts";
import { longestStop, stopSchema, type Stop } from "../limits/stop.ts";
import { instant } from "../operation/time.ts";
import { jsonBody, noBody } from "./json-body.ts";
import { pageAnswer, pageQuery, pageReply } from "./page.ts";
import { reply, type Reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

const limits = route({
  method: "GET",
  path: "/v1/limits",
  operationId: "listLimits",
  summary: "What may be caused through each connection at most, and how much of it is used",
  scope: "read",
  forLimitedKeys: true,
  params: nothing,
  query: z.strictObject(pageQuery),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: pageAnswer("A page of connections, by name.", limitsViewSchema, "LimitsPage"),
  },
  handle: async ({ query, request }, { ports }) =>
    pageReply(request, await listLimits(query.cursor ?? null, query.limit, ports)),
});

const stopViewSchema = z
  .strictObject({
    stopped: z.boolean(),
    stop: stopSchema.nullable().meta({ description: "Null when nothing is stopped." }),
  })
  .meta({ id: "Stop" });

const shown = (stop: Stop | null): Reply => reply(200, { stopped: stop !== null, stop });

const show = route({
  method: "GET",
  path: "/v1/stop",
  operationId: "getStop",
  summary: "Whether everything that makes or powers on is stopped",
  scope: "read",
  forLimitedKeys: true,
  params: nothing,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 200: { description: "The stop that stands, or none.", schema: stopViewSchema } },
  handle: async (_input, { ports }) => shown(await readStop(ports)),
});

const stopBody = z
  .strictObject({
    until: z.iso
      .datetime({ offset: true, error: "must be an instant such as 2026-11-02T18:00:00Z" })
      .meta({ description: "When it ends by itself: at most 30 days from now." }),
    reason: z
      .string()
      .min(1, { error: "must say why" })
      .max(500)
      .regex(/^\P{Cc}+$/u, { error: "must not hold control characters" }),
  })
  .meta({ id: "StopRequest" });

/** @throws RequestRefused 422 */
const checkUntil = (until: string, now: number): void => {
  const left = Date.parse(until) - now;
  if (left <= 0) throw invalid([{ pointer: "/until", detail: "must lie in the future" }]);
  if (left > longestStop)
    throw invalid([{ pointer: "/until", detail: "must be at most 30 days from now; it can be set again" }]);
};

const set = route({
  method: "PUT",
  path: "/v1/stop",
  operationId: "setStop",
  summary: "Stops everything that makes or powers on, within ten seconds; deletes and power-offs go on",
  scope: "admin",
  params: nothing,
  query: nothing,
  readHeaders: noHeaders,
  body: jsonBody(stopBody),
  answers: { 200: { description: "The stop, in the place of one that stood.", schema: stopViewSchema } },
  refusals: { 409: "`BEING_CHANGED`: others change it at the same time." },
  handle: async ({ body }, { ports, caller }) => {
    const now = ports.clock.now();
    checkUntil(body.until, now);
    const until = instant(Date.parse(body.until));
    return shown(
      await setStop({ until, reason: body.reason, set_at: instant(now), set_by: caller.id }, ports),
    );
  },
});

const lift = route({
  method: "DELETE",
  path: "/v1/stop",
  operationId: "liftStop",
  summary: "Lifts the stop",
  scope: "admin",
  params: nothing,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 200: { description: "Nothing is stopped, now or before.", schema: stopViewSchema } },
  refusals: { 409: "`BEING_CHANGED`: others change it at the same time." },
  handle: async (_input, { ports, caller }) => {
    await liftStop(caller.id, ports);
    return shown(null);
  },
});

export const limitRoutes: readonly Route[] = [limits, show, set, lift];
