import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../lib/operation/json.ts";
import type { Task } from "../../lib/operation/observation.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { publicImages } from "../../simulators/scaleway/public-images.ts";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";
import { newMarker } from "./contract-room.ts";
import { talkTo } from "./instance-talk.ts";
import { openProvider } from "./open-provider.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ dialect: "scaleway-instance", seed: 3 });
});
afterAll(() => simulator.close());
beforeEach(() => {
  simulator.control.clearFaults();
  simulator.control.clearCalls();
});

const owner = "105bdce1-64c0-48ab-899d-868455867ecf";
const server = { name: "web-1", type: "DEV1-S", image: "ubuntu_noble", start: true };
const open = (more: Readonly<Record<string, unknown>> = {}) =>
  openProvider("scaleway-instance", simulator.url, more);
const create = (opened: ReturnType<typeof open>, input: JsonObject, choice = 0, marker = newMarker()) =>
  opened.provider.send({ do: "create", kind: "server.create", input, marker, choice });
const failureOf = async (sent: Promise<unknown>): Promise<unknown> =>
  sent.then(
    () => null,
    (error: unknown) => error,
  );
const calls = (pattern: RegExp): number =>
  simulator.control.calls().filter(({ method, path }) => pattern.test(`${method} ${path}`)).length;
const imageOf = (zone: string, arch: string, storage: string): string | undefined =>
  publicImages(zone).find(
    (image) => image.label === "ubuntu_noble" && image.arch === arch && image.storage === storage,
  )?.id;
const shown = (id: string | undefined) => talkTo(simulator).server(id ?? "");

describe("an image", () => {
  it.each([
    ["of a label is the block one of the zone", {}, "instance_sbs", "sbs_volume"],
    [
      "for a root on local storage is the local one",
      { volumes: { "0": { volume_type: "l_ssd", size: 20_000_000_000 } } },
      "instance_local",
      "l_ssd",
    ],
    [
      "for a root of another size is the block one still",
      { volumes: { "0": { size: 30_000_000_000 } } },
      "instance_sbs",
      "sbs_volume",
    ],
  ])("%s", async (_why, more, storage, volumeType) => {
    const { resource } = await create(open(), { ...server, ...more });
    expect(await shown(resource?.id)).toMatchObject({
      image: { id: imageOf("fr-par-1", "x86_64", storage) },
      volumes: { "0": { volume_type: volumeType } },
    });
  });

  it("that is given by its id is taken as it is, and nobody is asked about it", async () => {
    const image = imageOf("fr-par-1", "x86_64", "instance_local") ?? "";
    const { resource } = await create(open(), { ...server, image });
    expect(await shown(resource?.id)).toMatchObject({
      image: { id: image },
      volumes: { "0": { volume_type: "l_ssd" } },
    });
    expect(calls(/marketplace/)).toBe(0);
  });

  it("that nobody has is refused by name, and nothing is sent", async () => {
    const error = await failureOf(create(open(), { ...server, image: "ubuntu_warty" }));
    expect(error).toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("ubuntu_warty in fr-par-1"),
    });
    expect(calls(/^POST/)).toBe(0);
  });

  it("goes as its label when the marketplace can't be asked", async () => {
    simulator.control.addFault({ name: "unavailable_html", match: "GET /marketplace/*" });
    const { resource } = await create(open(), server);
    expect(resource?.type).toBe("server");
  });
});

