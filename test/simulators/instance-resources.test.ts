import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { bringTo, project, send, serverIdOf, startTalk, type Talk } from "./talk.ts";

const volumesOf = z.object({
  server: z.object({
    volumes: z.record(
      z.string(),
      z.object({ id: z.string(), volume_type: z.string(), size: z.number().optional() }),
    ),
  }),
});
const listed = z.object({ servers: z.array(z.object({ id: z.string(), name: z.string() })) });

let talk: Talk;
beforeAll(async () => {
  talk = await startTalk({ dialect: "scaleway-instance" });
});
afterAll(() => talk.close());

const rootOf = (body: unknown) => {
  const root = volumesOf.parse(body).server.volumes["0"];
  if (root === undefined) {
    throw new Error("the server has no root volume");
  }
  return root;
};

const localImage = async (type: string): Promise<string> => {
  const { body } = await send(
    "GET",
    `${talk.url}/marketplace/v2/local-images?image_label=ubuntu_noble&zone=fr-par-1&type=${type}`,
    undefined,
    {},
  );
  const images = z
    .object({
      local_images: z.array(z.object({ id: z.string(), arch: z.string() })),
      total_count: z.number(),
    })
    .parse(body);
  return images.local_images.find(({ arch }) => arch === "x86_64")?.id ?? "";
};

describe("creating", () => {
  test("a server is created stopped, with a Location at the real host and microseconds in its dates", async () => {
    const answer = await talk.create({ tags: ["a=b"] });
    expect(answer.status).toBe(201);
    const id = serverIdOf(answer);
    expect(answer.headers.get("location")).toBe(
      `https://api.scaleway.com/instance/v1/zones/fr-par-1/servers/${id}`,
    );
    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.body).toMatchObject({
      server: {
        state: "stopped",
        state_detail: "",
        tags: ["a=b"],
        project,
        dynamic_ip_required: true,
        public_ip: null,
        zone: "fr-par-1",
        creation_date: expect.stringMatching(/T.*\.\d{6}\+00:00$/),
      },
    });
  });

  test("a label makes a block volume that the server shows without size or name", async () => {
    const { body } = await talk.create();
    expect(Object.keys(volumesOf.parse(body).server.volumes)).toEqual(["0"]);
    expect(rootOf(body)).toMatchObject({ volume_type: "sbs_volume" });
    expect(rootOf(body).size).toBeUndefined();
    expect(body).toMatchObject({
      server: { volumes: { "0": { boot: false, state: "available", zone: "fr-par-1" } } },
    });
  });

  test.for<readonly [storage: string, type: string, volumeType: string, size: number | undefined]>([
    ["instance_local", "DEV1-S", "l_ssd", 20_000_000_000],
    ["instance_local", "GP1-XS", "l_ssd", 150_000_000_000],
    ["instance_local", "PLAY2-PICO", "sbs_volume", undefined],
    ["instance_sbs", "DEV1-S", "sbs_volume", undefined],
  ])(
    "the id of an %s image on %s makes a root of %s",
    async ([storage, commercialType, volumeType, size]) => {
      const { body } = await talk.create({
        image: await localImage(storage),
        commercial_type: commercialType,
      });
      expect(rootOf(body)).toMatchObject({ volume_type: volumeType });
      expect(rootOf(body).size).toBe(size);
    },
  );

  test.for<readonly [why: string, change: Record<string, unknown>, status: number, body: object]>([
    [
      "no image and no volumes",
      { image: undefined },
      400,
      {
        details: [
          { argument_name: "image", reason: "required" },
          { argument_name: "volumes", reason: "required" },
        ],
      },
    ],
    [
      "no name",
      { name: undefined },
      400,
      { details: [{ argument_name: "name", reason: "required", help_message: "required key not provided" }] },
    ],
    [
      "a name of the wrong type",
      { name: 7 },
      400,
      { details: [{ argument_name: "name", reason: "format" }] },
    ],
    [
      "a field that does not exist",
      { colour: "red" },
      400,
      { details: [{ argument_name: "colour", reason: "unknown", help_message: "extra keys not allowed" }] },
    ],
    [
      "an unknown type",
      { commercial_type: "BIG" },
      400,
      { details: [{ argument_name: "commercial_type", reason: "constraint" }] },
    ],
    [
      "no project and no organization",
      { project: undefined },
      400,
      { details: [{ argument_name: "project", reason: "required" }] },
    ],
    [
      "both project and organization",
      { organization: project },
      400,
      { details: [{ argument_name: "project", reason: "constraint" }] },
    ],
    [
      "an unknown label",
      { image: "windows_95" },
      400,
      { details: [{ argument_name: "image", reason: "constraint" }] },
    ],
    [
      "an unknown image id",
      { image: "11111111-1111-4111-8111-111111111111" },
      404,
      { type: "not_found", resource: "instance_image" },
    ],
    [
      "a volume that is no multiple of 512",
      { volumes: { "1": { name: "d", size: 1000, volume_type: "l_ssd" } } },
      400,
      { details: [{ argument_name: "volumes.1.size", reason: "constraint" }] },
    ],
    [
      "an unknown volume",
      { volumes: { "1": { id: "11111111-1111-4111-8111-111111111111" } } },
      404,
      { resource: "instance_volume" },
    ],
  ])("%s is refused and leaves nothing behind", async ([, change, status, body]) => {
    const before = [
      talk.control.servers().length,
      (await talk.root("GET", "/block/v1/zones/fr-par-1/volumes")).body,
    ];
    const answer = await talk.create(change);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject(body);
    expect([
      talk.control.servers().length,
      (await talk.root("GET", "/block/v1/zones/fr-par-1/volumes")).body,
    ]).toEqual(before);
  });

  test("a body that is not JSON is 400", async () => {
    expect(await talk.call("POST", "/servers", "{")).toMatchObject({
      status: 400,
      body: { type: "invalid_request_error" },
    });
  });
});

