import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { templates } from "../../simulators/convoy-v4/inventory.ts";
import { startSimulator, type SimulatorOptions } from "../../simulators/start-simulator.ts";
import { handClock, send } from "./talk.ts";

const template = (nodeId: number): string => templates.find((each) => each.nodeId === nodeId)?.uuid ?? "";
const password = "correct horse battery";
const limits = {
  cpu: 2,
  memory: 2_147_483_648,
  disk: 21_474_836_480,
  snapshots: 0,
  backups: null,
  bandwidth: null,
  address_ids: [1, 201],
};
const wish = {
  name: "web",
  user_id: 1,
  node_id: 1,
  vmid: null,
  hostname: "web.example.com",
  limits,
  account_password: password,
  should_create_server: true,
  template_uuid: template(1),
  start_on_completion: true,
};
const settings = {
  cpu: 4,
  memory: 4_294_967_296,
  disk: 42_949_672_960,
  address_ids: [2],
  snapshot_limit: 1,
  backup_limit: 2,
  bandwidth_limit: null,
};

const one = z.object({ data: z.object({ id: z.string(), uuid: z.string(), status: z.string().nullable() }) });
const list = z.object({
  data: z.array(z.object({ name: z.string(), status: z.string().nullable() })),
  meta: z.object({ pagination: z.unknown() }),
});

const startPanel = async (options: Partial<SimulatorOptions> = {}) => {
  const clock = handClock();
  const simulator = await startSimulator({ clock, ...options, dialect: "convoy-v4" });
  const headers = {
    Authorization: "Bearer secret",
    Accept: "application/json",
    "Content-Type": "application/json",
  };
  const call = (method: string, path = "", body?: unknown, more: Record<string, string> = headers) =>
    send(method, `${simulator.url}/api/application/servers${path}`, body, more);
  const create = (fields: Record<string, unknown> = {}) => call("POST", "", { ...wish, ...fields });
  /** A new server's id. Addresses are left out: no two servers may have the same. */
  const made = async (fields: Record<string, unknown> = {}) =>
    one.parse((await create({ limits: { ...limits, address_ids: [] }, ...fields })).body).data.id;
  const status = async (id: string): Promise<string | null | 404> => {
    const answer = await call("GET", `/${id}`);
    return answer.status === 404 ? 404 : one.parse(answer.body).data.status;
  };
  /** The statuses that are seen, each once, second by second. */
  const watched = async (id: string, seconds: number) => {
    const seen = [await status(id)];
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1);
      const now = await status(id);
      if (now !== seen.at(-1)) seen.push(now);
    }
    return seen;
  };
  /** Past the longest build. */
  const settle = () => clock.advance(2200);
  const ready = async (fields: Record<string, unknown> = {}) => {
    const id = await made(fields);
    settle();
    return id;
  };
  return { ...simulator, clock, headers, call, create, made, ready, status, watched, settle };
};

let panel: Awaited<ReturnType<typeof startPanel>>;
beforeEach(async () => {
  panel = await startPanel();
});
afterEach(() => panel.close());

const again = async (options: Partial<SimulatorOptions>) => {
  await panel.close();
  panel = await startPanel(options);
};

