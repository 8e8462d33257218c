import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { madeBy } from "../../lib/operation/marker.ts";
import { apiOf, type Api } from "./api-of.ts";
import { machines, openInstallation, type Installation } from "./installation.ts";

// Looks are seconds apart in real time.
vi.setConfig({ testTimeout: 60_000 });

/** Every endpoint of documents 000 and 004, asked for through the deployed API; the simulator tells what reached it. */
let installation: Installation;
let api: Api;
let serial = 0;
beforeAll(async () => {
  installation = await openInstallation("scaleway-compute");
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

const acceptedSchema = z.looseObject({ id: z.string() });
const itemSchema = z.looseObject({ id: z.string(), raw: z.unknown() });
const pageSchema = z.looseObject({ items: z.array(itemSchema), next_cursor: z.string().nullable() });
const operationSchema = z.looseObject({
  state: z.string(),
  error: z.looseObject({ code: z.string() }).nullable(),
  resource: z.object({ type: z.string(), id: z.string() }).nullable(),
  task: z.object({ id: z.string(), status: z.string(), progress: z.number().nullable() }).nullable(),
});

const control = () => installation.simulator.control;
const callsOf = (route: string): number => control().counts()[route] ?? 0;
const stateOf = (id: string): string | undefined =>
  control()
    .servers()
    .find((server) => server.id === id)?.state;

/** Posts a request, works it off, and gives the operation as the API shows it. */
const done = async (request: Record<string, unknown>, more = "") => {
  const posted = await api.post(
    "/v1/operations",
    { connection: "paris", ...request },
    `endpoint-${serial}${more}`,
  );
  expect(posted.status).toBe(202);
  const { id } = acceptedSchema.parse(posted.body);
  await installation.start([{ v: 1, operation_id: id }]);
  await installation.follow();
  return { id, ...operationSchema.parse((await api.get(`/v1/operations/${id}`)).body) };
};
const creation = (input: Record<string, unknown> = {}) => ({
  kind: "server.create",
  input: { name: `web-${serial}`, ...machines["scaleway-compute"], tags: ["test", "www"], ...input },
});
const on = (kind: string, id: string, input: Record<string, unknown> = {}) => ({
  kind,
  resource: { type: "server", id },
  input,
});
/** A server that is off, or running because a person switched it on. */
const made = async (state: "stopped" | "running" = "stopped"): Promise<string> => {
  const { resource } = await done(creation({ start: false }), "-made");
  if (resource === null) throw new Error("no server was made");
  control().editServer(resource.id, { state });
  control().clearCalls();
  return resource.id;
};
const read = async (path: string) => {
  const answer = await api.get(`/v1/connections/paris/${path}`);
  expect(answer.status).toBe(200);
  return answer.body;
};

describe("document 000", () => {
  it("POST /servers makes one server with the document's fields and our marker", async () => {
    const operation = await done(creation({ enable_ipv6: true, dynamic_public_ip: false }));
    expect(operation).toMatchObject({ state: "succeeded", error: null });
    expect(callsOf("POST /servers")).toBe(1);
    const server = control()
      .servers()
      .find(({ id }) => id === operation.resource?.id);
    expect(server).toMatchObject({ state: "running", name: `web-${serial}` });
    expect(server?.tags).toEqual(expect.arrayContaining(["test", "www"]));
    expect(madeBy(server?.tags ?? [])).toBe(operation.id);
  });

  it("POST /servers with an image that there is not fails with the provider's own words", async () => {
    const operation = await done(creation({ image: "00000000-0000-4000-8000-000000000000" }));
    expect(operation).toMatchObject({
      state: "failed",
      error: { provider: { status: 404, type: "unknown_resource" } },
    });
    expect(callsOf("POST /servers")).toBe(1);
  });

  it("GET /servers is a list with the provider's own objects, a page at a time", async () => {
    const ids = [await made(), await made("running")];
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page = pageSchema.parse(await read(`servers?limit=1${query}`));
      expect(page.items.length).toBeLessThanOrEqual(1);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(expect.arrayContaining(ids));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("GET /servers passes the provider's filters on", async () => {
    const id = await made();
    const { items } = pageSchema.parse(await read(`servers?name=web-${serial}&state=stopped`));
    expect(items.map((item) => item.id)).toEqual([id]);
  });

  it("GET /servers/{server_id} is one thing: what all have in common, and raw", async () => {
    const id = await made();
    expect(await read(`servers/${id}`)).toMatchObject({
      id,
      name: `web-${serial}`,
      state: "stopped",
      tags: expect.arrayContaining(["www"]),
      raw: { id, image: { name: "ubuntu working" }, volumes: { "0": { volume_type: "l_ssd" } } },
    });
    const missing = await api.get("/v1/connections/paris/servers/3cb18e2d-f4f7-48f7-b452-59b88ae8fc8c");
    expect(missing.status).toBe(404);
  });

  it("PUT /servers/{server_id} is never sent: an update goes out as PATCH and leaves alone what it does not name", async () => {
    const id = await made();
    const operation = await done(on("server.update", id, { tags: ["prod", "www", "new"] }));
    expect(operation).toMatchObject({ state: "succeeded", error: null });
    expect([callsOf("PUT /servers/{}"), callsOf("PATCH /servers/{}")]).toEqual([0, 1]);
    const server = control()
      .servers()
      .find((one) => one.id === id);
    expect(server).toMatchObject({ name: `web-${serial}` });
    expect(server?.tags).toEqual(expect.arrayContaining(["prod", "www", "new"]));
    expect(madeBy(server?.tags ?? [])).not.toBeNull();
  });

  it("DELETE /servers/{server_id} is sent once the server is off, and what is gone stays a success", async () => {
    const id = await made("running");
    expect(await done(on("server.delete", id))).toMatchObject({ state: "succeeded", error: null });
    expect([callsOf("POST /servers/{}/action"), callsOf("DELETE /servers/{}")]).toEqual([1, 1]);
    expect(stateOf(id)).toBeUndefined();
    expect(await done(on("server.delete", id), "-again")).toMatchObject({ state: "succeeded" });
  });

  it("GET /servers/{server_id}/action is a list of words", async () => {
    const { items } = pageSchema.parse(await read(`servers/${await made()}/action`));
    expect(items.map(({ id }) => id)).toEqual(expect.arrayContaining(["poweron", "poweroff", "reboot"]));
  });

  it.each([
    ["server.start", "stopped", "running"],
    ["server.stop", "running", "stopped"],
    ["server.reboot", "running", "running"],
  ] as const)(
    "POST /servers/{server_id}/action carries out %s, and its task is kept",
    async (kind, from, to) => {
      const id = await made(from);
      const operation = await done(on(kind, id));
      expect(operation).toMatchObject({ state: "succeeded", task: { status: "success", progress: 100 } });
      expect(callsOf("POST /servers/{}/action")).toBe(1);
      expect(stateOf(id)).toBe(to);
    },
  );

  it("POST /servers/{server_id}/action with a word that the server does not list fails as the provider says", async () => {
    const operation = await done(on("server.action", await made("running"), { action: "defenestrate" }));
    expect(operation).toMatchObject({
      state: "failed",
      error: { provider: { status: 400, type: "invalid_request_error" } },
    });
  });

  it("GET /tasks/{task_id} follows what the action's answer named, and can be read through", async () => {
    const { task } = await done(on("server.start", await made()));
    expect(callsOf("GET /tasks/{}")).toBeGreaterThan(0);
    expect(await read(`tasks/${task?.id ?? ""}`)).toMatchObject({
      id: task?.id,
      state: "success",
      raw: { description: "server_batch_poweron" },
    });
  });
});

describe("document 004", () => {
  it("GET /volumes/{volume_id} is one volume, and 404 where there is none", async () => {
    const { resource } = await done({
      kind: "volume.create",
      input: { name: "volume-0-1", size: 10_000_000_000 },
    });
    expect(await read(`volumes/${resource?.id ?? ""}`)).toMatchObject({
      id: resource?.id,
      raw: { volume_type: "l_ssd", size: 10_000_000_000, server: null },
    });
    const missing = await api.get("/v1/connections/paris/volumes/f929fe39-63f8-4be8-a80e-1e9c8ae22a76");
    expect(missing).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
  });

  it("POST /tokens is never sent: there is no kind for it, and tokens can't be read, since their ids are secrets", async () => {
    const posted = await api.post(
      "/v1/operations",
      { connection: "paris", kind: "token.create", input: {} },
      `tokens-${serial}`,
    );
    expect(posted).toMatchObject({ status: 422, body: { errors: [{ pointer: "/kind" }] } });
    for (const path of ["tokens", "tokens/4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"]) {
      expect((await api.get(`/v1/connections/paris/${path}`)).status).toBe(404);
    }
    expect(control().calls()).toEqual([]);
  });

  it("GET /images comes in pages: each asks for page and per_page, and all of them together are the whole list", async () => {
    const whole = pageSchema.parse(await read("images?limit=100"));
    expect(whole.next_cursor).toBeNull();
    expect(whole.items.length).toBeGreaterThan(2);
    control().addFault({ name: "page_size_cap", items: 2 });
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page = pageSchema.parse(await read(`images?limit=2${query}`));
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(seen.toSorted()).toEqual(whole.items.map(({ id }) => id).toSorted());
    expect(control().calls().at(-1)?.path).toContain("/images");
  });

  it.each([
    ["invalid_request_error", 400, "failed", "INVALID_INPUT"],
    ["invalid_auth", 401, "failed", "UNAUTHENTICATED"],
    ["unknown_resource", 404, "failed", "RESOURCE_NOT_FOUND"],
  ])("its error %s (%i) becomes a typed failure", async (type, status, state, code) => {
    const id = await made();
    control().addFault({ name: "error", type, match: "PATCH */servers/*" });
    const operation = await done(on("server.update", id, { name: "x" }));
    expect(operation).toMatchObject({ state, error: { code, provider: { status, type } } });
  });
});
