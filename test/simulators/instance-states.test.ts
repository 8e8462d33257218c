import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bringTo, startTalk, type Talk } from "./talk.ts";

const inFull = (precondition: string, help: string) => ({
  type: "precondition_failed",
  message: "precondition is not respected",
  precondition,
  help_message: help,
});
const unusable = (help: string) => inFull("resource_not_usable", help);

describe("an action of the Instance API", () => {
  let talk: Talk;
  beforeAll(async () => {
    talk = await startTalk({ dialect: "scaleway-instance" });
  });
  afterAll(() => talk.close());

  const refused: readonly [state: string, action: string, body: object][] = [
    ["starting", "poweron", unusable("server should be stopped")],
    ["running", "poweron", unusable("server should be stopped")],
    ["stopping", "poweron", unusable("server should be stopped")],
    ["stopped", "poweroff", unusable("server should be running")],
    ["stopped", "reboot", unusable("server should be running")],
    ["stopped", "terminate", unusable("server should be running")],
    ["stopped", "stop_in_place", unusable("server should be running")],
    ["starting", "poweroff", unusable("server should be running")],
    ["starting", "terminate", unusable("server should be running")],
    ["stopping", "poweroff", unusable("server is being stopped or rebooted")],
    ["stopping", "terminate", unusable("server is being stopped or rebooted")],
    ["rebooting", "reboot", unusable("server is being stopped or rebooted")],
    ["terminating", "terminate", unusable("server is being stopped or rebooted")],
    ["stopped in place", "stop_in_place", unusable("server should be running")],
    ["locked", "poweron", unusable("server is locked")],
  ];
  test.for(refused)("on a server that is %s, %s is refused with 400", async ([state, action, body]) => {
    const id = await talk.made();
    await bringTo(talk, id, state);
    const answer = await talk.act(id, action);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(body);
  });

  const accepted: readonly [state: string, action: string, shown: object, end: object | 404][] = [
    [
      "stopped",
      "poweron",
      { state: "starting", state_detail: "allocating node" },
      { state: "running", state_detail: "booting kernel" },
    ],
    [
      "stopped in place",
      "poweron",
      { state: "starting", state_detail: "allocating node" },
      { state: "running" },
    ],
    [
      "running",
      "poweroff",
      { state: "stopping", state_detail: "stopping" },
      { state: "stopped", state_detail: "" },
    ],
    [
      "stopped in place",
      "poweroff",
      { state: "stopping", state_detail: "stopping" },
      { state: "stopped", state_detail: "" },
    ],
    [
      "running",
      "stop_in_place",
      { state: "stopping", state_detail: "stopping in place" },
      { state: "stopped in place", state_detail: "stopped in place" },
    ],
    [
      "running",
      "reboot",
      { state: "stopping", state_detail: "rebooting" },
      { state: "running", state_detail: "booting kernel" },
    ],
    ["running", "terminate", { state: "stopping", state_detail: "terminating" }, 404],
    ["stopped in place", "terminate", { state: "stopping", state_detail: "terminating" }, 404],
    [
      "starting",
      "stop_in_place",
      { state: "stopping", state_detail: "stopping in place" },
      { state: "stopped in place" },
    ],
  ];
  test.for(accepted)(
    "on a server that is %s, %s shows on the first look and ends",
    async ([state, action, shown, end]) => {
      const id = await talk.made();
      await bringTo(talk, id, state);
      const answer = await talk.act(id, action);
      expect(answer.status).toBe(202);
      expect(answer.headers.get("location")).toBeNull();
      expect(answer.body).toMatchObject({
        task: {
          id: "00000000-0000-0000-0000-000000000000",
          description: "fake task",
          status: "pending",
          progress: 0,
          terminated_at: null,
        },
      });
      expect((await talk.call("GET", `/servers/${id}`)).body).toMatchObject({ server: shown });
      talk.settle();
      const after = await talk.call("GET", `/servers/${id}`);
      if (end === 404) {
        expect(after.status).toBe(404);
        expect(after.body).toEqual({
          type: "not_found",
          message: "resource is not found",
          resource: "instance_server",
          resource_id: id,
        });
      } else {
        expect(after.body).toMatchObject({ server: end });
      }
    },
  );

  test.for<readonly [state: string, isProtected: boolean, actions: readonly string[]]>([
    ["stopped", false, ["poweron", "backup"]],
    ["starting", false, ["stop_in_place", "backup"]],
    ["running", false, ["poweroff", "terminate", "reboot", "stop_in_place", "backup"]],
    ["stopping", false, ["stop_in_place", "backup"]],
    ["stopped in place", false, ["poweron", "poweroff", "terminate", "reboot", "backup"]],
    ["running", true, ["backup"]],
    ["stopped", true, ["poweron", "backup"]],
  ])("a server that is %s (protected: %s) lists what it allows", async ([state, isProtected, actions]) => {
    const id = await talk.made();
    await bringTo(talk, id, state);
    await talk.call("PATCH", `/servers/${id}`, { protected: isProtected });
    expect((await talk.call("GET", `/servers/${id}/action`)).body).toEqual({ actions });
    expect((await talk.call("GET", `/servers/${id}`)).body).toMatchObject({
      server: { allowed_actions: actions },
    });
  });

  test.for(["poweroff", "stop_in_place", "reboot", "terminate"])(
    "a protected server refuses %s, yet can be deleted when stopped",
    async (action) => {
      const id = await talk.made({ protected: true });
      await bringTo(talk, id, "running");
      const refusal = await talk.act(id, action);
      expect([refusal.status, refusal.body]).toEqual([
        400,
        inFull("protected_resource", "server is protected"),
      ]);
      talk.control.editServer(id, { state: "stopped" });
      expect((await talk.call("DELETE", `/servers/${id}`)).status).toBe(204);
    },
  );

  test.for(["starting", "running", "stopping", "stopped in place"])(
    "DELETE of a server that is %s is refused",
    async (state) => {
      const id = await talk.made();
      await bringTo(talk, id, state);
      const answer = await talk.call("DELETE", `/servers/${id}`);
      expect([answer.status, answer.body]).toEqual([
        400,
        inFull("resource_still_in_use", "instance should be powered off"),
      ]);
    },
  );

  test("state_detail goes through its sequence while a server starts and stops", async () => {
    const slow = await startTalk({ dialect: "scaleway-instance", speed: 0.001 });
    const id = await slow.made();
    const seen = async (): Promise<string[]> => {
      const details = new Set<string>();
      for (let step = 0; step < 400; step += 1) {
        details.add(JSON.stringify(slow.control.servers()[0]?.state));
        const { body } = await slow.call("GET", `/servers/${id}`);
        details.add(/"state_detail":"([^"]*)"/.exec(JSON.stringify(body))?.[1] ?? "");
        slow.clock.advance(250);
      }
      return [...details].filter((detail) => !detail.startsWith('"'));
    };
    await slow.act(id, "poweron");
    expect(await seen()).toEqual(["allocating node", "provisioning node", "starting", "booting kernel"]);
    await slow.act(id, "poweroff");
    expect(await seen()).toEqual(["stopping", "booted", ""]);
    await slow.close();
  });
});

