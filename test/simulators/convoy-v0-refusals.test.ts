import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SimulatorOptions } from "../../simulators/start-simulator.ts";
import { startPanel, type Panel } from "./panel-talk.ts";

let panel: Panel;
beforeEach(async () => {
  panel = await startPanel();
});
afterEach(() => panel.close());

const again = async (options: Partial<SimulatorOptions>) => {
  await panel.close();
  panel = await startPanel(options);
};

describe("an answer of refusal", () => {
  test.for<readonly [why: string, fields: Record<string, unknown>, errors: Record<string, string[]>]>([
    [
      "nothing",
      { type: undefined, node_id: undefined, user_id: undefined, template_id: undefined },
      {
        type: ["The type field is required."],
        node_id: ["The node id field is required."],
        user_id: ["The user id field is required."],
      },
    ],
    [
      "no template",
      { template_id: undefined },
      { template_id: ["The template id field is required when type is new."] },
    ],
    [
      "no machine",
      { type: "existing" },
      {
        vmid: ["The vmid field is required when type is existing."],
        is_template: ["The is template field is required when type is existing."],
      },
    ],
    [
      "no visibility",
      { is_template: true },
      { is_visible: ["The is visible field is required when is template is present."] },
    ],
    ["an unknown node", { node_id: 99 }, { node_id: ["The selected node id is invalid."] }],
    ["an unknown type", { type: "old" }, { type: ["The selected type is invalid."] }],
    [
      "three addresses",
      { addresses: [1, 2, 3] },
      { addresses: ["The addresses must not have more than 2 items."] },
    ],
    [
      "an unknown address",
      { addresses: [1, 999] },
      { "addresses.1": ["The selected addresses.1 is invalid."] },
    ],
  ])("422 to a create with %s", async ([, fields, errors]) => {
    const answer = await panel.create(fields);
    expect([answer.status, answer.body]).toMatchObject([422, { errors }]);
    expect(panel.control.servers()).toEqual([]);
  });

  test.for<readonly [why: string, body: unknown, headers: Record<string, string>]>([
    ["is none", "{", { Authorization: "secret", "Content-Type": "application/json" }],
    ["isn't declared", { type: "new" }, { Authorization: "secret" }],
  ])("422 to a create whose JSON %s", async ([, body, headers]) => {
    expect((await panel.call("POST", "", body, headers)).body).toMatchObject({
      errors: { type: ["The type field is required."] },
    });
  });

  test.for<readonly [given: string | undefined, status: number, why: string]>([
    ["s3cret", 200, "the secret as it stands"],
    ["Bearer s3cret", 401, "no scheme before it"],
    ["other", 401, "another one"],
    [undefined, 401, "none"],
  ])("%s gives %i: %s", async ([given, status]) => {
    await again({ secret: "s3cret" });
    const answer = await panel.call(
      "GET",
      "",
      undefined,
      given === undefined ? {} : { Authorization: given },
    );
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.body).toEqual({ message: "Unauthorized" });
  });

  test.for<readonly [method: string, path: string, status: number, message: string]>([
    ["GET", "/99", 404, "No query results for model [App\\Models\\Server] 99."],
    ["DELETE", "/99", 404, "No query results for model [App\\Models\\Server] 99."],
    ["GET", "/99/specifications", 404, "No query results for model [App\\Models\\Server] 99."],
    ["PATCH", "/99/specifications", 404, "No query results for model [App\\Models\\Server] 99."],
    ["GET", "/1/details", 404, "The route api/application/servers/1/details could not be found."],
    [
      "PATCH",
      "/99",
      405,
      "The PATCH method is not supported for this route. Supported methods: GET, HEAD, POST, DELETE.",
    ],
  ])("%s %s is %i", async ([method, path, status, message]) => {
    const answer = await panel.call(method, path);
    expect([answer.status, answer.body]).toEqual([status, { message }]);
  });

  test("500 from a node that is down", async () => {
    panel.control.addFault({ name: "error", type: "server_error", match: "GET */specifications" });
    const answer = await panel.call("GET", `/${await panel.made()}/specifications`);
    expect([answer.status, answer.body]).toEqual([500, { message: "Server Error" }]);
  });
});

describe("the limit of 60 calls a minute", () => {
  test("counts down in the headers, then refuses until the minute is over", async () => {
    await again({ settings: { throttle: "60" } });
    const first = await panel.call("GET");
    expect([first.headers.get("x-ratelimit-limit"), first.headers.get("x-ratelimit-remaining")]).toEqual([
      "60",
      "59",
    ]);
    panel.clock.advance(20);
    // What is refused counts too, and tells what is left.
    expect((await panel.call("GET", "/99")).headers.get("x-ratelimit-remaining")).toBe("58");
    for (let index = 0; index < 58; index += 1) await panel.call("GET");
    const refused = await panel.call("GET");
    expect([refused.status, refused.body]).toEqual([429, { message: "Too Many Attempts." }]);
    expect(Object.fromEntries(refused.headers)).toMatchObject({
      "retry-after": "40",
      "x-ratelimit-limit": "60",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(panel.clock.now() / 1000 + 40),
    });
    panel.clock.advance(40);
    expect((await panel.call("GET")).status).toBe(200);
  });

  test("is a duration: with speed 20 the minute is three seconds long", async () => {
    await again({ settings: { throttle: "60" }, speed: 20 });
    for (let index = 0; index < 60; index += 1) await panel.call("GET");
    expect((await panel.call("GET")).headers.get("retry-after")).toBe("3");
    panel.clock.advance(3);
    expect((await panel.call("GET")).status).toBe(200);
  });
});
