import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { expect, it } from "vitest";
import { cursorOf, markOf } from "../../lib/flows/cursor.ts";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import { ProviderRefusal, refusalCodes } from "../../lib/ports/provider.ts";
import { anOperation } from "../operations.ts";
import { differenceFromDocument } from "./described.ts";
import { apiKey, create, eventOf, openWorld, pointersOf, problemOf } from "./http-world.ts";

const id = operationIdOf("test", "standing");
/** Two times in three what a well-behaved caller sends: else nothing gets past the door. */
const mostly = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

/** Percent-encodings of anything: bytes that are not UTF-8, NUL, forms that are too long, halves of pairs, broken ones. */
const anyEncoding = fc.oneof(
  fc.constantFrom(
    "%ff",
    "%00",
    "%c0%80",
    "%ed%a0%80",
    "%f4%90%80%80",
    "%",
    "%zz",
    "100%",
    "%c3",
    "a+b",
    "%2B",
  ),
  fc
    .uint8Array({ maxLength: 6 })
    .map((bytes) => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")),
  fc.constantFrom("\ud800", "a\udc00b", "\0", "é", "\ufffd"),
);
const anyText = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.string({ maxLength: 40 }));

const segment = fc.oneof(
  fc.constantFrom("v1", "operations", "connections", "events", "healthz", "openapi.json", "paris", "servers"),
  fc.constantFrom("cancel", "resolve", "action", id, "", ".", "..", "%2e%2e", "%00", "%", "%ff", "a%2Fb"),
  anyText,
  anyEncoding,
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
  "/v1/connections/paris/local-images",
  "/v1/connections/paris/products/servers",
  "/v1/events",
  "/healthz",
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

/** Cursors that some list has given, under some filters. */
const cursor = fc.constantFrom(
  cursorOf({ c: "2026-11-02T08:00:00.000Z", i: id, l: markOf({}) }),
  cursorOf({ c: "2026-11-02T08:00:00.000Z", i: id, l: markOf({ state: "failed" }) }),
  cursorOf({ p: 0, l: markOf({ type: null, subject: null }) }),
  cursorOf({ p: 0, a: `evt_${id}_1`, l: markOf({ type: "switchyard.*", subject: null }) }),
  cursorOf({ n: "paris" }),
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
  fc
    .tuple(fc.constantFrom("name", "image_label", "cursor", "limit", "subject", "colour"), anyEncoding)
    .map((pair) => pair.join("=")),
  anyEncoding.map((name) => `${name}=1`),
  cursor.map((text) => `cursor=${text}`),
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
    "idempotency-key": mostly(
      "order-1",
      fc.oneof(
        fc.constant('"order-2"'),
        anyText,
        fc.tuple(anyText, anyText).map((pair) => pair.join(",")),
        fc.tuple(anyText, anyText).map((pair) => pair.map((key) => `"${key}"`).join(", ")),
      ),
    ),
    "content-encoding": mostly(
      "identity",
      fc.oneof(fc.constantFrom("gzip", "br", "", "gzip, identity"), anyText),
    ),
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
const fault = fc
  .record({
    code: fc.constantFrom(...refusalCodes),
    status: fc.constantFrom(400, 403, 404, 405, 409, 413, 414, 416, 422, 431),
    fields: fc.constantFrom<Record<string, string[]>>(
      {},
      { name: ["format"] },
      { image_label: ["required"] },
      { zone: ["unknown"] },
    ),
  })
  .map(({ code, status, fields }) => new ProviderRefusal(code, "refused", { status, message: "no", fields }));

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

/** Whether the bytes of a percent-encoding are UTF-8, found by another way than the one under test. */
const isUtf8Of = (encoding: string): boolean => {
  if (!encoding.isWellFormed()) return false;
  const bytes = encoding
    .match(/%[0-9a-f]{2}|./gisu)
    ?.map((part) => (part.startsWith("%") ? Buffer.from(part.slice(1), "hex") : Buffer.from(part)));
  return isUtf8(Buffer.concat(bytes ?? []));
};

/** How the schema library speaks. */
const theirWords = /^(invalid|too (small|big)|unrecognized)/i;

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
        for (const { detail } of problem.errors ?? []) expect(detail).not.toMatch(theirWords);
      }
      expect(differenceFromDocument(verb, event.rawPath, answered)).toBeNull();
    }),
    // The same in every run, so that what is reached below does not depend on luck.
    { numRuns: 2500, seed: Number(process.env["SEED"] ?? 20_261_102) },
  );
  // A fuzz that never gets past the door proves nothing.
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 202, 400, 401, 404, 405, 409, 415, 422]));
});

it("however a query is broken, no route takes it: 400 for its encoding, 422 for a control character in it", async () => {
  const world = openWorld();
  const paths = fc.constantFrom(
    "/healthz",
    "/openapi.json",
    "/v1/operations",
    "/v1/events",
    "/v1/connections",
  );
  await fc.assert(
    fc.asyncProperty(paths, anyEncoding, async (asked, encoding) => {
      const answered = await world.send(eventOf({ path: asked, query: `name=${encoding}` }));
      const read = new URLSearchParams(`name=${encoding}`).get("name") ?? "";
      const isUnreadable = /%(?![0-9a-f]{2})/i.test(encoding) || !isUtf8Of(encoding);
      if (isUnreadable) expect([answered.status, ...pointersOf(answered)]).toEqual([400, "/name"]);
      else if (/\p{Cc}/u.test(read))
        expect([answered.status, ...pointersOf(answered)]).toEqual([422, "/name"]);
      else expect(answered.status).not.toBe(400);
    }),
    { numRuns: 500 },
  );
});

it("a provider that blames the question is never a 5xx where another question could be asked", async () => {
  const world = openWorld();
  const questions = fc.constantFrom(
    ["servers", ""],
    ["servers", "name=a"],
    ["servers", "cursor=abc"],
    ["servers/s-1", ""],
    ["servers/s-1/action", "limit=5"],
    ["local-images", "image_label=a"],
    ["products/servers", "cursor=abc"],
  );
  const blaming: ReadonlySet<string> = new Set(["INVALID_INPUT", "PROVIDER_REFUSED", "RESOURCE_NOT_FOUND"]);
  await fc.assert(
    fc.asyncProperty(questions, fault, async ([collection = "", asked = ""], error) => {
      world.provider.error = error;
      const answered = await world.call({ path: `/v1/connections/paris/${collection}`, query: asked });
      const isOurs = error.provider.status === 403 || !blaming.has(error.code);
      if (!isOurs) expect([404, 422]).toContain(answered.status);
      expect(answered.status).not.toBe(500);
    }),
    { numRuns: 500 },
  );
});
