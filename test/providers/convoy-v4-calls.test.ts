import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import type { JsonObject } from "../../lib/operation/json.ts";
import type { Phase } from "../../lib/operation/observation.ts";
import type { Resource } from "../../lib/operation/operation.ts";
import {
  ProviderDoubt,
  ProviderRefusal,
  type Provider,
  type ProviderCall,
} from "../../lib/ports/provider.ts";
import { ConvoyV4Provider } from "../../lib/providers/convoy-v4/adapter.ts";
import { foundOf } from "../../lib/providers/convoy-v4/translate.ts";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";
import { handClock } from "../simulators/talk.ts";
import { handle, madeBy, newMarker } from "./contract-room.ts";
import { guestPassword, longestBuild, v4Server } from "./convoy-v4-panel.ts";
import { openProvider, testNow, testSecret } from "./open-provider.ts";

const clock = handClock();
let simulator: Simulator;
let provider: Provider;

const openPanel = async (settings: Record<string, string> = {}) => {
  simulator = await startSimulator({ dialect: "convoy-v4", clock, secret: testSecret, settings });
  const opened = openProvider("convoy-v4", simulator.url);
  opened.secrets.values.set("env:SWITCHYARD_INPUT_GUEST", guestPassword);
  provider = opened.provider;
  return opened;
};
const again = async (settings: Record<string, string>) => {
  await simulator.close();
  return openPanel(settings);
};

beforeAll(async () => {
  await openPanel();
});
afterEach(() => {
  simulator.control.clearFaults();
  simulator.control.clearCalls();
});
afterAll(() => simulator.close());

const create = (more: JsonObject = {}, marker = newMarker()) =>
  provider.send({ do: "create", kind: "server.create", input: { ...v4Server, ...more }, marker });
const ready = async (more: JsonObject = {}): Promise<Resource> => {
  const made = madeBy(await create(more));
  clock.advance(longestBuild);
  return made;
};
const seen = async (resource: Resource) => {
  const [observation] = await provider.look([handle(resource)]);
  return observation;
};
const phaseOf = async (resource: Resource): Promise<Phase | undefined> => (await seen(resource))?.phase;
const recordOf = ({ id }: Resource) => simulator.control.servers().find((server) => server.id === id)?.record;
const routes = () => simulator.control.calls().map(({ route }) => route);
const applied = (resource: Resource, input: JsonObject): ProviderCall => ({
  do: "apply",
  kind: "specifications.update",
  resource,
  input,
});
const settings = { cpu: 4, memory: 4_294_967_296, disk: 42_949_672_960 };

