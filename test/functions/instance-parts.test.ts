import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { madeBy } from "../../lib/operation/marker.ts";
import { viewOf } from "../../lib/operation/view.ts";
import { talkTo } from "../providers/instance-talk.ts";
import { openInstallation, type Installation } from "./installation.ts";

vi.setConfig({ testTimeout: 60_000 });

let installation: Installation;
let serial = 0;
beforeAll(async () => {
  installation = await openInstallation("scaleway-instance", 40, [
    { name: "paris", fallback_zones: ["nl-ams-1"] },
  ]);
});
afterAll(async () => {
  await installation.stop();
});
beforeEach(() => {
  installation.simulator.control.clearFaults();
  installation.simulator.control.clearCalls();
  serial += 1;
});

const talk = (zone?: string) => talkTo(installation.simulator, zone);
const key = (more = "") => `key-${serial}${more}`;
const run = (kind: string, input: object, id?: string, more = kind) =>
  installation.run(
    {
      connection: "paris",
      kind,
      input,
      ...(id === undefined ? {} : { resource: { type: kind.slice(0, kind.indexOf(".")), id } }),
    },
    key(`-${more}`),
  );
const server = { type: "DEV1-S", image: "ubuntu_noble" };
const create = (input: object = {}, more = "create") =>
  run("server.create", { name: `web-${serial}`, ...server, ...input }, undefined, more);
const made = async (input: object = {}): Promise<string> => {
  const { resource, error } = await create(input, "made");
  if (resource === null) throw new Error(`no server was made: ${error?.detail ?? ""}`);
  return resource.id;
};
const callsTo = (pattern: RegExp): number =>
  installation.simulator.control.calls().filter(({ method, path }) => pattern.test(`${method} ${path}`))
    .length;
const creates = () => callsTo(/^POST .*\/servers$/);
const serversOf = (operationId: string) =>
  installation.simulator.control.servers().filter(({ tags }) => madeBy(tags) === operationId);