describe("the stock", () => {
  it("is looked at once for many creates", async () => {
    const opened = open();
    for (let count = 0; count < 20; count += 1) await create(opened, server);
    await Promise.all(Array.from({ length: 20 }, () => create(opened, server)));
    expect(calls(/^POST .*servers/)).toBe(40);
    expect(calls(/^GET .*availability/)).toBe(1);
    expect(calls(/^GET .*local-images/)).toBe(1);
  });

  it("and the image are looked at once by creates that begin together", async () => {
    const opened = open();
    await Promise.all(Array.from({ length: 10 }, () => create(opened, server)));
    expect([calls(/^GET .*availability/), calls(/^GET .*local-images/)]).toEqual([1, 1]);
  });

  it("that is short is named, and no create is sent", async () => {
    simulator.control.addFault({ name: "out_of_stock", match: "POST */zones/fr-par-1/servers" });
    const error = await failureOf(create(open(), server));
    expect(error).toMatchObject({
      code: "OUT_OF_STOCK",
      message: expect.stringContaining("DEV1-S in fr-par-1"),
    });
    expect(calls(/^POST/)).toBe(0);
  });

  it("is looked at again after a shortage, which is not kept", async () => {
    const opened = open();
    simulator.control.addFault({ name: "out_of_stock" });
    expect(await failureOf(create(opened, server))).toMatchObject({ code: "OUT_OF_STOCK" });
    simulator.control.clearFaults();
    expect((await create(opened, server)).resource?.type).toBe("server");
  });

  it("that can't be looked at keeps nothing from being made", async () => {
    simulator.control.addFault({ name: "unavailable_html", match: "GET */availability" });
    expect((await create(open(), server)).resource?.type).toBe("server");
  });

  it("that is said to be there and is not is named by the refusal", async () => {
    simulator.control.addFault({ name: "out_of_stock", match: "POST */servers", count: 1 });
    const error = await failureOf(create(open(), server));
    expect(error).toMatchObject({
      code: "OUT_OF_STOCK",
      message: expect.stringContaining("DEV1-S in fr-par-1"),
      provider: { status: 503, type: "out_of_stock" },
    });
  });
});

it("a quota that is used up is named with its limit", async () => {
  simulator.control.addFault({ name: "quotas_exceeded", count: 1 });
  const error = await failureOf(create(open(), server));
  expect(error).toMatchObject({
    code: "QUOTA_EXCEEDED",
    message: expect.stringContaining("DEV1-S in fr-par-1, limit 10"),
    provider: { status: 403 },
  });
});

describe("the owner of what is made", () => {
  it.each([
    ["a project", { project: owner }],
    ["an organization", { project: undefined, organization: owner }],
  ])("is %s of the connection", async (_what, more) => {
    const opened = open(more);
    const { resource } = await create(opened, server);
    expect(await shown(resource?.id)).toMatchObject({ project: owner });
    const input = { name: "data", volume_type: "sbs_volume", size: 10_000_000_000 };
    const volume = await opened.provider.send({
      do: "create",
      kind: "volume.create",
      input,
      marker: newMarker(),
    });
    expect(volume.resource?.type).toBe("volume");
  });
});

