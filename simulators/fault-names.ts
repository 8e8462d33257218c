/** What the bare VALUE of `--fault NAME=VALUE` says, and what kind of thing the fault is. */
type FaultValue = "probability" | "milliseconds" | "type" | "items" | "none";

interface FaultKind {
  value: FaultValue;
  /** The calls it is for, unless the fault says otherwise. */
  match: string;
  says: string;
}

/** Every fault that a simulator can be asked for. Dialects use those that their wire has. */
export const faultKinds = {
  lost_reply: { value: "probability", match: "*", says: "the call is applied, then the connection is cut" },
  late_landing: {
    value: "milliseconds",
    match: "*",
    says: "the connection is cut at once, and the call is applied N ms later (default 1000)",
  },
  slow_reply: {
    value: "milliseconds",
    match: "*",
    says: "the call is applied, and answered N ms later (default 1000)",
  },
  too_many_requests: {
    value: "probability",
    match: "*",
    says: "429 without body and without Retry-After; nothing is applied",
  },
  too_many_requests_typed: {
    value: "probability",
    match: "*",
    says: "429 with the typed JSON body; nothing is applied",
  },
  unavailable_html: { value: "probability", match: "*", says: "503 with an HTML page; nothing is applied" },
  unavailable_after_effect: {
    value: "probability",
    match: "*",
    says: "the call is applied, and answered with 503 and an HTML page",
  },
  truncated_json: {
    value: "probability",
    match: "*",
    says: "the call is applied, and answered with the first half of the body",
  },
  permissions_denied: {
    value: "items",
    match: "*",
    says: "403 for the next N calls (default: until removed); nothing is applied",
  },
  quotas_exceeded: {
    value: "probability",
    match: "POST */servers",
    says: "403 on create, today's body; nothing is applied",
  },
  quotas_exceeded_legacy: {
    value: "probability",
    match: "POST */servers",
    says: "403 on create, the old body; nothing is applied",
  },
  out_of_stock: {
    value: "probability",
    match: "POST */servers",
    says: "503 on create, and availability says shortage; nothing is applied",
  },
  server_quota: {
    value: "items",
    match: "POST */servers",
    says: "no more than N servers of a type (type:DEV1-S; default: of each) in a zone; the IAM API tells it (default 10)",
  },
  error: {
    value: "type",
    match: "*",
    says: "the answer of that error type of the dialect; nothing is applied",
  },
  stale_list: {
    value: "milliseconds",
    match: "*",
    says: "lists show servers and states as they were N ms ago (default 5000)",
  },
  capacity_failure: {
    value: "probability",
    match: "*",
    says: "an accepted power-on falls back to stopped; its task fails",
  },
  stuck: { value: "probability", match: "*", says: "an accepted action never ends" },
  page_size_cap: {
    value: "items",
    match: "*",
    says: "no list answers with more than N items a page (default 10)",
  },
  progress_as_string: { value: "none", match: "*", says: 'a task\'s progress is "0", not 0' },
  terminate_task_never_finishes: {
    value: "none",
    match: "*",
    says: "the task of a terminate stays pending, though the server goes",
  },
  tasks_endpoint_gone: { value: "none", match: "*", says: "404 for everything below /tasks" },
  deprecated_warning: { value: "none", match: "*", says: "the header Warning: 299 on every answer" },
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof faultKinds;

/** The names in the order of the list above. */
export const faultNames: readonly string[] = Object.keys(faultKinds);

/** Narrows a text to the name of a fault. */
export const isFaultName = (name: string): name is FaultName => Object.hasOwn(faultKinds, name);
