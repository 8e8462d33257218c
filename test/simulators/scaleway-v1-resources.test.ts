import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startV1, thing, type V1Talk } from "./v1-talk.ts";

const open: V1Talk[] = [];
const startWith = async (settings: Record<string, string>): Promise<V1Talk> => {
  const talk = await startV1({ settings });
  open.push(talk);
  return talk;
};

let talk: V1Talk;
beforeEach(async () => {
  talk = await startWith({});
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

describe("tags", () => {
  test("POST, GET, PUT and DELETE /tags/{id}", async () => {
    const id = await talk.madeThing("/tags", "tag", { name: "blue" });
    const one = await talk.v1("GET", `/tags/${id}`);
    expect(thing(one, "tag")).toMatchObject({ id, name: "blue", type: null, metadatas: [] });
    await talk.v1("PUT", `/tags/${id}`, { name: "green" });
    expect(await talk.names("tags", "?name=green")).toEqual(["green"]);
    expect(await talk.names("tags", "?name=blue")).toEqual([]);
    await talk.v1("DELETE", `/tags/${id}`);
    expect((await talk.v1("GET", `/tags/${id}`)).status).toBe(404);
  });

  test.for<readonly [shape: string, of: (ids: string[]) => unknown]>([
    [
      "object",
      ([first = "", second = ""]) => ({
        [first]: expect.objectContaining({ name: "default" }),
        [second]: expect.objectContaining({ name: "blue" }),
      }),
    ],
    ["list", (ids) => ids.map((id) => expect.objectContaining({ id }))],
  ])("with server_tags=%s, a server shows which it bears", async ([shape, of]) => {
    const other = await startWith({ server_tags: shape });
    const server = await other.made();
    const tag = await other.madeThing("/tags", "tag", { name: "blue" });
    const attach = () => other.v1("POST", `/servers/${server}/tags`, { tag_id: tag });
    expect(thing(await attach(), "tag").id).toBe(tag);
    await attach();
    const ids = (await other.list("/tags", "tags")).map(({ id }) => String(id));
    expect((await other.v1("GET", `/servers/${server}/tags`)).body).toEqual({ tags: of(ids) });
    expect(await other.names("tags", `?server_id=${server}&name=blue`)).toEqual(["blue"]);
  });

  test("DELETE /servers/{id}/tags/{tag_id} detaches and keeps the tag; a tag that goes is detached", async () => {
    const server = await talk.made();
    const tag = await talk.madeThing("/tags", "tag", { name: "blue" });
    await talk.v1("POST", `/servers/${server}/tags`, { tag_id: tag });
    expect((await talk.v1("DELETE", `/servers/${server}/tags/${tag}`)).status).toBe(200);
    expect(await talk.v1("DELETE", `/servers/${server}/tags/${tag}`)).toMatchObject({
      status: 404,
      body: { param: "tag_id" },
    });
    await talk.v1("POST", `/servers/${server}/tags`, { tag_id: tag });
    await talk.v1("DELETE", `/tags/${tag}`);
    expect(await talk.names("tags", `?server_id=${server}`)).toEqual(["default"]);
  });

  test("POST /servers/{id}/tags wants a tag that exists", async () => {
    const server = await talk.made();
    expect(await talk.v1("POST", `/servers/${server}/tags`, { tag_id: "Tag-1" })).toMatchObject({
      status: 400,
      body: { code: "tag_not_found", param: "tag_id" },
    });
  });
});

describe("metadatas of tags", () => {
  test.for<readonly [shape: string, body: (key: string, value: string) => object]>([
    ["key_value", (key, value) => ({ key, value })],
    ["as_parameters", (key, value) => ({ metadata_key: key, metadata_value: value })],
  ])("with metadata_fields=%s, they are made, changed, filtered and removed", async ([shape, body]) => {
    const other = await startWith({ metadata_fields: shape });
    const path = `/tags/${await other.madeThing("/tags", "tag", { name: "blue" })}/metadatas`;
    const first = await other.v1("POST", path, { metadata_key: "a/b", metadata_value: "1" });
    expect(first.body).toEqual({ metadata: body("a/b", "1") });
    await other.v1("POST", path, { metadata_key: "c", metadata_value: "2" });
    await other.v1("PUT", `${path}/a%2Fb`, { metadata_value: "3" });
    expect(await other.list(`${path}?key=a%2Fb`, "metadatas")).toEqual([body("a/b", "3")]);
    await other.v1("DELETE", `${path}/c`);
    expect(await other.list(path, "metadatas")).toEqual([body("a/b", "3")]);
    expect((await other.v1("PUT", `${path}/c`, { metadata_value: "4" })).body).toMatchObject({
      code: "not_found",
      param: "metadata_key",
    });
  });

  test("POST refuses a key that is there, PUT and DELETE one that is not", async () => {
    const path = `/tags/${await talk.madeThing("/tags", "tag", { name: "blue" })}/metadatas`;
    await talk.v1("POST", path, { metadata_key: "a", metadata_value: "1" });
    const again = await talk.v1("POST", path, { metadata_key: "a", metadata_value: "2" });
    expect(again).toMatchObject({ status: 400, body: { code: "metadata_exists", param: "metadata_key" } });
    expect((await talk.v1("DELETE", `${path}/b`)).status).toBe(404);
    expect((await talk.v1("POST", path, { metadata_key: "b" })).body).toMatchObject({
      code: "missing_parameter",
      param: "metadata_value",
    });
  });
});

describe("volumes", () => {
  test("POST /volumes and GET /volumes/{id}: free until a server has it", async () => {
    const base = await talk.madeVolume();
    const id = await talk.madeThing("/volumes", "volume", { size: 1, type: "l_hdd", base_volume: base });
    const server = await talk.made({ volumes: [id] });
    expect(thing(await talk.v1("GET", `/volumes/${id}`), "volume")).toMatchObject({
      id,
      size: 1,
      type: "l_hdd",
      base_volume: base,
      server_id: server,
    });
    await talk.v1("DELETE", `/servers/${server}`);
    expect(thing(await talk.v1("GET", `/volumes/${id}`), "volume").server_id).toBeNull();
    expect((await talk.list("/volumes", "volumes")).map((each) => each.id)).toEqual([base, id]);
  });

  test.for<readonly [why: string, body: object, param: string]>([
    ["a size that is a text", { size: "1", type: "l_hdd" }, "size"],
    ["no type", { size: 1 }, "type"],
    ["a base that is not there", { size: 1, type: "l_hdd", base_volume: "none" }, "base_volume"],
    ["a name, which no volume has", { size: 1, type: "l_hdd", name: "data" }, "name"],
  ])("POST /volumes with %s is refused", async ([, body, param]) => {
    expect(await talk.v1("POST", "/volumes", body)).toMatchObject({ status: 400, body: { param } });
  });

  test("POST /volumes reads over what it does not know when it is set so", async () => {
    const other = await startWith({ unknown_parameters: "ignore" });
    const answer = await other.v1("POST", "/volumes", { size: 1, type: "l_hdd", name: "data" });
    expect([answer.status, Object.keys(thing(answer, "volume"))]).toEqual([
      200,
      expect.not.arrayContaining(["name"]),
    ]);
  });
});

describe("containers and objects", () => {
  test("POST, GET, PUT and DELETE /containers/{id}", async () => {
    const id = await talk.madeThing("/containers", "container", { name: "logs" });
    expect(thing(await talk.v1("GET", `/containers/${id}`), "container")).toMatchObject({ id, name: "logs" });
    await talk.v1("PUT", `/containers/${id}`, { name: "old-logs" });
    expect(await talk.names("containers")).toEqual(["old-logs"]);
    await talk.v1("DELETE", `/containers/${id}`);
    expect((await talk.v1("GET", `/containers/${id}`)).status).toBe(404);
  });

  test("the id of an object is a path, its slashes encoded or not", async () => {
    const container = await talk.madeThing("/containers", "container", { name: "logs" });
    const path = `/containers/${container}/objects`;
    const made = await talk.v1("POST", path, { object_id: "logs/a b%.txt", content: "x" });
    const body = { id: "logs/a b%.txt", container_id: container, content: "x" };
    expect(thing(made, "object")).toMatchObject(body);
    for (const way of ["logs%2Fa%20b%25.txt", "logs/a%20b%25.txt"]) {
      expect(thing(await talk.v1("GET", `${path}/${way}`), "object")).toMatchObject(body);
    }
    await talk.v1("PUT", `${path}/logs%2Fa%20b%25.txt`, { content: "y" });
    expect(await talk.list(path, "objects")).toMatchObject([{ ...body, content: "y" }]);
    await talk.v1("DELETE", `${path}/logs%2Fa%20b%25.txt`);
    expect(await talk.v1("GET", `${path}/logs%2Fa%20b%25.txt`)).toMatchObject({
      status: 404,
      body: { param: "object_id" },
    });
  });

  test.for<readonly [setting: string, status: number, content: string]>([
    ["refuse", 400, "x"],
    ["replace", 200, "y"],
  ])("with existing_object=%s, a second create is %i", async ([setting, status, content]) => {
    const other = await startWith({ existing_object: setting });
    const path = `/containers/${await other.madeThing("/containers", "container", { name: "c" })}/objects`;
    await other.v1("POST", path, { object_id: "a", content: "x" });
    expect((await other.v1("POST", path, { object_id: "a", content: "y" })).status).toBe(status);
    expect(await other.list(path, "objects")).toMatchObject([{ id: "a", content }]);
    expect((await other.v1("POST", path, { content: "y" })).body).toMatchObject({ param: "object_id" });
  });

  test("DELETE /containers/{id} takes the objects along, or refuses", async () => {
    for (const [setting, status] of [
      ["accept", 200],
      ["refuse", 400],
    ] as const) {
      const other = await startWith({ delete_full_container: setting });
      const id = await other.madeThing("/containers", "container", { name: "c" });
      await other.v1("POST", `/containers/${id}/objects`, { object_id: "a" });
      expect((await other.v1("DELETE", `/containers/${id}`)).status).toBe(status);
    }
  });
});

describe("organizations", () => {
  const acme = {
    name: "Acme",
    address_line1: "1 rue",
    address_zip: "75001",
    address_city: "Paris",
    address_country: "FR",
    technical_contacts: ["t"],
    administrative_contacts: [],
    billing_contacts: ["b1", "b2"],
  };

  test("POST, GET, PUT and DELETE /organizations/{id}", async () => {
    const id = await talk.madeThing("/organizations", "organization", acme);
    expect(thing(await talk.v1("GET", `/organizations/${id}`), "organization")).toMatchObject({
      id,
      ...acme,
    });
    const edited = await talk.v1("PUT", `/organizations/${id}`, { address_zip: "75002" });
    expect(thing(edited, "organization")).toMatchObject({ ...acme, address_zip: "75002" });
    await talk.v1("DELETE", `/organizations/${id}`);
    expect(await talk.names("organizations")).toEqual(["Own organization"]);
  });

  test.for(["organizations", "summary"])(
    "GET /organizations/summary has ids, names and levels, under %s",
    async (envelope) => {
      const other = await startWith({ summary_envelope: envelope });
      const id = await other.madeThing("/organizations", "organization", acme);
      const summary = await other.list("/organizations/summary", envelope);
      expect(summary).toEqual([
        { id: expect.any(String), name: "Own organization", level: 0 },
        { id, name: "Acme", level: 1 },
      ]);
    },
  );

  test("POST /organizations without its contacts is refused", async () => {
    const answer = await talk.v1("POST", "/organizations", { ...acme, billing_contacts: undefined });
    expect(answer).toMatchObject({ status: 400, body: { param: "billing_contacts" } });
  });
});

describe("pages", () => {
  const makeContainers = async (other: V1Talk, count: number) => {
    for (let index = 1; index <= count; index += 1) {
      await other.v1("POST", "/containers", { name: `c${index}` });
    }
  };

  test.for<readonly [query: string, names: string[], rels: string[]]>([
    ["?limit=2", ["c1", "c2"], ["next 2", "last 3"]],
    ["?page=2&limit=2", ["c3", "c4"], ["first 1", "prev 1", "next 3", "last 3"]],
    ["?limit=2&page=3", ["c5"], ["first 1", "prev 2"]],
    ["?page=4&limit=2", [], ["first 1", "prev 3"]],
    ["", ["c1", "c2", "c3", "c4", "c5"], []],
  ])("GET /containers%s has the absolute links of its place, and no total", async ([query, names, rels]) => {
    await makeContainers(talk, 5);
    const answer = await talk.v1("GET", `/containers${query}`);
    expect(answer.headers.get("x-total-count")).toBeNull();
    expect(await talk.names("containers", query)).toEqual(names);
    const base = `${talk.url}/v1/containers`;
    const links = rels.map((each) => {
      const [rel, page] = each.split(" ");
      return `<${base}?page=${page}&limit=2>; rel="${rel}"`;
    });
    expect(answer.headers.get("link")).toBe(links.length === 0 ? null : links.join(", "));
  });

  test("links keep the filters of the call, and may be set to the document's host and comma", async () => {
    const other = await startWith({ links: "documented", link_ending: "comma" });
    for (const name of ["one", "two"]) {
      await other.create({ name, image: "image-1" });
    }
    const answer = await other.v1("GET", "/servers?image=image-1&limit=1");
    const at = "https://api.scaleway.com/v1/servers?page=2&limit=1&image=image-1";
    expect(answer.headers.get("link")).toBe(`<${at}>; rel="next", <${at}>; rel="last",`);
  });

  test.for<readonly [settings: Record<string, string>, query: string, count: number]>([
    [{}, "", 25],
    [{ default_limit: "per_method" }, "", 10],
    [{}, "?limit=30", 30],
    [{}, "?limit=501", 30],
  ])("with %j, GET /containers%s shows %i of 30", async ([settings, query, count]) => {
    const other = await startWith(settings);
    await makeContainers(other, 30);
    expect(await other.names("containers", query)).toHaveLength(count);
  });

  test.for<readonly [query: string, param: string]>([
    ["?page=0", "page"],
    ["?limit=x", "limit"],
    ["?limit=501", "limit"],
  ])("GET /tags%s is refused", async ([query, param]) => {
    const other = await startWith({ limit_over_500: "refuse" });
    expect(await other.v1("GET", `/tags${query}`)).toMatchObject({ status: 400, body: { param } });
  });

  test("may be capped by a fault, and come newest first", async () => {
    const other = await startWith({ order: "newest" });
    await makeContainers(other, 5);
    other.control.addFault({ name: "page_size_cap", items: 3 });
    expect(await other.names("containers", "?limit=100")).toEqual(["c5", "c4", "c3"]);
    expect(await other.names("containers", "?limit=100&page=2")).toEqual(["c2", "c1"]);
  });
});

describe("faults", () => {
  test.for<readonly [type: string, status: number, body: object]>([
    ["missing_parameter", 400, { type: "invalid_request_error", param: "volumes" }],
    ["unauthorized", 401, { type: "invalid_request_error" }],
    ["request_failed", 402, { type: "api_error", code: "no_capacity", param: "server_id" }],
    ["quotas_exceeded", 402, { code: "quota_exceeded" }],
    ["not_found", 404, { code: "not_found" }],
    ["api_error", 500, { type: "api_error" }],
    ["bad_gateway", 502, { type: "api_error" }],
    ["unavailable", 503, { type: "api_error" }],
    ["gateway_timeout", 504, { type: "api_error" }],
    ["too_many_requests", 429, { type: "invalid_request_error" }],
  ])("error=%s is %i, and nothing is made", async ([type, status, body]) => {
    talk.control.addFault({ name: "error", type });
    const answer = await talk.create();
    expect([answer.status, answer.body]).toEqual([status, expect.objectContaining(body)]);
    expect(answer.headers.get("x-ratelimit-limit")).toBe("5000");
    expect(talk.control.servers()).toEqual([]);
  });

  test.for(["out_of_stock", "quotas_exceeded"] as const)(
    "%s is a 402 of a create, and of nothing else",
    async (name) => {
      talk.control.addFault({ name });
      expect(await talk.create()).toMatchObject({ status: 402, body: { type: "api_error" } });
      expect((await talk.v1("POST", "/tags", { name: "blue" })).status).toBe(200);
    },
  );

  test("a lost reply leaves the server, and a late landing brings it", async () => {
    talk.control.addFault({ name: "lost_reply", count: 1 });
    await expect(talk.create({ name: "lost" })).rejects.toThrow("fetch failed");
    talk.control.addFault({ name: "late_landing", count: 1, milliseconds: 30 });
    await expect(talk.create({ name: "late" })).rejects.toThrow("fetch failed");
    await expect.poll(() => talk.control.servers().map(({ name }) => name)).toEqual(["lost", "late"]);
  });

  test("a body that is not JSON is 400 without a param", async () => {
    expect(await talk.v1("POST", "/tags", "{")).toMatchObject({
      status: 400,
      body: { type: "invalid_request_error", message: "The body is not valid JSON." },
    });
  });
});
