import fc from "fast-check";
import { expect, it } from "vitest";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import { anOperation } from "../operations.ts";
import { differenceFromDocument } from "./described.ts";
import { apiKey, create, openWorld, problemOf } from "./http-world.ts";

const id = operationIdOf("test", "standing");
/** Two times in three what a well-behaved caller sends: else nothing gets past the door. */
const mostly = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

const anyText = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.string({ maxLength: 40 }));

const segment = fc.oneof(
  fc.constantFrom("v1", "operations", "connections", "events", "healthz", "openapi.json", "paris", "servers"),
  fc.constantFrom("cancel", "resolve", "action", id, "", ".", "..", "%2e%2e", "%00", "%", "%ff", "a%2Fb"),
  anyText,
  anyText.map((text) => encodeURIComponent(text.toWellFormed())),
);
const known = fc.constantFrom(
  "/v1/operations",
  `/v1/operations/${id}`,
  `/v1/operations/${id}/cancel`,
  `/v1/operations/${id}/resolve`,
  "/v1/connections",
  "/v1/connections/paris",
  "/v1/connections/paris/servers",
  "/v1/connections/paris/servers/s-1/action",
  "/v1/events",
  "/openapi.json",
);
const path = fc.oneof(
  { weight: 3, arbitrary: known },
  { weight: 1, arbitrary: fc.array(segment, { maxLength: 7 }).map((parts) => `/${parts.join("/")}`) },
  { weight: 1, arbitrary: fc.array(segment, { maxLength: 4 }).map((parts) => `/v1/${parts.join("/")}`) },
);

const method = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("GET", "POST", "HEAD") },
  { weight: 1, arbitrary: fc.constantFrom("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "") },
);

const parameter = fc.oneof(
  fc.constantFrom("limit=1", "limit=100", "limit=x", "state=failed", "kind=server.stop", "connection=paris"),
  fc.constantFrom(
    "type=switchyard.*",
    "subject=a",
    `after=evt_${id}_1`,
    "name=a",
    "bulk_job=b",
    "cursor=e30",
  ),
  fc
    .tuple(fc.constantFrom("cursor", "limit", "after", "type", "__proto__", "state"), anyText)
    .map((pair) => pair.join("=")),
  fc.json().map((json) => `cursor=${Buffer.from(json).toString("base64url")}`),
  anyText,
);
const query = mostly(
  "",
  fc.array(parameter, { maxLength: 3 }).map((parts) => parts.join("&")),
);

const headers = fc.record(
  {
    authorization: fc.oneof(
      { weight: 9, arbitrary: fc.constant(`Bearer ${apiKey}`) },
      { weight: 1, arbitrary: anyText },
    ),
    "idempotency-key": mostly("order-1", fc.oneof(fc.constant('"order-2"'), anyText)),
    "content-type": mostly("application/json", anyText),
    prefer: fc.oneof(fc.constantFrom("wait=1", "wait=0", "wait"), anyText),
    "x-request-id": anyText,
  },
  { requiredKeys: ["authorization", "idempotency-key"] },
);

const request = fc.oneof(
  { weight: 3, arbitrary: fc.constant(create) },
  fc.record({
    connection: fc.oneof(fc.constant("paris"), anyText),
    kind: fc.oneof(fc.constantFrom("server.create", "server.stop", "server.reboot"), anyText),
    resource: fc.oneof(fc.record({ type: fc.constant("server"), id: anyText }), fc.jsonValue()),
    input: fc.oneof(fc.record({ name: anyText, type: anyText, labels: fc.jsonValue() }), fc.jsonValue()),
  }),
  fc.record({ as: fc.constantFrom("adopt", "abandon", "retry", "forget"), resource_id: anyText }),
);
const body = fc.oneof(
  fc.constant({ body: undefined, isBase64Encoded: false }),
  { weight: 4, arbitrary: request.map((value) => ({ body: JSON.stringify(value), isBase64Encoded: false })) },
  fc.json().map((text) => ({ body: text, isBase64Encoded: false })),
  anyText.map((text) => ({ body: text, isBase64Encoded: false })),
  anyText.map((text) => ({ body: text, isBase64Encoded: true })),
  fc.uint8Array({ maxLength: 80 }).map((bytes) => ({
    body: Buffer.from(bytes).toString("base64"),
    isBase64Encoded: true,
  })),
);

const anyEvent = fc
  .record({ method, path, query, headers, body })
  .map(({ method: verb, path: rawPath, query: rawQueryString, headers: sent, body: carried }) => ({
    version: "2.0",
    rawPath,
    rawQueryString,
    headers: sent,
    requestContext: { requestId: "req-1", http: { method: verb } },
    body: carried.body,
    isBase64Encoded: carried.isBase64Encoded,
  }));

it("whatever is sent, the answer is one of ours: no throw, no 5xx, problems as problems, as described", async () => {
  const world = openWorld();
  await world.operations.create(anOperation({ id, state: "following", event_count: 1 }));
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(anyEvent, async (event) => {
      const answered = await world.send(event);
      statuses.set(answered.status, (statuses.get(answered.status) ?? 0) + 1);
      expect(answered.status).toBeGreaterThanOrEqual(200);
      expect(answered.status).toBeLessThan(500);
      expect(answered.headers["x-request-id"]).toBe("req-1");
      const { method: verb } = event.requestContext.http;
      if (verb === "HEAD") return;
      if (answered.status >= 400) {
        const problem = problemOf(answered);
        expect(problem.status).toBe(answered.status);
        expect(problem["request_id"]).toBe("req-1");
      }
      expect(differenceFromDocument(verb, event.rawPath, answered)).toBeNull();
    }),
    { numRuns: 2000 },
  );
  // A fuzz that never gets past the door proves nothing.
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 202, 400, 401, 404, 405, 409, 415, 422]));
});
