import * as z from "zod";
import type { JsonObject } from "../../lib/operation/json.ts";
import type { Dialect, KindOffer } from "../../lib/ports/provider.ts";

const offer = (input: z.ZodType<JsonObject>, resourceType: string | null): KindOffer => ({
  input,
  resourceType,
  steps: () => [{ name: resourceType === null ? "create" : "power_off", mode: "once", goal: "answered" }],
});

/** A dialect of two kinds and a few collections, as data. */
export const smallDialect: Dialect = {
  name: "scaleway-instance",
  kinds: new Map([
    [
      "server.create",
      offer(
        z.strictObject({
          name: z.string().min(1),
          type: z.string(),
          size: z.int().positive().exactOptional(),
          tags: z.array(z.string()).exactOptional(),
          labels: z.record(z.string(), z.json()).exactOptional(),
        }),
        null,
      ),
    ],
    ["server.stop", offer(z.strictObject({}), "server")],
  ]),
  collections: [
    { path: "servers", filters: ["state", "name"] },
    { path: "servers/:id", filters: [] },
    { path: "servers/:id/action", filters: [] },
    { path: "containers/:id/objects/:id", filters: [] },
    {
      path: "local-images",
      filters: ["image_label", "image_id", "arch"],
      needsOneOf: ["image_label", "image_id"],
    },
    { path: "products/servers", filters: [] },
    { path: "products/:id", filters: [] },
  ],
  checkConnection: () => null,
};
