import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { markerOf } from "../../lib/operation/marker.ts";
import type { ReadAnswer } from "../../lib/ports/provider.ts";
import { startPanel, type Panel } from "../simulators/panel-talk.ts";
import { itemsOf } from "./contract-room.ts";
import { openProvider, testSecret, type OpenedProvider } from "./open-provider.ts";

const path = "/api/application/servers";
let panel: Panel;
let opened: OpenedProvider;
const open = async (settings: Record<string, string> = {}) => {
  panel = await startPanel({ settings, secret: testSecret });
  opened = openProvider("convoy-v0", panel.url);
};
beforeEach(() => open());
afterEach(() => panel.close());
const reopen = async (settings: Record<string, string>) => {
  await panel.close();
  await open(settings);
};

const headers = { Authorization: testSecret, "Content-Type": "application/json" };
const there = { type: "existing", node_id: 1, user_id: 1, vmid: 1489, is_template: false, is_visible: true };
/** A record on the panel, made without us. */
const record = (fields: Record<string, unknown> = {}) =>
  panel.call("POST", "", { ...there, name: "web", ...fields }, headers);
const read = (
  place: string,
  more: { filters?: Record<string, string>; limit?: number; cursor?: string | null } = {},
): Promise<ReadAnswer> =>
  opened.provider.read({ path: place.split("/"), filters: {}, limit: 100, cursor: null, ...more });
const ids = (answer: ReadAnswer): string[] => itemsOf(answer).items.map(({ id }) => id);
const sent = () => panel.control.calls().map((call) => `${call.method} ${call.path}`);

describe("reading", () => {
  it(`GET ${path} gives every server once, whatever its links point to`, async () => {
    await reopen({ links: "foreign" });
    for (let index = 0; index < 7; index += 1) await record();
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const answer: ReadAnswer = await read("servers", { limit: 3, cursor });
      seen.push(...ids(answer));
      cursor = itemsOf(answer).next;
    } while (cursor !== null);
    expect(seen).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
  });

  it(`GET ${path}?filter[user_id] leaves out those whose number only contains the wanted one`, async () => {
    await record({ user_id: 1 });
    await record({ user_id: 10 });
    await record({ user_id: 21 });
    expect(ids(await read("servers", { filters: { user_id: "1" } }))).toEqual(["1"]);
    expect(sent().at(-1)).toContain(encodeURIComponent("filter[user_id]"));
  });

  it(`GET ${path}/{id} gives the panel's own object`, async () => {
    await record();
    expect(await read("servers/1")).toEqual({
      form: "item",
      item: {
        id: "1",
        name: "web",
        state: "not installing",
        raw: { id: 1, vmid: 1489, installing: 0, name: "web", user_id: 1, node_id: 1 },
      },
    });
    await expect(read("servers/99")).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
  });

  it(`GET ${path}/{id}/specifications gives one object, memory in bytes`, async () => {
    await record();
    expect(await read("servers/1/specifications")).toMatchObject({
      form: "item",
      item: { id: "1", raw: { node: "proxmox", cores: 1, memory: 3_179_282_432 } },
    });
  });
});

describe("changing", () => {
  it(`PUT ${path}/{id} fills in what it demands from the server as it is`, async () => {
    await reopen({ update_route: "documented" });
    await record({ user_id: 7 });
    const resource = { type: "server", id: "1" };
    await opened.provider.send({ do: "update", resource, input: { name: "other" } });
    expect(panel.control.servers()[0]).toMatchObject({ name: "other", record: { userId: 7, vmid: 1489 } });
    panel.control.clearCalls();
    await opened.provider.send({ do: "update", resource, input: { node_id: 2, user_id: 8, vmid: 9 } });
    expect(sent()).toEqual([`PUT ${path}/1`]);
  });

  it("the secret is sent as it stands", async () => {
    opened.secrets.values.set("env:TEST_SECRET", `Bearer ${testSecret}`);
    await expect(read("servers")).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("calls that this panel lacks are refused without being sent", async () => {
    const resource = { type: "server", id: "1" };
    const call = opened.provider.send({ do: "power", resource, to: "off" });
    await expect(call).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(sent()).toEqual([]);
  });
});

describe("finding", () => {
  const marker = markerOf("op_0123456789abcdefghjkmnpqrs", "test");
  it.each([
    ["web", "web-op_0123456789abcdefghjkmnpqrs"],
    ["a-name-of-31-characters-exactly", "a-name-of-31-characters-exactly-jkmnpqrs"],
  ])("the server named %s is found, called %s", async (name, called) => {
    const input = { type: "new", name, node_id: 1, user_id: 1, template_id: 1 };
    await opened.provider.send({ do: "create", kind: "server.create", input, marker });
    await record({ name: "web-jkmnpqrs0" });
    const found = await opened.provider.search("server", marker);
    expect(found.map(({ resource }) => resource.id)).toEqual(["1"]);
    expect(panel.control.servers()[0]?.name).toBe(called);
  });

  it("a name that only holds the id somewhere is somebody else's", async () => {
    await record({ name: "x-op_0123456789abcdefghjkmnpqrs-y" });
    expect(await opened.provider.search("server", marker)).toEqual([]);
  });

  it("a page that can't be read is never an empty one", async () => {
    panel.control.addFault({ name: "truncated_json", match: "GET *" });
    await expect(opened.provider.search("server", marker)).rejects.toThrow(/no JSON/);
  });
});

it("429: the connection is quiet until the panel's minute is over", async () => {
  await reopen({ throttle: "60" });
  for (let index = 0; index < 60; index += 1) await panel.call("GET", "", undefined, headers);
  await expect(read("servers")).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterSeconds: 60 });
  expect(opened.budget.holds.length).toBeGreaterThan(0);
});
