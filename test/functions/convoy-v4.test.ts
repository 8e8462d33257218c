import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import type { JsonObject } from "../../lib/operation/json.ts";
import { viewOf } from "../../lib/operation/view.ts";
import { guestPassword, v4Server } from "../providers/convoy-v4-panel.ts";
import { send } from "../simulators/talk.ts";
import { apiOf, type Api } from "./api-of.ts";
import { openInstallation, type Installation } from "./installation.ts";

vi.setConfig({ testTimeout: 60_000 });

const path = "/api/application/servers";
let installation: Installation;
let api: Api;
let serial = 0;
beforeAll(async () => {
  process.env["SWITCHYARD_INPUT_GUEST"] = guestPassword;
  installation = await openInstallation("convoy-v4", 40, [
    { name: "paris" },
    { name: "killing", suspend_is_stop: true },
  ]);
  api = await apiOf();
});
afterAll(() => installation.stop());
beforeEach(() => {
  installation.simulator.control.clearFaults();
  installation.simulator.control.clearCalls();
  serial += 1;
});

const key = (more = "") => `key-${serial}${more}`;
const creation = (input: JsonObject = {}) => ({
  connection: "paris",
  kind: "server.create",
  input: { ...v4Server, name: `web-${serial}`, ...input },
});
const on = (kind: string, id: string, input: JsonObject = {}, connection = "paris") => ({
  connection,
  kind,
  resource: { type: "server", id },
  input,
});
const settings = { cpu: 4, memory: 4_294_967_296, disk: 42_949_672_960 };
const control = () => installation.simulator.control;
const calls = () =>
  control()
    .calls()
    .map(({ route }) => route);
const callsTo = (method: string, below = "") =>
  calls().filter((route) => route === `${method} ${path}${below}`).length;
const shown = (id: string) =>
  control()
    .servers()
    .find((server) => server.id === id);
const mine = () =>
  control()
    .servers()
    .filter(({ name }) => name.startsWith(`web-${serial}-op_`));
const said = (operationId: string) =>
  installation.events
    .filter(({ subject, data }) => subject === operationId || data["operation_id"] === operationId)
    .map(({ type }) => type.replace("switchyard.", ""));
const madeSchema = z.object({ data: z.object({ id: z.string() }) });

/** A server that somebody else has made, and that is ready. */
const made = async (input: JsonObject = {}): Promise<string> => {
  const body = { ...v4Server, account_password: guestPassword, name: `other-${serial}`, ...input };
  const headers = {
    Authorization: "Bearer 11111111-2222-4333-8444-555555555555",
    Accept: "application/json",
    "Content-Type": "application/json",
  };
  const answer = await send("POST", `${installation.simulator.url}${path}`, body, headers);
  const { id } = madeSchema.parse(answer.body).data;
  await expect.poll(() => shown(id)?.state, { timeout: 30_000 }).toBe("ready");
  control().clearCalls();
  return id;
};

