import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { eventCatalogue, type EventEntry } from "../../events/catalogue.ts";
import { eventSchema } from "../../events/event.ts";

const headers = [
  { name: "webhook-id", description: "The event's id: the same in every attempt." },
  { name: "webhook-timestamp", description: "Seconds since the epoch, of this attempt." },
  {
    name: "webhook-signature",
    description:
      "Standard Webhooks: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; several, separated by spaces, while a secret is rotated.",
  },
].map(({ name, description }) => ({
  in: "header" as const,
  name,
  required: true,
  description,
  schema: { type: "string" as const },
}));

/** `switchyard.bulk_job.started` → `BulkJobEventData`; what does not fit the family's schema has a name of its own. */
const nameOf = (type: string): string =>
  `${type
    .split(/[._]/)
    .slice(1, type.startsWith("switchyard.endpoint.test") ? 3 : 2)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("")}EventData`;

const webhookOf = ({ type, description, example }: EventEntry, data: z.ZodType) => ({
  post: {
    operationId: `on_${type.replace("switchyard.", "").replaceAll(".", "_")}`,
    summary: description,
    security: [],
    parameters: headers,
    requestBody: {
      required: true,
      content: {
        "application/cloudevents+json": {
          schema: z.strictObject({ ...eventSchema.shape, type: z.literal(type), data }),
          example,
        },
      },
    },
    responses: {
      200: { description: "Any 2xx: it was taken, and is not sent again." },
      410: { description: "No more events are wanted: the endpoint is disabled." },
    },
  },
});

/** What is sent to endpoints, one entry a type of event. */
export const webhooks = (): ZodOpenApiPathsObject => {
  const named = new Map<z.ZodType, z.ZodType>();
  return Object.fromEntries(
    eventCatalogue.map((entry) => {
      const data = named.get(entry.data) ?? entry.data.meta({ id: nameOf(entry.type) });
      named.set(entry.data, data);
      return [entry.type, webhookOf(entry, data)];
    }),
  );
};