describe("POST /api/application/servers", () => {
  test("answers 200 with the whole server, its user and its node", async () => {
    const answer = await panel.create();
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        data: {
          id: expect.stringMatching(/^[0-9a-f]{8}$/),
          internal_id: 1,
          uuid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
          node_id: 1,
          user_id: 1,
          vmid: expect.any(Number),
          hostname: "web.example.com",
          name: "web",
          description: null,
          status: "installing",
          usages: { bandwidth: 0 },
          limits: {
            cpu: 2,
            memory: 2_147_483_648,
            disk: 21_474_836_480,
            snapshots: 0,
            backups: null,
            bandwidth: null,
            addresses: {
              ipv4: [expect.objectContaining({ id: 1, address: "203.0.113.1" })],
              ipv6: [expect.objectContaining({ id: 201 })],
            },
            mac_address: null,
          },
          user: { data: expect.objectContaining({ id: 1, root_admin: true }) },
          node: { data: expect.objectContaining({ id: 1, name: "node-1" }) },
        },
      },
    ]);
  });

  test("builds: installing, then null, and the machine runs when that was asked for", async () => {
    const id = await panel.made();
    expect(await panel.watched(id, 600)).toEqual(["installing", null]);
    expect(panel.control.servers()[0]?.record).toMatchObject({ guest: { isRunning: true, cpu: 2 } });
  });

  test.for<readonly [fault: "capacity_failure" | "stuck", end: string]>([
    ["capacity_failure", "install_failed"],
    ["stuck", "installing"],
  ])("that meets %s ends in %s", async ([name, end]) => {
    panel.control.addFault({ name, subject: "web" });
    const id = await panel.made();
    expect(await panel.status(id)).toBe("installing");
    panel.clock.advance(1_000_000);
    expect(await panel.status(id)).toBe(end);
  });

  test("with the number of a machine that is there fails", async () => {
    await panel.ready({ vmid: 1489 });
    expect(await panel.status(await panel.ready({ vmid: 1489 }))).toBe("install_failed");
  });

  test.for<readonly [why: string, fields: Record<string, unknown>, field: string]>([
    ["no name", { name: undefined }, "name"],
    ["an empty name", { name: "" }, "name"],
    ["a name of 41 characters", { name: "x".repeat(41) }, "name"],
    ["a user that is not there", { user_id: 51 }, "user_id"],
    ["a node that is not there", { node_id: 9 }, "node_id"],
    ["no vmid, not even null", { vmid: undefined }, "vmid"],
    ["a vmid below 100", { vmid: 99 }, "vmid"],
    ["no hostname", { hostname: undefined }, "hostname"],
    ["no limits", { limits: undefined }, "limits"],
    ["no cores", { limits: { ...limits, cpu: 0 } }, "limits.cpu"],
    ["memory in MiB", { limits: { ...limits, memory: 2048 } }, "limits.memory"],
    ["more memory than the node has", { limits: { ...limits, memory: 2 ** 50 } }, "limits.memory"],
    ["more disk than the node has", { limits: { ...limits, disk: 2 ** 52 } }, "limits.disk"],
    ["no backups, not even null", { limits: { ...limits, backups: undefined } }, "limits.backups"],
    ["an address that is not there", { limits: { ...limits, address_ids: [999] } }, "limits.address_ids.0"],
    ["no password", { account_password: undefined }, "account_password"],
    ["a short password", { account_password: "1234567" }, "account_password"],
    ["no should_create_server", { should_create_server: undefined }, "should_create_server"],
    ["a template that is not there", { template_uuid: "nothing" }, "template_uuid"],
    ["no start_on_completion", { start_on_completion: undefined }, "start_on_completion"],
  ])("refuses %s with 422 and its field", async ([, fields, field]) => {
    const answer = await panel.create(fields);
    expect([answer.status, answer.body]).toEqual([
      422,
      { message: expect.any(String), errors: expect.objectContaining({ [field]: expect.any(Array) }) },
    ]);
    expect(panel.control.servers()).toEqual([]);
  });

  test("refuses an address that another server has", async () => {
    await panel.create();
    const answer = await panel.create();
    expect([answer.status, answer.body]).toMatchObject([
      422,
      { errors: { "limits.address_ids": [expect.stringContaining("in use")] } },
    ]);
  });

  test("refuses a template of another node with 400, and a missing one with 404", async () => {
    expect((await panel.create({ template_uuid: template(2) })).status).toBe(400);
    expect((await panel.create({ template_uuid: undefined })).status).toBe(404);
  });

  test("makes a second server when it is sent twice", async () => {
    await panel.made();
    await panel.made();
    expect(panel.control.servers().map(({ name }) => name)).toEqual(["web", "web"]);
  });

  test("without a build answers 500 and leaves a record that nothing builds", async () => {
    const answer = await panel.create({ should_create_server: false });
    expect([answer.status, answer.body]).toEqual([500, { message: "Server Error" }]);
    expect(panel.control.servers()).toMatchObject([{ name: "web", state: "ready", record: { guest: null } }]);
  });

  test("leaves the password nowhere", async () => {
    const stateDirectory = mkdtempSync(join(tmpdir(), "convoy-v4-"));
    try {
      await again({ stateDirectory });
      await panel.made();
      expect(readFileSync(join(stateDirectory, "journal.jsonl"), "utf8")).not.toContain(password);
      expect(JSON.stringify([panel.control.servers(), panel.control.calls()])).not.toContain(password);
    } finally {
      rmSync(stateDirectory, { recursive: true });
    }
  });
});