describe("server.create", () => {
  it(`POST ${path} ends when the build is over, bears the marker in its name, and says what happened`, async () => {
    const operation = await installation.run(creation(), key());
    expect(operation).toMatchObject({ state: "succeeded", error: null });
    expect(operation.steps.map(({ name }) => name)).toEqual(["create", "build"]);
    const id = operation.resource?.id ?? "";
    expect(shown(id)).toMatchObject({
      state: "ready",
      name: `web-${serial}-${operation.id}`,
      record: { guest: { isRunning: true, cpu: 2 } },
    });
    expect(said(operation.id).toSorted()).toEqual([
      "operation.accepted",
      "operation.started",
      "operation.succeeded",
      "server.created",
      "server.running",
    ]);
  });

  it(`POST ${path} that is not to be started says nothing of running`, async () => {
    const operation = await installation.run(creation({ start_on_completion: false }), key());
    expect(operation.state).toBe("succeeded");
    expect(shown(operation.resource?.id ?? "")).toMatchObject({ record: { guest: { isRunning: false } } });
    expect(said(operation.id)).not.toContain("server.running");
  });

  it.each([["lost_reply"], ["unavailable_after_effect"], ["truncated_json"]] as const)(
    `POST ${path} with %s makes one server, found by its name and not sent again`,
    async (name) => {
      control().addFault({ name, match: "POST */servers", count: 1 });
      const operation = await installation.run(creation(), key());
      expect(operation).toMatchObject({ state: "succeeded", error: null });
      expect(callsTo("POST")).toBe(1);
      expect(mine().map(({ id }) => id)).toEqual([operation.resource?.id]);
    },
  );

  it(`POST ${path} whose build fails has failed, with the panel's word`, async () => {
    control().addFault({ name: "capacity_failure", match: "POST */servers", count: 1 });
    const operation = await installation.run(creation(), key());
    expect(operation).toMatchObject({
      state: "failed",
      error: { code: "BUILD_FAILED", detail: expect.stringContaining("install_failed") },
    });
  });

  it.each<readonly [why: string, input: JsonObject, status: number]>([
    ["400, a template of another node", { node_id: 2 }, 400],
    ["422, a user that is not there", { user_id: 99 }, 422],
    ["422, more memory than the node has", { limits: { ...v4Server.limits, memory: 2 ** 50 } }, 422],
  ])(`POST ${path} answered with %s has failed, with the panel's words`, async (_why, input, status) => {
    const operation = await installation.run(creation(input), key());
    expect(operation).toMatchObject({
      state: "failed",
      error: { code: "INVALID_INPUT", provider: { status, message: expect.any(String) } },
    });
    expect(mine()).toEqual([]);
  });
});

describe("account_password", () => {
  const everything = async (id: string) =>
    JSON.stringify([
      await installation.operation(id),
      installation.events,
      control().calls(),
      control().servers(),
    ]);

  it("is a reference in the row, and its value is nowhere but in the call", async () => {
    const operation = await installation.run(creation(), key());
    expect(operation.input["account_password"]).toBe("env:SWITCHYARD_INPUT_GUEST");
    expect(await everything(operation.id)).not.toContain(guestPassword);
    const { body } = await api.get(`/v1/operations/${operation.id}`);
    expect(JSON.stringify(body)).not.toContain(guestPassword);
  });

  it.each([
    ["the API's own key", "env:SWITCHYARD_API_KEY"],
    ["the provider's key", "env:PROVIDER_SECRET"],
    ["another parameter", "ssm:/switchyard/prod/api-key"],
    ["no more than what is allowed", "env:SWITCHYARD_INPUT_"],
  ])("as a reference to %s is refused with 422, and what is allowed is said", async (_what, reference) => {
    const { status, body } = await api.post(
      "/v1/operations",
      creation({ account_password: reference }),
      key(),
    );
    expect([status, body["errors"]]).toEqual([
      422,
      [{ pointer: "/input/account_password", detail: expect.stringContaining("env:SWITCHYARD_INPUT_") }],
    ]);
    expect(calls()).toEqual([]);
  });

  it("as a plain value is refused with 422 at its place, without being repeated or stored", async () => {
    const plain = "hunter2-hunter2";
    const { status, body } = await api.post("/v1/operations", creation({ account_password: plain }), key());
    expect([status, body["errors"]]).toEqual([
      422,
      [{ pointer: "/input/account_password", detail: expect.stringContaining("reference") }],
    ]);
    expect(JSON.stringify(body)).not.toContain(plain);
    const listed = await api.get("/v1/operations?limit=100");
    expect(JSON.stringify(listed.body)).not.toContain(plain);
    expect(calls()).toEqual([]);
  });
});

