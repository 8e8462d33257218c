import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { bringTo, legacyImage, organization, serverIdOf, startTalk, type Talk } from "./talk.ts";

const invalid = (message: string) => ({ type: "invalid_request_error", message });
const someId = "11111111-1111-4111-8111-111111111111";
const taskOf = z.object({
  task: z.object({
    id: z.string(),
    status: z.string(),
    progress: z.union([z.number(), z.string()]),
    terminated_at: z.string().nullable(),
  }),
});

let talk: Talk;
beforeAll(async () => {
  talk = await startTalk({ dialect: "scaleway-compute" });
});
afterAll(() => talk.close());

describe("an action of the legacy API", () => {
  test.for<readonly [state: string, action: string, message: string]>([
    ["starting", "poweron", "server should be stopped"],
    ["running", "poweron", "server should be stopped"],
    ["stopping", "poweron", "server should be stopped"],
    ["stopped", "poweroff", "server should be running"],
    ["stopped", "reboot", "server should be running"],
    ["stopped", "terminate", "server should be running"],
    ["starting", "poweroff", "server should be running"],
    ["stopping", "poweroff", "server is being stopped or rebooted"],
    ["rebooting", "poweroff", "server is being stopped or rebooted"],
    ["rebooting", "terminate", "server is being stopped or rebooted"],
    ["terminating", "reboot", "server is being stopped or rebooted"],
    ["locked", "poweron", "server should be stopped"],
  ])("on a server that is %s, %s is refused: %s", async ([state, action, message]) => {
    const id = await talk.made();
    await bringTo(talk, id, state);
    const answer = await talk.act(id, action);
    expect([answer.status, answer.body]).toEqual([400, invalid(message)]);
  });

  test.for<readonly [state: string, action: string, description: string, shown: object, end: object | 404]>([
    [
      "stopped",
      "poweron",
      "server_batch_poweron",
      { state: "starting", state_detail: "provisioning node" },
      { state: "running", state_detail: "booted" },
    ],
    [
      "running",
      "poweroff",
      "server_poweroff",
      { state: "stopping", state_detail: "stopping" },
      { state: "stopped", state_detail: "", public_ip: null, private_ip: null, location: null },
    ],
    [
      "running",
      "reboot",
      "server_reboot",
      { state: "stopping", state_detail: "rebooting" },
      { state: "running", state_detail: "booted" },
    ],
    ["running", "terminate", "server_terminate", { state: "stopping", state_detail: "terminating" }, 404],
  ])(
    "on a server that is %s, %s gives the task %s, which goes from pending over started to success",
    async ([state, action, description, shown, end]) => {
      const id = await talk.made();
      await bringTo(talk, id, state);
      const answer = await talk.act(id, action);
      const { task } = taskOf.parse(answer.body);
      expect(answer.status).toBe(202);
      expect(answer.headers.get("location")).toBe(`https://cp-par1.scaleway.com/tasks/${task.id}`);
      expect(answer.body).toMatchObject({
        task: {
          description,
          status: "pending",
          progress: 0,
          href_from: `/servers/${id}/action`,
          terminated_at: null,
        },
      });
      expect((await talk.call("GET", `/servers/${id}`)).body).toMatchObject({ server: shown });
      const look = async () => taskOf.parse((await talk.call("GET", `/tasks/${task.id}`)).body).task;
      talk.clock.advance(5);
      expect(await look()).toMatchObject({ status: "started", progress: 0, terminated_at: null });
      talk.settle();
      expect(await look()).toMatchObject({
        status: "success",
        progress: 100,
        terminated_at: expect.any(String),
      });
      const after = await talk.call("GET", `/servers/${id}`);
      if (end === 404) {
        expect([after.status, after.body]).toEqual([
          404,
          { type: "unknown_resource", message: `"${id}" not found` },
        ]);
      } else {
        expect(after.body).toMatchObject({ server: end });
      }
    },
  );

  test("terminate is listed though the document leaves it out, and what is not listed is refused", async () => {
    const id = await talk.made();
    expect((await talk.call("GET", `/servers/${id}/action`)).body).toEqual({
      actions: ["poweron", "poweroff", "reboot", "terminate"],
    });
    expect(await talk.act(id, "stop_in_place")).toMatchObject({
      status: 400,
      body: { fields: { action: ["stop_in_place is not a valid value"] } },
    });
  });

  test.for(["starting", "running", "stopping"])("DELETE of a server that is %s is refused", async (state) => {
    const id = await talk.made();
    await bringTo(talk, id, state);
    const answer = await talk.call("DELETE", `/servers/${id}`);
    expect([answer.status, answer.body]).toEqual([400, invalid("server should be stopped")]);
  });

  test("tasks are listed and can be forgotten", async () => {
    const { task } = taskOf.parse((await talk.act(await talk.made(), "poweron")).body);
    expect((await talk.call("GET", "/tasks")).body).toMatchObject({
      tasks: expect.arrayContaining([expect.objectContaining({ id: task.id })]),
    });
    expect((await talk.call("DELETE", `/tasks/${task.id}`)).status).toBe(204);
    expect((await talk.call("GET", `/tasks/${task.id}`)).status).toBe(404);
  });
});