describe("GET /api/application/servers", () => {
  const names = async (query: string) =>
    list.parse((await panel.call("GET", query)).body).data.map(({ name }) => name);

  test("lists the newest first, 50 a page, at most 100", async () => {
    for (let index = 0; index < 120; index += 1) {
      await panel.made({ name: `web-${index}` });
    }
    const pagination = async (query: string) =>
      list.parse((await panel.call("GET", query)).body).meta.pagination;
    expect(await pagination("")).toEqual({
      total: 120,
      count: 50,
      per_page: 50,
      current_page: 1,
      total_pages: 3,
      links: { next: `${panel.url}/api/application/servers?page=2` },
    });
    expect(await pagination("?per_page=1000&page=2")).toMatchObject({
      count: 20,
      per_page: 100,
      total_pages: 2,
    });
    expect(await names("?per_page=2")).toEqual(["web-119", "web-118"]);
    expect(await names("?per_page=2&sort=id")).toEqual(["web-0", "web-1"]);
  });

  test("finds by its filters", async () => {
    await panel.made({ name: "one", user_id: 1, hostname: "alpha.example.com" });
    await panel.made({
      name: "two",
      user_id: 11,
      node_id: 2,
      template_uuid: template(2),
      hostname: "beta.example.com",
    });
    await panel.create({ name: "three", user_id: 11, hostname: "gamma.example.com" });
    expect(await names("?filter[user_id]=1")).toEqual(["one"]);
    expect(await names("?filter[node_id]=2")).toEqual(["two"]);
    expect(await names("?filter[name]=T")).toEqual(["three", "two"]);
    expect(await names("?filter[address_pool_id]=2")).toEqual(["three"]);
    expect(await names("?filter[*]=beta")).toEqual(["two"]);
    expect(await names("?filter[user_id]=11&filter[name]=two")).toEqual(["two"]);
  });

  test.for(["?filter[status]=installing", "?filter[vmid]=100", "?sort=name"])(
    "refuses %s with 400",
    async (query) => {
      const answer = await panel.call("GET", query);
      expect([answer.status, answer.body]).toEqual([
        400,
        { message: expect.stringContaining("not allowed") },
      ]);
    },
  );

  test("shows servers and statuses of the past with stale_list", async () => {
    const id = await panel.made();
    panel.control.addFault({ name: "stale_list", milliseconds: 5000 });
    expect(await names("")).toEqual([]);
    panel.settle();
    panel.control.editServer(id, { state: "ready" });
    await panel.call("DELETE", `/${id}`);
    panel.clock.advance(3);
    expect(await panel.status(id)).toBe("deleting");
    panel.clock.advance(3);
    expect(list.parse((await panel.call("GET")).body).data).toMatchObject([{ status: "deleting" }]);
  });

  test("caps pages with page_size_cap, and points elsewhere with links=foreign", async () => {
    await again({ settings: { links: "foreign" } });
    panel.control.addFault({ name: "page_size_cap", items: 1 });
    await panel.made();
    await panel.made();
    expect((await panel.call("GET", "?per_page=2")).body).toMatchObject({
      data: [{}],
      meta: { pagination: { links: { next: expect.stringContaining("https://panel.example.com/") } } },
    });
  });
});

describe("GET /api/application/servers/{server}", () => {
  test("takes the UUID or its first 8 characters, and nothing in between", async () => {
    const { id, uuid } = one.parse((await panel.create()).body).data;
    expect((await panel.call("GET", `/${id}`)).body).toEqual((await panel.call("GET", `/${uuid}`)).body);
    expect((await panel.call("GET", `/${uuid.slice(0, 12)}`)).status).toBe(404);
    const included = await panel.call("GET", `/${id}?include=node`);
    expect(included.body).toMatchObject({ data: { node: { data: { id: 1 } } } });
    expect(included.text).not.toContain("root_admin");
  });

  test("answers 404 for one that is not there", async () => {
    const answer = await panel.call("GET", "/deadbeef");
    expect([answer.status, answer.body]).toEqual([
      404,
      { message: expect.stringContaining("No query results for model") },
    ]);
  });
});

