import type { SwitchyardEvent } from "../../../events/event.ts";
import type { Endpoint } from "../../../lib/webhook/endpoint.ts";

const fits = (pattern: string, type: string): boolean =>
  pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern;

/**
 * Whether an endpoint with these settings asks for such an event, on or off. Written anew for the checker, so that a
 * mistake in what is shipped does not hide itself.
 */
export const asksFor = (
  { id, types, connections }: Endpoint,
  { type, subject, data }: SwitchyardEvent,
): boolean => {
  // What becomes of an endpoint is said to others only.
  if (subject === id) return false;
  if (types.length > 0 && !types.some((pattern) => fits(pattern, type))) return false;
  const { connection } = data;
  return connections === null || (typeof connection === "string" && connections.includes(connection));
};
