import { describe, expect, it } from "vitest";
import type { SwitchyardEvent } from "../../events/event.ts";
import type { Operation } from "../../lib/operation/operation.ts";
import { useV1Installation } from "./v1-installation.ts";

const v1 = useV1Installation();
const nobody = "Server-3cb18e2d-f4f7-48f7-b452-59b88ae8fc8c";
const someTag = "Tag-3cb18e2d-f4f7-48f7-b452-59b88ae8fc8c";
const actions = "POST /v1/servers/Server-{}/action";

const shortType = ({ type }: SwitchyardEvent): string => type.replace("switchyard.", "");
const saidOf = (operation: Operation): string[] =>
  v1.all.events
    .filter(({ subject, data }) => subject === operation.id || data["operation_id"] === operation.id)
    .map(shortType)
    .toSorted();
/** The servers whose names bear the operation's id. */
const madeBy = ({ id }: Operation) => v1.control.servers().filter(({ name }) => name.endsWith(`-${id}`));

describe("server.create", () => {
  it("POST /servers makes one server, whose name bears the marker, and switches it on", async () => {
    const volume = await v1.made("volume.create", { size: 20_000_000_000, type: "l_hdd" });
    const operation = await v1.make("server.create", { name: "web-1", image: "image-1", volumes: [volume] });
    expect(operation).toMatchObject({ state: "succeeded", error: null, task: null });
    expect(madeBy(operation)).toMatchObject([
      { id: operation.resource?.id, name: `web-1-${operation.id}`, state: "on" },
    ]);
    expect([v1.sent("POST /v1/servers"), v1.sent(actions)]).toEqual([1, 1]);
    const { body } = await v1.read(`servers/${operation.resource?.id}`);
    expect(body).toMatchObject({ raw: { image_id: "image-1", volumes: [{ id: volume }] } });
    expect(saidOf(operation)).toEqual([
      "operation.accepted",
      "operation.started",
      "operation.succeeded",
      "server.created",
      "server.running",
    ]);
  });

  it("POST /servers with start false leaves the server off", async () => {
    const operation = await v1.make("server.create", { name: "web-2", start: false });
    expect(operation.state).toBe("succeeded");
    expect([madeBy(operation)[0]?.state, v1.sent(actions)]).toEqual(["off", 0]);
  });

  it.each(["lost_reply", "unavailable_after_effect", "truncated_json"] as const)(
    "POST /servers with %s makes one server, and is not sent again",
    async (name) => {
      v1.control.addFault({ name, match: "POST */servers", count: 1 });
      const operation = await v1.make("server.create", { name: "doubtful", image: "image-1" });
      expect(operation.state).toBe("succeeded");
      expect(v1.sent("POST /v1/servers")).toBe(1);
      expect(madeBy(operation)).toMatchObject([{ id: operation.resource?.id, state: "on" }]);
    },
  );

  it("402 in answer to a launch fails the create with the provider's code and param", async () => {
    v1.control.addFault({ name: "capacity_failure" });
    const operation = await v1.make("server.create", { name: "unlucky" });
    expect(operation).toMatchObject({
      state: "failed",
      error: {
        code: "OUT_OF_STOCK",
        provider: { status: 402, type: "api_error", code: "no_capacity", param: "server_id" },
      },
    });
    expect(saidOf(operation)).toContain("operation.failed");
  });

  it("refuses at once what has no place in a create", async () => {
    for (const [field, value] of [
      ["tags", ["a"]],
      ["type", "C1"],
      ["cloud_init", "x"],
    ] as const) {
      const body = { connection: "paris", kind: "server.create", input: { name: "web", [field]: value } };
      expect(await v1.api.post("/v1/operations", body, v1.key())).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: `/input/${field}` }] },
      });
    }
  });
});

/** Every error of the document on a create: what it is, and how the operation ends. */
describe("errors of the document", () => {
  it.each([
    ["400 Bad Request", "missing_parameter", "INVALID_INPUT", { status: 400, param: "volumes" }],
    ["402 Request Failed", "quotas_exceeded", "QUOTA_EXCEEDED", { status: 402, code: "quota_exceeded" }],
    ["401 Unauthorized", "unauthorized", "UNAUTHENTICATED", { status: 401, type: "invalid_request_error" }],
  ])("%s (%s) in answer to POST /servers fails as %s", async (_status, type, code, provider) => {
    v1.control.addFault({ name: "error", type, match: "POST */servers" });
    const operation = await v1.make("server.create", { name: "refused" });
    expect(operation).toMatchObject({ state: "failed", error: { code, provider } });
    expect(operation.error?.provider).toMatchObject({
      message: expect.any(String),
      request_id: expect.any(String),
    });
    expect(madeBy(operation)).toEqual([]);
  });

  it("404 Not Found in answer to PUT /servers/{server_id} fails as RESOURCE_NOT_FOUND", async () => {
    expect(await v1.run("server.update", "server", nobody, { name: "new" })).toMatchObject({
      state: "failed",
      error: { code: "RESOURCE_NOT_FOUND", provider: { status: 404, code: "not_found", param: "server_id" } },
    });
  });

  it.each([
    ["500", "api_error"],
    ["502", "bad_gateway"],
    ["503", "unavailable"],
    ["504", "gateway_timeout"],
  ])("%s (%s) is a doubt: what may be repeated is sent again", async (_status, type) => {
    const tag = await v1.made("tag.create", { name: "blue" });
    v1.control.addFault({ name: "error", type, match: "POST */metadatas", count: 1 });
    const input = { metadata_key: "a", metadata_value: "1" };
    expect((await v1.run("tag_metadata.create", "tag", tag, input)).state).toBe("succeeded");
    expect(v1.sent("POST /v1/tags/Tag-{}/metadatas")).toBe(2);
  });
});

