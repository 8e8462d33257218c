import { describe, expect, it } from "vitest";
import type { Resource } from "../../lib/operation/operation.ts";
import { ProviderDoubt, type ProviderCall } from "../../lib/ports/provider.ts";
import { LimitGate } from "../../lib/providers/scaleway-v1/limit-gate.ts";
import { handle, itemsOf, newMarker } from "./contract-room.ts";
import { openFuzzRoom } from "./fuzz-room.ts";
import { testNow } from "./open-provider.ts";
import { HeldHttp, usePlaces, type Place } from "./v1-place.ts";

const start = usePlaces();

const create = async (
  place: Place,
  kind: "server.create" | "tag.create" | "container.create",
  name: string,
) => {
  const marker = newMarker();
  const answer = await place.provider.send({ do: "create", kind, input: { name }, marker });
  return { marker, answer };
};
const madeServer = async (place: Place, name = "web"): Promise<Resource> => {
  const { marker } = await create(place, "server.create", name);
  const [found] = await place.provider.search("server", marker);
  if (found === undefined) throw new Error("made, and not found");
  return found.resource;
};
const phaseOf = async (place: Place, resource: Resource) => {
  const [seen] = await place.provider.look([handle(resource)]);
  return seen?.phase;
};

describe("whatever the document leaves open", () => {
  it.each<Record<string, string>>([
    { create_answers: "empty", change_answers: "empty" },
    { status_codes: "usual" },
    { listed_actions: "all" },
    { action_words: "start" },
    { state_words: "stopped" },
    { link_ending: "comma", links: "documented" },
    { unknown_parameters: "ignore", volumes_parameter: "required" },
    { order: "newest", default_limit: "per_method" },
  ])("a server is made, found, switched on and off, renamed and deleted with %j", async (settings) => {
    const place = await start(settings);
    const resource = await madeServer(place);
    const power = (to: "on" | "off"): ProviderCall => ({ do: "power", resource, to });
    for (const to of ["on", "off"] as const) {
      await place.provider.send(power(to));
      expect(await phaseOf(place, resource)).toBe("moving");
      place.advance(100_000);
      expect(await phaseOf(place, resource)).toBe(to);
    }
    await place.provider.send({ do: "update", resource, input: { name: "new" } });
    expect(place.control.servers()[0]?.name).toMatch(/^new-op_[0-9a-z]{26}$/);
    await place.provider.send({ do: "delete", resource, input: {} });
    expect(await phaseOf(place, resource)).toBe("gone");
  });

  it("a create that is answered with an empty object names no resource", async () => {
    const place = await start({ create_answers: "empty" });
    for (const kind of ["server.create", "tag.create", "container.create"] as const) {
      const { answer, marker } = await create(place, kind, "x");
      expect(answer).toMatchObject({ resource: null, observation: null });
      const type = kind.slice(0, kind.indexOf("."));
      expect(await place.provider.search(type, marker)).toHaveLength(1);
    }
  });

  it("states that nobody has heard of are no end", async () => {
    const place = await start({ state_words: "unheard" });
    const resource = await madeServer(place);
    const seen = [await phaseOf(place, resource)];
    for (const seconds of [0, 100_000]) {
      if (seconds === 0) await place.provider.send({ do: "power", resource, to: "on" });
      place.advance(seconds);
      seen.push(await phaseOf(place, resource));
    }
    expect(seen).toEqual(["unknown", "unknown", "unknown"]);
  });

  it("actions that nobody has heard of are not guessed at, and can be asked for by name", async () => {
    const place = await start({ action_words: "unheard" });
    const resource = await madeServer(place);
    await expect(place.provider.send({ do: "power", resource, to: "on" })).rejects.toMatchObject({
      code: "PROVIDER_REFUSED",
      message: expect.stringContaining("it lists awaken"),
    });
    await place.provider.send({ do: "act", resource, action: "awaken", input: {} });
    expect(await phaseOf(place, resource)).toBe("moving");
  });

  it.each<Record<string, string>>([
    { server_tags: "list", metadata_fields: "as_parameters", summary_envelope: "summary" },
    { server_tags: "object", metadata_fields: "key_value", summary_envelope: "organizations" },
  ])("lists are read with %j", async (settings) => {
    const place = await start(settings);
    const server = await madeServer(place);
    const tags = itemsOf(await place.read(`servers/${server.id}/tags`)).items;
    expect(tags).toMatchObject([{ name: "default", raw: { type: "server" } }]);
    const resource = { type: "tag", id: tags[0]?.id ?? "" };
    const input = { metadata_key: "a/b", metadata_value: "1" };
    await place.provider.send({ do: "apply", kind: "tag_metadata.create", resource, input });
    expect(itemsOf(await place.read(`tags/${resource.id}/metadatas`)).items).toMatchObject([{ id: "a/b" }]);
    expect(itemsOf(await place.read("organizations/summary")).items).toMatchObject([
      { name: "Own organization", raw: { level: 0 } },
    ]);
  });

  it("a list whose pages are shorter than asked for is read to its end, by page numbers and not by links", async () => {
    const place = await start({ links: "documented" });
    for (let index = 0; index < 7; index += 1) await create(place, "container.create", `c${index}`);
    const { marker } = await create(place, "container.create", "last");
    place.control.addFault({ name: "page_size_cap", items: 3 });
    expect(await place.all("containers", 100)).toHaveLength(8);
    expect(await place.all("containers", 2)).toHaveLength(8);
    expect(await place.provider.search("container", marker)).toHaveLength(1);
  });
});

