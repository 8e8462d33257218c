import type * as z from "zod";
import { bulkEventExamples, bulkEventSchema, bulkEventTypes } from "./bulk-event.ts";
import { deliveryEventDataSchema, deliveryEventExamples, deliveryEventTypes } from "./delivery-event.ts";
import {
  endpointEventDataSchema,
  endpointEventExamples,
  endpointEventTypes,
  endpointTestEventSchema,
  endpointTestEventTypes,
} from "./endpoint-event.ts";
import { dataSchemaOf, typePrefix, type SwitchyardEvent } from "./event.ts";
import { operationEventExamples, operationEventSchema, operationEventTypes } from "./operation-event.ts";
import { orphanEventDataSchema, orphanEventExamples, orphanEventTypes } from "./orphan-event.ts";
import { scheduleEventDataSchema, scheduleEventExamples, scheduleEventTypes } from "./schedule-event.ts";
import { serverEventDataSchema, serverEventExamples, serverEventTypes } from "./server-event.ts";
import { stopEventDataSchema, stopEventExamples, stopEventTypes } from "./stop-event.ts";

/** One type of event, as people and programs are told of it. */
export interface EventEntry {
  /** With its prefix: `switchyard.server.created`. */
  readonly type: string;
  readonly description: string;
  /** Schema of `data`. */
  readonly data: z.ZodType;
  /** A whole event. */
  readonly example: SwitchyardEvent;
  /** The version that has it first. */
  readonly since: string;
}

interface Family {
  readonly described: Readonly<Record<string, string>>;
  readonly data: z.ZodType;
  readonly examples: Readonly<Record<string, SwitchyardEvent>>;
}

const families: readonly Family[] = [
  {
    described: operationEventTypes,
    data: operationEventSchema.shape.data,
    examples: operationEventExamples,
  },
  { described: serverEventTypes, data: serverEventDataSchema, examples: serverEventExamples },
  { described: bulkEventTypes, data: bulkEventSchema.shape.data, examples: bulkEventExamples },
  { described: scheduleEventTypes, data: scheduleEventDataSchema, examples: scheduleEventExamples },
  { described: orphanEventTypes, data: orphanEventDataSchema, examples: orphanEventExamples },
  { described: stopEventTypes, data: stopEventDataSchema, examples: stopEventExamples },
  { described: endpointEventTypes, data: endpointEventDataSchema, examples: endpointEventExamples },
  {
    described: endpointTestEventTypes,
    data: endpointTestEventSchema.shape.data,
    examples: endpointEventExamples,
  },
  { described: deliveryEventTypes, data: deliveryEventDataSchema, examples: deliveryEventExamples },
];

const exampleIn = ({ examples }: Family, name: string): SwitchyardEvent => {
  const example = examples[name];
  if (example === undefined) throw new Error(`There is no example of ${name}.`);
  const { data, ...attributes } = example;
  return { ...attributes, dataschema: dataSchemaOf(name), data };
};

/** Every type of event that there is, with its schema and an example: docs, OpenAPI and the served schemas come from it. */
export const eventCatalogue: readonly EventEntry[] = families.flatMap((family) =>
  Object.entries(family.described).map(([name, description]) => ({
    type: `${typePrefix}${name}`,
    description,
    data: family.data,
    example: exampleIn(family, name),
    since: "0.1.0",
  })),
);