describe("specifications.update", () => {
  it(`PATCH ${path}/{server}/settings/build is accepted during the build and sent when it is over`, async () => {
    const created = await installation.accept(creation(), key());
    await installation.start([{ v: 1, operation_id: created }]);
    const id = (await installation.operation(created)).resource?.id ?? "";
    const operation = await installation.run(on("specifications.update", id, settings), key("-specs"));
    expect(operation).toMatchObject({ state: "succeeded", error: null });
    expect(shown(id)?.record).toMatchObject({ limits: settings, guest: settings });
    expect(callsTo("PATCH", "/{}/settings/build")).toBe(1);
  });

  it(`PATCH ${path}/{server}/settings/build whose reply is lost is sent again`, async () => {
    const id = await made();
    control().addFault({ name: "lost_reply", match: "PATCH *", count: 1 });
    const operation = await installation.run(on("specifications.update", id, settings), key());
    expect(operation.state).toBe("succeeded");
    expect(callsTo("PATCH", "/{}/settings/build")).toBe(2);
  });
});

describe("server.update", () => {
  it(`PATCH ${path}/{server} changes fields`, async () => {
    const id = await made();
    const operation = await installation.run(on("server.update", id, { name: "db", user_id: 2 }), key());
    expect(operation).toMatchObject({ state: "succeeded", error: null });
    expect(operation.steps.map(({ note }) => note)).toEqual([undefined]);
    expect(shown(id)).toMatchObject({ name: "db", record: { userId: 2 } });
  });

  it("keeps the marker behind a name that bears one", async () => {
    const mark = `op_${"0".repeat(26)}`;
    const id = await made({ name: `web-${mark}` });
    const operation = await installation.run(on("server.update", id, { name: "db" }), key());
    expect(operation.state).toBe("succeeded");
    expect(shown(id)).toMatchObject({ name: `db-${mark}` });
  });

  it("says so where a new name has no room for the marker", async () => {
    const id = await made();
    const name = "n".repeat(36);
    const operation = await installation.run(on("server.update", id, { name }), key());
    expect(operation).toMatchObject({ state: "succeeded" });
    expect(viewOf(operation).steps[0]?.note).toContain("no room for our marker");
    expect(shown(id)).toMatchObject({ name });
  });

  it(`PATCH ${path}/{server} of one that does not exist has failed`, async () => {
    const operation = await installation.run(on("server.update", "deadbeef", { name: "db" }), key());
    expect(operation).toMatchObject({
      state: "failed",
      error: { code: "RESOURCE_NOT_FOUND", provider: { status: 404 } },
    });
  });
});

describe("suspending", () => {
  it(`POST ${path}/{server}/settings/suspend and POST ${path}/{server}/settings/unsuspend follow server.action`, async () => {
    const id = await made();
    const suspended = await installation.run(on("server.action", id, { action: "suspend" }), key("-off"));
    expect(suspended.state).toBe("succeeded");
    expect(said(suspended.id)).toContain("server.suspended");
    expect(shown(id)).toMatchObject({ state: "suspended", record: { guest: { isRunning: false } } });
    const again = await installation.run(on("server.action", id, { action: "suspend" }), key("-again"));
    expect(again.state).toBe("succeeded");
    expect(said(again.id)).not.toContain("server.suspended");
    expect(callsTo("POST", "/{}/settings/suspend")).toBe(1);
    const back = await installation.run(on("server.action", id, { action: "unsuspend" }), key("-on"));
    expect(back.state).toBe("succeeded");
    expect(said(back.id)).toContain("server.unsuspended");
    expect(shown(id)).toMatchObject({ state: "ready", record: { guest: { isRunning: true } } });
    expect(callsTo("POST", "/{}/settings/unsuspend")).toBe(1);
  });

  it("server.stop and server.start mean it where the connection says so", async () => {
    const id = await made();
    const stopped = await installation.run(on("server.stop", id, {}, "killing"), key("-stop"));
    expect([stopped.state, shown(id)?.state]).toEqual(["succeeded", "suspended"]);
    expect(said(stopped.id)).toContain("server.stopped");
    const started = await installation.run(on("server.start", id, {}, "killing"), key("-start"));
    expect([started.state, shown(id)?.state]).toEqual(["succeeded", "ready"]);
  });

  it.each([["server.stop"], ["server.start"]])(
    "%s is refused with 422 at /kind elsewhere, and says what to do",
    async (kind) => {
      const { status, body } = await api.post("/v1/operations", on(kind, "deadbeef"), key());
      expect([status, body["errors"]]).toEqual([
        422,
        [{ pointer: "/kind", detail: expect.stringMatching(/server\.action.*suspend_is_stop: true/) }],
      ]);
    },
  );

  it("server.reboot, which the panel lacks, is refused with 422 at /kind", async () => {
    const { status, body } = await api.post("/v1/operations", on("server.reboot", "deadbeef"), key());
    expect([status, body["errors"]]).toMatchObject([422, [{ pointer: "/kind" }]]);
  });
});

