import { CloudEvent } from "cloudevents";
import { describe, expect, it } from "vitest";
import {
  deliveryEventExamples,
  deliveryEventSchema,
  deliveryEventTypes,
} from "../../events/delivery-event.ts";
import {
  endpointEventExamples,
  endpointEventSchema,
  endpointEventTypes,
  endpointTestEventSchema,
  endpointTestEventTypes,
} from "../../events/endpoint-event.ts";

const groups = [
  [endpointEventTypes, endpointEventSchema, endpointEventExamples],
  [endpointTestEventTypes, endpointTestEventSchema, endpointEventExamples],
  [deliveryEventTypes, deliveryEventSchema, deliveryEventExamples],
] as const;

describe.each(groups)("the example of each event of a group", (described, schema, examples) => {
  it.each(Object.keys(described))("%s is as its schema says, small, and readable as a CloudEvent", (name) => {
    const example = Object.values(examples).find(({ type }) => type === `switchyard.${name}`);
    expect(schema.safeParse(example).error).toBeUndefined();
    expect(new CloudEvent(JSON.parse(JSON.stringify(example))).type).toBe(`switchyard.${name}`);
    expect(JSON.stringify(example).length).toBeLessThan(20_480);
    expect(example?.id).not.toContain(".");
  });
});
