import { afterEach, describe, expect, it } from "vitest";
import { ProviderDoubt, type ProviderCall } from "../../lib/ports/provider.ts";
import { send } from "../simulators/talk.ts";
import { handle, itemsOf, newMarker } from "./contract-room.ts";
import { closeDrafts, draftInput, draftPlace, noId, phasesOf, recordedDraft } from "./draft-place.ts";
import { openProvider, testSecret } from "./open-provider.ts";

afterEach(closeDrafts);

describe("changes that are answered with nothing", () => {
  it.each(["200", "201", "202", "204"])(
    "POST /servers/{id}/action answered with %s is a yes, and the flag tells the rest",
    async (action_status) => {
      const { provider, made } = await draftPlace({ action_status });
      const resource = await made();
      const answer = await provider.send({ do: "power", resource, to: "on" });
      expect(answer).toMatchObject({ resource: null, task: null, observation: null });
      await expect.poll(() => phasesOf(provider, resource.id)).toEqual(["on"]);
      await provider.send({ do: "power", resource, to: "off" });
      await expect.poll(() => phasesOf(provider, resource.id)).toEqual(["off"]);
    },
  );

  it.each([
    ["reboot", "resetsoft"],
    ["resetsoft", "resetsoft"],
    ["resethard", "resethard"],
    ["backup", "backup"],
    ["restore", "restore"],
  ])("POST /servers/{id}/action: %s is sent as %s", async (action, word) => {
    const { provider, sent } = recordedDraft();
    await provider.send({ do: "act", resource: { type: "server", id: noId }, action, input: {} });
    expect(sent).toMatchObject([{ method: "POST", body: JSON.stringify({ action: word }) }]);
    expect(sent[0]?.url).toMatch(new RegExp(`/servers/${noId}/action$`));
  });

  it("POST /servers with volumes, an address and the list that may be required", async () => {
    const { provider, made, simulator } = await draftPlace({ volumes_parameter: "required" });
    const old = await made();
    const [before] = await provider.look([handle(old)]);
    await provider.send({ do: "delete", resource: old, input: {} });
    const [volume] = before?.volumes ?? [];
    const next = await made({ volumes: [volume?.id ?? ""], public_ip: "ip-1", dynamic_public_ip: false });
    const shown = await provider.read({
      path: ["servers", next.id],
      filters: {},
      limit: 1,
      cursor: null,
    });
    expect(shown).toMatchObject({
      item: { state: "stopped", raw: { dynamic_public_ip: false, public_ip: { id: "ip-1" } } },
    });
    expect((await provider.look([handle(next)]))[0]?.volumes).toContainEqual(volume);
    expect(simulator.control.servers()).toHaveLength(1);
  });
});

describe("PUT /servers/{id}", () => {
  it("is read first and sent whole; one request each, in this order, the wait before both", async () => {
    const { provider, made, routes, simulator, budget } = await draftPlace();
    const resource = await made({ tags: ["old"], dynamic_public_ip: false });
    budget.taken.length = 0;
    const answer = await provider.send({ do: "update", resource, input: { name: "new", tags: ["a"] } });
    expect(answer.observation).toBeNull();
    expect(routes()).toEqual(["GET /servers/{}", "PUT /servers/{}"]);
    expect(budget.taken).toEqual([{ patience: 15_000, urgency: "write" }]);
    const [server] = simulator.control.servers();
    expect(server).toMatchObject({ name: "new", tags: ["a", expect.anything(), expect.anything()] });
    expect(server?.record).toMatchObject({ dynamicIpRequired: false });
  });

  it("keeps what a human changed since we looked, even where a part would empty the rest", async () => {
    const { provider, made, simulator } = await draftPlace({ partial_put: "empty" });
    const resource = await made({ public_ip: "ip-1" });
    await provider.look([handle(resource)]);
    simulator.control.editServer(resource.id, { name: "theirs" });
    await provider.send({ do: "update", resource, input: { tags: ["ours"] } });
    const read = await provider.read({ path: ["servers", resource.id], filters: {}, limit: 1, cursor: null });
    expect(read).toMatchObject({
      item: { name: "theirs", raw: { public_ip: { id: "ip-1" }, volumes: [expect.anything()] } },
    });
  });

  it("whose reply is lost is a doubt, and says the same when it is repeated", async () => {
    const { provider, made, simulator } = await draftPlace();
    const resource = await made();
    simulator.control.addFault({ name: "lost_reply", match: "PUT *", count: 1 });
    const call: ProviderCall = { do: "update", resource, input: { name: "new", tags: ["a"] } };
    await expect(provider.send(call)).rejects.toBeInstanceOf(ProviderDoubt);
    const once = simulator.control.servers()[0]?.tags;
    await provider.send(call);
    expect(simulator.control.servers()[0]).toMatchObject({ name: "new", tags: once });
  });

  it("of what can't be read is never sent", async () => {
    const { provider, made, simulator, routes } = await draftPlace();
    const resource = await made();
    simulator.control.addFault({ name: "truncated_json", match: "GET *" });
    const sent = provider.send({ do: "update", resource, input: { name: "new" } });
    await expect(sent).rejects.toBeInstanceOf(ProviderDoubt);
    expect(routes()).toEqual(["GET /servers/{}"]);
  });
});