describe("PATCH /api/application/servers/{server}", () => {
  test("changes what it is sent and keeps the rest", async () => {
    const id = await panel.ready();
    const answer = await panel.call("PATCH", `/${id}`, { name: "db", user_id: 2 });
    expect([answer.status, answer.body]).toMatchObject([
      200,
      { data: { name: "db", user_id: 2, hostname: "web.example.com", status: null } },
    ]);
  });

  test.for<readonly [why: string, patch: object, field: string]>([
    ["a long name", { name: "x".repeat(41) }, "name"],
    ["a user that is not there", { user_id: 99 }, "user_id"],
    ["a status that is none", { status: "running" }, "status"],
  ])("refuses %s with 422", async ([, patch, field]) => {
    const answer = await panel.call("PATCH", `/${await panel.ready()}`, patch);
    expect([answer.status, answer.body]).toMatchObject([422, { errors: { [field]: expect.any(Array) } }]);
  });

  test.for<readonly [keeps: string, hostname: string]>([
    ["recorded", "new.example.com"],
    ["lost", "web.example.com"],
  ])("answers 503 when the hostname can't be pushed; the panel has it %s", async ([keeps, hostname]) => {
    await again({ settings: { unreachable_node_keeps: keeps } });
    const id = await panel.ready();
    panel.control.addFault({ name: "capacity_failure", match: "PATCH */servers/*" });
    expect((await panel.call("PATCH", `/${id}`, { hostname: "new.example.com" })).status).toBe(503);
    expect((await panel.call("GET", `/${id}`)).body).toMatchObject({ data: { hostname } });
  });
});

describe("PATCH /api/application/servers/{server}/settings/build", () => {
  const shown = {
    cpu: 4,
    memory: 4_294_967_296,
    disk: 42_949_672_960,
    snapshots: 1,
    backups: 2,
    bandwidth: null,
    addresses: { ipv4: [{ id: 2 }], ipv6: [] },
  };

  test("changes the record and the machine", async () => {
    const id = await panel.ready();
    const answer = await panel.call("PATCH", `/${id}/settings/build`, settings);
    expect([answer.status, answer.body]).toMatchObject([200, { data: { limits: shown } }]);
    expect(panel.control.servers()[0]?.record).toMatchObject({ guest: { cpu: 4, memory: 4_294_967_296 } });
  });

  test.for<readonly [keeps: string, cpu: number]>([
    ["recorded", 4],
    ["lost", 2],
  ])("answers 200 though the node did not take it; the panel has it %s", async ([keeps, cpu]) => {
    await again({ settings: { unreachable_node_keeps: keeps } });
    const id = await panel.ready();
    panel.control.addFault({ name: "capacity_failure", match: "PATCH */settings/build" });
    expect((await panel.call("PATCH", `/${id}/settings/build`, settings)).status).toBe(200);
    expect((await panel.call("GET", `/${id}`)).body).toMatchObject({ data: { limits: { cpu } } });
    expect(panel.control.servers()[0]?.record).toMatchObject({ guest: { cpu: 2 } });
  });

  test.for<readonly [setting: string, cpu: number]>([
    ["lost", 2],
    ["applied", 4],
  ])("while the build runs is %s", async ([setting, cpu]) => {
    await again({ settings: { settings_while_building: setting } });
    const id = await panel.made();
    expect((await panel.call("PATCH", `/${id}/settings/build`, settings)).status).toBe(200);
    panel.settle();
    expect((await panel.call("GET", `/${id}`)).body).toMatchObject({ data: { limits: { cpu: 4 } } });
    expect(panel.control.servers()[0]?.record).toMatchObject({ guest: { cpu } });
  });

  test.for(["cpu", "memory", "disk", "address_ids", "snapshot_limit", "backup_limit", "bandwidth_limit"])(
    "refuses a body without %s with 422",
    async (field) => {
      const answer = await panel.call("PATCH", `/${await panel.ready()}/settings/build`, {
        ...settings,
        [field]: undefined,
      });
      expect([answer.status, answer.body]).toMatchObject([422, { errors: { [field]: expect.any(Array) } }]);
    },
  );
});