describe("servers of the legacy API", () => {
  test("a create answers with the whole server, and a volume that is its root", async () => {
    const answer = await talk.create({
      tags: ["test", "www"],
      enable_ipv6: true,
      volumes: { "1": { name: "data", organization, size: 5_000_000_000, volume_type: "l_ssd" } },
    });
    const id = serverIdOf(answer);
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe(`https://cp-par1.scaleway.com/servers/${id}`);
    expect(answer.body).toMatchObject({
      server: {
        state: "stopped",
        commercial_type: "VC1S",
        organization,
        tags: ["test", "www"],
        dynamic_ip_required: true,
        public_ip: null,
        image: { id: legacyImage, name: "ubuntu working" },
        volumes: {
          "0": { size: 10_000_000_000, volume_type: "l_ssd", server: { id } },
          "1": { name: "data", size: 5_000_000_000 },
        },
      },
    });
  });

  test.for<readonly [field: string, type: string, status: number]>([
    ["commercial_type", "type", 400],
    ["type", "commercial_type", 400],
    ["commercial_type", "commercial_type", 201],
    ["type", "type", 201],
  ])(
    "with the setting type_field=%s, a create that says %s is answered with %i",
    async ([field, sent, status]) => {
      const other = await startTalk({ dialect: "scaleway-compute", settings: { type_field: field } });
      const answer = await other.create({ commercial_type: undefined, [sent]: "VC1S" });
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject(
        status === 201
          ? { server: { [field]: "VC1S" } }
          : { message: "Validation Error", fields: { [sent]: ["extra keys not allowed"] } },
      );
      await other.close();
    },
  );

  test.for<readonly [why: string, change: Record<string, unknown>, status: number, body: object]>([
    [
      "no name",
      { name: undefined },
      400,
      { message: "Validation Error", fields: { name: ["required key not provided"] } },
    ],
    ["no image", { image: undefined }, 400, { fields: { image: ["required key not provided"] } }],
    [
      "an unknown type",
      { commercial_type: "BIG" },
      400,
      { fields: { commercial_type: ["BIG is not a valid value"] } },
    ],
    [
      "an unknown image",
      { image: someId },
      404,
      { type: "unknown_resource", message: `"${someId}" not found` },
    ],
    ["an unknown volume", { volumes: { "1": someId } }, 404, { message: `Volume '${someId}' not found` }],
    [
      "an unknown security group",
      { security_group: someId },
      404,
      { message: `Security group "${someId}" not found` },
    ],
    ["a type that demands more storage", { commercial_type: "VC1L" }, 400, { type: "invalid_request_error" }],
  ])("%s is refused", async ([, change, status, body]) => {
    expect(await talk.create(change)).toMatchObject({ status, body });
  });

  test("HEAD answers with the total only, and links are relative to the host", async () => {
    const few = await startTalk({ dialect: "scaleway-compute" });
    for (let index = 0; index < 3; index += 1) {
      await few.made();
    }
    const head = await few.call("HEAD", "/servers");
    expect([head.status, head.text, head.headers.get("x-total-count")]).toEqual([200, "", "3"]);
    const page = await few.call("GET", "/servers?page=2&per_page=1");
    expect(page.headers.get("link")).toBe(
      '</servers?page=1&per_page=1>; rel="first",</servers?page=1&per_page=1>; rel="previous",</servers?page=3&per_page=1>; rel="next",</servers?page=3&per_page=1>; rel="last"',
    );
    expect(await few.call("GET", "/servers?per_page=101")).toMatchObject({
      status: 400,
      body: { fields: { per_page: ["value must be at most 100"] } },
    });
    await few.close();
  });

  test("PATCH changes what it names; PUT wants the whole object back", async () => {
    const id = await talk.made();
    expect((await talk.call("PATCH", `/servers/${id}`, { tags: ["a"] })).body).toMatchObject({
      server: { name: "web", tags: ["a"] },
    });
    expect(await talk.call("PUT", `/servers/${id}`, { tags: ["b"] })).toMatchObject({
      status: 400,
      body: { fields: { name: ["required key not provided"] } },
    });
    const { server } = z
      .object({ server: z.record(z.string(), z.unknown()) })
      .parse((await talk.call("GET", `/servers/${id}`)).body);
    expect((await talk.call("PUT", `/servers/${id}`, { ...server, tags: ["b"] })).body).toMatchObject({
      server: { tags: ["b"] },
    });
  });

  test("a terminate deletes the volumes, a DELETE keeps them", async () => {
    const volumeOf = async (id: string) =>
      /"0":\{"id":"([^"]+)"/.exec((await talk.call("GET", `/servers/${id}`)).text)?.[1] ?? "";
    const [ended, deleted] = [await talk.made(), await talk.made()];
    const [lost, kept] = [await volumeOf(ended), await volumeOf(deleted)];
    await bringTo(talk, ended, "terminating");
    await talk.call("DELETE", `/servers/${deleted}`);
    talk.settle();
    expect([
      (await talk.call("GET", `/volumes/${lost}`)).status,
      (await talk.call("GET", `/volumes/${kept}`)).status,
    ]).toEqual([404, 200]);
  });
});

