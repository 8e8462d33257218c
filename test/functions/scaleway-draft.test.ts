import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { SwitchyardEvent } from "../../events/event.ts";
import { madeBy } from "../../lib/operation/marker.ts";
import { apiOf, type Api } from "./api-of.ts";
import { machines, openInstallation, type Installation } from "./installation.ts";

// Looks are seconds apart in real time.
vi.setConfig({ testTimeout: 60_000 });

let installation: Installation;
let api: Api;
let serial = 0;
beforeAll(async () => {
  installation = await openInstallation("scaleway-draft");
  api = await apiOf();
});
afterAll(async () => {
  await installation.stop();
});
beforeEach(() => {
  installation.simulator.control.clearFaults();
  installation.simulator.control.clearCalls();
  serial += 1;
});

const noId = "3cb18e2d-f4f7-48f7-b452-59b88ae8fc8c";
const creation = (input: Record<string, unknown> = {}) => ({
  connection: "paris",
  kind: "server.create",
  input: { name: `web-${serial}`, ...machines["scaleway-draft"], tags: ["env=dev"], ...input },
});
const on = (kind: string, id: string, input: Record<string, unknown> = {}) => ({
  connection: "paris",
  kind,
  resource: { type: "server", id },
  input,
});
const key = (more = "") => `key-${serial}${more}`;
const shortType = ({ type }: SwitchyardEvent): string => type.replace("switchyard.", "");
const counts = () => installation.simulator.control.counts();
const serversOf = (operationId: string) =>
  installation.simulator.control.servers().filter(({ tags }) => madeBy(tags) === operationId);
/** A new server; switched on by hand, since that takes no looks. */
const created = async (
  state: "running" | "stopped",
  input: Record<string, unknown> = {},
): Promise<string> => {
  const { resource } = await installation.run(creation({ ...input, start: false }), key("-made"));
  if (resource === null) throw new Error("no server was made");
  installation.simulator.control.editServer(resource.id, { state });
  installation.simulator.control.clearCalls();
  return resource.id;
};

describe("server.create", () => {
  it("POST /servers answers with nothing: the server is found again, and runs", async () => {
    const operation = await installation.run(creation(), key());
    expect(operation).toMatchObject({ state: "succeeded", error: null, task: null });
    expect(serversOf(operation.id)).toMatchObject([{ id: operation.resource?.id, state: "running" }]);
    expect(counts()).toMatchObject({ "POST /servers": 1, "POST /servers/{}/action": 1 });
    const said = installation.events.filter(
      ({ subject, data }) => subject === operation.id || data["operation_id"] === operation.id,
    );
    expect(said.map(shortType).toSorted()).toEqual([
      "operation.accepted",
      "operation.started",
      "operation.succeeded",
      "server.created",
      "server.running",
    ]);
  });

  it("stays off when it is not to be started", async () => {
    const operation = await installation.run(creation({ start: false }), key());
    expect(operation.state).toBe("succeeded");
    expect(serversOf(operation.id)).toMatchObject([{ state: "stopped" }]);
  });

  it("POST /servers whose answer is lost, a page of HTML or cut off makes one server, and is not sent again", async () => {
    const names = ["lost_reply", "unavailable_after_effect", "truncated_json"] as const;
    const ids: string[] = [];
    for (const name of names) {
      installation.simulator.control.addFault({ name, match: "POST */servers", subject: name });
      ids.push(await installation.accept(creation({ name }), key(name)));
    }
    await installation.start(ids.map((id) => ({ v: 1, operation_id: id })));
    await installation.follow();
    expect(counts()["POST /servers"]).toBe(names.length);
    for (const id of ids) {
      expect((await installation.operation(id)).state).toBe("succeeded");
      expect(serversOf(id)).toMatchObject([{ state: "running" }]);
    }
  });

  it.each([
    ["invalid_request_error", "INVALID_INPUT"],
    ["quotas_exceeded", "QUOTA_EXCEEDED"],
    ["out_of_stock", "OUT_OF_STOCK"],
    ["request_failed", "PAYMENT_REQUIRED"],
  ])("POST /servers refused with %s fails as %s, in the provider's words", async (type, code) => {
    installation.simulator.control.addFault({ name: "error", type, match: "POST */servers" });
    const operation = await installation.run(creation(), key(type));
    expect(operation).toMatchObject({ state: "failed", error: { code } });
    expect(operation.error?.provider).toMatchObject({
      status: expect.any(Number),
      type: expect.any(String),
      message: expect.any(String),
      request_id: expect.any(String),
    });
    expect(serversOf(operation.id)).toEqual([]);
  });

  it("POST /servers that the provider answers with 401 twice fails as UNAUTHENTICATED", async () => {
    installation.simulator.control.addFault({ name: "error", type: "invalid_auth", match: "POST */servers" });
    const operation = await installation.run(creation(), key());
    expect(operation).toMatchObject({ state: "failed", error: { code: "UNAUTHENTICATED" } });
  });
});