describe("lists", () => {
  test("are newest first, 50 a page, with the total and a link that lacks the prefix", async () => {
    const many = await startTalk({ dialect: "scaleway-instance" });
    const empty = await many.call("GET", "/servers");
    expect([empty.headers.get("x-total-count"), empty.headers.get("link")]).toEqual([
      "0",
      '</servers?page=0&per_page=50>; rel="last"',
    ]);
    for (let index = 0; index < 60; index += 1) {
      await many.made({ name: `web-${index}` });
      many.clock.advance(1);
    }
    const first = await many.call("GET", "/servers?order=creation_date_desc");
    expect(first.headers.get("x-total-count")).toBe("60");
    expect(first.headers.get("link")).toBe(
      '</servers?page=2&per_page=50&order=creation_date_desc>; rel="next",</servers?page=2&per_page=50&order=creation_date_desc>; rel="last"',
    );
    const names = listed.parse(first.body).servers.map(({ name }) => name);
    expect([names.length, names[0], names[49]]).toEqual([50, "web-59", "web-10"]);
    const third = await many.call("GET", "/servers?page=2&per_page=25");
    expect(third.headers.get("link")).toBe(
      '</servers?page=1&per_page=25>; rel="first",</servers?page=1&per_page=25>; rel="previous",</servers?page=3&per_page=25>; rel="next",</servers?page=3&per_page=25>; rel="last"',
    );
    expect(listed.parse((await many.call("GET", "/servers?page=9")).body).servers).toEqual([]);
    const ascending = listed.parse(
      (await many.call("GET", "/servers?order=creation_date_asc&per_page=1")).body,
    ).servers;
    expect(ascending[0]?.name).toBe("web-0");
    await many.close();
  });

  test.for(["page=0", "page=x", "per_page=0", "per_page=101", "order=size"])(
    "?%s is refused",
    async (query) => {
      const [name] = query.split("=");
      expect(await talk.call("GET", `/servers?${query}`)).toMatchObject({
        status: 400,
        body: { type: "invalid_arguments", details: [{ argument_name: name }] },
      });
    },
  );

  test.for<readonly [filter: string, found: readonly string[], why: string]>([
    ["name=web", ["web-2", "web-1"], "a name is matched as a part"],
    ["tags=fleet", ["db-1", "web-1"], "one tag"],
    ["tags=fleet,blue", ["web-1"], "all tags must match"],
    ["tags=flee", [], "tags match exactly"],
    ["state=running", ["web-2"], "state as it is now"],
    ["commercial_type=DEV1-M", ["db-1"], "type"],
    ["project=22222222-2222-4222-8222-222222222222", ["db-1"], "project"],
    ["", ["db-1", "web-2", "web-1"], "no filter shows all, stopped ones too"],
  ])("?%s finds %s: %s", async ([filter, found]) => {
    const few = await startTalk({ dialect: "scaleway-instance" });
    await few.made({ name: "web-1", tags: ["fleet", "blue"] });
    await bringTo(few, await few.made({ name: "web-2" }), "running");
    const other = await few.made({
      name: "db-1",
      tags: ["fleet"],
      commercial_type: "DEV1-M",
      project: "22222222-2222-4222-8222-222222222222",
    });
    const names = async (query: string) =>
      listed.parse((await few.call("GET", `/servers?${query}`)).body).servers.map(({ name }) => name);
    expect(await names(filter)).toEqual(found);
    expect(await names(`servers=${other}`)).toEqual(["db-1"]);
    await few.close();
  });

  test("a list of another zone is empty, and an unknown zone is 404", async () => {
    await talk.made();
    const elsewhere = await talk.root("GET", "/instance/v1/zones/nl-ams-1/servers");
    expect(elsewhere.body).toEqual({ servers: [] });
    expect((await talk.root("GET", "/instance/v1/zones/mars-1/servers")).status).toBe(404);
  });

  test("products are a map in pages, at the real prices", async () => {
    const answer = await talk.call("GET", "/products/servers?per_page=10&page=1");
    expect(answer.headers.get("x-total-count")).toBe("24");
    expect(
      Object.keys(z.object({ servers: z.record(z.string(), z.unknown()) }).parse(answer.body).servers),
    ).toHaveLength(10);
    expect(answer.body).toMatchObject({
      servers: { "DEV1-S": { hourly_price: 0.008976, monthly_price: 0.008976 * 730 } },
    });
    const availability = await talk.call("GET", "/products/servers/availability");
    expect(availability.body).toMatchObject({ servers: { "DEV1-S": { availability: "available" } } });
  });
});

