import { Hono } from "hono";
import { createAdaptorServer, type ServerType } from "@hono/node-server";
import { afterEach, describe, expect, test } from "vitest";
import { markerOf } from "../../lib/operation/marker.ts";
import { ProviderDoubt, type ProviderCall } from "../../lib/ports/provider.ts";
import { openProvider, testNow, testSecret } from "./open-provider.ts";

const id = "741db378-6b87-46d4-a8c5-4e46a09ab1f8";
const servers: ServerType[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A provider that answers as told, and the requests that it got. */
const serve = async (
  answer: (request: Request) => Response | Promise<Response>,
): Promise<{ url: string; requests: Request[] }> => {
  const requests: Request[] = [];
  const app = new Hono();
  app.all("*", async (c) => {
    const body = c.req.method === "GET" ? {} : { body: await c.req.text() };
    const request = new Request(c.req.url, { method: c.req.method, headers: c.req.raw.headers, ...body });
    requests.push(request.clone());
    return answer(request);
  });
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return { url: `http://127.0.0.1:${address.port}`, requests };
};

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  () =>
    new Response(JSON.stringify(body), {
      status,
      headers: { "content-type": "application/json", ...headers },
    });

const resource = { type: "server", id };
const powerOn: ProviderCall = { do: "power", resource, to: "on" };
const look = [{ resource, task: null, ageSeconds: 30, seenMoving: false }];
const stopped = { server: { id, name: "a", state: "stopped", tags: [] } };

describe("what is sent", () => {
  test("the secret goes into its header only, and what we are is said", async () => {
    const { url, requests } = await serve(json(202, { task: null }));
    await openProvider("scaleway-instance", url).provider.send(powerOn);
    const [request] = requests;
    expect(request?.url).toBe(`${url}/instance/v1/zones/fr-par-1/servers/${id}/action`);
    expect(request?.headers.get("x-auth-token")).toBe(testSecret);
    expect(request?.headers.get("content-type")).toBe("application/json");
    expect(request?.headers.get("accept")).toBe("application/json");
    expect(request?.headers.get("user-agent")).toMatch(/^switchyard/);
    expect(await request?.json()).toEqual({ action: "poweron" });
  });

  test("today's create says the type as commercial_type, the project, and nothing of our own but the marker", async () => {
    const { url, requests } = await serve(json(201, stopped));
    const { provider, connection } = openProvider("scaleway-instance", `${url}/`);
    await provider.send({
      do: "create",
      kind: "server.create",
      input: { name: "a", type: "DEV1-S", image: "ubuntu_noble", start: false, cloud_init: "x", tags: ["t"] },
      marker: markerOf("op_1", "here"),
    });
    // Image and stock are looked up first; here nobody knows of them, and the label goes as it is.
    const [request, ...others] = requests.filter(({ method }) => method === "POST");
    expect(others).toEqual([]);
    expect(request?.url).toBe(`${url}/instance/v1/zones/fr-par-1/servers`);
    expect(await request?.json()).toEqual({
      name: "a",
      commercial_type: "DEV1-S",
      image: "ubuntu_noble",
      project: connection.project,
      tags: ["t", "swy:op=op_1", "swy:dep=here"],
    });
  });

  test.each([["commercial_type"], ["type"]] as const)(
    "the older create says the type as %s when told so",
    async (field) => {
      const { url, requests } = await serve(json(201, stopped));
      const { provider, connection } = openProvider("scaleway-compute", url, { type_field: field });
      await provider.send({
        do: "create",
        kind: "server.create",
        input: {
          name: "a",
          commercial_type: "VC1S",
          image: id,
          dynamic_public_ip: false,
          volumes: { "1": { name: "v", size: 1, volume_type: "l_ssd" }, "2": id },
          start: true,
        },
        marker: markerOf("op_1", "here"),
      });
      expect(requests[0]?.url).toBe(`${url}/servers`);
      expect(await requests[0]?.json()).toEqual({
        name: "a",
        [field]: "VC1S",
        image: id,
        organization: connection.organization,
        dynamic_ip_required: false,
        volumes: {
          "1": { organization: connection.organization, name: "v", size: 1, volume_type: "l_ssd" },
          "2": id,
        },
        tags: ["swy:op=op_1", "swy:dep=here"],
      });
    },
  );

  test("cloud-init goes as plain text", async () => {
    const { url, requests } = await serve(() => new Response(null, { status: 204 }));
    const call: ProviderCall = { do: "configure", resource, input: { cloud_init: '#!/bin/sh\necho "hi"' } };
    await openProvider("scaleway-compute", url).provider.send(call);
    expect(requests[0]?.method).toBe("PATCH");
    expect(requests[0]?.url).toBe(`${url}/servers/${id}/user_data/cloud-init`);
    expect(requests[0]?.headers.get("content-type")).toBe("text/plain");
    expect(await requests[0]?.text()).toBe('#!/bin/sh\necho "hi"');
  });

  test("an id with a slash stays one segment", async () => {
    const { url, requests } = await serve(json(404, { type: "unknown_resource" }));
    const { provider } = openProvider("scaleway-compute", url);
    await provider.look([
      { resource: { type: "server", id: "a/../b?c" }, task: null, ageSeconds: 0, seenMoving: false },
    ]);
    expect(requests[0]?.url).toBe(`${url}/servers/a%2F..%2Fb%3Fc`);
  });

  test("organizations are asked of the account's host, servers never", async () => {
    const account = await serve(json(200, { organizations: [{ id, name: "me" }] }));
    const compute = await serve(json(200, stopped));
    const { provider } = openProvider("scaleway-compute", compute.url, { account_url: account.url });
    const read = { filters: {}, limit: 10, cursor: null };
    await provider.read({ path: ["organizations"], ...read });
    await provider.read({ path: ["servers", id], ...read });
    expect([account.requests.length, compute.requests.length]).toEqual([1, 1]);
  });
});

describe("what comes back", () => {
  test.each([
    ["no JSON", () => new Response("<html>ok</html>", { status: 200 })],
    ["an empty body", () => new Response("", { status: 200 })],
    ["JSON of another shape", json(200, { servers: [] })],
    ["a server without a state", json(200, { server: { id } })],
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/" } })],
  ])("a yes that can't be read (%s) is a doubt", async (_why, answer) => {
    const { url } = await serve(answer);
    await expect(openProvider("scaleway-instance", url).provider.look(look)).rejects.toBeInstanceOf(
      ProviderDoubt,
    );
  });

  test("the provider's request id is in the answer, the observation, the refusal and the doubt", async () => {
    const headers = { "x-request-id": "req-7" };
    const yes = await serve(json(202, { task: null }, headers));
    expect((await openProvider("scaleway-instance", yes.url).provider.send(powerOn)).requestId).toBe("req-7");
    const seen = await serve(json(200, stopped, headers));
    expect((await openProvider("scaleway-instance", seen.url).provider.look(look))[0]?.request_id).toBe(
      "req-7",
    );
    for (const status of [400, 500]) {
      const no = await serve(json(status, { type: "api_error" }, headers));
      const sent = openProvider("scaleway-instance", no.url).provider.send(powerOn);
      await expect(sent).rejects.toMatchObject({ provider: { status, request_id: "req-7" } });
    }
  });

  test("a message that repeats the secret does not carry it on", async () => {
    const { url } = await serve(
      json(401, { type: "invalid_auth", message: `The token ${testSecret} is not valid` }),
    );
    const error: unknown = await openProvider("scaleway-instance", url)
      .provider.send(powerOn)
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ message: expect.stringContaining("[secret]") });
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain(testSecret);
  });

  test("nor in the way that JSON writes it: with a slash or a quote escaped", async () => {
    const secret = String.raw`aB3/xY+"q\9==`;
    const inJson = JSON.stringify(secret).replaceAll("/", String.raw`\/`);
    const { url } = await serve(
      () => new Response(`{"message":${inJson},"errors":{"a":[${inJson}]}}`, { status: 422 }),
    );
    const { provider, secrets } = openProvider("convoy-v0", url);
    secrets.values.set("env:TEST_SECRET", secret);
    const error: unknown = await provider
      .send({ do: "delete", resource: { type: "server", id: "7" }, input: {} })
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ provider: { message: "[secret]", fields: { a: ["[secret]"] } } });
    expect(error).not.toMatchObject({ message: expect.stringContaining("aB3") });
  });

  test("a 429 makes the connection pause for as long as the provider says, else for a second", async () => {
    const told = await serve(() => new Response(null, { status: 429, headers: { "retry-after": "7" } }));
    const bare = await serve(() => new Response(null, { status: 429 }));
    for (const [{ url }, seconds] of [
      [told, 7],
      [bare, 1],
    ] as const) {
      const { provider, budget } = openProvider("scaleway-instance", url);
      await expect(provider.send(powerOn)).rejects.toMatchObject({ code: "RATE_LIMITED" });
      expect(budget.holds).toEqual([testNow + seconds * 1000]);
    }
  });

  test("after X-RateLimit-Remaining: 0 the connection pauses until the reset, within a day", async () => {
    for (const [reset, held] of [
      [testNow / 1000 + 30, testNow + 30_000],
      [testNow / 1000 + 1_000_000, testNow + 86_400_000],
    ] as const) {
      const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) };
      const { url } = await serve(json(200, stopped, headers));
      const { provider, budget } = openProvider("scaleway-instance", url);
      await provider.look(look);
      expect(budget.holds).toEqual([held]);
    }
  });

  test.each<[reason: string, answer: () => Response, told: string]>([
    ["an answer that is understood", json(200, stopped), "clear"],
    ["a refusal", json(403, { type: "permissions_denied" }), "clear"],
    [
      "a 429 that says for how long",
      () => new Response(null, { status: 429, headers: { "retry-after": "7" } }),
      "clear",
    ],
    ["a 429 that does not", () => new Response(null, { status: 429 }), "limited"],
    ["a 5xx", () => new Response(null, { status: 500 }), "unclear"],
    ["a 200 that can't be read", () => new Response("<html>", { status: 200 }), "unclear"],
  ])("the budget is told once what came of a call: %s", async (_, answer, told) => {
    const { url } = await serve(answer);
    const { provider, budget } = openProvider("scaleway-instance", url);
    await provider.look(look).catch(() => {});
    expect(budget.outcomes).toMatchObject([{ zone: "fr-par-1", sentAt: testNow, answer: told }]);
  });

  test("the budget is told of a lost answer, and of what is left of the provider's limit", async () => {
    const { url } = await serve(() => new Promise<Response>(() => {}));
    const lost = openProvider("scaleway-instance", "http://127.0.0.1:1");
    await lost.provider.look(look).catch(() => {});
    expect(lost.budget.outcomes).toEqual([]);
    const cut = openProvider("scaleway-instance", url);
    const sent = cut.provider.send(powerOn).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const server of servers.splice(0)) if ("closeAllConnections" in server) server.closeAllConnections();
    expect(await sent).toBeInstanceOf(ProviderDoubt);
    expect(cut.budget.outcomes).toMatchObject([{ answer: "unclear" }]);
    const headers = { "x-ratelimit-remaining": "12", "x-ratelimit-reset": String(testNow / 1000 + 30) };
    const limited = openProvider("scaleway-instance", (await serve(json(200, stopped, headers))).url);
    await limited.provider.look(look);
    expect(limited.budget.outcomes).toMatchObject([{ left: { calls: 12, until: testNow + 30_000 } }]);
  });

  test("where a circuit is open a call that has its place is not sent, and may be sent later", async () => {
    const { url, requests } = await serve(json(202, { task: null }));
    const { provider, budget } = openProvider("scaleway-instance", url, { fallback_zones: ["nl-ams-1"] });
    budget.closed.set("nl-ams-1", testNow + 12_000);
    const there: ProviderCall = { ...powerOn, resource: { type: "server", id: `nl-ams-1/${id}` } };
    await expect(provider.send(there)).rejects.toMatchObject({ code: "UNAVAILABLE", retryAfterSeconds: 12 });
    expect(requests).toHaveLength(0);
    await provider.send(powerOn);
    expect(requests).toHaveLength(1);
  });

  test("a deprecation warning is logged once per connection", async () => {
    const { url } = await serve(json(200, stopped, { warning: '299 - "Deprecated API"' }));
    const { provider, log } = openProvider("scaleway-compute", url);
    await provider.look(look);
    await provider.look(look);
    expect(log.lines.filter(({ level }) => level === "warn")).toEqual([
      {
        level: "warn",
        message: "the provider warns",
        fields: { connection: "test", why: '299 - "Deprecated API"' },
      },
    ]);
  });

  test("a log line names neither the secret nor a query", async () => {
    const { url } = await serve(json(200, { servers: [], total_count: 0 }));
    const { provider, log } = openProvider("scaleway-instance", url);
    await provider.search("server", markerOf("op_1", "here"));
    expect(JSON.stringify(log.lines)).not.toMatch(new RegExp(`${testSecret}|op_1|\\?`));
    expect(log.lines.length).toBeGreaterThan(0);
  });

  test("a secret that can't be read is a refusal for now; nothing is sent", async () => {
    const { url, requests } = await serve(json(202, {}));
    const { provider, secrets } = openProvider("scaleway-instance", url);
    secrets.values.clear();
    await expect(provider.send(powerOn)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: "The secret env:TEST_SECRET can't be read.",
    });
    expect(requests).toEqual([]);
  });
});