describe("a fallback", () => {
  it("to another type is taken when the provider says that it has none, and is told", async () => {
    installation.simulator.control.addFault({ name: "out_of_stock", match: "POST */servers", count: 1 });
    const operation = await create({ fallback: [{ type: "DEV1-M" }, { type: "DEV1-L" }] });
    expect(operation).toMatchObject({ state: "succeeded", choice: 1 });
    expect(viewOf(operation).choice).toEqual({ number: 1, type: "DEV1-M" });
    expect(operation.evidence.map(({ what }) => what).join()).toMatch(
      /No stock of DEV1-S in fr-par-1.*Choice 1/,
    );
    expect(serversOf(operation.id)).toMatchObject([
      { state: "running", record: { commercialType: "DEV1-M" } },
    ]);
    expect(creates()).toBe(2);
  });

  it("to another zone is taken when the quota of the first is used up, and its server lives by that id", async () => {
    installation.simulator.control.addFault({
      name: "quotas_exceeded",
      match: "POST */zones/fr-par-1/servers",
    });
    const operation = await create({
      fallback: [{ zone: "nl-ams-1" }],
      public_ips: [{ type: "routed_ipv4" }],
    });
    expect(operation).toMatchObject({ state: "succeeded", choice: 1 });
    const id = operation.resource?.id ?? "";
    expect(id).toMatch(/^nl-ams-1\//);
    expect(await talk("nl-ams-1").ips()).toMatchObject([{ server: { id: id.slice("nl-ams-1/".length) } }]);
    expect((await run("server.stop", {}, id)).state).toBe("succeeded");
    const gone = await run("server.delete", { with_volumes: true, with_public_ips: true }, id);
    expect(gone).toMatchObject({ state: "succeeded", volumes: [] });
    expect(await talk("nl-ams-1").ips()).toEqual([]);
    expect(await talk("nl-ams-1").blockVolumes()).toEqual([]);
  });

  it("is taken without a create that the quota would refuse, and the quota is told", async () => {
    // A type that nobody has asked for before: what is known of a quota holds for some minutes.
    installation.simulator.control.addFault({ name: "server_quota", items: 1, type: "DEV1-XL" });
    await made({ type: "DEV1-XL", start: false });
    const operation = await create({ type: "DEV1-XL", fallback: [{ type: "DEV1-M" }] });
    expect(operation).toMatchObject({ state: "succeeded", choice: 1 });
    expect(JSON.stringify(operation.evidence)).toContain("DEV1-XL in fr-par-1, limit 1, in use 1");
    expect(creates()).toBe(2);
    const alone = await create({ type: "DEV1-XL" }, "alone");
    expect(alone).toMatchObject({
      state: "failed",
      error: { code: "QUOTA_EXCEEDED", detail: expect.stringContaining("DEV1-XL in fr-par-1, limit 1") },
    });
    expect(creates()).toBe(2);
  });

  it("is not looked at while there is what was asked for", async () => {
    const operation = await create({ fallback: [{ type: "DEV1-M" }] });
    expect(viewOf(operation).choice).toEqual({ number: 0 });
    expect(serversOf(operation.id)).toMatchObject([{ record: { commercialType: "DEV1-S" } }]);
  });

  it("is not taken for a create whose answer was lost: that one is found", async () => {
    installation.simulator.control.addFault({ name: "lost_reply", match: "POST */servers", count: 1 });
    const operation = await create({ fallback: [{ type: "DEV1-M" }, { zone: "nl-ams-1" }] });
    expect(operation).toMatchObject({ state: "succeeded", choice: 0 });
    expect(serversOf(operation.id)).toHaveLength(1);
    expect(creates()).toBe(1);
  });

  it("whose own answer is lost is found in its zone", async () => {
    installation.simulator.control.addFault({ name: "out_of_stock", match: "POST */zones/fr-par-1/servers" });
    installation.simulator.control.addFault({
      name: "lost_reply",
      match: "POST */zones/nl-ams-1/servers",
      count: 1,
    });
    const operation = await create({ fallback: [{ zone: "nl-ams-1" }] });
    expect(operation).toMatchObject({ state: "succeeded", choice: 1 });
    expect(operation.resource?.id).toMatch(/^nl-ams-1\//);
    expect(serversOf(operation.id)).toHaveLength(1);
  });

  it("fails when there is nothing left, and tells what was tried", async () => {
    installation.simulator.control.addFault({ name: "quotas_exceeded" });
    const operation = await create({ fallback: [{ type: "DEV1-M" }] });
    expect(operation).toMatchObject({ state: "failed", error: { code: "QUOTA_EXCEEDED" } });
    expect(operation.error?.detail).toContain("DEV1-M in fr-par-1, limit 10");
    expect(JSON.stringify(operation.error?.evidence)).toContain("DEV1-S in fr-par-1, limit 10");
    expect(serversOf(operation.id)).toEqual([]);
  });

  it("is refused where the connection does not search", async () => {
    await expect(create({ fallback: [{ zone: "pl-waw-1" }] })).rejects.toMatchObject({
      faults: [{ pointer: "/input/fallback/0/zone" }],
    });
  });
});

describe("groups", () => {
  it("are chosen when the server is made, and changed later", async () => {
    const [one, other] = [await talk().makeSecurityGroup("one"), await talk().makeSecurityGroup("other")];
    const spread = await talk().makePlacementGroup("spread");
    const id = await made({ start: false, security_group: one, placement_group: spread });
    expect(await talk().server(id)).toMatchObject({
      security_group: { id: one },
      placement_group: { id: spread },
    });
    const changed = await run("server.update", { security_group: other, placement_group: null }, id);
    expect(changed.state).toBe("succeeded");
    expect(await talk().server(id)).toMatchObject({ security_group: { id: other }, placement_group: null });
  });
});

describe("addresses", () => {
  const ipsOf = async (id: string) => (await talk().ips()).filter(({ server: on }) => on?.id === id);

  it("are made with the server, bear the marker, and are there before the first boot", async () => {
    const operation = await create({
      public_ips: [{ type: "routed_ipv4" }, { type: "routed_ipv6" }],
      cloud_init: "x",
    });
    expect(operation.steps.map(({ name }) => name)).toEqual(["create", "configure", "power_on"]);
    const ips = await ipsOf(operation.resource?.id ?? "");
    expect(ips.map(({ type }) => type).toSorted()).toEqual(["routed_ipv4", "routed_ipv6"]);
    expect(ips.map(({ tags }) => madeBy(tags))).toEqual([operation.id, operation.id]);
  });

  it("are made once, though the answer to the first request was lost", async () => {
    installation.simulator.control.addFault({ name: "lost_reply", match: "POST */ips", count: 1 });
    const operation = await create({ start: false, public_ips: [{ type: "routed_ipv4" }] });
    expect(operation.state).toBe("succeeded");
    expect(await ipsOf(operation.resource?.id ?? "")).toHaveLength(1);
  });

  it("that exist are attached, let go, attached again, and given back", async () => {
    const ip = await talk().makeIp();
    const id = await made({ start: false, public_ips: [ip], dynamic_ip_required: false });
    expect(await ipsOf(id)).toMatchObject([{ id: ip }]);
    expect(await talk().server(id)).toMatchObject({ dynamic_ip_required: false });
    expect((await run("server.update", { public_ips: [] }, id, "off")).state).toBe("succeeded");
    expect(await ipsOf(id)).toEqual([]);
    const added = await run("server.update", { public_ips: [ip, { type: "routed_ipv4" }] }, id, "on");
    expect(added.state).toBe("succeeded");
    const there = await ipsOf(id);
    expect(there).toHaveLength(2);
    expect(new Set(there.map(({ tags }) => madeBy(tags)))).toEqual(new Set([null, added.id]));
    expect((await run("server.update", { release_public_ips: [ip] }, id, "back")).state).toBe("succeeded");
    expect((await talk().ips()).map((one) => one.id)).not.toContain(ip);
    expect((await run("server.update", { release_public_ips: [ip] }, id, "again")).state).toBe("succeeded");
  });

  it("of an update whose answer was lost are not made twice", async () => {
    const id = await made({ start: false });
    installation.simulator.control.addFault({ name: "lost_reply", match: "POST */ips", count: 1 });
    const operation = await run("server.update", { public_ips: [{ type: "routed_ipv4" }] }, id);
    expect(operation.state).toBe("succeeded");
    expect(await ipsOf(id)).toHaveLength(1);
  });

  it("go with the server when that is asked, but for those that were only attached", async () => {
    const reserved = await talk().makeIp();
    const id = await made({ start: false, public_ips: [reserved, { type: "routed_ipv4" }] });
    const operation = await run("server.delete", { with_public_ips: true }, id);
    expect(operation).toMatchObject({ state: "succeeded" });
    expect(operation.steps.map(({ name }) => name)).toEqual(["remove", "remove_addresses"]);
    const left = await talk().ips();
    expect(left.map((ip) => ip.id)).toContain(reserved);
    expect(left.filter(({ tags }) => tags.includes(`swy:for=${id}`))).toEqual([]);
  });

  it("stay with a server that can't be deleted", async () => {
    const id = await made({ protected: true, start: false, public_ips: [{ type: "routed_ipv4" }] });
    const operation = await run("server.delete", { with_public_ips: true }, id);
    expect(operation).toMatchObject({ state: "failed", error: { code: "PROTECTED" } });
    expect(await ipsOf(id)).toHaveLength(1);
  });

  it("stay when nobody asks for it", async () => {
    const id = await made({ start: false, public_ips: [{ type: "routed_ipv4" }] });
    expect((await run("server.delete", {}, id)).state).toBe("succeeded");
    expect((await talk().ips()).filter(({ tags }) => tags.includes(`swy:for=${id}`))).toHaveLength(1);
  });
});

describe("volumes", () => {
  it("of every sort come with a server", async () => {
    const source = await talk().makeBlockVolume("source");
    const snapshot = await talk().makeSnapshot("saved", source);
    const kept = await talk().makeBlockVolume("kept");
    const id = await made({
      start: false,
      volumes: {
        "0": { volume_type: "sbs_volume", size: 20_000_000_000 },
        "1": { volume_type: "sbs_volume", size: 30_000_000_000 },
        "2": { volume_type: "sbs_volume", base_snapshot: snapshot },
        "3": { id: kept, volume_type: "sbs_volume" },
      },
    });
    const { volumes } = await talk().server(id);
    expect(Object.keys(volumes ?? {})).toEqual(["0", "1", "2", "3"]);
    expect(JSON.stringify(volumes)).toContain(kept);
    const names = (await talk().blockVolumes()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([`web-${serial}-1`, `web-${serial}-2`]));
  });

  it("are made, put in, taken out and deleted; what a server has is not deleted, and that is explained", async () => {
    const id = await made();
    const volume = await run("volume.create", {
      name: "data",
      volume_type: "sbs_volume",
      size: 20_000_000_000,
    });
    const volumeId = volume.resource?.id ?? "";
    expect((await run("server.update", { attach_volumes: [volumeId] }, id, "in")).state).toBe("succeeded");
    expect(JSON.stringify(await talk().server(id))).toContain(volumeId);
    const again = await run("server.update", { attach_volumes: [volumeId] }, id, "in again");
    expect(again.state).toBe("succeeded");
    expect(callsTo(/attach-volume$/)).toBe(1);
    const refused = await run("volume.delete", {}, volumeId, "too early");
    expect(refused).toMatchObject({
      state: "failed",
      error: { detail: expect.stringContaining("detach_volumes") },
    });
    expect((await run("server.update", { detach_volumes: [volumeId] }, id, "out")).state).toBe("succeeded");
    // In use for a while still: the provider refuses, and it is asked again.
    expect((await run("volume.delete", {}, volumeId, "now")).state).toBe("succeeded");
    expect((await talk().blockVolumes()).map((one) => one.id)).not.toContain(volumeId);
  });
});

describe("volumes of their own", () => {
  it.each<[string, (snapshot: string) => Record<string, unknown>, RegExp]>([
    ["local", () => ({ volume_type: "l_ssd", size: 10_000_000_000 }), /\/instance\/v1\/.*\/volumes$/],
    [
      "of the block API with a speed",
      () => ({ volume_type: "sbs_volume", size: 10_000_000_000, perf_iops: 15_000 }),
      /\/block\/v1\/.*\/volumes$/,
    ],
    [
      "of the block API from a snapshot",
      (snapshot) => ({ volume_type: "sbs_volume", base_snapshot: snapshot }),
      /\/block\/v1\/.*\/volumes$/,
    ],
  ])("that are %s are made in the API where they belong, and deleted there", async (_what, of, path) => {
    const snapshot = await talk().makeSnapshot("saved", await talk().makeBlockVolume("source"));
    installation.simulator.control.clearCalls();
    const volume = await run("volume.create", { name: "data", ...of(snapshot) });
    expect(volume).toMatchObject({ state: "succeeded", resource: { type: "volume" } });
    const posts = installation.simulator.control.calls().filter(({ method }) => method === "POST");
    expect(posts.map(({ path: sent }) => path.test(sent))).toEqual([true]);
    expect((await run("volume.delete", {}, volume.resource?.id)).state).toBe("succeeded");
  });
});

describe("other fields of a server", () => {
  it("are sent as they are when it is made, and when it is changed", async () => {
    const fields = { boot_type: "rescue", enable_ipv6: true, dynamic_ip_required: false };
    const id = await made({ start: false, ...fields });
    expect(await talk().server(id)).toMatchObject(fields);
    expect((await run("server.update", { boot_type: "local", tags: ["a=b"] }, id)).state).toBe("succeeded");
    const changed = await talk().server(id);
    expect(changed).toMatchObject({ boot_type: "local" });
    expect(changed["tags"]).toEqual(expect.arrayContaining(["a=b"]));
  });
});

describe("actions", () => {
  it("stop_in_place ends in standby, and terminate with the server gone", async () => {
    const id = await made();
    const standby = await run("server.action", { action: "stop_in_place" }, id, "standby");
    expect(standby.state).toBe("succeeded");
    expect(await talk().server(id)).toMatchObject({ state: "stopped in place" });
    expect((await run("server.action", { action: "terminate" }, id, "terminate")).state).toBe("succeeded");
    expect(installation.simulator.control.servers().map((one) => one.id)).not.toContain(id);
  });
});

describe("a backup", () => {
  it("ends when its image can be used, and the image is the operation's task", async () => {
    const id = await made({ start: false });
    const operation = await run("server.action", { action: "backup", name: "nightly" }, id);
    expect(operation).toMatchObject({ state: "succeeded", task: { status: "available", progress: 100 } });
    expect(operation.steps.map(({ name }) => name)).toEqual(["action", "build"]);
    const image = await talk().get(operation.task?.id ?? "");
    expect(image).toMatchObject({ image: { name: "nightly", state: "available", from_server: id } });
    expect(installation.events.filter(({ data }) => data["operation_id"] === operation.id)).toEqual([]);
  });

  it("whose image is not to be seen yet goes on", async () => {
    const id = await made({ start: false });
    installation.simulator.control.addFault({ name: "error", type: "not_found", match: "GET */images/*" });
    const operationId = await installation.accept(
      {
        connection: "paris",
        kind: "server.action",
        resource: { type: "server", id },
        input: { action: "backup" },
      },
      key("-backup"),
    );
    await installation.start([{ v: 1, operation_id: operationId }]);
    const operation = await installation.operation(operationId);
    // Just begun, it may be missing: that says nothing yet.
    expect(operation).toMatchObject({ state: "following", task: { status: "creating" } });
  });
});

describe("protection", () => {
  it("refuses all that would take the server away, says why, and goes by an update", async () => {
    const id = await made({ protected: true });
    const forbidden: readonly (readonly [string, object])[] = [
      ["server.stop", {}],
      ["server.reboot", {}],
      ["server.delete", {}],
      ["server.action", { action: "terminate" }],
      ["server.action", { action: "stop_in_place" }],
    ];
    for (const [kind, input] of forbidden) {
      const operation = await run(kind, input, id, JSON.stringify([kind, input]));
      expect(operation).toMatchObject({ state: "failed", error: { code: "PROTECTED" } });
      expect(operation.error?.hint).toContain('{"protected": false}');
      expect(await talk().server(id)).toMatchObject({ state: "running" });
    }
    expect((await run("server.update", { protected: false }, id)).state).toBe("succeeded");
    expect((await run("server.stop", {}, id, "at last")).state).toBe("succeeded");
  });
});

describe("another size", () => {
  it("is refused while the server runs, with what to do, and taken while it is off", async () => {
    const id = await made();
    const early = await run("server.update", { type: "DEV1-M" }, id, "early");
    expect(early).toMatchObject({ state: "failed", error: { code: "WRONG_STATE" } });
    expect(early.error?.detail).toContain("server.stop first");
    await run("server.stop", {}, id);
    expect((await run("server.update", { type: "DEV1-M" }, id, "then")).state).toBe("succeeded");
    expect((await run("server.start", {}, id)).state).toBe("succeeded");
    expect(await talk().server(id)).toMatchObject({ commercial_type: "DEV1-M", state: "running" });
  });
});
