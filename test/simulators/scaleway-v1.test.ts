import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SimulatorOptions } from "../../simulators/start-simulator.ts";
import { startV1, thing, type V1Talk } from "./v1-talk.ts";

const nobody = "Server-11111111-1111-4111-8111-111111111111";

const open: V1Talk[] = [];
const start = async (options: Partial<SimulatorOptions> = {}): Promise<V1Talk> => {
  const talk = await startV1(options);
  open.push(talk);
  return talk;
};
const startWith = (settings: Record<string, string>): Promise<V1Talk> => start({ settings });

let talk: V1Talk;
beforeEach(async () => {
  talk = await start();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

describe("servers", () => {
  test("POST /servers makes a server that is off, with the default tag", async () => {
    const volume = await talk.madeVolume();
    const answer = await talk.create({ name: "web", image: "image-1", volumes: [volume] });
    expect([answer.status, thing(answer, "server")]).toEqual([
      200,
      expect.objectContaining({
        id: expect.stringMatching(/^Server-[0-9a-f-]{36}$/),
        name: "web",
        image_id: "image-1",
        state: "off",
        ip: null,
        volumes: [{ id: volume, device: "nbd0" }],
      }),
    ]);
    const tags = await talk.v1("GET", `/tags?server_id=${String(thing(answer, "server").id)}`);
    expect(tags.body).toMatchObject({ tags: [{ name: "default", type: "server" }] });
  });

  test.for<readonly [why: string, fields: Record<string, unknown>, code: string, param: string]>([
    ["no name", { name: undefined }, "missing_parameter", "name"],
    ["a name that is none", { name: 7 }, "invalid_parameter", "name"],
    ["tags, for which there is no place", { tags: ["a"] }, "unknown_parameter", "tags"],
    ["a volume that is not there", { volumes: ["Volume-1"] }, "volume_not_found", "volumes"],
  ])("POST /servers with %s is refused, and nothing is made", async ([, fields, code, param]) => {
    expect(await talk.create(fields)).toMatchObject({
      status: 400,
      body: { type: "invalid_request_error", code, param },
    });
    expect(talk.control.servers()).toEqual([]);
  });

  test("POST /servers does not give a volume to two servers", async () => {
    const volume = await talk.madeVolume();
    await talk.create({ volumes: [volume] });
    expect((await talk.create({ volumes: [volume] })).body).toMatchObject({ code: "volume_attached" });
  });

  test.for<readonly [query: string, names: string[]]>([
    ["", ["one", "two"]],
    ["?organization=org-1", ["one"]],
    ["?organization_id=org-1", ["one"]],
    ["?image=image-2", ["two"]],
    ["?image_id=image-2", ["two"]],
    ["?image=image-1&organization=org-2", []],
  ])("GET /servers%s shows %j", async ([query, names]) => {
    await talk.create({ name: "one", organization: "org-1", image: "image-1" });
    await talk.create({ name: "two", organization: "org-2", image: "image-2" });
    expect(await talk.names("servers", query)).toEqual(names);
  });

  test("GET /servers?ip finds the server that is on by its address", async () => {
    const id = await talk.madeRunning();
    const ip = String((await talk.server(id)).ip);
    expect(await talk.names("servers", `?ip=${ip}`)).toEqual(["web"]);
    expect(await talk.names("servers", "?ip=192.0.2.1")).toEqual([]);
  });

  test("PUT /servers/{id} renames, and DELETE /servers/{id} takes away what is off with its tag", async () => {
    const id = await talk.made();
    const renamed = await talk.v1("PUT", `/servers/${id}`, { name: "new" });
    expect(thing(renamed, "server").name).toBe("new");
    expect(await talk.v1("DELETE", `/servers/${id}`)).toMatchObject({ status: 200, body: {} });
    expect((await talk.v1("GET", `/servers/${id}`)).status).toBe(404);
    expect(await talk.names("tags")).toEqual([]);
  });

  test("DELETE /servers/{id} refuses what is on, unless it is set to take it", async () => {
    const id = await talk.madeRunning();
    expect(await talk.v1("DELETE", `/servers/${id}`)).toMatchObject({
      status: 400,
      body: { code: "server_not_off", param: "server_id" },
    });
    const lax = await startWith({ delete_running: "accept", default_tag: "kept" });
    const other = await lax.madeRunning();
    expect((await lax.v1("DELETE", `/servers/${other}`)).status).toBe(200);
    expect(await lax.names("tags")).toEqual(["default"]);
  });
});

describe("actions", () => {
  test.for<readonly [words: string, on: string, off: string, states: string[]]>([
    ["off", "poweron", "poweroff", ["off", "starting", "on", "stopping", "off"]],
    ["stopped", "poweron", "poweroff", ["stopped", "starting", "running", "stopping", "stopped"]],
    ["unheard", "poweron", "poweroff", ["dormant", "waking", "lively", "tiring", "dormant"]],
  ])("with state_words=%s, a server is switched on and off again", async ([words, on, off, states]) => {
    const other = await startWith({ state_words: words });
    const id = await other.made();
    const seen = [(await other.server(id)).state];
    for (const action of [on, off]) {
      const answer = await other.v1("POST", `/servers/${id}/action`, { action });
      expect(answer.status).toBe(200);
      seen.push(thing(answer, "server").state);
      other.settle();
      seen.push((await other.server(id)).state);
    }
    expect(seen).toEqual(states);
  });

  test.for<readonly [words: string, whenOff: string[], whenOn: string[]]>([
    ["poweron", ["poweron"], ["poweroff", "reboot", "terminate"]],
    ["start", ["start"], ["stop", "restart", "terminate"]],
    ["unheard", ["awaken"], ["lull", "stir", "forget"]],
  ])("GET /servers/{id}/action with action_words=%s lists what can be done now", async ([words, off, on]) => {
    const other = await startWith({ action_words: words });
    const id = await other.made();
    const list = async () => (await other.v1("GET", `/servers/${id}/action`)).body;
    expect(await list()).toEqual({ actions: off });
    await other.v1("POST", `/servers/${id}/action`, { action: off[0] });
    expect(await list()).toEqual({ actions: [] });
    other.settle();
    expect(await list()).toEqual({ actions: on });
  });

  test("GET /servers/{id}/action with listed_actions=all lists what there is", async () => {
    const other = await startWith({ listed_actions: "all" });
    const id = await other.made();
    expect((await other.v1("GET", `/servers/${id}/action`)).body).toEqual({
      actions: ["poweron", "poweroff", "reboot", "terminate"],
    });
  });

  test.for<readonly [action: string, code: string]>([
    ["poweroff", "action_not_available"],
    ["fly", "unknown_action"],
  ])("POST /servers/{id}/action with %s on a server that is off is refused", async ([action, code]) => {
    const id = await talk.made();
    expect(await talk.v1("POST", `/servers/${id}/action`, { action })).toMatchObject({
      status: 400,
      body: { code, param: "action" },
    });
  });

  test("with untimely_action=accept, what makes no sense is taken and does nothing", async () => {
    const other = await startWith({ untimely_action: "accept" });
    const id = await other.made();
    expect((await other.v1("POST", `/servers/${id}/action`, { action: "poweroff" })).status).toBe(200);
    other.settle();
    expect((await other.server(id)).state).toBe("off");
  });

  test("a terminate ends with the server gone, a reboot with the server on", async () => {
    const id = await talk.madeRunning();
    await talk.v1("POST", `/servers/${id}/action`, { action: "reboot" });
    expect((await talk.server(id)).state).toBe("stopping");
    talk.settle();
    expect((await talk.server(id)).state).toBe("on");
    await talk.v1("POST", `/servers/${id}/action`, { action: "terminate" });
    talk.settle();
    expect((await talk.v1("GET", `/servers/${id}`)).status).toBe(404);
  });

  test("a launch that fails is 402 with code and param, and the server stays off", async () => {
    const id = await talk.made();
    talk.control.addFault({ name: "capacity_failure", count: 1 });
    expect(await talk.v1("POST", `/servers/${id}/action`, { action: "poweron" })).toMatchObject({
      status: 402,
      body: {
        type: "api_error",
        code: "no_capacity",
        param: "server_id",
        message: expect.stringContaining("launched"),
      },
    });
    expect((await talk.server(id)).state).toBe("off");
    expect((await talk.v1("POST", `/servers/${id}/action`, { action: "poweron" })).status).toBe(200);
  });

  test("with launch_failure=falls_back, a launch is taken and ends with the server off", async () => {
    const other = await startWith({ launch_failure: "falls_back" });
    const id = await other.made();
    other.control.addFault({ name: "capacity_failure" });
    expect((await other.v1("POST", `/servers/${id}/action`, { action: "poweron" })).status).toBe(200);
    expect((await other.server(id)).state).toBe("starting");
    other.settle();
    expect((await other.server(id)).state).toBe("off");
  });

  test("an action that is stuck never ends", async () => {
    const id = await talk.made();
    talk.control.addFault({ name: "stuck" });
    await talk.v1("POST", `/servers/${id}/action`, { action: "poweron" });
    talk.settle();
    expect((await talk.server(id)).state).toBe("starting");
  });

  test("a list that lags shows the state of some time ago, and not what was made since", async () => {
    const id = await talk.made();
    talk.clock.advance(60);
    await talk.v1("POST", `/servers/${id}/action`, { action: "poweron" });
    await talk.create({ name: "late" });
    talk.control.addFault({ name: "stale_list", milliseconds: 10_000 });
    const list = await talk.v1("GET", "/servers");
    expect(list.body).toMatchObject({ servers: [{ name: "web", state: "off" }] });
    expect((await talk.server(id)).state).toBe("starting");
  });
});

describe("sessions", () => {
  test("GET /servers/{id}/sessions has one for each time that the server was on", async () => {
    const id = await talk.madeRunning();
    const first = (await talk.list(`/servers/${id}/sessions`, "sessions"))[0];
    expect(first).toMatchObject({ server_id: id, active: true, ended_at: null });
    const one = await talk.v1("GET", `/servers/${id}/sessions/${String(first?.id)}`);
    expect(thing(one, "session")).toEqual(first);
    await talk.v1("POST", `/servers/${id}/action`, { action: "poweroff" });
    talk.settle();
    await talk.v1("POST", `/servers/${id}/action`, { action: "poweron" });
    expect(await talk.list(`/servers/${id}/sessions`, "sessions")).toMatchObject([
      { active: false, ended_at: expect.stringMatching(/\+00:00$/) },
      { active: true },
    ]);
    expect(await talk.list(`/servers/${id}/sessions?active=true`, "sessions")).toMatchObject([
      { active: true },
    ]);
  });

  test("active=false shows what is over when it is set so; anything else is refused", async () => {
    const other = await startWith({ inactive_sessions: "ended" });
    const id = await other.madeRunning();
    expect(await other.list(`/servers/${id}/sessions`, "sessions")).toEqual([]);
    expect(await other.v1("GET", `/servers/${id}/sessions?active=maybe`)).toMatchObject({
      status: 400,
      body: { param: "active" },
    });
  });

  test("the session of a launch that fell back is over", async () => {
    const other = await startWith({ launch_failure: "falls_back" });
    const id = await other.made();
    other.control.addFault({ name: "capacity_failure" });
    await other.v1("POST", `/servers/${id}/action`, { action: "poweron" });
    other.settle();
    expect(await other.list(`/servers/${id}/sessions`, "sessions")).toMatchObject([{ active: false }]);
  });
});

describe("what is not there", () => {
  test.for<readonly [method: string, path: string, param: string]>([
    ["GET", `/servers/${nobody}`, "server_id"],
    ["PUT", `/servers/${nobody}`, "server_id"],
    ["DELETE", `/servers/${nobody}`, "server_id"],
    ["GET", `/servers/${nobody}/action`, "server_id"],
    ["POST", `/servers/${nobody}/action`, "server_id"],
    ["GET", `/servers/${nobody}/sessions`, "server_id"],
    ["GET", `/servers/${nobody}/tags`, "server_id"],
    ["GET", "/volumes/Volume-1", "volume_id"],
    ["GET", "/tags/Tag-1", "tag_id"],
    ["GET", "/containers/Container-1", "container_id"],
    ["GET", "/containers/Container-1/objects/a.txt", "container_id"],
    ["GET", "/organizations/none", "id"],
    ["DELETE", "/organizations/none", "id"],
  ])("%s %s is 404 and names %s", async ([method, path, param]) => {
    const bodies: Record<string, unknown> = { PUT: { name: "new" }, POST: { action: "poweron" } };
    expect(await talk.v1(method, path, bodies[method])).toMatchObject({
      status: 404,
      body: { type: "invalid_request_error", code: "not_found", param },
    });
  });

  test.for(["/v1/tasks", "/v1", "/servers", "/v2/servers", "/v1/volumes/Volume-1/extra"])(
    "%s is not a path of the document",
    async (path) => {
      expect(await talk.root("GET", path)).toMatchObject({
        status: 404,
        body: { type: "invalid_request_error" },
      });
    },
  );

  test("DELETE /volumes/{id} is not in the document", async () => {
    expect((await talk.v1("DELETE", `/volumes/${await talk.madeVolume()}`)).status).toBe(404);
  });
});

describe("every answer", () => {
  test("says its status twice, its charset, and what is left of the limit", async () => {
    const answers = [await talk.v1("GET", "/servers"), await talk.v1("GET", `/servers/${nobody}`)];
    const headers = answers.map((answer) => [
      answer.headers.get("status"),
      answer.headers.get("content-type"),
      answer.headers.get("x-ratelimit-limit"),
      answer.headers.get("x-ratelimit-remaining"),
    ]);
    expect(headers).toEqual([
      ["200 OK", "application/json; charset=utf-8", "5000", "4999"],
      ["404 Not Found", "application/json; charset=utf-8", "5000", "4998"],
    ]);
  });

  test("is 401 without an API key, or with another one than the right one", async () => {
    const strict = await start({ secret: "right" });
    const none = await talk.root("GET", "/v1/servers", undefined, {});
    expect([none.status, none.body]).toEqual([
      401,
      { type: "invalid_request_error", message: "No valid API key provided." },
    ]);
    expect((await strict.v1("GET", "/servers")).status).toBe(401);
  });

  test("with error_details=bare, has neither code nor param", async () => {
    const other = await startWith({ error_details: "bare" });
    expect((await other.v1("GET", `/servers/${nobody}`)).body).toEqual({
      type: "invalid_request_error",
      message: expect.any(String),
    });
  });

  test.for<readonly [setting: string, status: number, body: unknown]>([
    ["bare", 429, undefined],
    ["typed", 429, { type: "invalid_request_error", message: "Too many requests." }],
    ["402", 402, { type: "api_error", code: "rate_limit", message: expect.any(String) }],
  ])("beyond the limit is answered as over_limit=%s says, until Reset", async ([setting, status, body]) => {
    const other = await startWith({ over_limit: setting, rate_limit: "2", rate_window: "10" });
    const told: (string | null)[] = [];
    for (let call = 0; call < 3; call += 1) {
      const answer = await other.v1("GET", "/servers");
      told.push(answer.headers.get("x-ratelimit-remaining"));
      if (call === 2) {
        expect([answer.status, answer.body]).toEqual([status, body]);
        const reset = Number(answer.headers.get("x-ratelimit-reset")) * 1000;
        expect(reset).toBe(other.clock.now() + 10_000);
      }
    }
    expect(told).toEqual(["1", "0", "0"]);
    other.clock.advance(9.9);
    expect((await other.v1("GET", "/servers")).status).toBe(status);
    other.clock.advance(0.1);
    expect((await other.v1("GET", "/servers")).status).toBe(200);
  });

  test("with status_codes=usual, creates are 201, actions 202, deletes 204", async () => {
    const other = await startWith({ status_codes: "usual" });
    const created = await other.create();
    const id = String(thing(created, "server").id);
    const acted = await other.v1("POST", `/servers/${id}/action`, { action: "poweron" });
    other.control.editServer(id, { state: "off" });
    const deleted = await other.v1("DELETE", `/servers/${id}`);
    expect([created.status, acted.status, deleted.status, deleted.text]).toEqual([201, 202, 204, ""]);
  });

  test("of a change is an empty object when it is set so", async () => {
    const other = await startWith({ create_answers: "empty", change_answers: "empty" });
    expect((await other.create()).text).toBe("{}");
    const [id] = other.control.servers().map((server) => server.id);
    expect((await other.v1("PUT", `/servers/${id}`, { name: "new" })).text).toBe("{}");
    expect((await other.v1("POST", `/servers/${id}/action`, { action: "poweron" })).text).toBe("{}");
    expect(await other.names("servers")).toEqual(["new"]);
  });
});

describe("a human", () => {
  test("renames, switches and removes servers behind the back of the API", async () => {
    const id = await talk.made();
    talk.control.editServer(id, { name: "theirs", state: "on" });
    expect(await talk.server(id)).toMatchObject({ name: "theirs", state: "on" });
    expect(talk.control.servers()).toMatchObject([{ name: "theirs", state: "on", tags: ["default"] }]);
    expect(() => talk.control.editServer(id, { state: "running" })).toThrow("off");
    expect(() => talk.control.editServer(id, { tags: ["a"] })).toThrow("name");
    expect(talk.control.removeServer(id)).toBe(true);
    expect((await talk.v1("GET", `/servers/${id}`)).status).toBe(404);
    expect(talk.control.editServer(id, {})).toBe(false);
  });
});

describe("what was saved", () => {
  test("is there after a restart, with what was under way", async () => {
    const stateDirectory = mkdtempSync(join(tmpdir(), "simulator-v1-"));
    try {
      const first = await startV1({ stateDirectory });
      const id = await first.made();
      await first.v1("POST", `/servers/${id}/action`, { action: "poweron" });
      await first.v1("POST", "/containers", { name: "logs" });
      await first.v1("POST", "/tags", { name: "blue" });
      await first.close();
      const second = await start({ stateDirectory });
      expect((await second.server(id)).state).toBe("starting");
      second.settle();
      expect((await second.server(id)).state).toBe("on");
      expect(await second.names("containers")).toEqual(["logs"]);
      expect(await second.names("tags")).toEqual(["default", "blue"]);
      expect(await second.names("organizations")).toEqual(["Own organization"]);
    } finally {
      rmSync(stateDirectory, { recursive: true });
    }
  });
});