describe("POST /api/application/servers/{server}/settings/suspend and /unsuspend", () => {
  test("kills and starts, as often as you like", async () => {
    const id = await panel.ready();
    const guest = () => panel.control.servers()[0]?.record;
    for (const [verb, status, isRunning] of [
      ["suspend", "suspended", false],
      ["suspend", "suspended", false],
      ["unsuspend", null, true],
      ["unsuspend", null, true],
    ] as const) {
      const answer = await panel.call("POST", `/${id}/settings/${verb}`);
      expect([answer.status, answer.text, await panel.status(id)]).toEqual([204, "", status]);
      expect(guest()).toMatchObject({ guest: { isRunning } });
    }
  });

  test("changes nothing when the node is out of reach", async () => {
    const id = await panel.ready();
    panel.control.addFault({ name: "capacity_failure", match: "POST */suspend" });
    expect([(await panel.call("POST", `/${id}/settings/suspend`)).status, await panel.status(id)]).toEqual([
      503,
      null,
    ]);
  });

  test.for<readonly [setting: string, status: number, seen: readonly unknown[]]>([
    ["error", 503, ["installing", null]],
    ["overwritten", 204, ["suspended", null]],
  ])("while the build runs: suspend_while_building=%s", async ([setting, status, seen]) => {
    await again({ settings: { suspend_while_building: setting } });
    const id = await panel.made();
    expect((await panel.call("POST", `/${id}/settings/suspend`)).status).toBe(status);
    expect(await panel.watched(id, 600)).toEqual(seen);
  });
});

describe("DELETE /api/application/servers/{server}", () => {
  test.for<readonly [body: object | undefined, guests: number]>([
    [undefined, 0],
    [{ no_purge: false }, 0],
    [{ no_purge: true }, 1],
  ])(
    "with the body %j answers 204 with an empty body, then deleting, then 404; machines left: %i",
    async ([body, guests]) => {
      const id = await panel.ready({ vmid: 200 });
      const answer = await panel.call("DELETE", `/${id}`, body);
      expect([answer.status, answer.text]).toEqual([204, ""]);
      expect(await panel.watched(id, 200)).toEqual(["deleting", 404]);
      // A machine that is left makes the next build of its number fail.
      expect(await panel.status(await panel.ready({ vmid: 200 }))).toBe(
        guests === 1 ? "install_failed" : null,
      );
    },
  );

  test("refuses a no_purge that is none with 422", async () => {
    const answer = await panel.call("DELETE", `/${await panel.ready()}`, { no_purge: "yes" });
    expect([answer.status, answer.body]).toMatchObject([422, { errors: { no_purge: expect.any(Array) } }]);
  });

  test("that fails stays deletion_failed, refuses every write but one with 409, and can be freed", async () => {
    const id = await panel.ready();
    panel.control.addFault({ name: "capacity_failure", match: "DELETE */servers/*", count: 1 });
    await panel.call("DELETE", `/${id}`);
    expect(await panel.watched(id, 300)).toEqual(["deleting", "deletion_failed"]);
    for (const [method, path, body] of [
      ["DELETE", "", undefined],
      ["PATCH", "/settings/build", settings],
      ["POST", "/settings/suspend", undefined],
      ["POST", "/settings/unsuspend", undefined],
    ] as const) {
      const answer = await panel.call(method, `/${id}${path}`, body);
      expect([answer.status, answer.body]).toEqual([409, { message: expect.any(String) }]);
    }
    expect((await panel.call("PATCH", `/${id}`, { status: null })).status).toBe(200);
    expect((await panel.call("DELETE", `/${id}`)).status).toBe(204);
    expect(await panel.watched(id, 300)).toEqual(["deleting", 404]);
  });

  test("refuses a second one with 409 while it runs", async () => {
    const id = await panel.ready();
    await panel.call("DELETE", `/${id}`);
    expect((await panel.call("DELETE", `/${id}`)).status).toBe(409);
  });

  test.for<readonly [setting: string, seen: readonly unknown[]]>([
    ["overwritten", ["deleting", null, 404]],
    ["clean", ["deleting", 404]],
  ])("while the build runs: delete_while_building=%s", async ([setting, seen]) => {
    await again({ settings: { delete_while_building: setting } });
    const id = await panel.made();
    expect((await panel.call("DELETE", `/${id}`)).status).toBe(204);
    expect(await panel.watched(id, 900)).toEqual(seen);
  });

  test("of a server whose node is out of reach may take the record and leave the machine", async () => {
    await again({ settings: { unreachable_node_deletes: "counted_as_gone" } });
    const id = await panel.ready({ vmid: 200 });
    panel.control.addFault({ name: "capacity_failure", match: "DELETE */servers/*" });
    await panel.call("DELETE", `/${id}`);
    expect(await panel.watched(id, 300)).toEqual(["deleting", 404]);
    expect(await panel.status(await panel.ready({ vmid: 200 }))).toBe("install_failed");
  });

  test("that is stuck stays deleting", async () => {
    const id = await panel.ready();
    panel.control.addFault({ name: "stuck" });
    await panel.call("DELETE", `/${id}`);
    panel.clock.advance(1_000_000);
    expect(await panel.status(id)).toBe("deleting");
  });
});