describe("server.delete", () => {
  it(`DELETE ${path}/{server} keeps the machine unless purge is said, and is followed until the server is gone`, async () => {
    const id = await made({ vmid: 600 });
    const operation = await installation.run(on("server.delete", id), key());
    expect(operation).toMatchObject({ state: "succeeded", error: null });
    expect(shown(id)).toBeUndefined();
    expect(said(operation.id)).toContain("server.deleted");
    expect(callsTo("DELETE", "/{}")).toBe(1);
    const next = await installation.run(creation({ vmid: 600 }), key("-next"));
    expect(next).toMatchObject({ state: "failed", error: { code: "BUILD_FAILED" } });
  });

  it(`DELETE ${path}/{server} with purge takes the machine as well`, async () => {
    const id = await made({ vmid: 700 });
    await installation.run(on("server.delete", id, { purge: true }), key());
    const next = await installation.run(creation({ vmid: 700 }), key("-next"));
    expect(next.state).toBe("succeeded");
  });

  it(`DELETE ${path}/{server} that fails says the way out, and the way out works`, async () => {
    const id = await made();
    control().addFault({ name: "capacity_failure", match: "DELETE *", count: 1 });
    const failed = await installation.run(on("server.delete", id, { purge: true }), key("-first"));
    expect(failed).toMatchObject({
      state: "failed",
      error: {
        code: "DELETE_FAILED",
        detail: expect.stringContaining('server.update with {"status": null}'),
      },
    });
    const refused = await installation.run(on("server.delete", id, { purge: true }), key("-second"));
    expect(refused).toMatchObject({
      state: "failed",
      error: {
        detail: expect.stringContaining('server.update with {"status": null}'),
        provider: { status: 409 },
      },
    });
    const freed = await installation.run(on("server.update", id, { status: null }), key("-freed"));
    expect(freed.state).toBe("succeeded");
    const deleted = await installation.run(on("server.delete", id, { purge: true }), key("-third"));
    expect([deleted.state, shown(id)]).toEqual(["succeeded", undefined]);
  });

  it(`DELETE ${path}/{server} of what is gone succeeds`, async () => {
    const operation = await installation.run(on("server.delete", "deadbeef"), key());
    expect(operation.state).toBe("succeeded");
  });
});

describe("reads", () => {
  const page = z.object({ items: z.array(z.object({ id: z.string(), state: z.string().optional() })) });

  it(`GET ${path} and GET ${path}/{server} are read through`, async () => {
    const id = await made({ user_id: 42 });
    const list = await api.get("/v1/connections/paris/servers?user_id=42&limit=100");
    expect([list.status, page.parse(list.body).items]).toEqual([200, [{ id, state: "ready" }]]);
    const one = await api.get(`/v1/connections/paris/servers/${id}`);
    expect([one.status, one.body]).toMatchObject([
      200,
      { id, state: "ready", raw: { status: null, user_id: 42 } },
    ]);
  });

  it.each([
    ["servers/deadbeef", 404],
    ["volumes", 404],
    ["servers?filter[status]=installing", 422],
  ])("%s is answered with %i", async (target, status) => {
    expect((await api.get(`/v1/connections/paris/${target}`)).status).toBe(status);
  });
});