describe("volumes of today's API, which live in two places", () => {
  const volume = [{ resource: { type: "volume", id }, task: null, ageSeconds: 0, seenMoving: false }];
  const notFound = json(404, { type: "not_found", resource: "volume", resource_id: id });
  const denied = json(403, { type: "permissions_denied", message: "insufficient permissions" });
  const there = json(200, { volume: { id, name: "v", state: "available", server: null } });
  const inBlock = (request: Request): boolean => request.url.includes("/block/");

  test.each([
    ["in the block API", json(200, { id, status: "available", references: [] }), notFound, "off"],
    ["in the server's API", notFound, there, "off"],
    ["in neither", notFound, notFound, "gone"],
    ["seen though the other may not be asked", denied, there, "off"],
  ])("%s", async (_why, block, local, phase) => {
    const { url } = await serve((request) => (inBlock(request) ? block() : local()));
    const [seen] = await openProvider("scaleway-instance", url).provider.look(volume);
    expect(seen?.phase).toBe(phase);
  });

  test("absence from one proves nothing where the other may not be asked", async () => {
    const { url } = await serve((request) => (inBlock(request) ? denied() : notFound()));
    const seen = openProvider("scaleway-instance", url).provider.look(volume);
    await expect(seen).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });
});

test("a single volume that is answered with a list, as the document shows it, is read", async () => {
  const other = { id: "0facb6b5-b117-441a-81c1-f28b1d723779", name: "other", server: null };
  const { url } = await serve(
    json(200, { volumes: [other, { id, name: "v", server: null, volume_type: "l_ssd" }] }),
  );
  const { provider } = openProvider("scaleway-compute", url);
  const read = await provider.read({ path: ["volumes", id], filters: {}, limit: 10, cursor: null });
  expect(read).toMatchObject({ form: "item", item: { id, name: "v" } });
  const [seen] = await provider.look([
    { resource: { type: "volume", id }, task: null, ageSeconds: 0, seenMoving: false },
  ]);
  expect(seen).toMatchObject({ phase: "off", name: "v" });
});

