import { describe, expect, test } from "vitest";
import { ProviderDoubt, ProviderRefusal } from "../../lib/ports/provider.ts";
import { errorOf } from "../../lib/providers/convoy-refusal.ts";

const now = Date.parse("2026-11-02T08:00:00.000Z");
const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  errorOf({ status, headers, body: typeof body === "string" ? body : JSON.stringify(body) }, now);

describe("an answer of a panel", () => {
  test.each([
    [400, { message: "Requested filter(s) `x` are not allowed." }, "INVALID_INPUT"],
    [401, { message: "Unauthorized" }, "UNAUTHENTICATED"],
    [401, { message: "Unauthenticated." }, "UNAUTHENTICATED"],
    [403, { message: "This token is missing the required ability: servers." }, "PERMISSION_DENIED"],
    [404, { message: "No query results for model [App\\Models\\Server] 99." }, "RESOURCE_NOT_FOUND"],
    [404, { message: "The route api/application/server could not be found." }, "PROVIDER_REFUSED"],
    [404, { message: "Not Found" }, "PROVIDER_REFUSED"],
    [404, { message: "" }, "PROVIDER_REFUSED"],
    [404, "<html>nginx</html>", "PROVIDER_REFUSED"],
    [405, { message: "The PUT method is not supported for this route." }, "PROVIDER_REFUSED"],
    [409, { message: "The server is being deleted." }, "WRONG_STATE"],
    [422, { message: "x", errors: { name: ["The name field is required."] } }, "INVALID_INPUT"],
    [429, { message: "Too Many Attempts." }, "RATE_LIMITED"],
    [429, "", "RATE_LIMITED"],
    [418, "", "PROVIDER_REFUSED"],
  ])("%i %j is %s: nothing has happened", (status, body, code) => {
    const error = answer(status, body);
    expect(error).toBeInstanceOf(ProviderRefusal);
    expect(error).toMatchObject({ code, provider: { status } });
  });

  test.for<readonly [status: number, body: unknown, why: string]>([
    [302, "<html>login</html>", "a redirect"],
    [408, "", "a timeout on their side"],
    [500, { message: "Server Error" }, "a fault of theirs"],
    [502, "<html>", "a proxy's page"],
    [503, { message: "The node can't be reached." }, "a node that is down"],
  ])("%i %j leaves open whether something has happened: %s", ([status, body]) => {
    expect(answer(status, body)).toBeInstanceOf(ProviderDoubt);
  });

  test("keeps what the panel says of each field", () => {
    const errors = { name: ["is required"], "disks.0.size": "is wrong", strange: 7 };
    expect(answer(422, { message: "is required (and 2 more errors)", errors })).toMatchObject({
      message:
        "The panel refused with 422: is required (and 2 more errors). name: is required. disks.0.size: is wrong.",
      provider: {
        status: 422,
        message: "is required (and 2 more errors)",
        fields: { name: ["is required"], "disks.0.size": ["is wrong"], strange: [] },
      },
    });
  });

  test("tells plainly that there is no such call", () => {
    const message =
      "The PUT method is not supported for this route. Supported methods: GET, HEAD, POST, DELETE.";
    expect(answer(405, { message }).message).toBe(
      `The panel has no such call (405), so nothing was changed: ${message}`,
    );
  });

  test.for<readonly [headers: Record<string, string>, seconds: number | null, why: string]>([
    [{ "retry-after": "40" }, 40, "seconds"],
    [{ "retry-after": "Mon, 02 Nov 2026 08:00:30 GMT" }, 30, "a date"],
    [{ "x-ratelimit-reset": String(now / 1000 + 20) }, 20, "the end of the minute"],
    [{ "retry-after": "soon" }, null, "nothing that can be read"],
    [{}, null, "nothing"],
  ])("429 with %j waits %j s: %s", ([headers, seconds]) => {
    expect(answer(429, { message: "Too Many Attempts." }, headers)).toMatchObject({
      retryAfterSeconds: seconds,
    });
  });
});