describe("actions", () => {
  it("are chosen from the list, with the reserved place for the list and another one for the action", async () => {
    const place = await start();
    const resource = await madeServer(place);
    place.budget.taken.length = 0;
    place.control.clearCalls();
    await place.provider.send({ do: "power", resource, to: "on" });
    expect(
      place.control.calls().map(({ method, route }) => `${method} ${route.replace(/^\w+ /, "")}`),
    ).toEqual(["GET /v1/servers/Server-{}/action", "POST /v1/servers/Server-{}/action"]);
    expect(place.budget.taken).toEqual([{ patience: 5000, urgency: "write" }]);
  });

  it.each(["lost_reply", "unavailable_html", "truncated_json"] as const)(
    "whose list fails with %s have certainly not been sent",
    async (name) => {
      const place = await start();
      const resource = await madeServer(place);
      place.control.addFault({ name, match: "GET */action" });
      await expect(place.provider.send({ do: "power", resource, to: "on" })).rejects.toMatchObject({
        name: "ProviderRefusal",
        code: "UNAVAILABLE",
      });
      expect(place.control.servers()[0]?.state).toBe("off");
    },
  );

  it("that are not listed while a server is on its way are refused as WRONG_STATE", async () => {
    const place = await start();
    const resource = await madeServer(place);
    await place.provider.send({ do: "power", resource, to: "on" });
    await expect(place.provider.send({ do: "power", resource, to: "off" })).rejects.toMatchObject({
      code: "WRONG_STATE",
    });
  });
});

describe("a yes to a change", () => {
  const calls: readonly ProviderCall[] = [
    {
      do: "apply",
      kind: "server_tag.attach",
      resource: { type: "server", id: "1" },
      input: { tag_id: "Tag-1" },
    },
    { do: "update", resource: { type: "tag", id: "1" }, input: { name: "blue" } },
    { do: "act", resource: { type: "server", id: "1" }, action: "reboot", input: {} },
  ];
  const answering = (body: string) =>
    openFuzzRoom("scaleway-v1", "http://127.0.0.1:9").open({
      send: async ({ method }) => ({
        status: 200,
        headers: {},
        body: method === "GET" ? '{"actions":["reboot"]}' : body,
      }),
    }).provider;

  it.each([
    ["", "many changes are answered with nothing"],
    ["{}", "the document gives it no shape"],
    ["[]", "any JSON will do"],
    ['{"tags":[]}', "what it shows is not needed"],
  ])("is %j: %s", async (body) => {
    for (const call of calls)
      await expect(answering(body).send(call)).resolves.toMatchObject({ resource: null });
  });

  it.each([
    ["<!doctype html><title>Sign in</title>", "a page comes from somebody else"],
    ['{"tag": {"id', "it breaks off"],
  ])("is not %j: %s", async (body) => {
    for (const call of calls) await expect(answering(body).send(call)).rejects.toThrow(ProviderDoubt);
  });
});

describe("X-RateLimit", () => {
  it("no call leaves after Remaining: 0 before Reset, whoever has a place in the budget", async () => {
    const place = await start({ rate_limit: "5", rate_window: "10" });
    await madeServer(place);
    await place.read("servers");
    place.control.clearCalls();
    const calls = Array.from({ length: 10 }, () => place.read("servers"));
    const settled = await Promise.allSettled(calls);
    expect(settled.filter(({ status }) => status === "fulfilled").length).toBeLessThanOrEqual(2);
    expect(place.control.calls().every(({ status }) => status === 200)).toBe(true);
    const sent = place.control.calls().length;
    await expect(place.read("servers")).rejects.toMatchObject({
      code: "RATE_LIMITED",
      retryAfterSeconds: 10,
    });
    expect(place.control.calls()).toHaveLength(sent);
    expect(place.budget.holds).toContain(testNow + 10_000);
  });

  const gateAt = () => {
    let now = testNow;
    const http = new HeldHttp();
    const clock = { now: () => now, sleep: async () => undefined };
    const gate = new LimitGate(http, clock);
    const request = { method: "GET", url: "http://x/", headers: {}, timeoutMilliseconds: 1 } as const;
    return { http, send: () => gate.send(request), advance: (ms: number) => (now += ms) };
  };
  const says = (remaining: number, seconds = 60) => ({
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(testNow / 1000 + seconds),
  });

  it("counts what is under way as used: of many that ask at once for the last two, two leave", async () => {
    const { http, send } = gateAt();
    const first = send();
    http.answer(says(2));
    await first;
    const all = Array.from({ length: 5 }, () => send());
    expect(http.left).toHaveLength(3);
    http.answer(says(1));
    http.answer(says(0));
    const settled = await Promise.allSettled(all);
    expect(settled.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
      "rejected",
    ]);
  });

  it("lets calls leave again at the instant of Reset, and not a millisecond before", async () => {
    const { http, send, advance } = gateAt();
    const first = send();
    http.answer(says(0, 60));
    await first;
    advance(59_999);
    await expect(send()).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterSeconds: 1 });
    advance(1);
    void send();
    expect(http.left).toHaveLength(2);
  });

  it("knows of no limit where the headers say none", async () => {
    const { http, send } = gateAt();
    for (const headers of [{}, { "x-ratelimit-remaining": "0" }, { "x-ratelimit-remaining": "x" }]) {
      const sent = send();
      http.answer(headers);
      await sent;
    }
    expect(http.left).toHaveLength(3);
  });
});