describe("what survives", () => {
  const block = (id: string) => talk.root("GET", `/block/v1/zones/fr-par-1/volumes/${id}`);

  test("a terminate keeps block volumes, busy for a while, and deletes local ones", async () => {
    const answer = await talk.create({
      volumes: { "1": { name: "data", size: 5_000_000_000, volume_type: "l_ssd" } },
    });
    const id = serverIdOf(answer);
    const { "0": root, "1": data } = volumesOf.parse(answer.body).server.volumes;
    expect((await talk.call("GET", `/volumes/${data?.id}`)).status).toBe(200);
    expect((await talk.call("GET", `/volumes/${root?.id}`)).status).toBe(404);
    await bringTo(talk, id, "running");
    expect((await block(root?.id ?? "")).body).toMatchObject({
      status: "in_use",
      references: [{ product_resource_id: id }],
    });
    await talk.act(id, "terminate");
    for (let waited = 0; (await talk.call("GET", `/servers/${id}`)).status !== 404; waited += 1) {
      expect(waited).toBeLessThan(500);
      talk.clock.advance(1);
    }
    expect((await talk.call("GET", `/volumes/${data?.id}`)).status).toBe(404);
    expect((await block(root?.id ?? "")).body).toMatchObject({ status: "in_use", references: [] });
    const early = await talk.root("DELETE", `/block/v1/zones/fr-par-1/volumes/${root?.id}`);
    expect(early).toMatchObject({
      status: 412,
      body: { type: "precondition_failed", precondition: "resource_still_in_use" },
    });
    talk.settle();
    expect((await block(root?.id ?? "")).body).toMatchObject({ status: "available" });
    expect((await talk.root("DELETE", `/block/v1/zones/fr-par-1/volumes/${root?.id}`)).status).toBe(204);
    expect((await block(root?.id ?? "")).status).toBe(404);
  });

  test("a DELETE keeps all volumes and reserved addresses, detached; its 204 says JSON and is empty", async () => {
    const ip = z
      .object({ ip: z.object({ id: z.string() }) })
      .parse((await talk.call("POST", "/ips", { project, type: "routed_ipv4" })).body).ip.id;
    const answer = await talk.create({
      public_ips: [ip],
      volumes: { "1": { name: "data", size: 5_000_000_000, volume_type: "l_ssd" } },
    });
    const { "1": data } = volumesOf.parse(answer.body).server.volumes;
    const gone = await talk.call("DELETE", `/servers/${serverIdOf(answer)}`);
    expect([gone.status, gone.text, gone.headers.get("content-type")]).toEqual([204, "", "application/json"]);
    expect((await talk.call("GET", `/volumes/${data?.id}`)).body).toMatchObject({ volume: { server: null } });
    expect((await talk.call("GET", `/ips/${ip}`)).body).toMatchObject({
      ip: { server: null, state: "detached" },
    });
    expect((await talk.call("DELETE", `/volumes/${data?.id}`)).status).toBe(204);
    expect((await talk.call("DELETE", `/ips/${ip}`)).status).toBe(204);
  });

  test("a dynamic address is there while the server is on", async () => {
    const id = await talk.made();
    await bringTo(talk, id, "running");
    expect((await talk.call("GET", `/servers/${id}`)).body).toMatchObject({
      server: { public_ip: { dynamic: true, state: "attached" } },
    });
    await talk.act(id, "poweroff");
    talk.settle();
    expect((await talk.call("GET", `/servers/${id}`)).body).toMatchObject({
      server: { public_ip: null, public_ips: [] },
    });
  });
});