describe("other resources of the legacy API", () => {
  test("a volume that is attached is neither deleted nor copied", async () => {
    const id = await talk.made();
    const volume = await talk.call("POST", "/volumes", {
      name: "data",
      organization,
      volume_type: "l_ssd",
      size: 1_000_000_000,
    });
    const volumeId = z.object({ volume: z.object({ id: z.string() }) }).parse(volume.body).volume.id;
    expect(volume.status).toBe(201);
    const root = /"0":\{"id":"([^"]+)"/.exec((await talk.call("GET", `/servers/${id}`)).text)?.[1] ?? "";
    await talk.call("PATCH", `/servers/${id}`, {
      volumes: { "0": { id: root, name: "x" }, "1": { id: volumeId, name: "x" } },
    });
    expect(await talk.call("DELETE", `/volumes/${volumeId}`)).toMatchObject({
      status: 400,
      body: invalid("a server is attached to this volume"),
    });
    const copy = await talk.call("POST", "/volumes", {
      name: "copy",
      organization,
      volume_type: "l_ssd",
      base_volume: volumeId,
    });
    expect(copy).toMatchObject({ status: 400, body: invalid("Base volume is in use") });
    const other = await talk.create({ volumes: { "1": volumeId } });
    expect(other).toMatchObject({
      status: 400,
      body: invalid(`volume ${volumeId} is already attached to a server`),
    });
  });

  test("a server has one address, and PUT of an address wants all five fields", async () => {
    const id = await talk.made();
    const first = await talk.call("POST", "/ips", { organization, server: id });
    expect(first).toMatchObject({
      status: 201,
      body: { ip: { organization, reverse: null, server: { id } } },
    });
    const second = await talk.call("POST", "/ips", { organization, server: id });
    expect(second).toMatchObject({
      status: 400,
      body: invalid(`Server '${id}' is already attached to an IP address`),
    });
    const { ip } = z.object({ ip: z.object({ id: z.string(), address: z.string() }) }).parse(first.body);
    expect((await talk.call("PUT", `/ips/${ip.id}`, { server: null })).status).toBe(400);
    expect(
      (await talk.call("PUT", `/ips/${ip.id}`, { ...ip, organization, server: null, reverse: "a.example" }))
        .body,
    ).toMatchObject({ ip: { server: null, reverse: "a.example" } });
  });

  test("a missing token is 401 in the words of the document", async () => {
    const answer = await talk.call("GET", "/servers", undefined, {});
    expect([answer.status, answer.body]).toEqual([
      401,
      { type: "invalid_auth", message: "The header 'X-Auth-Token' is missing" },
    ]);
  });

  test.for<readonly [path: string, name: string]>([
    ["/images", "images"],
    ["/images/?page=1&per_page=10", "images"],
    ["/bootscripts", "bootscripts"],
    ["/snapshots", "snapshots"],
    ["/security_groups", "security_groups"],
    ["/products/servers", "servers"],
    ["/products/servers/availability", "servers"],
    ["/volumes", "volumes"],
    ["/ips", "ips"],
    ["/tasks", "tasks"],
    ["/organizations", "organizations"],
    ["/tokens", "tokens"],
  ])("%s answers with %s and a total", async ([path, name]) => {
    const answer = await talk.call("GET", path);
    expect([answer.status, answer.headers.has("x-total-count")]).toEqual([200, true]);
    expect(answer.body).toHaveProperty(name);
  });

  test("what does not exist is an unknown resource", async () => {
    expect(await talk.call("GET", "/nothing")).toMatchObject({
      status: 404,
      body: { type: "unknown_resource" },
    });
    expect((await talk.call("GET", `/organizations/${organization}`)).status).toBe(200);
    expect((await talk.call("GET", `/organizations/${someId}`)).status).toBe(404);
  });

  test("user data keeps raw text and forgets it", async () => {
    const id = await talk.made();
    expect((await talk.call("PATCH", `/servers/${id}/user_data/cloud-init`, "#!/bin/sh")).status).toBe(204);
    expect((await talk.call("GET", `/servers/${id}/user_data/cloud-init`)).text).toBe("#!/bin/sh");
    expect((await talk.call("DELETE", `/servers/${id}/user_data/cloud-init`)).status).toBe(204);
    expect((await talk.call("GET", `/servers/${id}/user_data`)).body).toEqual({ user_data: [] });
  });
});

