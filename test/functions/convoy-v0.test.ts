import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import type { JsonObject } from "../../lib/operation/json.ts";
import { machines, openInstallation, type Installation } from "./installation.ts";
import { send } from "../simulators/talk.ts";

vi.setConfig({ testTimeout: 60_000 });

const path = "/api/application/servers";
let installation: Installation;
let serial = 0;
beforeAll(async () => {
  // Too fast for most builds to be seen at work: their ends are told by the wait for an idle worker.
  installation = await openInstallation("convoy-v0", 40, [
    { name: "paris", assume: { builds_begin_within_seconds: 2 } },
  ]);
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
  input: { name: `web-${serial}`, ...machines["convoy-v0"], ...input },
});
const on = (kind: string, id: string, input: JsonObject = {}) => ({
  connection: "paris",
  kind,
  resource: { type: "server", id },
  input,
});
const calls = () => installation.simulator.control.calls().map((call) => `${call.method} ${call.path}`);
const shown = (id: string) => installation.simulator.control.servers().find((server) => server.id === id);
const said = (operationId: string) =>
  installation.events
    .filter(({ subject, data }) => subject === operationId || data["operation_id"] === operationId)
    .map(({ type }) => type.replace("switchyard.", ""));

/** A record of a machine that is there: made at once. */
const existing = async (vmid = 1489): Promise<string> => {
  const machine = { type: "existing", vmid, is_template: false, is_visible: true };
  const input = { name: `web-${serial}`, node_id: 1, user_id: 1, ...machine };
  const { resource } = await installation.run({ ...creation(), input }, key(`-${vmid}`));
  installation.simulator.control.clearCalls();
  return resource?.id ?? "";
};

describe("server.create", () => {
  it(`POST ${path} (new) ends when the build is over, and says exactly what happened`, async () => {
    const operation = await installation.run(creation({ addresses: [1, 2] }), key());
    expect(operation).toMatchObject({ state: "succeeded", error: null });
    expect(operation.steps.map(({ name }) => name)).toEqual(["create", "build"]);
    expect(shown(operation.resource?.id ?? "")).toMatchObject({
      state: "ready",
      name: expect.stringMatching(/^web-\d+-op_/),
      record: { addresses: [1, 2] },
    });
    expect(said(operation.id).toSorted()).toEqual([
      "operation.accepted",
      "operation.started",
      "operation.succeeded",
      "server.created",
      "server.running",
    ]);
  });

  it(`POST ${path} whose answer is lost makes one server, found by its name and not sent again`, async () => {
    installation.simulator.control.addFault({ name: "lost_reply", match: "POST */servers", count: 1 });
    const operation = await installation.run(creation(), key());
    expect(operation.state).toBe("succeeded");
    expect(calls().filter((call) => call.startsWith("POST"))).toHaveLength(1);
    const mine = installation.simulator.control
      .servers()
      .filter(({ name }) => name.startsWith(`web-${serial}-`));
    expect(mine.map(({ id }) => id)).toEqual([operation.resource?.id]);
  });

  it(`POST ${path} (existing) makes a record at once`, async () => {
    const id = await existing(3009);
    expect(shown(id)).toMatchObject({ record: { vmid: 3009, build: null, isVisible: true } });
  });

  it("422 names the fields that the panel does not accept", async () => {
    const operation = await installation.run(creation({ node_id: 99 }), key());
    expect(operation).toMatchObject({
      state: "failed",
      error: {
        code: "INVALID_INPUT",
        provider: { status: 422, fields: { node_id: ["The selected node id is invalid."] } },
      },
    });
  });
});