describe("user data", () => {
  test("is raw text under a key; an unknown key is 404 with nothing in it", async () => {
    const id = await talk.made();
    const text = "#cloud-config\npackages: [nginx]\n";
    const wrote = await talk.call("PATCH", `/servers/${id}/user_data/cloud-init`, text, {
      "X-Auth-Token": "x",
      "Content-Type": "text/plain",
    });
    expect([wrote.status, wrote.text]).toEqual([204, ""]);
    expect((await talk.call("GET", `/servers/${id}/user_data`)).body).toEqual({ user_data: ["cloud-init"] });
    const read = await talk.call("GET", `/servers/${id}/user_data/cloud-init`);
    expect([read.status, read.text, read.headers.get("content-type")]).toEqual([200, text, "text/plain"]);
    const missing = await talk.call("GET", `/servers/${id}/user_data/other`);
    expect([missing.status, missing.text]).toEqual([404, ""]);
  });

  test("what the first boot found is told to the test, and a later text is not", async () => {
    const id = await talk.made();
    await talk.call("PATCH", `/servers/${id}/user_data/cloud-init`, "first");
    await bringTo(talk, id, "running");
    await talk.call("PATCH", `/servers/${id}/user_data/cloud-init`, "second");
    const glance = talk.control.servers().find((server) => server.id === id);
    expect(glance?.record).toMatchObject({
      firstBootCloudInit: "first",
      userData: { "cloud-init": "second" },
    });
  });
});