describe("POST /api/application/servers", () => {
  it("POST /api/application/servers sends the password that is referred to, and shows it nowhere", async () => {
    const { log } = await again({});
    const answer = await create();
    expect(answer.observation).toMatchObject({ phase: "moving", state: "installing" });
    expect(JSON.stringify([answer, simulator.control.servers(), log])).not.toContain(guestPassword);
  });

  it("POST /api/application/servers sends no secret that the connection does not allow (any more)", async () => {
    const before = routes().length;
    await expect(create({ account_password: "env:TEST_SECRET" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("must begin with env:SWITCHYARD_INPUT_"),
      provider: { param: "account_password" },
    });
    expect(routes().length).toBe(before);
  });

  it("POST /api/application/servers without the secret sends nothing, and may be sent later", async () => {
    const before = routes().length;
    await expect(create({ account_password: "env:SWITCHYARD_INPUT_NOWHERE" })).rejects.toMatchObject({
      name: "ProviderRefusal",
      code: "UNAVAILABLE",
      message: expect.stringContaining("env:SWITCHYARD_INPUT_NOWHERE"),
    });
    expect(routes().length).toBe(before);
  });

  it.each([
    ["a name with room for the whole id", "web", /^web-op_[0-9a-z]{26}$/],
    [
      "a name with room for its end",
      "a-name-of-thirty-one-characters",
      /^a-name-of-thirty-one-characters-[0-9a-z]{8}$/,
    ],
  ])("POST /api/application/servers marks %s, and finds it by that", async (_why, name, shown) => {
    const marker = newMarker();
    const made = madeBy(await create({ name }, marker));
    expect(simulator.control.servers().find(({ id }) => id === made.id)?.name).toMatch(shown);
    const found = await provider.search("server", marker);
    expect(found.map(({ resource }) => resource)).toEqual([made]);
    expect(await provider.search("server", newMarker())).toEqual([]);
  });

  it("POST /api/application/servers takes a name without room as it is, and does not find it", async () => {
    const name = "a-name-of-exactly-thirty-two-letters-x".slice(0, 32);
    const marker = newMarker();
    const made = madeBy(await create({ name }, marker));
    expect(simulator.control.servers().find(({ id }) => id === made.id)?.name).toBe(name);
    expect(await provider.search("server", marker)).toEqual([]);
  });

  it("POST /api/application/servers that made two is told from the older one by the panel's count", async () => {
    const marker = newMarker();
    const first = madeBy(await create({}, marker));
    const second = madeBy(await create({}, marker));
    const found = await provider.search("server", marker);
    const [oldest] = found.toSorted((one, other) => Date.parse(one.createdAt) - Date.parse(other.createdAt));
    expect([oldest?.resource, found.length]).toEqual([first, 2]);
    expect(second).not.toEqual(first);
  });

  it.each([
    ["a template of another node", { node_id: 2 }, 400],
    ["a template that is not there", { template_uuid: "none" }, 422],
  ])("POST /api/application/servers with %s is refused as bad input", async (_why, more, status) => {
    await expect(create(more)).rejects.toMatchObject({ code: "INVALID_INPUT", provider: { status } });
  });

  it("POST /api/application/servers refused with a template's 404 is bad input, not a missing server", async () => {
    const { template_uuid: _left, ...input } = v4Server;
    const sent = provider.send({ do: "create", kind: "server.create", input, marker: newMarker() });
    await expect(sent).rejects.toMatchObject({ code: "INVALID_INPUT", provider: { status: 404 } });
  });

  it("POST /api/application/servers names every field that the panel refuses", async () => {
    await expect(create({ hostname: "", user_id: 99 })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      provider: { status: 422, fields: { hostname: expect.any(Array), user_id: expect.any(Array) } },
    });
  });

  it("POST /api/application/servers whose refusal repeats the password does not pass it on", async () => {
    const opened = openProvider("convoy-v4", simulator.url);
    // The panel's messages about templates repeat nothing, those about addresses name no value: a short word will do.
    opened.secrets.values.set("env:SWITCHYARD_INPUT_GUEST", "selected");
    const sent = opened.provider.send({
      do: "create",
      kind: "server.create",
      input: { ...v4Server, user_id: 99 },
      marker: newMarker(),
    });
    const error: unknown = await sent.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProviderRefusal);
    expect(error).toMatchObject({ provider: { fields: { user_id: [expect.stringContaining("[secret]")] } } });
    expect(String(error)).not.toContain("selected");
  });

  it("POST /api/application/servers whose refusal is cut short within the password passes on no part of it", async () => {
    const password = "correct-horse-battery";
    const body = JSON.stringify({ message: `${"x".repeat(490)}${password}` });
    const { connection, budget, log, secrets } = openProvider("convoy-v4", simulator.url);
    secrets.values.set("env:SWITCHYARD_INPUT_GUEST", password);
    const http = { send: async () => ({ status: 422, headers: {}, body }) };
    const stopped = { now: () => testNow, sleep: async () => undefined };
    const refusing = new ConvoyV4Provider(connection, { http, budget, secrets, log, clock: stopped });
    const sent = refusing.send({ do: "create", kind: "server.create", input: v4Server, marker: newMarker() });
    const error: unknown = await sent.catch((reason: unknown) => reason);
    expect(JSON.stringify([error, String(error)])).not.toContain(password.slice(0, 5));
  });
});

it("a number of the panel's that no date stands for is still a number to choose the oldest by", () => {
  const createdAt = (number: number) =>
    Date.parse(foundOf({ id: "a1b2c3d4", internal_id: number }).createdAt);
  expect(createdAt(7)).toBeLessThan(createdAt(8));
  expect(createdAt(8)).toBeLessThan(createdAt(Number.MAX_SAFE_INTEGER));
});

