import { describe, expect, test } from "vitest";
import { ProviderDoubt, ProviderRefusal } from "../../lib/ports/provider.ts";
import { errorOf, saysGone } from "../../lib/providers/scaleway-refusal.ts";
import { olderApi, todaysApi } from "./error-answers.ts";

const now = Date.parse("2026-11-02T08:00:00.000Z");
const id = "741db378-6b87-46d4-a8c5-4e46a09ab1f8";

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: typeof body === "string" ? body : JSON.stringify(body),
});

describe.each([
  ["the older API", olderApi],
  ["today's API", todaysApi],
])("%s", (_name, rows) => {
  test.each(rows)("%s (%i)", (_why, status, body, code) => {
    const error = errorOf(answer(status, body), now);
    if (code === "doubt") expect(error).toBeInstanceOf(ProviderDoubt);
    else expect(error).toMatchObject({ name: "ProviderRefusal", code });
    expect(error.provider.status).toBe(status);
  });
});

test("what the provider said is kept: type, message, fields and request id", () => {
  const body = {
    type: "invalid_request_error",
    message: "Validation Error",
    fields: { email: ["incorrect", "too long"], name: "short" },
  };
  expect(errorOf(answer(400, body, { "x-request-id": "req-1" }), now).provider).toEqual({
    status: 400,
    type: "invalid_request_error",
    message: "Validation Error",
    fields: { email: ["incorrect", "too long"], name: ["short"] },
    request_id: "req-1",
  });
});

test.each([
  [
    {
      type: "invalid_arguments",
      details: [{ argument_name: "name", reason: "required", help_message: "give one" }],
    },
    { name: ["required: give one"] },
  ],
  [
    { type: "quotas_exceeded", details: [{ resource: "servers", quota: 10, current: 10 }] },
    { servers: ["limit 10, in use 10"] },
  ],
  [
    { type: "permissions_denied", details: [{ resource: "instance", action: "write" }] },
    { instance: ["write"] },
  ],
  // The seed's text calls it an array.
  [{ type: "invalid_request_error", fields: ["name is required"] }, { fields: ["name is required"] }],
])("details of %j become fields", (body, fields) => {
  expect(errorOf(answer(400, body), now).provider.fields).toEqual(fields);
});

test("the message names the resource and its state where the body has them apart", () => {
  const body = {
    type: "transient_state",
    message: "busy",
    resource: "instance_server",
    resource_id: id,
    current_state: "starting",
  };
  expect(errorOf(answer(409, body), now).message).toContain(`busy: instance_server ${id} is starting`);
});

test("a precondition is kept as the code", () => {
  const body = { type: "precondition_failed", precondition: "protected_resource" };
  expect(errorOf(answer(400, body), now).provider.code).toBe("protected_resource");
});

test("a message of any length is cut, and any number of fields", () => {
  const fields = Object.fromEntries(
    Array.from({ length: 500 }, (_, index) => [`f${index}`, ["x".repeat(9000)]]),
  );
  const { provider } = errorOf(answer(400, { type: "t", message: "m".repeat(9000), fields }), now);
  expect(JSON.stringify(provider).length).toBeLessThan(40_000);
});

test.each([
  ["seconds in the header", { "retry-after": "7" }, "", 7],
  ["a date in the header", { "retry-after": "Mon, 02 Nov 2026 08:00:30 GMT" }, "", 30],
  ["a date that is over", { "retry-after": "Mon, 02 Nov 2026 07:00:00 GMT" }, "", 0],
  ["seconds in the body", {}, { type: "too_many_requests", reset_seconds: 12 }, 12],
  ["an instant in the body", {}, { type: "too_many_requests", reset_at: "2026-11-02T08:00:05Z" }, 5],
  ["nothing: the bare 429 of the older API", {}, "", null],
])("how long to wait comes from %s", (_why, headers, body, seconds) => {
  expect(errorOf(answer(429, body, headers), now)).toMatchObject({ retryAfterSeconds: seconds });
});

test("only a typed absence is absence", () => {
  const typed = errorOf(answer(404, { type: "unknown_resource", message: "not found" }), now);
  const bare = errorOf(answer(404, ""), now);
  expect([saysGone(typed), saysGone(bare), saysGone(new Error("404"))]).toEqual([true, false, false]);
  expect(bare).toBeInstanceOf(ProviderRefusal);
});