describe("specifications.update", () => {
  it(`PATCH ${path}/{id}/specifications is accepted during the build and sent when it is over`, async () => {
    const made = await installation.accept(creation(), key());
    await installation.start([{ v: 1, operation_id: made }]);
    const id = (await installation.operation(made)).resource?.id ?? "";
    const input = {
      cores: 2,
      memory: 2_147_483_648,
      disks: [{ disk: "scsi0", size: "20G" }],
      lock_ips: ["10.0.0.1"],
    };
    const operation = await installation.run(on("specifications.update", id, input), key("-specs"));
    expect(operation).toMatchObject({ state: "succeeded", error: null });
    expect(shown(id)?.record).toMatchObject({
      lostPatches: 0,
      guest: {
        cores: 2,
        memoryBytes: 2_147_483_648,
        disks: [{ disk: "scsi0", size: "20G" }, { disk: "ide2" }],
        lockedIps: ["10.0.0.1"],
      },
    });
    expect(calls().filter((call) => call.startsWith("PATCH"))).toHaveLength(1);
  });

  it("of a server that was built long ago needs no more than the wait for an idle worker", async () => {
    const id = await existing();
    const operation = await installation.run(on("specifications.update", id, { cores: 4 }), key("-specs"));
    expect(operation.state).toBe("succeeded");
    expect(shown(id)?.record).toMatchObject({ guest: { cores: 4 } });
  });

  it("404 of a server that does not exist is told", async () => {
    const operation = await installation.run(on("specifications.update", "9999", { cores: 4 }), key());
    expect(operation).toMatchObject({ state: "failed", error: { code: "RESOURCE_NOT_FOUND" } });
    expect(calls().some((call) => call.startsWith("PATCH"))).toBe(false);
  });
});

describe("server.update", () => {
  it(`PUT ${path}/{id} that the panel does not route fails, and says so`, async () => {
    const id = await existing();
    const operation = await installation.run(on("server.update", id, { name: "other" }), key("-update"));
    expect(operation).toMatchObject({
      state: "failed",
      error: { detail: expect.stringContaining("no such call (405)"), provider: { status: 405 } },
    });
    expect(calls()).toEqual([`GET ${path}/${id}`, `PUT ${path}/${id}`]);
  });
});

describe("server.delete", () => {
  it.each([
    [true, "and the machine with it"],
    [false, "and the machine stays"],
  ])(`DELETE ${path}/{id} with purge %j takes the record away, %s`, async (purge) => {
    const made = await installation.run(creation(), key("-made"));
    const id = made.resource?.id ?? "";
    const { vmid } = z.object({ vmid: z.number() }).parse(shown(id)?.record);
    const operation = await installation.run(on("server.delete", id, { purge }), key("-delete"));
    expect(operation.state).toBe("succeeded");
    expect(shown(id)).toBeUndefined();
    expect(said(operation.id)).toContain("server.deleted");
    const again = await existing(vmid);
    expect(shown(again)?.record).toMatchObject({ guest: purge ? null : { vmid } });
    // Whoever asked is told what goes on without the record.
    expect(operation.steps[0]?.note ?? "").toMatch(purge ? /^$/ : /stays on its node and runs on/);
  });

  it("of what is gone succeeds", async () => {
    const operation = await installation.run(on("server.delete", "9999"), key());
    expect(operation.state).toBe("succeeded");
  });

  it("during the build does not wait for its end", async () => {
    const body = { ...machines["convoy-v0"], name: "somebody-elses" };
    const headers = { Authorization: "any", "Content-Type": "application/json" };
    await send("POST", `${installation.simulator.url}${path}`, body, headers);
    const id = installation.simulator.control.servers().at(-1)?.id ?? "";
    const operation = await installation.run(on("server.delete", id), key());
    expect(operation.state).toBe("succeeded");
    expect(shown(id)).toBeUndefined();
  });
});

describe("errors of the panel", () => {
  it("429 is waited out, and never a failure", async () => {
    installation.simulator.control.addFault({ name: "too_many_requests_typed", match: "POST *", count: 2 });
    expect(shown(await existing(4716))).toMatchObject({ state: "ready" });
  });

  it("401 ends the operation after the secret was read anew", async () => {
    installation.simulator.control.addFault({ name: "error", type: "unauthorized" });
    const operation = await installation.run(creation(), key());
    expect(operation).toMatchObject({ state: "failed", error: { code: "UNAUTHENTICATED" } });
  });

  it("500 on a PATCH is a doubt: it is sent again", async () => {
    const id = await existing(4716);
    installation.simulator.control.addFault({
      name: "error",
      type: "server_error",
      match: "PATCH *",
      count: 1,
    });
    const operation = await installation.run(on("specifications.update", id, { cores: 3 }), key("-specs"));
    expect(operation.state).toBe("succeeded");
    expect(calls().filter((call) => call.startsWith("PATCH"))).toHaveLength(2);
  });
});