describe("power", () => {
  it("POST /servers/{server_id}/action switches off, on and over, by the words of GET /servers/{server_id}/action", async () => {
    const id = await v1.madeServer({ start: true });
    for (const [kind, state] of [
      ["server.stop", "off"],
      ["server.start", "on"],
    ] as const) {
      expect(await v1.run(kind, "server", id)).toMatchObject({ kind, state: "succeeded", error: null });
      expect(v1.serverOf(id)?.state).toBe(state);
    }
    expect((await v1.run("server.reboot", "server", id)).state).toBe("succeeded");
    expect([v1.sent("GET /v1/servers/Server-{}/action"), v1.sent(actions)]).toEqual([3, 3]);
  });

  it("is not called for where the server is there already", async () => {
    const id = await v1.madeServer();
    expect((await v1.run("server.stop", "server", id)).state).toBe("succeeded");
    expect(v1.sent(actions)).toBe(0);
  });

  it("POST /servers/{server_id}/action terminate is followed until the server is gone", async () => {
    const id = await v1.madeServer({ start: true });
    expect((await v1.run("server.action", "server", id, { action: "terminate" })).state).toBe("succeeded");
    expect(v1.serverOf(id)).toBeUndefined();
  });

  it("POST /servers/{server_id}/action is not sent for what the server does not list", async () => {
    const id = await v1.madeServer();
    expect(await v1.run("server.action", "server", id, { action: "backup" })).toMatchObject({
      state: "failed",
      error: { code: "INVALID_INPUT", detail: expect.stringContaining("its actions are poweron") },
    });
    expect(v1.sent(actions)).toBe(0);
  });
});

it("orphans are not looked for, and the list says so and why", async () => {
  const { status, body } = await v1.api.get("/v1/connections/paris/orphans");
  expect([status, body["items"], body["swept"]]).toEqual([200, [], false]);
  expect(body["reason"]).toContain("not of the installation");
});

describe("server.update and server.delete", () => {
  it("PUT /servers/{server_id} renames", async () => {
    const id = await v1.madeServer();
    expect((await v1.run("server.update", "server", id, { name: "renamed" })).state).toBe("succeeded");
    expect(v1.serverOf(id)?.name).toMatch(/^renamed-op_[0-9a-z]{26}$/);
  });

  it("a server that was renamed goes on counting its events", async () => {
    const id = await v1.madeServer({ start: true });
    await v1.run("server.update", "server", id, { name: "renamed" });
    const stopped = await v1.run("server.stop", "server", id);
    const { sequence } = stopped.outbox.find(({ type }) => type.endsWith("server.stopped")) ?? {};
    // It was created (1), it ran (2), and now it is off.
    expect(sequence).toBe(3);
  });

  it("DELETE /servers/{server_id} comes after a power-off where the server is on", async () => {
    const id = await v1.madeServer({ start: true });
    const operation = await v1.run("server.delete", "server", id);
    expect([operation.state, v1.serverOf(id)]).toEqual(["succeeded", undefined]);
    expect([v1.sent(actions), v1.sent("DELETE /v1/servers/Server-{}")]).toEqual([1, 1]);
    expect(saidOf(operation)).toContain("server.deleted");
  });

  it("DELETE /servers/{server_id} of what is gone succeeds; with volumes it is refused, since they would stay", async () => {
    expect((await v1.run("server.delete", "server", nobody)).state).toBe("succeeded");
    const input = { with_volumes: true };
    const body = {
      connection: "paris",
      kind: "server.delete",
      resource: { type: "server", id: nobody },
      input,
    };
    expect(await v1.api.post("/v1/operations", body, v1.key())).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/input/with_volumes" }] },
    });
  });
});

describe("tags of a server", () => {
  it("POST /servers/{server_id}/tags attaches, DELETE /servers/{server_id}/tags/{tag_id} detaches", async () => {
    const server = await v1.madeServer();
    const tag = await v1.made("tag.create", { name: "blue" });
    expect((await v1.run("server_tag.attach", "server", server, { tag_id: tag })).state).toBe("succeeded");
    expect(v1.serverOf(server)?.tags).toEqual(["default", "blue"]);
    expect((await v1.run("server_tag.detach", "server", server, { tag_id: tag })).state).toBe("succeeded");
    expect(v1.serverOf(server)?.tags).toEqual(["default"]);
    // What is not attached any more is what was asked for.
    expect((await v1.run("server_tag.detach", "server", server, { tag_id: tag })).state).toBe("succeeded");
  });

  it("POST /servers/{server_id}/tags of a tag that is not there fails, naming the parameter", async () => {
    const server = await v1.madeServer();
    expect(await v1.run("server_tag.attach", "server", server, { tag_id: someTag })).toMatchObject({
      state: "failed",
      error: { code: "INVALID_INPUT", provider: { status: 400, code: "tag_not_found", param: "tag_id" } },
    });
  });
});
