import * as z from "zod";
import type { Caller } from "../access/caller.ts";
import type { AuditEntry } from "../access/audit-entry.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { Reply } from "./reply.ts";
import type { Route } from "./route.ts";

const longestTarget = 300;

const pathOf = ({ segments }: IncomingRequest): string =>
  (segments ?? []).map((segment) => `/${encodeURIComponent(segment)}`).join("");

/** Answers name the connection of what they show. */
const withConnection = z.looseObject({ connection: z.string() });

/**
 * What the audit trail keeps of a request: what changes something, has gone well or was refused with 403, and does not
 * stand in the row of an operation. Null: nothing.
 */
export const auditOf = (
  route: Route,
  request: IncomingRequest,
  caller: Caller,
  { status, headers, body }: Reply,
): Omit<AuditEntry, "at"> | null => {
  if (route.scope === null || route.method === "GET") return null;
  if (status >= 400 && status !== 403) return null;
  if (status < 400 && route.makesOperation === true) return null;
  const target = status < 400 ? (headers["Location"] ?? pathOf(request)) : pathOf(request);
  return {
    actor: caller.id,
    action: route.operationId,
    target: target.slice(0, longestTarget),
    connection: withConnection.safeParse(body).data?.connection ?? null,
    status,
    request_id: request.requestId,
  };
};
