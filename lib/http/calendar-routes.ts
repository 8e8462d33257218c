import * as z from "zod";
import { type Calendar, calendarRequestSchema, calendarSchema } from "../schedule/calendar.ts";
import { deleteCalendar, getCalendar, listCalendars, putDates, putIcs } from "../flows/calendars.ts";
import { RequestRefused } from "../flows/request-refused.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { type BodyRule, checkSize, isJsonType, noBody, readJson } from "./json-body.ts";
import { pageHeaders, pageQuery, pageReply, pageSchema } from "./page.ts";
import { reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

const params = z.strictObject({ name: z.string().meta({ description: "Name of the calendar." }) });
/** A calendar must fit into one document. */
const largestBytes = 200 * 1024;

const isIcs = ({ headers }: IncomingRequest): boolean =>
  (headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() === "text/calendar";

const refused = (status: number, code: string, title: string, detail: string, hint: string) =>
  new RequestRefused({ status, code, title, detail, hint });

/** Dates in JSON, or the text of an ICS file. */
const calendarBody: BodyRule<Uint8Array> = {
  document: {
    schema: calendarRequestSchema,
    required: true,
    texts: { "text/calendar": "An ICS file (RFC 5545) in UTF-8." },
  },
  check: (request) => {
    checkSize(request, largestBytes);
    if (isIcs(request) || isJsonType(request.headers.get("content-type"))) return;
    throw refused(
      415,
      "UNSUPPORTED_MEDIA_TYPE",
      "The body is of the wrong type",
      "The body must be JSON or an ICS file.",
      "Send Content-Type: application/json or text/calendar.",
    );
  },
  read: ({ body }) => body,
};

const textOf = (body: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw refused(
      400,
      "INVALID_ENCODING",
      "The body is not UTF-8",
      "The body must be UTF-8.",
      "Save the file as UTF-8 (RFC 5545, 3.1.4).",
    );
  }
};

const viewSchema = calendarSchema.meta({ id: "Calendar" });
const viewOf = (calendar: Calendar): Calendar => calendar;

const put = route({
  method: "PUT",
  path: "/v1/calendars/{name}",
  operationId: "putCalendar",
  summary: "Puts a calendar of days on which schedules say something else",
  scope: "operate",
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: calendarBody,
  answers: {
    200: { description: "It has taken the place of the one before.", schema: viewSchema },
    201: { description: "It is new.", schema: viewSchema, headers: { Location: "Path of the calendar." } },
  },
  refusals: {
    409: "`CONFLICT`: others write it at the same time.",
    413: "The body is larger than 200 KiB.",
    415: "The body is neither JSON nor text/calendar.",
  },
  handle: async ({ params: { name }, body, request }, { ports, caller }) => {
    const { calendar, isNew } = isIcs(request)
      ? await putIcs(name, textOf(body), caller, ports)
      : await putDates(name, readJson(calendarRequestSchema, body), caller, ports);
    return isNew
      ? reply(201, viewOf(calendar), { Location: `/v1/calendars/${encodeURIComponent(name)}` })
      : reply(200, viewOf(calendar));
  },
});

const list = route({
  method: "GET",
  path: "/v1/calendars",
  operationId: "listCalendars",
  summary: "All calendars",
  scope: "read",
  params: nothing,
  query: z.strictObject(pageQuery),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description: "A page of calendars, by name.",
      schema: pageSchema(viewSchema).meta({ id: "CalendarPage" }),
      headers: pageHeaders,
    },
  },
  handle: async ({ query: { limit, cursor }, request }, { ports }) => {
    const page = await listCalendars({ limit, cursor: cursor ?? null }, ports);
    return pageReply(request, { items: page.items.map(viewOf), nextCursor: page.nextCursor });
  },
});

const show = route({
  method: "GET",
  path: "/v1/calendars/{name}",
  operationId: "getCalendar",
  summary: "One calendar",
  scope: "read",
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 200: { description: "The calendar.", schema: viewSchema } },
  handle: async ({ params: { name } }, { ports }) => reply(200, viewOf(await getCalendar(name, ports))),
});

const remove = route({
  method: "DELETE",
  path: "/v1/calendars/{name}",
  operationId: "deleteCalendar",
  summary: "Removes a calendar that no schedule names",
  scope: "operate",
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 204: { description: "It is gone.", schema: z.undefined() } },
  refusals: { 409: "`CALENDAR_IN_USE`: a schedule names it." },
  handle: async ({ params: { name } }, { ports }) => {
    await deleteCalendar(name, ports);
    return reply(204, undefined);
  },
});

/** Calendars, answered by the function of the schedules. */
export const calendarRoutes: readonly Route[] = [put, list, show, remove];
