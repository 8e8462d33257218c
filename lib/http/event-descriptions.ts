import { eventCatalogue, type EventEntry } from "../../events/catalogue.ts";
import { typePrefix, dataSchemaOf } from "../../events/event.ts";
import type { EventTypeDescription } from "../flows/list-event-types.ts";
import { isObject, type Json } from "../operation/json.ts";
import { jsonSchemaOf } from "./json-schema.ts";

const frame = "https://json-schema.org/draft/2020-12/schema";

/** Fields may be added to what is told: a receiver that checks by the schema must not stumble over them. */
const open = (schema: Json): Json => {
  if (Array.isArray(schema)) return schema.map(open);
  if (!isObject(schema)) return schema;
  const kept = Object.entries(schema).filter(
    ([key, value]) => key !== "additionalProperties" || value !== false,
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, open(value)]));
};

const openSchemaOf = (data: EventEntry["data"]): Record<string, Json> => {
  const schema = open(jsonSchemaOf(data));
  return isObject(schema) ? schema : {};
};

const describe = ({ type, description, data, example, since }: EventEntry): EventTypeDescription => ({
  type,
  description,
  since,
  example,
  schema: {
    $schema: frame,
    $id: dataSchemaOf(type.slice(typePrefix.length)),
    title: type,
    description: `data of ${type}: ${description}`,
    ...openSchemaOf(data),
    examples: [example.data],
  },
});

/** Every type of event with the JSON Schema of its data. In a bundle it is read from what the build has written. */
export const eventDescriptions = (): readonly EventTypeDescription[] => eventCatalogue.map(describe);