describe("settings of the Instance API", () => {
  test("in the shape of 2025, a wrong state is 412 with nothing but a message", async () => {
    const talk = await startTalk({
      dialect: "scaleway-instance",
      settings: { precondition_shape: "412-bare" },
    });
    const id = await talk.made();
    await bringTo(talk, id, "running");
    const refusal = await talk.act(id, "poweron");
    expect([refusal.status, refusal.body]).toEqual([
      412,
      { type: "precondition_failed", message: "server should be stopped" },
    ]);
    const kept = await talk.call("DELETE", `/servers/${id}`);
    expect([kept.status, kept.body]).toEqual([
      412,
      { type: "precondition_failed", message: "instance should be powered off" },
    ]);
    await talk.close();
  });

  test("with real tasks, an action has an id of its own and a Location", async () => {
    const talk = await startTalk({ dialect: "scaleway-instance", settings: { task_mode: "real" } });
    const answer = await talk.act(await talk.made(), "poweron");
    const id = /"id":"([^"]+)"/.exec(answer.text)?.[1] ?? "";
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(id).not.toMatch(/^0+-/);
    expect(answer.headers.get("location")).toBe(
      `https://api.scaleway.com/instance/v1/zones/fr-par-1/tasks/${id}`,
    );
    expect(answer.body).toMatchObject({ task: { description: "server_batch_poweron", status: "pending" } });
    await talk.close();
  });

  test("an unknown setting keeps the simulator from starting", async () => {
    await expect(
      startTalk({ dialect: "scaleway-instance", settings: { task_mode: "none" } }),
    ).rejects.toThrow(/task_mode/);
    await expect(startTalk({ dialect: "scaleway-nothing" })).rejects.toThrow(
      /scaleway-instance, scaleway-compute/,
    );
  });
});