describe("a status and what it means", () => {
  it.each<readonly [state: string, phase: Phase]>([
    ["ready", "on"],
    ["installing", "moving"],
    ["install_failed", "failed"],
    ["suspended", "off"],
    ["restoring_backup", "moving"],
    ["restoring_snapshot", "moving"],
    ["deleting", "moving"],
    ["deletion_failed", "failed"],
  ])("GET /api/application/servers/{server}: %s is %s, alone and on the list", async (state, phase) => {
    const made = madeBy(await create());
    simulator.control.editServer(made.id, { state });
    expect(await seen(made)).toMatchObject({ phase, state });
    const others = await Promise.all(Array.from({ length: 5 }, () => create()));
    const all = [made, ...others.map(madeBy)];
    const [first] = await provider.look(all.map((one) => handle(one)));
    expect(first).toMatchObject({ phase, state });
  });

  it("GET /api/application/servers/{server}: a failed deletion says how to get out of it", async () => {
    const made = madeBy(await create());
    simulator.control.editServer(made.id, { state: "deletion_failed" });
    expect((await seen(made))?.detail).toContain('{"status": null}');
  });

  it("GET /api/application/servers/{server} takes the whole UUID as well, alone and on the list", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => create()));
    const ids = answers.map((answer) => madeBy(answer).id);
    const read = await provider.read({
      path: ["servers", ids[0] ?? ""],
      filters: {},
      limit: 1,
      cursor: null,
    });
    const { uuid } = z
      .object({ item: z.object({ raw: z.object({ uuid: z.string() }) }) })
      .transform(({ item }) => item.raw)
      .parse(read);
    expect(await phaseOf({ type: "server", id: uuid })).toBe("moving");
    const all = [uuid, ...ids.slice(1)].map((id) => handle({ type: "server", id }));
    const before = routes().length;
    expect((await provider.look(all)).map((one) => one?.phase)).toEqual(ids.map(() => "moving"));
    expect(routes().length - before).toBe(1);
  });

  it("GET /api/application/servers/{server} that is gone is gone; a path that is not routed is no word on it", async () => {
    expect(await phaseOf({ type: "server", id: "deadbeef" })).toBe("gone");
    const wrong = openProvider("convoy-v4", `${simulator.url}/below`).provider;
    await expect(wrong.look([handle({ type: "server", id: "deadbeef" })])).rejects.toMatchObject({
      code: "PROVIDER_REFUSED",
    });
  });
});

describe("PATCH /api/application/servers/{server}", () => {
  it("PATCH /api/application/servers/{server} changes fields and answers with the server", async () => {
    const resource = await ready();
    const input = { name: "db", hostname: "db.example.com", user_id: 2, vmid: 4711 };
    const answer = await provider.send({ do: "update", resource, input });
    expect(answer.observation).toMatchObject({ name: expect.stringMatching(/^db-op_/), phase: "on" });
    expect(recordOf(resource)).toMatchObject({
      name: expect.stringMatching(/^db-op_/),
      hostname: "db.example.com",
      userId: 2,
      vmid: 4711,
    });
  });

  it.each([
    ["the marker behind a name that has room for it", "db", /^db-op_[0-9a-z]{26}$/],
    ["the end of it behind a longer one", "n".repeat(25), /^n{25}-[0-9a-z]{14}$/],
    ["nothing but a name that has no room", "n".repeat(35), /^n{35}$/],
  ])("PATCH /api/application/servers/{server} sends %s", async (_what, name, expected) => {
    const resource = await ready();
    await provider.send({ do: "update", resource, input: { name } });
    expect(recordOf(resource)).toMatchObject({ name: expect.stringMatching(expected) });
  });

  it("PATCH /api/application/servers/{server} gives no marker to a server that somebody else has named", async () => {
    const resource = await ready();
    simulator.control.editServer(resource.id, { name: "by-hand" });
    await provider.send({ do: "update", resource, input: { name: "db" } });
    expect(recordOf(resource)).toMatchObject({ name: "db" });
  });

  it("PATCH /api/application/servers/{server} whose hostname can't be pushed is a doubt", async () => {
    const resource = await ready();
    simulator.control.addFault({ name: "capacity_failure", match: "PATCH */servers/*" });
    const sent = provider.send({ do: "update", resource, input: { hostname: "db.example.com" } });
    await expect(sent).rejects.toBeInstanceOf(ProviderDoubt);
  });

  it.each([["installing"], ["deleting"], ["suspended"]])(
    "PATCH /api/application/servers/{server} does not write over the status %s",
    async (state) => {
      const resource = await ready();
      simulator.control.editServer(resource.id, { state });
      const sent = provider.send({ do: "update", resource, input: { status: null } });
      await expect(sent).rejects.toMatchObject({ code: "PROVIDER_REFUSED" });
      expect((await seen(resource))?.state).toBe(state);
    },
  );
});

