import { typePrefix, type SwitchyardEvent } from "../../events/event.ts";
import type { Endpoint } from "./endpoint.ts";

const bare = (type: string): string => (type.startsWith(typePrefix) ? type.slice(typePrefix.length) : type);

/** Whether the pattern means the type: the type itself, or how it begins, with a `*` after it. The prefix may be left out. */
export const wantedType = (pattern: string, type: string): boolean => {
  const wanted = bare(pattern);
  return wanted.endsWith("*") ? bare(type).startsWith(wanted.slice(0, -1)) : bare(type) === wanted;
};

/**
 * What becomes of an endpoint is for the others: of its trouble it could not be told, and a receiver that asks for all
 * events asks for those of operations and servers.
 */
const isAboutItself = (endpointId: string, { subject }: SwitchyardEvent): boolean => subject === endpointId;

/** The tags that an event's data bear; none when they say nothing of tags. */
const tagsOf = ({ data }: SwitchyardEvent): readonly unknown[] => {
  const { tags } = data;
  return Array.isArray(tags) ? tags : [];
};

type Filters = Pick<
  Endpoint,
  "id" | "state" | "types" | "tags" | "connections" | "enabled_since" | "deleted_at"
>;

/**
 * Whether the endpoint is to get the event. An event without a connection (about endpoints or keys) goes only to
 * endpoints that may hear of all connections; one without tags only to endpoints that ask for none.
 */
export const wants = (endpoint: Filters, event: SwitchyardEvent): boolean => {
  if (endpoint.state !== "enabled" || endpoint.deleted_at !== null) return false;
  if (isAboutItself(endpoint.id, event)) return false;
  if (Date.parse(event.time) < Date.parse(endpoint.enabled_since)) return false;
  if (endpoint.types.length > 0 && !endpoint.types.some((type) => wantedType(type, event.type))) return false;
  const { connection } = event.data;
  const known = endpoint.connections;
  if (known !== null && !(typeof connection === "string" && known.includes(connection))) return false;
  const tags = tagsOf(event);
  return endpoint.tags.every((tag) => tags.includes(tag));
};
