import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { draftSettings } from "../../simulators/scaleway-draft/parts.ts";
import { draftActions } from "../../simulators/scaleway-draft/plan.ts";
import type { SimulatorOptions } from "../../simulators/start-simulator.ts";
import { organization, startTalk, type Talk } from "./talk.ts";

const image = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397";
const someId = "11111111-1111-4111-8111-111111111111";
const notFound = (id: string) => ({ type: "unknown_resource", message: `"${id}" not found` });

const draftServer = z.strictObject({
  dynamic_public_ip: z.boolean(),
  id: z.string(),
  image: z.null(),
  name: z.string(),
  organization: z.string(),
  private_ip: z.string().nullable(),
  public_ip: z.unknown(),
  running: z.boolean(),
  tags: z.array(z.string()),
  volumes: z.array(z.strictObject({ id: z.string(), name: z.string() })),
});
type DraftServer = z.infer<typeof draftServer>;

const open: Talk[] = [];
const start = async (options: Partial<SimulatorOptions> = {}) => {
  const talk = await startTalk({ dialect: "scaleway-draft", ...options });
  open.push(talk);
  const create = (fields: Record<string, unknown> = {}) =>
    talk.call("POST", "/servers", { name: "web", organization, image, ...fields });
  const list = async (query = ""): Promise<DraftServer[]> =>
    z.object({ servers: z.array(draftServer) }).parse((await talk.call("GET", `/servers${query}`)).body)
      .servers;
  const read = async (id: string): Promise<DraftServer> =>
    z.object({ server: draftServer }).parse((await talk.call("GET", `/servers/${id}`)).body).server;
  /** The only way to a new server's id: a tag or a name that nobody else has. */
  const made = async (fields: Record<string, unknown> = {}): Promise<string> => {
    const tag = `test=${talk.control.servers().length}`;
    await create({ tags: [tag], ...fields });
    return (await list()).find((server) => server.tags.includes(tag))?.id ?? "";
  };
  const madeRunning = async (fields: Record<string, unknown> = {}): Promise<string> => {
    const id = await made(fields);
    await talk.act(id, "poweron");
    talk.settle();
    return id;
  };
  return { ...talk, create, list, read, made, madeRunning };
};