test("a search that meets a server it can't read does not say that there is none", async () => {
  const { url } = await serve(json(200, { servers: [{ id }] }));
  const search = openProvider("scaleway-compute", url).provider.search("server", markerOf("op_1", "here"));
  await expect(search).rejects.toBeInstanceOf(ProviderDoubt);
});

test("a filter that the provider takes loosely does not make a stranger ours", async () => {
  const tags = ["swy:op=op_11", "swy:dep=here"];
  const { url } = await serve(
    json(200, { servers: [{ id, state: "stopped", tags }] }, { "x-total-count": "1" }),
  );
  const { provider } = openProvider("scaleway-instance", url);
  expect(await provider.search("server", markerOf("op_1", "here"))).toEqual([]);
  expect(await provider.search("server", markerOf("op_11", "here"))).toHaveLength(1);
});

test.each([
  ["available", "off"],
  ["creating", "moving"],
  ["error", "failed"],
  ["a word of tomorrow", "unknown"],
])("an image that is %s is %s to whoever waits for its backup", async (state, phase) => {
  const { url, requests } = await serve(json(200, { image: { id, state } }));
  const task = { id: `images/${id}`, status: "creating", progress: null };
  const [seen] = await openProvider("scaleway-instance", url).provider.look([
    { resource, task, ageSeconds: 30, seenMoving: false },
  ]);
  expect(seen).toMatchObject({ phase, state, task: { id: task.id, status: state } });
  expect(requests.map((request) => request.url)).toEqual([`${url}/instance/v1/zones/fr-par-1/images/${id}`]);
});
