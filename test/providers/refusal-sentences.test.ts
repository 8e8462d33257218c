import { describe, expect, it } from "vitest";
import { errorOf as panelErrorOf } from "../../lib/providers/convoy-refusal.ts";
import { errorOf } from "../../lib/providers/scaleway-refusal.ts";

const answerOf = (status: number, body: object) => ({ status, headers: {}, body: JSON.stringify(body) });

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

  it("that is about the input have those of its first three fields behind them", () => {
    const fields = { image: ["value is not a UUID"], name: ["too long."], a: ["b", "c"], d: ["e"] };
    const body = { type: "invalid_request_error", message: "Validation Error", fields };
    expect(errorOf(answerOf(400, body), 0).message).toBe(
      "The provider refused with 400: Validation Error. image: value is not a UUID. name: too long. a: b.",
    );
    const details = [{ argument_name: "image", reason: "format", help_message: "must be a UUID" }];
    expect(
      errorOf(answerOf(400, { type: "invalid_arguments", message: "invalid argument(s)", details }), 0)
        .message,
    ).toBe("The provider refused with 400: invalid argument(s). image: format: must be a UUID.");
  });

  it("of a panel have the fields that they don't tell of themselves", () => {
    const message = "The user id field is required. (and 1 more error)";
    const errors = { user_id: ["The user id field is required."], name: [`is ${"x".repeat(400)}`], odd: [] };
    expect(panelErrorOf(answerOf(422, { message, errors }), 0).message).toBe(
      `The panel refused with 422: ${message}. name: is ${"x".repeat(197)}….`,
    );
  });

  it("that is about something else are left alone", () => {
    const body = { type: "quotas_exceeded", message: "quota", details: [{ resource: "ips", quota: 1 }] };
    expect(errorOf(answerOf(403, body), 0).message).toBe("The provider refused with 403: quota.");
  });
});
