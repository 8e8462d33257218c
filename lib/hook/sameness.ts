import { createHash } from "node:crypto";
import { lookUp, valueAt, type Arrival } from "./arrival.ts";
import type { Scheme } from "./scheme.ts";
import { fill } from "./template.ts";

const digest = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

const textAt = (payload: unknown, pointer: string): string => {
  const found = valueAt(payload, pointer);
  return found.found && typeof found.value === "string" ? found.value : "";
};

const alertsOf = (payload: unknown): readonly unknown[] => {
  const found = valueAt(payload, "/alerts");
  return found.found && Array.isArray(found.value) ? found.value : [];
};

const sorted = (rows: readonly (readonly string[])[]): string[] =>
  [...new Set(rows.map((row) => JSON.stringify(row)))].toSorted();

/** The same alerts in the same state, since the same instants: what is sent again while an alert lasts is no news. */
const grafanaId = ({ payload }: Arrival): string | null => {
  const alerts = alertsOf(payload).length > 0 ? alertsOf(payload) : [payload];
  const rows = alerts.map((alert) => ["/status", "/fingerprint", "/startsAt"].map((at) => textAt(alert, at)));
  if (rows.every(([, fingerprint]) => fingerprint === "")) return null;
  return digest(JSON.stringify([textAt(payload, "/status"), sorted(rows)]));
};

const alertmanagerId = ({ payload }: Arrival): string | null => {
  const groupKey = textAt(payload, "/groupKey");
  if (groupKey === "") return null;
  const since = sorted(alertsOf(payload).map((alert) => [textAt(alert, "/startsAt")]));
  return digest(JSON.stringify([groupKey, textAt(payload, "/status"), since]));
};

/** The sender's own id of what it says; null where it gives none. */
const senderId = (scheme: Scheme, arrival: Arrival): string | null => {
  const { headers, payload } = arrival;
  switch (scheme) {
    case "standard":
      return headers.get("webhook-id") ?? null;
    case "github":
      return headers.get("x-github-delivery") ?? null;
    case "gitlab":
      // Beside a signature, the id that is signed: the other could be changed to make an old webhook a new one.
      if (headers.has("webhook-signature")) return headers.get("webhook-id") ?? null;
      return (
        headers.get("x-gitlab-event-uuid") ??
        headers.get("webhook-id") ??
        headers.get("idempotency-key") ??
        null
      );
    case "stripe":
      return textAt(payload, "/id") || null;
    case "grafana":
      return grafanaId(arrival);
    case "alertmanager":
      return alertmanagerId(arrival);
    case "bearer":
    case "basic":
      return headers.get("idempotency-key") ?? null;
  }
};

/** What a hook's own `dedup` makes of an arrival; null where something of it is missing. */
const ownId = (dedup: string, arrival: Arrival): string | null => {
  if (!dedup.includes("{{")) {
    const found = lookUp(arrival, dedup);
    const isText = found.found && ["string", "number"].includes(typeof found.value);
    return isText ? String(found.value) : null;
  }
  const filled = fill(dedup, arrival);
  return filled.value === null ? null : JSON.stringify(filled.value);
};

/**
 * What tells a repeat from something new: the hook's own `dedup` where it finds something, else the sender's id, else
 * the bytes of the body. Equal for every copy of one webhook.
 */
export const dedupIdOf = (
  { scheme, dedup }: { readonly scheme: Scheme; readonly dedup: string | null },
  arrival: Arrival,
  body: Uint8Array,
): string => {
  const own = dedup === null ? null : ownId(dedup, arrival);
  if (own !== null && own !== "") return `own:${own}`;
  const id = senderId(scheme, arrival);
  return id === null || id === "" ? `body:${digest(body)}` : `id:${id}`;
};
