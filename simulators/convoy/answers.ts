import type { WireAnswer } from "../dialect.ts";
import { Refusal } from "../wire.ts";

/** A definite answer in the panel's own form: `{message}`, nothing else. */
export const refused = (status: number, message: string, headers: Record<string, string> = {}): Refusal =>
  new Refusal({ status, body: { message }, headers });

/** 404 of a record that is not there, as the framework words it; `id` as it stood in the path. */
export const noSuchRecord = (model: string, id: string): Refusal =>
  refused(404, `No query results for model [App\\Models\\${model}] ${id}.`);

/** 404 of a path that is routed nowhere; `path` begins with a slash. */
export const noSuchRoute = (path: string): Refusal =>
  refused(404, `The route ${path.slice(1)} could not be found.`);

/** 405 of a path that is routed for other methods. */
export const methodNotAllowed = (method: string, supported: readonly string[]): Refusal =>
  refused(
    405,
    `The ${method} method is not supported for this route. Supported methods: ${supported.join(", ")}.`,
    { Allow: supported.join(", ") },
  );

/** 500 as it looks while the panel does not run in its debug mode. */
export const serverError = (): Refusal => refused(500, "Server Error");

/** 422 with every message of every field; the summary quotes the first and counts the others. */
export const invalidInput = (errors: Readonly<Record<string, readonly string[]>>): Refusal => {
  const messages = Object.values(errors).flat();
  const others = messages.length - 1;
  const more = others < 1 ? "" : ` (and ${others} more error${others === 1 ? "" : "s"})`;
  return new Refusal({ status: 422, body: { message: `${messages[0] ?? ""}${more}`, errors } });
};

/** What both generations of the panel answer by themselves, for the fault `error`. */
const common: Record<string, WireAnswer> = {
  too_many_requests: {
    status: 429,
    body: { message: "Too Many Attempts." },
    headers: { "Retry-After": "1", "X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0" },
  },
  server_error: { status: 500, body: { message: "Server Error" } },
  not_found: noSuchRecord("Server", "0").answer,
  method_not_allowed: methodNotAllowed("PUT", ["GET", "HEAD", "POST", "DELETE"]).answer,
  invalid: invalidInput({ name: ["The name field is required."] }).answer,
};

export const commonErrorTypes: readonly string[] = Object.keys(common);

/** The answer of a type in `commonErrorTypes`, or undefined. */
export const commonErrorAnswer = (type: string): WireAnswer | undefined =>
  Object.hasOwn(common, type) ? common[type] : undefined;