describe("PATCH /api/application/servers/{server}/settings/build", () => {
  it("PATCH /api/application/servers/{server}/settings/build keeps what is left out", async () => {
    const limits = { ...v4Server.limits, snapshots: 3, backups: 7, bandwidth: 1000, address_ids: [5, 205] };
    const resource = await ready({ limits });
    await provider.send(applied(resource, settings));
    const kept = { ...settings, snapshots: 3, backups: 7, bandwidth: 1000 };
    expect(recordOf(resource)).toMatchObject({ limits: kept, addressIds: [5, 205], guest: settings });
  });

  it("PATCH /api/application/servers/{server}/settings/build sends what is named, null as well", async () => {
    const resource = await ready({ limits: { ...v4Server.limits, backups: 7, address_ids: [6] } });
    const named = { address_ids: [], snapshot_limit: 1, backup_limit: null, bandwidth_limit: 5 };
    await provider.send(applied(resource, { ...settings, ...named }));
    const limits = { ...settings, snapshots: 1, backups: null, bandwidth: 5 };
    expect(recordOf(resource)).toMatchObject({ limits, addressIds: [] });
  });

  it("PATCH /api/application/servers/{server}/settings/build answered 200 and not applied is refused, field by field", async () => {
    await again({ unreachable_node_keeps: "lost" });
    const resource = await ready();
    simulator.control.addFault({ name: "capacity_failure", match: "PATCH */settings/build" });
    const sent = provider.send(applied(resource, settings));
    await expect(sent).rejects.toMatchObject({
      code: "PROVIDER_REFUSED",
      message: expect.stringMatching(
        /answered 200 and did not apply it: cpu is 2, not 4; memory is 2147483648/,
      ),
    });
    expect(routes().filter((route) => route.startsWith("PATCH"))).toHaveLength(1);
  });

  it("PATCH /api/application/servers/{server}/settings/build of a server under deletion says how it stands", async () => {
    const resource = await ready();
    simulator.control.editServer(resource.id, { state: "deletion_failed" });
    await expect(provider.send(applied(resource, settings))).rejects.toMatchObject({
      code: "WRONG_STATE",
      message: expect.stringContaining('{"status": null}'),
      provider: { status: 409 },
    });
  });
});

