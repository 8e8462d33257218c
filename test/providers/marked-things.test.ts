import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import type { Provider } from "../../lib/ports/provider.ts";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";
import { openProvider, testSecret, type OpenedProvider } from "./open-provider.ts";

const owner = "105bdce1-64c0-48ab-899d-868455867ecf";
const other = "22222222-3333-4444-8555-666666666666";
const marker = { operation: `swy:op=op_${"a".repeat(26)}`, deployment: "swy:dep=test" };
const tags = [marker.operation, marker.deployment];
const idOf = ({ resource }: { readonly resource: { readonly id: string } }): string => resource.id;

const post = async (simulator: Simulator, path: string, body: object): Promise<string> => {
  const answer = await fetch(`${simulator.url}${path}`, {
    method: "POST",
    headers: { "X-Auth-Token": testSecret, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const schema = z.union([
    z.object({ server: z.object({ id: z.string() }) }).transform(({ server }) => server.id),
    z.object({ ip: z.object({ id: z.string() }) }).transform(({ ip }) => ip.id),
    z.object({ volume: z.object({ id: z.string() }) }).transform(({ volume }) => volume.id),
    z.object({ id: z.string() }).transform(({ id }) => id),
  ]);
  return schema.parse(await answer.json());
};

describe("marked things at scaleway-instance", () => {
  const zone = "/instance/v1/zones/fr-par-1";
  const server = { name: "web", commercial_type: "DEV1-S", image: "ubuntu_noble" };
  let simulator: Simulator;
  let opened: OpenedProvider;
  let provider: Provider;
  beforeAll(async () => {
    simulator = await startSimulator({ dialect: "scaleway-instance", seed: 3, speed: 40 });
    opened = openProvider("scaleway-instance", simulator.url);
    ({ provider } = opened);
  });
  beforeEach(() => simulator.control.clearFaults());
  afterAll(async () => {
    await simulator.close();
  });

  it("are servers of this project and this deployment, and no others", async () => {
    const ours = await post(simulator, `${zone}/servers`, { ...server, project: owner, tags });
    await post(simulator, `${zone}/servers`, { ...server, project: other, tags });
    await post(simulator, `${zone}/servers`, { ...server, project: owner, tags: ["swy:dep=test-2"] });
    await post(simulator, `${zone}/servers`, { ...server, project: owner, tags: ["web"] });
    const marked = await provider.marked("server", "test");
    expect(marked).toMatchObject([
      { resource: { type: "server", id: ours }, tags, phase: "off", usedBy: null, isProtected: false },
    ]);
    expect(Date.parse(marked[0]?.createdAt ?? "")).not.toBeNaN();
    expect(marked[0]?.volumes).toHaveLength(1);
    expect(await provider.inspect({ type: "server", id: ours })).toEqual(marked[0]);
  });

  it("are volumes of both APIs", async () => {
    const local = { name: "v", volume_type: "l_ssd", size: 20_000_000_000, project: owner, tags };
    const block = { name: "v", project_id: owner, from_empty: { size: 20_000_000_000 }, tags };
    const both = [
      await post(simulator, `${zone}/volumes`, local),
      await post(simulator, "/block/v1/zones/fr-par-1/volumes", block),
    ];
    await post(simulator, "/block/v1/zones/fr-par-1/volumes", { ...block, tags: [marker.operation] });
    const marked = await provider.marked("volume", "test");
    expect(marked.map(idOf)).toEqual(both);
    for (const thing of marked) {
      expect(thing).toMatchObject({ phase: "off", usedBy: null });
      expect(await provider.inspect(thing.resource)).toEqual(thing);
    }
  });

  it("are addresses, free or with the server that has them", async () => {
    const [first] = await provider.marked("server", "test");
    const free = await post(simulator, `${zone}/ips`, { project: owner, tags });
    const used = await post(simulator, `${zone}/ips`, { project: owner, tags, server: first?.resource.id });
    await post(simulator, `${zone}/ips`, { project: owner });
    const marked = await provider.marked("ip", "test");
    expect(new Map(marked.map((thing) => [idOf(thing), [thing.phase, thing.usedBy]]))).toEqual(
      new Map([
        [free, ["off", null]],
        [used, ["on", first?.resource.id]],
      ]),
    );
    await provider.send({ do: "delete", resource: { type: "ip", id: free }, input: {} });
    expect(await provider.inspect({ type: "ip", id: free })).toBeNull();
    expect(await provider.inspect({ type: "ip", id: used })).toMatchObject({ usedBy: first?.resource.id });
  });

  it("a volume knows its server, whichever API holds it", async () => {
    const [first] = await provider.marked("server", "test");
    const root = first?.volumes[0]?.id ?? "";
    expect(await provider.inspect({ type: "volume", id: root })).toMatchObject({
      phase: "on",
      usedBy: first?.resource.id,
    });
  });

  it.each(["server", "volume", "ip"])("a %s that does not exist is gone", async (type) => {
    expect(await provider.inspect({ type, id: "99999999-0000-4000-8000-000000000000" })).toBeNull();
  });

  it.each(["server", "volume", "ip"] as const)("a list of %ss that fails is never none", async (type) => {
    simulator.control.addFault({ name: "error", type: "permissions_denied" });
    await expect(provider.marked(type, "test")).rejects.toThrow("");
  });

  it("waits for the budget as looks do", async () => {
    opened.budget.taken.length = 0;
    await provider.marked("server", "test");
    await provider.marked("volume", "test");
    expect(new Set(opened.budget.taken.map(({ urgency }) => urgency))).toEqual(new Set(["look"]));
  });
});

describe("marked things at scaleway-compute", () => {
  const server = { name: "web", commercial_type: "VC1S", image: "85917034-46b0-4cc5-8b48-f0a2245e357e" };
  let simulator: Simulator;
  let provider: Provider;
  beforeAll(async () => {
    simulator = await startSimulator({ dialect: "scaleway-compute", seed: 3, speed: 40 });
    ({ provider } = openProvider("scaleway-compute", simulator.url));
  });
  afterAll(async () => {
    await simulator.close();
  });

  it("are servers, whose volumes and addresses can be looked at and deleted", async () => {
    const ours = await post(simulator, "/servers", { ...server, organization: owner, tags });
    await post(simulator, "/servers", { ...server, organization: owner, tags: ["web"] });
    const marked = await provider.marked("server", "test");
    expect(marked.map(idOf)).toEqual([ours]);
    expect(await provider.inspect({ type: "server", id: ours })).toEqual(marked[0]);
    const volume = marked[0]?.volumes[0]?.id ?? "";
    expect(await provider.inspect({ type: "volume", id: volume })).toMatchObject({
      usedBy: ours,
      phase: "on",
    });
    const ip = await post(simulator, "/ips", { organization: owner });
    expect(await provider.inspect({ type: "ip", id: ip })).toMatchObject({ phase: "off", tags: [] });
    await provider.send({ do: "delete", resource: { type: "ip", id: ip }, input: {} });
    expect(await provider.inspect({ type: "ip", id: ip })).toBeNull();
  });

  it("are no volumes and addresses, which have no tags there", async () => {
    expect(await provider.marked("volume", "test")).toEqual([]);
    expect(await provider.marked("ip", "test")).toEqual([]);
  });
});
