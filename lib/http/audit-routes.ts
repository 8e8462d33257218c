import * as z from "zod";
import { auditEntrySchema } from "../access/audit-entry.ts";
import { listAudit } from "../flows/list-audit.ts";
import { noBody } from "./json-body.ts";
import { pageAnswer, pageQuery, pageReply } from "./page.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

const word = z
  .string()
  .min(1, { error: "must not be empty" })
  .max(310, { error: "is nobody's: at most 310 characters" })
  .exactOptional();

const list = route({
  method: "GET",
  path: "/v1/audit",
  operationId: "listAudit",
  summary: "Who did what, newest first: 90 days, operations as long as they are kept",
  scope: "admin",
  params: nothing,
  query: z.strictObject({ ...pageQuery, actor: word, action: word }),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: pageAnswer(
      "A page of the trail. It may be shorter than asked for, even empty, before the end.",
      auditEntrySchema,
      "AuditPage",
    ),
  },
  handle: async ({ query, request }, { ports }) => {
    const { actor = null, action = null, cursor = null, limit } = query;
    return pageReply(request, await listAudit({ actor, action, cursor, limit }, ports));
  },
});

export const auditRoutes: readonly Route[] = [list];