let talk: Awaited<ReturnType<typeof start>>;
beforeEach(async () => {
  talk = await start();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

describe("servers of the draft", () => {
  test("POST /servers answers 201 with an empty object and no address of what it made", async () => {
    const answer = await talk.create({ tags: ["test", "www"] });
    expect([answer.status, answer.text, answer.headers.get("location")]).toEqual([201, "{}", null]);
    expect(await talk.list()).toEqual([
      {
        dynamic_public_ip: true,
        id: expect.any(String),
        image: null,
        name: "web",
        organization,
        private_ip: null,
        public_ip: null,
        running: false,
        tags: ["test", "www"],
        volumes: [{ id: expect.any(String), name: "Volume-web-0" }],
      },
    ]);
  });

  test.for<readonly [why: string, change: Record<string, unknown>, fields: Record<string, string[]>]>([
    ["no name", { name: undefined }, { name: ["required key not provided"] }],
    ["no organization", { organization: undefined }, { organization: ["required key not provided"] }],
    ["no image", { image: undefined }, { image: ["required key not provided"] }],
    ["an image that is no id", { image: "ubuntu" }, { image: ["value is not a UUID"] }],
    ["a type, which came later", { commercial_type: "C1" }, { commercial_type: ["extra keys not allowed"] }],
  ])("POST /servers with %s is refused, and nothing is made", async ([, change, fields]) => {
    expect(await talk.create(change)).toMatchObject({
      status: 400,
      body: { type: "invalid_request_error", message: "Validation Error", fields },
    });
    expect(await talk.list()).toEqual([]);
  });

  test("GET /servers shows all of them, whatever filter or page is asked for", async () => {
    for (const name of ["first", "second", "third"]) {
      await talk.create({ name });
    }
    const answer = await talk.call("GET", "/servers?name=first&page=2&per_page=1&tags=none");
    expect([answer.headers.get("link"), answer.headers.get("x-total-count")]).toEqual([null, null]);
    expect((await talk.list("?name=first&per_page=1")).map(({ name }) => name)).toEqual([
      "first",
      "second",
      "third",
    ]);
  });

  test.for<readonly [method: string, path: string]>([
    ["GET", `/servers/${someId}`],
    ["PUT", `/servers/${someId}`],
    ["DELETE", `/servers/${someId}`],
    ["GET", `/servers/${someId}/action`],
    ["POST", `/servers/${someId}/action`],
  ])("%s %s of a server that is not there is 404", async ([method, path]) => {
    const bodies: Record<string, unknown> = {
      PUT: { ...(await talk.read(await talk.made())), id: someId },
      POST: { action: "poweron" },
    };
    const answer = await talk.call(method, path, bodies[method]);
    expect([answer.status, answer.body]).toEqual([404, notFound(someId)]);
  });

  test.for(["/volumes", "/tasks", "/images", "/ips", "/"])(
    "%s is not in the document and not there",
    async (path) => {
      expect((await talk.call("GET", path)).status).toBe(404);
    },
  );

  test("without a token, every call is 401", async () => {
    const answer = await talk.call("GET", "/servers", undefined, {});
    expect([answer.status, answer.body]).toEqual([
      401,
      { type: "invalid_auth", message: "The header 'X-Auth-Token' is missing" },
    ]);
    const strict = await start({ secret: "other" });
    expect((await strict.create()).status).toBe(401);
  });
});

describe("PUT /servers/{id}", () => {
  test("answers with an empty object, and makes the server what it was sent", async () => {
    const id = await talk.made();
    const whole = await talk.read(id);
    const answer = await talk.call("PUT", `/servers/${id}`, { ...whole, name: "new", tags: ["a"] });
    expect([answer.status, answer.text]).toEqual([200, "{}"]);
    expect(await talk.read(id)).toEqual({ ...whole, name: "new", tags: ["a"] });
  });

  test.for([
    "id",
    "name",
    "organization",
    "image",
    "private_ip",
    "running",
    "tags",
    "volumes",
    "public_ip",
    "dynamic_public_ip",
  ])("without %s is refused: it wants the whole object", async (field) => {
    const id = await talk.made();
    const whole = await talk.read(id);
    const answer = await talk.call("PUT", `/servers/${id}`, { ...whole, name: "new", [field]: undefined });
    expect(answer).toMatchObject({ status: 400, body: { fields: { [field]: expect.any(Array) } } });
    expect(await talk.read(id)).toEqual(whole);
  });

  test("written from an old read, undoes what was changed meanwhile", async () => {
    const id = await talk.made();
    const old = await talk.read(id);
    await talk.call("PUT", `/servers/${id}`, { ...old, name: "theirs" });
    await talk.call("PUT", `/servers/${id}`, { ...old, tags: ["mine"] });
    expect(await talk.read(id)).toMatchObject({ name: "web", tags: ["mine"] });
  });

  test("cannot switch a server on", async () => {
    const id = await talk.made();
    await talk.call("PUT", `/servers/${id}`, { ...(await talk.read(id)), running: true });
    talk.settle();
    expect((await talk.read(id)).running).toBe(false);
  });

  test("with partial_put=empty, empties what it was not sent", async () => {
    const other = await start({ settings: { partial_put: "empty" } });
    const id = await other.made({ tags: ["test=0", "kept?"] });
    expect((await other.call("PUT", `/servers/${id}`, { name: "new" })).status).toBe(200);
    expect(await other.read(id)).toMatchObject({
      name: "new",
      tags: [],
      dynamic_public_ip: false,
      volumes: [],
    });
  });

  test("lets volumes go and takes free ones, while the server is off", async () => {
    const [giver, taker] = [await talk.made(), await talk.made()];
    const [given, before] = [await talk.read(giver), await talk.read(taker)];
    const wanted = { ...before, volumes: [...before.volumes, ...given.volumes] };
    expect(await talk.call("PUT", `/servers/${taker}`, wanted)).toMatchObject({
      status: 400,
      body: { message: `volume ${given.volumes[0]?.id ?? ""} is already attached to a server` },
    });
    await talk.call("PUT", `/servers/${giver}`, { ...given, volumes: [] });
    expect((await talk.call("PUT", `/servers/${taker}`, wanted)).status).toBe(200);
    expect((await talk.read(taker)).volumes).toEqual(wanted.volumes);
    await talk.act(taker, "poweron");
    expect(await talk.call("PUT", `/servers/${taker}`, before)).toMatchObject({
      status: 400,
      body: { message: "server should be stopped" },
    });
  });
});

describe("actions of the draft", () => {
  test("GET /servers/{id}/action lists the six of the document", async () => {
    expect((await talk.call("GET", `/servers/${await talk.made()}/action`)).body).toEqual({
      actions: ["poweron", "poweroff", "resetsoft", "resethard", "backup", "restore"],
    });
  });

  test.for(draftSettings.action_status)(
    "POST /servers/{id}/action answers %s, as the setting says, without a task",
    async (status) => {
      const other = await start({ settings: { action_status: status } });
      const answer = await other.act(await other.made(), "poweron");
      expect([answer.status, answer.text]).toEqual([Number(status), status === "204" ? "" : "{}"]);
      expect(answer.headers.get("location")).toBeNull();
    },
  );

  test("the flag turns at the end of a power-on and of a power-off, not before", async () => {
    const id = await talk.made();
    await talk.act(id, "poweron");
    expect((await talk.read(id)).running).toBe(false);
    talk.settle();
    expect(await talk.read(id)).toMatchObject({
      running: true,
      private_ip: expect.any(String),
      public_ip: { id: expect.any(String), address: expect.any(String), dynamic: true },
    });
    await talk.act(id, "poweroff");
    expect((await talk.read(id)).running).toBe(true);
    talk.settle();
    expect(await talk.read(id)).toMatchObject({ running: false, private_ip: null, public_ip: null });
  });

  test.for<readonly [flag: "stays" | "drops", during: boolean, action: string]>([
    ["stays", true, "resetsoft"],
    ["stays", true, "resethard"],
    ["drops", false, "resetsoft"],
  ])("with reset_flag=%s, running is %s in the course of a %s", async ([flag, during, action]) => {
    const other = await start({ settings: { reset_flag: flag } });
    const id = await other.madeRunning();
    await other.act(id, action);
    expect((await other.read(id)).running).toBe(during);
    other.settle();
    expect((await other.read(id)).running).toBe(true);
  });

  test.for(["backup", "restore"])("a %s is taken and leaves no trace", async (action) => {
    const id = await talk.madeRunning();
    const before = await talk.read(id);
    expect((await talk.act(id, action)).status).toBe(202);
    talk.settle();
    expect(await talk.read(id)).toEqual(before);
  });

  test.for<readonly [action: string, from: "off" | "on", end: boolean, message: string]>([
    ["poweroff", "off", false, "server should be running"],
    ["resetsoft", "off", false, "server should be running"],
    ["poweron", "on", true, "server should be stopped"],
  ])(
    "an untimely %s is taken without effect, or refused when so set",
    async ([action, from, end, message]) => {
      const strict = await start({ settings: { untimely_action: "refuse" } });
      for (const each of [talk, strict]) {
        const id = await (from === "on" ? each.madeRunning() : each.made());
        expect(await each.act(id, action)).toMatchObject(
          each === strict
            ? { status: 400, body: { type: "invalid_request_error", message } }
            : { status: 202, body: {} },
        );
        each.settle();
        expect((await each.read(id)).running).toBe(end);
      }
    },
  );

  test("an action takes over from one that has not ended", async () => {
    const id = await talk.madeRunning();
    await talk.act(id, "resetsoft");
    await talk.act(id, "poweroff");
    talk.settle();
    expect((await talk.read(id)).running).toBe(false);
    await talk.act(id, "poweron");
    await talk.act(id, "poweroff");
    talk.settle();
    expect((await talk.read(id)).running).toBe(false);
  });

  test("an action that the document lacks is refused", async () => {
    const answer = await talk.act(await talk.made(), "reboot");
    expect(answer).toMatchObject({
      status: 400,
      body: { fields: { action: ["reboot is not a valid value"] } },
    });
    expect(draftActions).not.toContain("reboot");
  });
});

describe("DELETE /servers/{id} of the draft", () => {
  test("answers 204; the volumes stay, and a new server may have them", async () => {
    const id = await talk.made();
    const [volume] = (await talk.read(id)).volumes;
    const answer = await talk.call("DELETE", `/servers/${id}`);
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect((await talk.call("DELETE", `/servers/${id}`)).status).toBe(404);
    const next = await talk.made({ volumes: [volume?.id] });
    expect((await talk.read(next)).volumes).toEqual([expect.anything(), volume]);
  });

  test.for<readonly [setting: string, status: number]>([
    ["refuse", 400],
    ["accept", 204],
  ])("with delete_running=%s, one that is on is answered with %i", async ([setting, status]) => {
    const other = await start({ settings: { delete_running: setting } });
    const id = await other.madeRunning();
    expect((await other.call("DELETE", `/servers/${id}`)).status).toBe(status);
    expect(await other.list()).toHaveLength(status === 204 ? 0 : 1);
  });
});

describe("addresses of the draft", () => {
  test("a reserved address goes with one server, and comes free with its end", async () => {
    const id = await talk.made({ public_ip: "4j6b46e4-edc2-32da-8ba6-dc5f853243tw" });
    expect((await talk.read(id)).public_ip).toMatchObject({
      id: "4j6b46e4-edc2-32da-8ba6-dc5f853243tw",
      dynamic: false,
    });
    const second = { public_ip: "4j6b46e4-edc2-32da-8ba6-dc5f853243tw" };
    expect((await talk.create(second)).status).toBe(400);
    await talk.call("DELETE", `/servers/${id}`);
    expect((await talk.create(second)).status).toBe(201);
  });

  test("a PUT with the object as it was read leaves its address alone; null gives it up", async () => {
    const id = await talk.made({ public_ip: "reserved-1" });
    const before = await talk.read(id);
    await talk.call("PUT", `/servers/${id}`, before);
    expect(await talk.read(id)).toEqual(before);
    await talk.call("PUT", `/servers/${id}`, { ...before, public_ip: null });
    expect((await talk.read(id)).public_ip).toBeNull();
    await talk.call("PUT", `/servers/${id}`, { ...before, public_ip: "reserved-2" });
    expect((await talk.read(id)).public_ip).toMatchObject({ id: "reserved-2" });
  });

  test("an address is shown as text when so set", async () => {
    const other = await start({ settings: { public_ip_shape: "text", dynamic_ip_default: "false" } });
    const [bare, asked] = [await other.madeRunning(), await other.madeRunning({ dynamic_public_ip: true })];
    expect((await other.read(bare)).public_ip).toBeNull();
    const before = await other.read(asked);
    expect(before.public_ip).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    await other.call("PUT", `/servers/${asked}`, before);
    expect(await other.read(asked)).toEqual(before);
  });
});

describe("settings and faults of the draft", () => {
  test("with error_bodies=empty, a 400, a 401, a 404 and a fault's 403 have no body", async () => {
    const other = await start({ settings: { error_bodies: "empty" } });
    other.control.addFault({ name: "quotas_exceeded", match: "POST */servers", skip: 1, count: 1 });
    const answers = [
      await other.create({ name: undefined }),
      await other.create(),
      await other.call("GET", "/servers", undefined, {}),
      await other.call("GET", `/servers/${someId}`),
    ];
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [400, ""],
      [403, ""],
      [401, ""],
      [404, ""],
    ]);
  });

  test("with volumes_parameter=required, a create must have a list, which may be empty", async () => {
    const other = await start({ settings: { volumes_parameter: "required" } });
    expect(await other.create()).toMatchObject({
      status: 400,
      body: { fields: { volumes: expect.any(Array) } },
    });
    expect((await other.create({ volumes: [] })).status).toBe(201);
  });

  test("lost_reply on POST /servers: the server is there for whoever looks for its tag", async () => {
    talk.control.addFault({ name: "lost_reply", match: "POST */servers", count: 1 });
    await expect(talk.create({ tags: ["swy:op=x"] })).rejects.toThrow("fetch failed");
    expect((await talk.list()).map(({ tags }) => tags)).toEqual([["swy:op=x"]]);
  });

  test.for<readonly [fault: "capacity_failure" | "stuck"]>([["capacity_failure"], ["stuck"]])(
    "%s: the flag of an accepted power-on never turns",
    async ([fault]) => {
      talk.control.addFault({ name: fault, count: 1 });
      const id = await talk.made();
      expect((await talk.act(id, "poweron")).status).toBe(202);
      talk.settle();
      expect((await talk.read(id)).running).toBe(false);
    },
  );

  test("stale_list: the list is behind, the single read is not", async () => {
    const id = await talk.made();
    talk.clock.advance(60);
    talk.control.addFault({ name: "stale_list", milliseconds: 5000 });
    expect((await talk.list()).map((server) => server.id)).toEqual([id]);
    await talk.create({ name: "new" });
    talk.control.editServer(id, { state: "running" });
    expect((await talk.list()).map((server) => server.id)).toEqual([id]);
    expect((await talk.read(id)).running).toBe(true);
    talk.clock.advance(6);
    expect(await talk.list()).toHaveLength(2);
  });

  test("page_size_cap: a list that was never paged is paged without warning", async () => {
    for (const name of ["first", "second", "third"]) {
      await talk.create({ name });
    }
    talk.control.addFault({ name: "page_size_cap", items: 2 });
    const answer = await talk.call("GET", "/servers");
    expect(answer.headers.get("x-total-count")).toBe("3");
    expect(answer.headers.get("link")).toContain('</servers?page=2&per_page=2>; rel="next"');
    expect((await talk.list("?page=2")).map(({ name }) => name)).toEqual(["third"]);
  });

  test("a human can switch a server on or off, and nothing else", async () => {
    const id = await talk.made();
    expect(talk.control.editServer(id, { state: "running", name: "renamed" })).toBe(true);
    expect(await talk.read(id)).toMatchObject({ running: true, name: "renamed" });
    expect(() => talk.control.editServer(id, { state: "locked" })).toThrow("running or stopped");
    expect(talk.control.removeServer(id)).toBe(true);
    expect(await talk.list()).toEqual([]);
  });

  test("what was saved is there again, and a power-on that was under way has ended", async () => {
    const stateDirectory = mkdtempSync(join(tmpdir(), "draft-"));
    const first = await start({ stateDirectory });
    const id = await first.made({ public_ip: "reserved-1" });
    await first.act(id, "poweron");
    await first.close();
    const second = await start({ stateDirectory });
    expect((await second.read(id)).running).toBe(false);
    second.settle();
    expect(await second.read(id)).toMatchObject({ running: true, public_ip: { id: "reserved-1" } });
    rmSync(stateDirectory, { recursive: true });
  });

  test.for(Object.keys(draftSettings))("the setting %s takes its values and no others", async (name) => {
    await expect(start({ settings: { [name]: "nonsense" } })).rejects.toThrow(name);
  });
});