describe("refusals without words", () => {
  it("400 of POST /servers is INVALID_INPUT, of POST /servers/{id}/action and DELETE /servers/{id} a wrong state", async () => {
    const { provider, made, simulator } = await draftPlace({
      error_bodies: "empty",
      untimely_action: "refuse",
    });
    const create = { do: "create", kind: "server.create", input: { ...draftInput, image: "?" } } as const;
    const refused = provider.send({ ...create, marker: newMarker() });
    await expect(refused).rejects.toMatchObject({ code: "INVALID_INPUT", provider: { status: 400 } });
    const resource = await made();
    simulator.control.editServer(resource.id, { state: "running" });
    const on = provider.send({ do: "power", resource, to: "on" });
    await expect(on).rejects.toMatchObject({ code: "WRONG_STATE", provider: { status: 400 } });
    const gone = provider.send({ do: "delete", resource, input: {} });
    await expect(gone).rejects.toMatchObject({ code: "WRONG_STATE" });
  });

  it("401 is UNAUTHENTICATED", async () => {
    const { provider, secrets } = await draftPlace({ error_bodies: "empty" });
    secrets.values.set("env:TEST_SECRET", "wrong");
    const refused = provider.read({ path: ["servers"], filters: {}, limit: 1, cursor: null });
    await expect(refused).rejects.toMatchObject({ code: "UNAUTHENTICATED", provider: { status: 401 } });
  });

  it("404 is absence once the list does not show it either, in looks, changes, inspections and reads", async () => {
    const { provider, made, routes } = await draftPlace({ error_bodies: "empty" });
    await made();
    const resource = { type: "server", id: noId };
    expect(await phasesOf(provider, noId)).toEqual(["gone"]);
    expect(routes()).toEqual(["GET /servers/{}", "GET /servers"]);
    expect(await provider.inspect(resource)).toBeNull();
    for (const call of [
      { do: "delete", resource, input: {} },
      { do: "power", resource, to: "on" },
      { do: "update", resource, input: { name: "n" } },
    ] as const) {
      await expect(provider.send(call)).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
    }
    const read = provider.read({ path: ["servers", noId], filters: {}, limit: 1, cursor: null });
    await expect(read).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
  });

  it("404 among many is absence, with one list for all of them", async () => {
    const { provider, made, routes } = await draftPlace({ error_bodies: "empty" });
    const { id } = await made();
    const others = ["1", "2", "3", "4", "5"].map((end) => noId.replace(/1$/, end));
    expect(await phasesOf(provider, id, ...others)).toEqual(["off", ...Array(5).fill("gone")]);
    expect(routes().filter((route) => route === "GET /servers")).toHaveLength(1);
  });

  it("404 of a wrong address is no absence: the list is not there either", async () => {
    const { simulator } = await draftPlace({ error_bodies: "empty" });
    const { provider } = openProvider("scaleway-draft", `${simulator.url}/nowhere`);
    const resource = { type: "server", id: noId };
    await expect(provider.look([handle(resource)])).rejects.toMatchObject({ code: "PROVIDER_REFUSED" });
    const gone = provider.send({ do: "delete", resource, input: {} });
    await expect(gone).rejects.toMatchObject({ code: "PROVIDER_REFUSED", provider: { status: 404 } });
  });

  it("404 while the list can't be had is a refusal to come back to", async () => {
    const { provider, simulator } = await draftPlace({ error_bodies: "empty" });
    simulator.control.addFault({ name: "unavailable_html", match: "GET */servers" });
    const resource = { type: "server", id: noId };
    const gone = provider.send({ do: "delete", resource, input: {} });
    await expect(gone).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(provider.look([handle(resource)])).rejects.toBeInstanceOf(ProviderDoubt);
  });
});

