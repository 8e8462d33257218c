import { describe, expect, it } from "vitest";
import { errorOf } from "../../lib/providers/scaleway-refusal.ts";

describe("the words of a refusal", () => {
  it.each([
    ["with a full stop of its own", "Quota exceeded for this resource.", 403, "refused with 403"],
    ["without one", "No free IP address", 503, "refused with 503"],
    ["that leaves it open, with a full stop", "Try again.", 500, "answered 500"],
  ])("%s end with one full stop", (_what, message, status, words) => {
    const type = status === 500 ? "api_error" : "invalid_request_error";
    const error = errorOf({ status, headers: {}, body: JSON.stringify({ type, message }) }, 0);
    expect(error.message).toBe(`The provider ${words}: ${message.replace(/\.$/, "")}.`);
  });
});