describe("power", () => {
  it("POST /servers/{id}/action poweroff, poweron and resetsoft: stop, start and reboot", async () => {
    const id = await created("running");
    const ends: Record<string, readonly string[]> = {
      "server.stop": ["stopped"],
      "server.start": ["running"],
      // A reset is over for us when it is accepted; the simulator may still be at it.
      "server.reboot": ["stopping", "running"],
    };
    for (const kind of Object.keys(ends)) {
      const operation = await installation.run(on(kind, id), key(kind));
      expect(operation).toMatchObject({ kind, state: "succeeded", error: null });
      const shown = installation.simulator.control.servers().find((server) => server.id === id);
      expect(ends[kind]).toContain(shown?.state);
    }
    expect(counts()["POST /servers/{}/action"]).toBe(3);
  });

  it("is not called for where the flag shows it already", async () => {
    const id = await created("running");
    const operation = await installation.run(on("server.start", id), key("-again"));
    expect(operation.state).toBe("succeeded");
    expect(counts()).not.toHaveProperty("POST /servers/{}/action");
  });

  it("POST /servers/{id}/action resetsoft, resethard, backup and restore have succeeded when they are accepted", async () => {
    const id = await created("running");
    for (const action of ["resetsoft", "resethard", "backup", "restore"]) {
      const operation = await installation.run(on("server.action", id, { action }), key(action));
      expect([action, operation.state]).toEqual([action, "succeeded"]);
    }
    expect(counts()["POST /servers/{}/action"]).toBe(4);
  });

  it("POST /servers/{id}/action resetsoft whose reply is lost needs attention, and is not repeated", async () => {
    const id = await created("running");
    installation.simulator.control.addFault({ name: "lost_reply", match: "POST *", count: 1 });
    const operation = await installation.run(on("server.reboot", id), key());
    expect(operation).toMatchObject({ state: "needs_attention", error: { code: "OUTCOME_UNKNOWN" } });
    expect(counts()["POST /servers/{}/action"]).toBe(1);
  });

  it("POST /servers/{id}/action poweroff whose reply is lost is seen on the flag", async () => {
    const id = await created("running");
    installation.simulator.control.addFault({ name: "lost_reply", match: "POST *", count: 1 });
    const operation = await installation.run(on("server.stop", id), key());
    expect(operation.state).toBe("succeeded");
    expect(counts()["POST /servers/{}/action"]).toBe(1);
  });
});

describe("server.update", () => {
  it("PUT /servers/{id} changes what was asked for and keeps the marker and the rest", async () => {
    const id = await created("running", { public_ip: "ip-1" });
    const input = { name: "renamed", tags: ["env=prod"], dynamic_public_ip: false };
    const operation = await installation.run(on("server.update", id, input), key());
    expect(operation).toMatchObject({ state: "succeeded", error: null });
    const read = await api.get(`/v1/connections/paris/servers/${id}`);
    expect(read.body).toMatchObject({
      name: "renamed",
      state: "running",
      raw: { dynamic_public_ip: false, public_ip: { id: "ip-1" }, volumes: [expect.anything()] },
    });
    const server = installation.simulator.control.servers().find((one) => one.id === id);
    expect(server?.tags).toContain("env=prod");
    expect(server?.tags).not.toContain("env=dev");
    expect(madeBy(server?.tags ?? [])).not.toBeNull();
  });

  it("PUT /servers/{id} of what does not exist fails: 404", async () => {
    const operation = await installation.run(on("server.update", noId, { name: "n" }), key());
    expect(operation).toMatchObject({
      state: "failed",
      error: { code: "RESOURCE_NOT_FOUND", provider: { status: 404, type: "unknown_resource" } },
    });
  });
});

describe("server.delete", () => {
  it("DELETE /servers/{id} comes after a power-off where the server runs", async () => {
    const id = await created("running");
    const operation = await installation.run(on("server.delete", id), key());
    expect(operation.state).toBe("succeeded");
    expect(installation.simulator.control.servers().some((server) => server.id === id)).toBe(false);
    expect(counts()).toMatchObject({ "POST /servers/{}/action": 1, "DELETE /servers/{}": 1 });
  });

  it("DELETE /servers/{id} whose reply is lost has happened", async () => {
    const id = await created("stopped");
    installation.simulator.control.addFault({ name: "lost_reply", match: "DELETE *", count: 1 });
    expect((await installation.run(on("server.delete", id), key())).state).toBe("succeeded");
  });

  it("of what is gone succeeds", async () => {
    expect((await installation.run(on("server.delete", noId), key())).state).toBe("succeeded");
  });

  it("with volumes is refused at once: they would stay", async () => {
    const answer = await api.post("/v1/operations", on("server.delete", noId, { with_volumes: true }), key());
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ errors: [{ pointer: "/input/with_volumes" }] });
  });
});

describe("reading through and refusing", () => {
  it("GET /servers is read with our cursor over a list that has no pages", async () => {
    const both = [creation({ start: false }), creation({ start: false, name: "other" })];
    await Promise.all(both.map((one) => installation.run(one, key(one.input.name))));
    const first = await api.get("/v1/connections/paris/servers?limit=1");
    expect(first.body).toMatchObject({ items: [{ id: expect.any(String), raw: { image: null } }] });
    const next = String(first.body["next_cursor"]);
    const second = await api.get(`/v1/connections/paris/servers?limit=100&cursor=${next}`);
    expect(second.body).toMatchObject({ next_cursor: null });
    const shown = [first.body["items"], second.body["items"]].flat();
    expect(shown).toHaveLength(installation.simulator.control.servers().length);
  });

  it("GET /servers/{id} and GET /servers/{id}/action are read; what is not there is 404", async () => {
    const id = await created("stopped");
    expect((await api.get(`/v1/connections/paris/servers/${id}`)).body).toMatchObject({ state: "stopped" });
    const actions = await api.get(`/v1/connections/paris/servers/${id}/action`);
    expect(actions.body).toMatchObject({
      items: expect.arrayContaining([{ id: "restore", raw: "restore" }]),
    });
    expect((await api.get(`/v1/connections/paris/servers/${noId}`)).status).toBe(404);
    expect((await api.get("/v1/connections/paris/volumes")).status).toBe(404);
  });

  it("a kind that it does not have is refused, saying which it has", async () => {
    const volume = { connection: "paris", kind: "volume.create", input: { name: "v" } };
    const answer = await api.post("/v1/operations", volume, key());
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({
      errors: [{ pointer: "/kind", detail: expect.stringContaining("server.reboot") }],
    });
  });
});