describe("POST /api/application/servers/{server}/settings/suspend and unsuspend", () => {
  it("POST /api/application/servers/{server}/settings/suspend kills, POST …/settings/unsuspend starts", async () => {
    const resource = await ready();
    for (const [to, phase, isRunning] of [
      ["off", "off", false],
      ["off", "off", false],
      ["on", "on", true],
    ] as const) {
      await provider.send({ do: "power", resource, to });
      expect(await phaseOf(resource)).toBe(phase);
      expect(recordOf(resource)).toMatchObject({ guest: { isRunning } });
    }
  });

  it("POST /api/application/servers/{server}/settings/suspend with the node out of reach is a doubt", async () => {
    const resource = await ready();
    simulator.control.addFault({ name: "capacity_failure", match: "POST */suspend" });
    await expect(provider.send({ do: "power", resource, to: "off" })).rejects.toBeInstanceOf(ProviderDoubt);
    expect(await phaseOf(resource)).toBe("on");
  });

  it("POST /api/application/servers/{server}/settings/unsuspend while it is deleted is WRONG_STATE", async () => {
    const resource = await ready();
    simulator.control.editServer(resource.id, { state: "deleting" });
    await expect(provider.send({ do: "power", resource, to: "on" })).rejects.toMatchObject({
      code: "WRONG_STATE",
    });
  });

  it("has no other action", async () => {
    const resource = await ready();
    const sent = provider.send({ do: "act", resource, action: "reboot", input: {} });
    await expect(sent).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});

describe("DELETE /api/application/servers/{server}", () => {
  it.each([
    [{ purge: false }, 1],
    [{ purge: true }, 0],
    [{}, 1],
  ])(
    "DELETE /api/application/servers/{server} with %j is seen on its way, then gone; machines left: %i",
    async (input, left) => {
      const vmid = 5000 + (clock.now() % 1000) + left;
      const resource = await ready({ vmid });
      await provider.send({ do: "delete", resource, input });
      expect(await seen(resource)).toMatchObject({ phase: "moving", state: "deleting" });
      clock.advance(600);
      expect(await phaseOf(resource)).toBe("gone");
      // A machine that is left makes the next build under its number fail.
      expect(await phaseOf(await ready({ vmid }))).toBe(left === 1 ? "failed" : "on");
    },
  );

  it("DELETE /api/application/servers/{server} while one runs is what was asked for", async () => {
    const resource = await ready();
    await provider.send({ do: "delete", resource, input: { purge: true } });
    await expect(provider.send({ do: "delete", resource, input: {} })).resolves.toMatchObject({
      resource: null,
    });
    expect(routes().filter((route) => route.startsWith("DELETE"))).toHaveLength(2);
  });

  it("DELETE /api/application/servers/{server} after one has failed says what to do, and that works", async () => {
    const resource = await ready();
    simulator.control.addFault({ name: "capacity_failure", match: "DELETE */servers/*", count: 1 });
    await provider.send({ do: "delete", resource, input: { purge: true } });
    clock.advance(600);
    expect(await seen(resource)).toMatchObject({ phase: "failed", state: "deletion_failed" });
    await expect(provider.send({ do: "delete", resource, input: {} })).rejects.toMatchObject({
      code: "PROVIDER_REFUSED",
      message: expect.stringContaining('server.update with {"status": null}'),
      provider: { status: 409 },
    });
    await provider.send({ do: "update", resource, input: { status: null } });
    await provider.send({ do: "delete", resource, input: { purge: true } });
    clock.advance(600);
    expect(await phaseOf(resource)).toBe("gone");
  });
});

describe("GET /api/application/servers", () => {
  const read = (filters: Record<string, string>) =>
    provider.read({ path: ["servers"], filters, limit: 100, cursor: null });
  const ids = async (filters: Record<string, string>) => {
    const answer = await read(filters);
    return answer.form === "page" ? answer.items.map(({ id }) => id) : [];
  };

  it("GET /api/application/servers passes every filter of the panel in its brackets", async () => {
    await again({});
    const one = madeBy(await create({ name: "alpha", hostname: "first.example.com" })).id;
    const two = madeBy(
      await create({ name: "beta", user_id: 11, limits: { ...v4Server.limits, address_ids: [7] } }),
    ).id;
    expect(await ids({})).toEqual([two, one]);
    expect(await ids({ user_id: "1" })).toEqual([one]);
    expect(await ids({ node_id: "2" })).toEqual([]);
    expect(await ids({ name: "bet" })).toEqual([two]);
    expect(await ids({ "*": "first" })).toEqual([one]);
    expect(await ids({ address_pool_id: "1" })).toEqual([two]);
  });

  it("GET /api/application/servers shows null as ready, and the panel's own object beside it", async () => {
    const resource = await ready();
    const item = await provider.read({ path: ["servers", resource.id], filters: {}, limit: 1, cursor: null });
    expect(item).toMatchObject({
      form: "item",
      item: { id: resource.id, state: "ready", raw: { status: null } },
    });
  });

  it("GET /api/application/servers follows no link to another host", async () => {
    await again({ links: "foreign" });
    await Promise.all(Array.from({ length: 5 }, () => create()));
    simulator.control.addFault({ name: "page_size_cap", items: 2 });
    let cursor: string | null = null;
    const all: string[] = [];
    do {
      const page = await provider.read({ path: ["servers"], filters: {}, limit: 100, cursor });
      if (page.form !== "page") throw new Error("no page");
      all.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== null);
    expect(new Set(all).size).toBe(5);
  });
});

describe("errors", () => {
  it.each([
    ["unauthenticated", "UNAUTHENTICATED", 401],
    ["forbidden", "PERMISSION_DENIED", 403],
    ["conflict", "WRONG_STATE", 409],
    ["refused", "INVALID_INPUT", 400],
    ["invalid", "INVALID_INPUT", 422],
    ["not_found", "RESOURCE_NOT_FOUND", 404],
    ["method_not_allowed", "PROVIDER_REFUSED", 405],
    ["too_many_requests", "RATE_LIMITED", 429],
  ])("the panel's %s is %s", async (type, code, status) => {
    simulator.control.addFault({ name: "error", type });
    const resource = { type: "server", id: "deadbeef" };
    const sent = provider.send({ do: "update", resource, input: { name: "x" } });
    await expect(sent).rejects.toMatchObject({
      name: "ProviderRefusal",
      code,
      provider: { status, message: expect.any(String) },
    });
  });

  it.each([["server_error"], ["unreachable_node"]])("the panel's %s leaves it open", async (type) => {
    simulator.control.addFault({ name: "error", type });
    await expect(create()).rejects.toBeInstanceOf(ProviderDoubt);
  });

  it("asks for JSON with every call, and sends the secret as a bearer's", async () => {
    await again({});
    await expect(create()).resolves.toMatchObject({ resource: { type: "server" } });
    const wrong = openProvider("convoy-v4", simulator.url);
    wrong.secrets.values.set("env:TEST_SECRET", "another");
    const look = wrong.provider.look([handle({ type: "server", id: "deadbeef" })]);
    await expect(look).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("inspects one server, and has nothing else", async () => {
    const resource = await ready();
    expect(await provider.inspect(resource)).toMatchObject({ resource, phase: "on", tags: [], volumes: [] });
    expect(await provider.inspect({ type: "server", id: "deadbeef" })).toBeNull();
    expect(await provider.inspect({ type: "volume", id: "deadbeef" })).toBeNull();
    expect(await provider.marked("server", "contract")).toEqual([]);
    expect(await provider.search("volume", newMarker())).toEqual([]);
  });
});
