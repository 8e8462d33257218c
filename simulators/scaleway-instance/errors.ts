import type { WireAnswer } from "../dialect.ts";
import { Refusal } from "../wire.ts";
import type { InstanceSettings } from "./parts.ts";

/** One complaint about an argument. */
export interface ArgumentDetail {
  argument_name: string;
  reason: "required" | "format" | "constraint" | "unknown";
  help_message?: string;
}

const answer = (status: number, type: string, message: string, rest: object = {}): WireAnswer => ({
  status,
  body: { type, message, ...rest },
});

export const invalidArguments = (details: readonly ArgumentDetail[]): Refusal =>
  new Refusal(answer(400, "invalid_arguments", "invalid argument(s)", { details }));

export const notFound = (resource: string, id: string): Refusal =>
  new Refusal(answer(404, "not_found", "resource is not found", { resource, resource_id: id }));

export const transientState = (id: string, state: string): Refusal =>
  new Refusal(
    answer(409, "transient_state", "resource is in a transient state", {
      resource: "instance_server",
      resource_id: id,
      current_state: state,
    }),
  );

/** A quota that is used up, with its limit and what is in use. */
export const quotasExceeded = (resource: string, quota: number, current: number, owner: string): Refusal =>
  new Refusal(
    answer(403, "quotas_exceeded", "quota(s) exceeded for this resource", {
      details: [{ resource, quota, current, organization_id: owner }],
    }),
  );

export const invalidRequest = (message: string): Refusal =>
  new Refusal(answer(400, "invalid_request_error", message));

export const deniedAuthentication = (reason: "invalid_argument" | "not_found"): Refusal =>
  new Refusal(
    answer(401, "denied_authentication", "authentication is denied", { method: "api_key", reason }),
  );

/** A precondition in full, with the status of the API that says it. */
export const preconditionInFull = (status: number, precondition: string, help: string): Refusal =>
  new Refusal(
    answer(status, "precondition_failed", "precondition is not respected", {
      precondition,
      help_message: help,
    }),
  );

/** A precondition in the shape of the year that the settings chose. */
export const preconditionFailed = (
  settings: InstanceSettings,
  precondition: string,
  help: string,
): Refusal => {
  switch (settings.precondition_shape) {
    case "400-full":
      return preconditionInFull(400, precondition, help);
    case "412-bare":
      return new Refusal(answer(412, "precondition_failed", help));
  }
};

const someServer = { resource: "instance_server", resource_id: "11111111-1111-4111-8111-111111111111" };

/** Every error type that the official clients know, for faults (providers.md 4.4). */
const errorAnswers: Record<string, () => WireAnswer> = {
  invalid_arguments: () =>
    invalidArguments([{ argument_name: "name", reason: "constraint", help_message: "value is not allowed" }])
      .answer,
  denied_authentication: () => deniedAuthentication("not_found").answer,
  permissions_denied: () =>
    answer(403, "permissions_denied", "insufficient permissions", {
      details: [{ resource: "instance_server", action: "write" }],
    }),
  quotas_exceeded: () =>
    answer(403, "quotas_exceeded", "quota(s) exceeded for this resource", {
      details: [{ resource: "instance_server", quota: 10, current: 10, project_id: someServer.resource_id }],
    }),
  quotas_exceeded_legacy: () =>
    answer(403, "invalid_request_error", "Quota exceeded for this resource.", {
      resource: "compute_snapshots",
    }),
  not_found: () => notFound(someServer.resource, someServer.resource_id).answer,
  unknown_resource: () =>
    answer(404, "unknown_resource", `Security group "${someServer.resource_id}" not found`),
  transient_state: () => transientState(someServer.resource_id, "starting").answer,
  already_exists: () =>
    answer(409, "already_exists", "resource already exists", {
      ...someServer,
      help_message: "it exists already",
    }),
  conflict: () => answer(409, "conflict", "resource conflict"),
  expired: () =>
    answer(410, "expired", "resource is expired", { ...someServer, expired_since: "2026-01-01T00:00:00Z" }),
  resource_expired: () =>
    answer(410, "resource_expired", "resource is expired", {
      ...someServer,
      expired_since: "2026-01-01T00:00:00Z",
    }),
  precondition_failed: () =>
    preconditionInFull(400, "resource_not_usable", "server should be stopped").answer,
  precondition_failed_bare: () => answer(412, "precondition_failed", "server should be stopped"),
  locked: () => answer(423, "locked", "resource is locked", someServer),
  too_many_requests: () =>
    answer(429, "too_many_requests", "too many requests", {
      help_message: "quota exceeded, try again later",
      limit: { quota: 100, window_seconds: 1 },
      reset_seconds: 1,
      reset_at: "2026-01-01T00:00:01Z",
    }),
  out_of_stock: () =>
    answer(503, "out_of_stock", "resource is out of stock", { resource: "instance_server" }),
  invalid_request_error: () =>
    answer(400, "invalid_request_error", "Validation Error", { fields: { name: ["value is not allowed"] } }),
  internal_error: () => answer(500, "internal_error", "internal error"),
};

/** The types that there is an answer for. */
export const instanceErrorTypes: readonly string[] = Object.keys(errorAnswers);

/** The answer of an error type, for faults. */
export const instanceErrorAnswer = (type: string): WireAnswer | undefined =>
  Object.hasOwn(errorAnswers, type) ? errorAnswers[type]?.() : undefined;