describe("switches of the legacy API", () => {
  test("progress_as_string makes progress a text, as the document has it", async () => {
    const other = await startTalk({ dialect: "scaleway-compute", faults: [{ name: "progress_as_string" }] });
    expect((await other.act(await other.made(), "poweron")).body).toMatchObject({ task: { progress: "0" } });
    await other.close();
  });

  test("with terminate_task_never_finishes, the server goes and its task stays pending", async () => {
    const other = await startTalk({
      dialect: "scaleway-compute",
      faults: [{ name: "terminate_task_never_finishes" }],
    });
    const id = await other.made();
    await bringTo(other, id, "running");
    const { task } = taskOf.parse((await other.act(id, "terminate")).body);
    other.settle();
    expect((await other.call("GET", `/servers/${id}`)).status).toBe(404);
    expect((await other.call("GET", `/tasks/${task.id}`)).body).toMatchObject({
      task: { status: "pending", terminated_at: null },
    });
    await other.close();
  });

  test("with tasks_endpoint_gone, every task is 404 and servers go on", async () => {
    const other = await startTalk({ dialect: "scaleway-compute", faults: [{ name: "tasks_endpoint_gone" }] });
    const id = await other.made();
    const { task } = taskOf.parse((await other.act(id, "poweron")).body);
    expect([
      (await other.call("GET", `/tasks/${task.id}`)).status,
      (await other.call("GET", "/tasks")).status,
    ]).toEqual([404, 404]);
    other.settle();
    expect((await other.call("GET", `/servers/${id}`)).body).toMatchObject({ server: { state: "running" } });
    await other.close();
  });

  test("deprecated_warning is on every answer", async () => {
    const other = await startTalk({ dialect: "scaleway-compute", faults: [{ name: "deprecated_warning" }] });
    expect((await other.call("GET", "/servers")).headers.get("warning")).toMatch(
      /^299 - "Deprecated API please use https:/,
    );
    expect((await talk.call("GET", "/servers")).headers.get("warning")).toBeNull();
    await other.close();
  });

  test("a capacity failure is a failed task and a server that is stopped again", async () => {
    const other = await startTalk({
      dialect: "scaleway-compute",
      faults: [{ name: "capacity_failure", count: 1 }],
    });
    const id = await other.made();
    const { task } = taskOf.parse((await other.act(id, "poweron")).body);
    other.settle();
    expect((await other.call("GET", `/servers/${id}`)).body).toMatchObject({
      server: { state: "stopped", public_ip: null },
    });
    expect((await other.call("GET", `/tasks/${task.id}`)).body).toMatchObject({
      task: { status: "failure" },
    });
    await other.act(id, "poweron");
    other.settle();
    expect((await other.call("GET", `/servers/${id}`)).body).toMatchObject({ server: { state: "running" } });
    await other.close();
  });
});
