import * as z from "zod";
import { eventSchema, typePrefix } from "../../events/event.ts";
import { cursorOf, positionOf, type Listing } from "./cursor.ts";
import { notFound } from "./request-refused.ts";

/** A type of event, and the JSON Schema of its data. */
export interface EventTypeDescription {
  readonly type: string;
  readonly description: string;
  readonly since: string;
  readonly example: z.infer<typeof eventSchema>;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** A type of event as the API lists it. */
export const eventTypeViewSchema = z
  .strictObject({
    type: z.string(),
    description: z.string(),
    since: z.string().meta({ description: "The version that has it first." }),
    schema: z.string().meta({ description: "Path of the JSON Schema of `data`; no key is needed for it." }),
    example: eventSchema,
  })
  .meta({ id: "EventType" });
export type EventTypeView = z.infer<typeof eventTypeViewSchema>;

/** Path of the JSON Schema of a type's data. */
export const schemaPathOf = (type: string): string => `/schemas/${type}/v1`;

const viewOf = ({ type, description, since, example }: EventTypeDescription): EventTypeView => ({
  type,
  description,
  since,
  schema: schemaPathOf(type),
  example,
});

/** All types, in the order of their names. @throws RequestRefused for a cursor that is not ours */
export const listEventTypes = (
  cursor: string | null,
  limit: number,
  types: readonly EventTypeDescription[],
): Listing<EventTypeView> => {
  const after = cursor === null ? "" : positionOf(cursor, z.strictObject({ t: z.string() })).t;
  const behind = types
    .filter(({ type }) => type > after)
    .toSorted((one, other) => (one.type < other.type ? -1 : 1));
  const shown = behind.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = behind.length > limit && last !== undefined ? cursorOf({ t: last.type }) : null;
  return { items: shown.map(viewOf), nextCursor };
};

/** The JSON Schema of a type's data. @throws RequestRefused 404 */
export const schemaOfType = (
  type: string,
  types: readonly EventTypeDescription[],
): EventTypeDescription["schema"] => {
  const found = types.find((one) => one.type === type);
  if (found !== undefined) return found.schema;
  const known = types.some((one) => one.type === `${typePrefix}${type}`);
  throw notFound(
    `The event type ${type.slice(0, 64)}${known ? ` (with the prefix ${typePrefix} it does)` : ""}`,
    "GET /v1/event-types lists the types.",
  );
};