describe("the rest of a server", () => {
  test("volumes are attached and detached by their own calls, not while the server moves", async () => {
    const id = await talk.made();
    const made = await talk.root("POST", "/block/v1/zones/fr-par-1/volumes", {
      name: "extra",
      project_id: project,
      from_empty: { size: 1_024_000_000 },
    });
    const volume = z.object({ id: z.string(), status: z.string() }).parse(made.body);
    expect(volume.status).toBe("available");
    const attached = await talk.call("POST", `/servers/${id}/attach-volume`, {
      volume_id: volume.id,
      volume_type: "sbs_volume",
    });
    expect(attached.body).toMatchObject({ server: { volumes: { "1": { id: volume.id } } } });
    const other = await talk.made();
    const twice = await talk.call("POST", `/servers/${other}/attach-volume`, { volume_id: volume.id });
    expect(twice).toMatchObject({
      status: 400,
      body: { message: `volume ${volume.id} is already attached to a server` },
    });
    await talk.act(id, "poweron");
    const moving = await talk.call("POST", `/servers/${id}/detach-volume`, { volume_id: volume.id });
    expect(moving).toMatchObject({
      status: 409,
      body: { type: "transient_state", current_state: "starting" },
    });
    talk.settle();
    const detached = await talk.call("POST", `/servers/${id}/detach-volume`, { volume_id: volume.id });
    expect(Object.keys(volumesOf.parse(detached.body).server.volumes)).toEqual(["0"]);
  });

  test("the commercial type is changed only while the server is stopped", async () => {
    const id = await talk.made();
    expect((await talk.call("PATCH", `/servers/${id}`, { commercial_type: "DEV1-M" })).body).toMatchObject({
      server: { commercial_type: "DEV1-M" },
    });
    await bringTo(talk, id, "running");
    expect((await talk.call("PATCH", `/servers/${id}`, { commercial_type: "DEV1-S" })).status).toBe(400);
  });

  test("a backup changes no state and makes an image", async () => {
    const id = await talk.made();
    const answer = await talk.act(id, "backup");
    const href = z.object({ task: z.object({ href_result: z.string() }) }).parse(answer.body)
      .task.href_result;
    expect((await talk.call("GET", href)).body).toMatchObject({
      image: { state: "creating", from_server: id },
    });
    talk.settle();
    expect((await talk.call("GET", href)).body).toMatchObject({ image: { state: "available" } });
    expect((await talk.call("GET", `/servers/${id}`)).body).toMatchObject({ server: { state: "stopped" } });
  });

  test.for<readonly [token: string | undefined, reason: string]>([
    [undefined, "invalid_argument"],
    ["wrong", "not_found"],
  ])("the token %s is refused with 401", async ([token, reason]) => {
    const strict = await startTalk({ dialect: "scaleway-instance", secret: "right" });
    const headers: Record<string, string> = token === undefined ? {} : { "X-Auth-Token": token };
    expect(await strict.call("GET", "/servers", undefined, headers)).toMatchObject({
      status: 401,
      body: { type: "denied_authentication", message: "authentication is denied", method: "api_key", reason },
    });
    expect((await strict.call("GET", "/servers", undefined, { "X-Auth-Token": "right" })).status).toBe(200);
    await strict.close();
  });

  test.for(["/security_groups", "/placement_groups", "/images", "/snapshots", "/volumes", "/ips"])(
    "%s is a list with a total",
    async (path) => {
      const answer = await talk.call("GET", path);
      expect(answer.status).toBe(200);
      expect(Number(answer.headers.get("x-total-count"))).toBeGreaterThanOrEqual(0);
      expect(answer.body).toHaveProperty(path.slice(1));
    },
  );

  test("there is no tasks endpoint", async () => {
    expect((await talk.call("GET", "/tasks/00000000-0000-0000-0000-000000000000")).status).toBe(404);
  });

  test("the IAM API tells the quota of each type, unlimited unless a switch says otherwise, and it holds", async () => {
    const own = await startTalk({ dialect: "scaleway-instance" });
    const quota = (query: string) => send("GET", `${own.url}/iam/v1alpha1/quota${query}`);
    const of = `?organization_id=${project}`;
    expect(await quota("")).toMatchObject({ status: 400, body: { type: "invalid_arguments" } });
    expect((await send("GET", `${own.url}/iam/v1alpha1/quota${of}`, undefined, {})).status).toBe(401);
    const all = z
      .object({ quota: z.array(z.object({ name: z.string() })), total_count: z.number() })
      .parse((await quota(`${of}&page_size=100`)).body);
    expect(all.quota).toHaveLength(all.total_count);
    own.control.addFault({
      name: "server_quota",
      items: 1,
      type: "DEV1-S",
      match: "POST */zones/fr-par-1/servers",
    });
    const one = await quota(`${of}&quotum_names=cp_servers_type_DEV1_S`);
    expect(one.body).toMatchObject({ quota: [{ name: "cp_servers_type_DEV1_S", locality_type: "zone" }] });
    expect(JSON.stringify(one.body)).toContain(
      '{"zone":"fr-par-1","limit":1},{"zone":"fr-par-2","unlimited":true}',
    );
    expect((await quota(`/cp_servers_type_DEV1_S${of}`)).body).toMatchObject({
      name: "cp_servers_type_DEV1_S",
    });
    expect((await quota(`/cp_servers_type_X1${of}`)).status).toBe(404);
    expect((await own.create({})).status).toBe(201);
    expect(await own.create({})).toMatchObject({
      status: 403,
      body: {
        type: "quotas_exceeded",
        details: [{ resource: "cp_servers_type_DEV1_S", quota: 1, current: 1 }],
      },
    });
    expect((await own.create({ commercial_type: "DEV1-M" })).status).toBe(201);
    await own.close();
  });
});