describe("GET /servers", () => {
  it("that is paged without warning is read to its end, by looks, searches and readers", async () => {
    const { provider, simulator } = await draftPlace();
    const marker = newMarker();
    await provider.send({ do: "create", kind: "server.create", input: draftInput, marker });
    for (let count = 0; count < 11; count += 1) {
      await provider.send({ do: "create", kind: "server.create", input: draftInput, marker: newMarker() });
    }
    simulator.control.addFault({ name: "page_size_cap", items: 5 });
    const ids = simulator.control.servers().map(({ id }) => id);
    expect(await provider.search("server", marker)).toHaveLength(1);
    expect(await provider.marked("server", "contract")).toHaveLength(12);
    expect(await phasesOf(provider, ...ids)).toEqual(Array(12).fill("off"));
    const read = await provider.read({ path: ["servers"], filters: {}, limit: 100, cursor: null });
    expect(itemsOf(read).items).toHaveLength(12);
  });

  it("that shifts between two pages of a reader loses nothing that is there all the time", async () => {
    const { provider, made, simulator } = await draftPlace();
    const ids = [];
    for (let count = 0; count < 6; count += 1) ids.push((await made()).id);
    const first = itemsOf(await provider.read({ path: ["servers"], filters: {}, limit: 3, cursor: null }));
    const shown = first.items.map(({ id }) => id);
    for (const id of shown) simulator.control.removeServer(id);
    await made();
    const rest = await provider.read({ path: ["servers"], filters: {}, limit: 100, cursor: first.next });
    const left = itemsOf(rest).items.map(({ id }) => id);
    expect(left).toEqual(expect.arrayContaining(ids.filter((id) => !shown.includes(id))));
    expect(left).not.toEqual(expect.arrayContaining(shown));
  });

  it("shows only our deployment's servers of our organization to the sweeper", async () => {
    const { provider, made, simulator } = await draftPlace();
    const { id } = await made();
    const other = { ...draftInput, start: undefined, organization: noId, tags: ["swy:dep=contract"] };
    const headers = { "X-Auth-Token": testSecret };
    await send("POST", `${simulator.url}/servers`, other, headers);
    expect((await provider.marked("server", "contract")).map(({ resource }) => resource.id)).toEqual([id]);
    expect(await provider.marked("server", "contract-2")).toEqual([]);
    expect(await provider.marked("volume", "contract")).toEqual([]);
  });
});

it("GET /servers/{id}/action lists the six actions as things to read", async () => {
  const { provider, made } = await draftPlace();
  const path = ["servers", (await made()).id, "action"];
  const { items } = itemsOf(await provider.read({ path, filters: {}, limit: 100, cursor: null }));
  expect(items.map(({ id }) => id)).toEqual([
    "poweron",
    "poweroff",
    "resetsoft",
    "resethard",
    "backup",
    "restore",
  ]);
});

it.each([
  { do: "configure", resource: { type: "server", id: noId }, input: { cloud_init: "x" } },
  { do: "delete_volume", volume: { id: noId, store: "local" } },
  { do: "delete", resource: { type: "volume", id: noId }, input: {} },
] as const)("what the document has no call for is refused before anything is sent ($do)", async (call) => {
  const { provider, routes } = await draftPlace();
  await expect(provider.send(call)).rejects.toMatchObject({ code: "PROVIDER_REFUSED" });
  expect(routes()).toEqual([]);
});

it.each([
  [{}, "https://api.cloud.online.net/servers"],
  [{ region: "ams1" }, "https://cp-ams1.scaleway.com/servers"],
])("with %j and no api_url, the servers are at %s", async (more, url) => {
  const { provider, sent } = recordedDraft(more);
  await provider.read({ path: ["servers"], filters: {}, limit: 1, cursor: null });
  expect(sent.map((request) => request.url)).toEqual([url]);
});