describe("another zone", () => {
  const zones = { fallback_zones: ["nl-ams-1"] };
  const input = { ...server, fallback: [{ zone: "nl-ams-1" }] };

  it("stands in the id of what is made there, and in those of its volumes", async () => {
    const opened = open(zones);
    const marker = newMarker();
    const { resource, observation } = await create(opened, input, 1, marker);
    expect(resource?.id).toMatch(/^nl-ams-1\/[0-9a-f-]{36}$/);
    expect(observation?.volumes).toMatchObject([{ id: expect.stringMatching(/^nl-ams-1\//) }]);
    const inner = resource?.id.slice("nl-ams-1/".length) ?? "";
    expect(await talkTo(simulator, "nl-ams-1").server(inner)).toMatchObject({
      image: { id: imageOf("nl-ams-1", "x86_64", "instance_sbs") },
    });
    expect(await opened.provider.search("server", marker)).toMatchObject([{ resource }]);
  });

  it("is searched for the marker even when only the answer was lost", async () => {
    const opened = open(zones);
    const marker = newMarker();
    simulator.control.addFault({ name: "lost_reply", match: "POST */servers", count: 1 });
    expect(await failureOf(create(opened, input, 1, marker))).toMatchObject({ name: "ProviderDoubt" });
    const found = await opened.provider.search("server", marker);
    expect(found.map(({ resource }) => resource.id)).toEqual([expect.stringMatching(/^nl-ams-1\//)]);
  });

  it("is not used when the connection does not name it any more: it would not be searched", async () => {
    expect(await failureOf(create(open(), input, 1))).toMatchObject({ code: "INVALID_INPUT" });
    expect(calls(/^POST/)).toBe(0);
  });

  it("that can't be searched makes the whole search fail: nothing is taken for absent", async () => {
    const opened = open(zones);
    simulator.control.addFault({ name: "unavailable_html", match: "GET */zones/nl-ams-1/servers" });
    expect(await failureOf(opened.provider.search("server", newMarker()))).toMatchObject({
      name: "ProviderDoubt",
    });
  });

  it("is looked at, read, swept and changed by that id", async () => {
    const opened = open(zones);
    const there = (await create(opened, input, 1)).resource ?? { type: "server", id: "" };
    const here = (await create(opened, server)).resource ?? { type: "server", id: "" };
    const handles = [there, here].map((resource) => ({
      resource,
      task: null,
      ageSeconds: 60,
      seenMoving: false,
    }));
    const seen = await opened.provider.look(handles);
    expect(seen.map((one) => one?.phase)).toEqual(["off", "off"]);
    const request = { path: ["servers", there.id], filters: {}, limit: 10, cursor: null };
    expect(await opened.provider.read(request)).toMatchObject({
      item: { id: there.id, raw: { zone: "nl-ams-1" } },
    });
    const marked = await opened.provider.marked("server", "contract");
    expect(marked.map(({ resource }) => resource.id)).toContain(there.id);
    const [volume] = seen[0]?.volumes ?? [];
    const volumes = await opened.provider.inspect({ type: "volume", id: volume?.id ?? "" });
    expect(volumes).toMatchObject({ resource: { id: volume?.id }, usedBy: there.id });
    await opened.provider.send({ do: "update", resource: there, input: { name: "renamed" } });
    expect(await opened.provider.inspect(there)).toMatchObject({ name: "renamed" });
    await opened.provider.send({ do: "delete", resource: there, input: {} });
    expect(await opened.provider.inspect(there)).toBeNull();
  });

  const check = (connection: Readonly<Record<string, unknown>>, more: JsonObject) =>
    dialects["scaleway-instance"].dialect.kinds
      .get("server.create")
      ?.check?.(open(connection).connection, { ...server, ...more });

  it.each([
    ["a zone of the connection", zones, { fallback: [{ zone: "nl-ams-1" }] }, null],
    ["the connection's own zone", {}, { fallback: [{ zone: "fr-par-1", type: "DEV1-M" }] }, null],
    ["a type alone", {}, { fallback: [{ type: "DEV1-M" }] }, null],
    [
      "a zone that nobody would search",
      {},
      { fallback: [{ type: "DEV1-M" }, { zone: "nl-ams-1" }] },
      "/input/fallback/1/zone",
    ],
    [
      "a zone that does not have the image's id",
      zones,
      { image: owner, fallback: [{ zone: "nl-ams-1" }] },
      "/input/fallback/0/zone",
    ],
    [
      "a zone that does not have the volume",
      zones,
      { volumes: { "1": { id: owner } }, fallback: [{ zone: "nl-ams-1" }] },
      "/input/fallback/0/zone",
    ],
  ])("%s as a fallback", (_why, connection, more, pointer) => {
    expect(check(connection, more)?.pointer ?? null).toBe(pointer);
  });
});

describe("the image of a backup", () => {
  const look = async (opened: ReturnType<typeof open>, task: Task | null, ageSeconds: number) => {
    const resource = { type: "server", id: "99999999-9999-4999-8999-999999999999" };
    const [seen] = await opened.provider.look([{ resource, task, ageSeconds, seenMoving: false }]);
    return seen;
  };

  it("is what is looked at, and says nothing while it is too young to be seen", async () => {
    const opened = open();
    const { resource } = await create(opened, server);
    if (resource === null) throw new Error("no server was made");
    const { task } = await opened.provider.send({
      do: "act",
      resource,
      action: "backup",
      input: { name: "b" },
    });
    expect(task).toMatchObject({
      id: expect.stringMatching(/^images\//),
      status: "creating",
      progress: null,
    });
    expect(await look(opened, task, 1)).toMatchObject({
      phase: "moving",
      state: "creating",
      task: { id: task?.id },
    });
    await talkTo(simulator).remove(task?.id ?? "");
    expect(await look(opened, task, 1)).toMatchObject({ phase: "unknown", state: null });
    expect(await look(opened, task, 100)).toMatchObject({ phase: "gone" });
  });

  it("is seen beside the server that another operation follows", async () => {
    const opened = open();
    const { resource } = await create(opened, server);
    if (resource === null) throw new Error("no server was made");
    const { task } = await opened.provider.send({ do: "act", resource, action: "backup", input: {} });
    const follow = { resource, ageSeconds: 1, seenMoving: false };
    const seen = await opened.provider.look([
      { ...follow, task: null },
      { ...follow, task },
    ]);
    expect(seen.map((one) => one?.state)).toEqual(["stopped", "creating"]);
    expect(seen.map((one) => one?.task?.id ?? null)).toEqual([null, task?.id]);
  });
});