describe("the door", () => {
  test.for<readonly [why: string, headers: Record<string, string>, status: number, body: unknown]>([
    ["no token", { Accept: "application/json" }, 401, { message: "Unauthenticated." }],
    [
      "a bare secret",
      { Accept: "application/json", Authorization: "secret" },
      401,
      { message: "Unauthenticated." },
    ],
    [
      "another token",
      { Accept: "application/json", Authorization: "Bearer other" },
      401,
      { message: "Unauthenticated." },
    ],
    ["no Accept", { Authorization: "Bearer secret" }, 302, undefined],
    ["Accept of anything", { Authorization: "Bearer secret", Accept: "*/*" }, 302, undefined],
  ])("answers %s with %j: %i", async ([, headers, status, body]) => {
    await again({ secret: "secret" });
    const response = await fetch(`${panel.url}/api/application/servers`, { headers, redirect: "manual" });
    expect(response.status).toBe(status);
    const text = await response.text();
    if (body === undefined) {
      expect([response.headers.get("Content-Type"), text]).toEqual([
        expect.stringContaining("text/html"),
        expect.stringContaining("<html>"),
      ]);
    } else {
      expect(JSON.parse(text)).toEqual(body);
    }
  });

  test("sends only failures to a page with without_accept=redirect_failures", async () => {
    await again({ secret: "secret", settings: { without_accept: "redirect_failures" } });
    const get = async (token: string) =>
      (
        await fetch(`${panel.url}/api/application/servers`, {
          headers: { Accept: "*/*", Authorization: `Bearer ${token}` },
          redirect: "manual",
        })
      ).status;
    expect([await get("secret"), await get("other")]).toEqual([200, 302]);
  });

  test("answers 403 to another user than a root admin", async () => {
    await again({ settings: { token_of: "user" } });
    expect((await panel.call("GET")).status).toBe(403);
  });

  test.for<readonly [method: string, path: string, status: number]>([
    ["PUT", "/deadbeef", 405],
    ["POST", "/deadbeef", 405],
    ["DELETE", "", 405],
    ["GET", "/deadbeef/settings/suspend", 405],
    ["PATCH", "/deadbeef/state", 404],
    ["POST", "/deadbeef/power", 404],
    ["GET", "/deadbeef/specifications", 404],
  ])("has no %s %s: %i", async ([method, path, status]) => {
    expect((await panel.call(method, path)).status).toBe(status);
  });

  test("throttles only when it is told to", async () => {
    await again({ settings: { throttle: "60" } });
    const statuses = new Set<number>();
    for (let call = 0; call < 61; call += 1) {
      statuses.add((await panel.call("GET")).status);
    }
    expect([...statuses]).toEqual([200, 429]);
  });

  test.for<readonly [type: string, status: number]>([
    ["unauthenticated", 401],
    ["forbidden", 403],
    ["conflict", 409],
    ["refused", 400],
    ["unreachable_node", 503],
    ["invalid", 422],
    ["server_error", 500],
    ["too_many_requests", 429],
  ])("answers the fault error=%s with %i", async ([type, status]) => {
    panel.control.addFault({ name: "error", type });
    expect((await panel.call("GET")).status).toBe(status);
  });
});

test("a build goes on over a restart", async () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), "convoy-v4-"));
  try {
    await again({ stateDirectory });
    const id = await panel.made();
    const { clock } = panel;
    await panel.close();
    clock.advance(2200);
    panel = await startPanel({ stateDirectory, clock });
    expect(await panel.status(id)).toBe(null);
    expect(panel.control.servers()[0]?.record).toMatchObject({ guest: { isRunning: true } });
  } finally {
    rmSync(stateDirectory, { recursive: true });
  }
});

test("calls are counted by route, whatever the id", async () => {
  const id = await panel.ready();
  await panel.call("POST", `/${id}/settings/suspend`);
  expect(panel.control.counts()).toMatchObject({ "POST /api/application/servers/{}/settings/suspend": 1 });
});
