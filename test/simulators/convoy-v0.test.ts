import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

const documentSpecifications = {
  node: "proxmox",
  cores: 1,
  memory: 3_179_282_432,
  disk: null,
  disks: [
    { disk: "ide0", size: "2G", pending: false },
    { disk: "ide1", size: "3G", pending: false },
    { disk: "sata0", size: "5324M", pending: false },
    { disk: "scsi0", size: "11468M", pending: false },
  ],
  ipconfig: { key: "ipconfig0", value: " " },
};

describe("a build", () => {
  test("is told by installing: null in the answer, 0 while it waits, 1 while it runs, 0 when it is over", async () => {
    const answer = await panel.create();
    expect([answer.status, answer.body]).toEqual([
      200,
      { data: { id: 1, vmid: expect.any(Number), installing: null, name: "web", user_id: 1, node_id: 1 } },
    ]);
    const seen: unknown[] = [];
    for (let second = 0; second < 430; second += 1) {
      const now = await panel.installing(1);
      if (now !== seen.at(-1)) seen.push(now);
      panel.clock.advance(1);
    }
    expect(seen).toEqual([0, 1, 0]);
  });

  test.for(["capacity_failure", "stuck"] as const)("that meets %s leaves 1 for ever", async (name) => {
    panel.control.addFault({ name, subject: "web" });
    const id = await panel.made();
    panel.clock.advance(60);
    expect(await panel.installing(id)).toBe(1);
    panel.clock.advance(1_000_000);
    expect(await panel.installing(id)).toBe(1);
  });

  test("waits for ever while no worker runs, and looks as if it were over", async () => {
    await again({ settings: { queue: "stopped" } });
    const id = await panel.made();
    panel.settle();
    expect(await panel.installing(id)).toBe(0);
  });

  test("is none for a machine that is there already", async () => {
    const answer = await panel.create({ type: "existing", vmid: 1489, is_template: false, is_visible: true });
    expect(answer.body).toMatchObject({ data: { vmid: 1489, installing: 0 } });
    expect((await panel.call("GET", "/1/specifications")).body).toEqual({ data: documentSpecifications });
  });

  test.for<readonly [setting: string, status: number, body: unknown]>([
    ["other_guest", 200, { data: documentSpecifications }],
    [
      "nulls",
      200,
      { data: { node: "proxmox", cores: null, memory: null, disk: null, disks: [], ipconfig: null } },
    ],
    ["error", 500, { message: "Server Error" }],
  ])(
    "that isn't over shows specifications by the setting specifications_while_building=%s",
    async ([setting, status, body]) => {
      await again({ settings: { specifications_while_building: setting } });
      const answer = await panel.call("GET", `/${await panel.made()}/specifications`);
      expect([answer.status, answer.body]).toEqual([status, body]);
    },
  );

  test("on a node without any machine has no other guest to show", async () => {
    expect((await panel.call("GET", `/${await panel.made({ node_id: 2 })}/specifications`)).status).toBe(500);
  });

  test("loses the specifications that are sent meanwhile, without saying so", async () => {
    const id = await panel.made();
    expect((await panel.call("PATCH", `/${id}/specifications`, { cores: 4 })).status).toBe(200);
    panel.settle();
    expect((await panel.call("GET", `/${id}/specifications`)).body).toMatchObject({ data: { cores: 1 } });
    expect(panel.control.servers()[0]?.record).toMatchObject({ lostPatches: 1 });
  });
});

describe("specifications", () => {
  test("take memory as MiB and show it as bytes", async () => {
    const id = await panel.made();
    panel.settle();
    const answer = await panel.call("PATCH", `/${id}/specifications`, { cores: 2, memory: 2048 });
    expect(answer.body).toMatchObject({ data: { cores: 2, memory: 2_147_483_648, disk: null } });
    expect((await panel.call("GET", `/${id}/specifications`)).body).toEqual(answer.body);
  });

  test.for<readonly [why: string, patch: object, disks: object]>([
    ["zeros change nothing", { cores: 0, memory: 0 }, { cores: 1, memory: 1_073_741_824 }],
    [
      "disks grow",
      { disks: [{ disk: "scsi0", size: "20G" }] },
      { disks: [expect.objectContaining({ disk: "scsi0", size: "20G" }), expect.anything()] },
    ],
    [
      "disks don't shrink",
      { disks: [{ disk: "scsi0", size: "5G" }] },
      { disks: [expect.objectContaining({ disk: "scsi0", size: "10G" }), expect.anything()] },
    ],
    ["ipconfig is forgotten", { ipconfig: "ip=10.0.0.1/24" }, { ipconfig: { value: " " } }],
  ])("%s", async ([, patch, shown]) => {
    const id = await panel.made();
    panel.settle();
    expect((await panel.call("PATCH", `/${id}/specifications`, patch)).body).toMatchObject({ data: shown });
  });

  test("keep the addresses that are locked", async () => {
    const id = await panel.made();
    panel.settle();
    await panel.call("PATCH", `/${id}/specifications`, { lockIps: ["10.0.0.1", "2001:db8::1"] });
    expect(panel.control.servers()[0]?.record).toMatchObject({
      guest: { lockedIps: ["10.0.0.1", "2001:db8::1"] },
    });
  });
});

