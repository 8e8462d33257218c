import { resourceTypeOf } from "./kind.ts";
import type { Operation } from "./operation.ts";
import { problem, type Problem, type ProviderDetail } from "./problem.ts";

const titles: Readonly<Record<string, string>> = {
  RESOURCE_NOT_FOUND: "There is no such resource",
  OUT_OF_STOCK: "The provider has nothing free of what was asked for",
  START_FAILED: "The server did not start",
  STOP_FAILED: "The server did not stop",
  BUILD_FAILED: "The server could not be built",
  PAYMENT_REQUIRED: "The provider wants to be paid first",
  ALREADY_EXISTS: "It exists already",
  RESOURCE_GONE: "There is no such resource any more",
  DELETE_FAILED: "The resource could not be deleted",
  ACTION_FAILED: "The action had no effect",
  PROTECTED: "The server is protected",
  LOCKED: "The server is locked by the provider",
  WRONG_STATE: "Not possible in this state",
  QUOTA_EXCEEDED: "The provider's quota is used up",
  UNAUTHENTICATED: "The provider does not accept the connection's secret",
  PERMISSION_DENIED: "The connection's key may not do this",
  INVALID_INPUT: "The provider does not accept the input",
  ABANDONED: "Given up by request",
  DEADLINE_PASSED: "No end was seen in time",
  OUTCOME_UNKNOWN: "It can't be known whether it happened",
  CONNECTION_UNAVAILABLE: "The connection can't be used",
};

const statuses: Readonly<Record<string, number>> = {
  RESOURCE_NOT_FOUND: 404,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  QUOTA_EXCEEDED: 403,
  WRONG_STATE: 409,
  PROTECTED: 409,
  LOCKED: 423,
  OUT_OF_STOCK: 503,
  DEADLINE_PASSED: 504,
  OUTCOME_UNKNOWN: 504,
  CREATE_UNCERTAIN: 504,
};

const hints: Readonly<Record<string, string>> = {
  OUT_OF_STOCK:
    "Ask again later, or for something else: another type, or another place where there are several.",
  BUILD_FAILED: "See at the provider why, delete the server, and ask for a new one.",
  QUOTA_EXCEEDED: "Ask the provider for more quota, or free some.",
  UNAUTHENTICATED: "Check the connection's `secret` reference and its value.",
  PERMISSION_DENIED: "Give the key the right to manage servers in this project.",
  RESOURCE_NOT_FOUND: "Check the id, and that it belongs to this connection's account and place.",
  PROTECTED: 'Send server.update with {"protected": false} first.',
  DEADLINE_PASSED: "Look at the resource at the provider, then POST …/resolve with adopt, abandon or retry.",
  OUTCOME_UNKNOWN: "Look at the resource at the provider, then POST …/resolve with adopt, abandon or retry.",
};

/** Where it can't be known whether something was made: what to look for depends on whether it bears a marker. */
const uncertain = (operation: Operation): { readonly title: string; readonly hint: string } => {
  const type = resourceTypeOf(operation.kind);
  const look = operation.is_marked
    ? `Look for a ${type} with our marker, in its tags or its name,`
    : `Look for a ${type} of this ${operation.resource_name === null ? "size, type and time" : "name and time"}, since it bears no marker,`;
  const how = operation.is_marked
    ? "then POST …/resolve with adopt, abandon or retry."
    : "then POST …/resolve with adopt and its id, or with abandon; nothing is sent again.";
  return { title: `It can't be known whether the ${type} was made`, hint: `${look} at the provider, ${how}` };
};

/** The problem of an operation: our code, what a person can do next, what the provider said, what was seen. */
export const problemOf = (
  operation: Operation,
  code: string,
  detail: string,
  provider?: ProviderDetail,
): Problem => {
  const words = code === "CREATE_UNCERTAIN" ? uncertain(operation) : null;
  return problem({
    code,
    title: words?.title ?? titles[code] ?? "The provider refused",
    status: statuses[code] ?? 422,
    detail,
    hint: words?.hint ?? hints[code],
    provider,
    evidence: operation.evidence,
  });
};