describe("a delete", () => {
  test.for<readonly [purge: unknown, hasGuest: boolean, why: string]>([
    [true, false, "only true purges"],
    [1, true, "1 is a boolean to the check, and no true to the purge"],
    [false, true, "false leaves the machine"],
    [null, true, "null leaves the machine"],
    [undefined, true, "the machine stays unless it is told otherwise"],
  ])("with purge %j, machine left %j: %s", async ([purge, hasGuest]) => {
    const id = await panel.made({ vmid: 7001 });
    panel.settle();
    expect((await panel.call("DELETE", `/${id}`, { purge })).status).toBe(204);
    expect((await panel.call("GET", `/${id}`)).status).toBe(404);
    // A record of the same number shows the machine that was left, or else the first one of the node.
    await panel.create({ type: "existing", vmid: 7001, is_template: false, is_visible: true });
    const { body } = await panel.call("GET", `/${id + 1}/specifications`);
    expect(body).toMatchObject({ data: { memory: hasGuest ? 1_073_741_824 : 3_179_282_432 } });
  });

  test("reads no purge from the query", async () => {
    const id = await panel.made({ vmid: 7001 });
    panel.settle();
    expect((await panel.call("DELETE", `/${id}?purge=true`)).status).toBe(204);
    await panel.create({ type: "existing", vmid: 7001, is_template: false, is_visible: true });
    expect((await panel.call("GET", `/2/specifications`)).body).toMatchObject({
      data: { memory: 1_073_741_824 },
    });
  });

  test.for<readonly [setting: string, status: number, after: number]>([
    ["error", 500, 200],
    ["done", 204, 404],
  ])(
    "that purges during the build is answered by the setting purge_while_building=%s",
    async ([setting, status, after]) => {
      await again({ settings: { purge_while_building: setting } });
      const id = await panel.made();
      expect((await panel.call("DELETE", `/${id}`, { purge: true })).status).toBe(status);
      expect((await panel.call("GET", `/${id}`)).status).toBe(after);
    },
  );

  test("gives no number twice", async () => {
    const id = await panel.made();
    await panel.call("DELETE", `/${id}`);
    expect(await panel.made()).toBe(id + 1);
  });
});

describe("an update", () => {
  const whole = { name: "other", node_id: 1, user_id: 2, vmid: 1489 };

  test("is not routed", async () => {
    const id = await panel.made();
    const answer = await panel.call("PUT", `/${id}`, whole);
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD, POST, DELETE"]);
    expect(answer.body).toEqual({
      message: "The PUT method is not supported for this route. Supported methods: GET, HEAD, POST, DELETE.",
    });
  });

  test("is what the document says where the panel has it", async () => {
    await again({ settings: { update_route: "documented" } });
    const id = await panel.made();
    expect((await panel.call("PUT", `/${id}`, whole)).body).toMatchObject({
      data: { id, vmid: 1489, name: "other", user_id: 2 },
    });
    expect((await panel.call("PUT", `/${id}`, { name: "x".repeat(41) })).body).toEqual({
      message: "The name must not be greater than 40 characters. (and 3 more errors)",
      errors: {
        name: ["The name must not be greater than 40 characters."],
        node_id: ["The node id field is required."],
        user_id: ["The user id field is required."],
        vmid: ["The vmid field is required."],
      },
    });
  });

  test("by POST makes another server", async () => {
    const id = await panel.made();
    await panel.call("POST", `/${id}`, { ...whole, type: "new", template_id: 1 });
    expect(panel.control.servers().map(({ name }) => name)).toEqual(["web", "other"]);
  });
});

test("servers, machines and numbers outlive the process", async () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), "panel-"));
  await again({ stateDirectory });
  const id = await panel.made({ vmid: 7001 });
  await panel.call("DELETE", `/${await panel.made()}`);
  const { clock } = panel;
  clock.advance(1000);
  await again({ stateDirectory, clock });
  expect(await panel.installing(id)).toBe(0);
  expect((await panel.call("GET", `/${id}/specifications`)).body).toMatchObject({
    data: { memory: 1_073_741_824 },
  });
  expect(await panel.made()).toBe(3);
  rmSync(stateDirectory, { recursive: true });
});

test("a lost reply leaves the server that it was about", async () => {
  panel.control.addFault({ name: "lost_reply", match: "POST */servers", count: 1 });
  await expect(panel.create()).rejects.toThrow("fetch failed");
  expect(panel.control.servers().map(({ name, state }) => [name, state])).toEqual([["web", "queued"]]);
});
