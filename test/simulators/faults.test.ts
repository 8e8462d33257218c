import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { bringTo, startTalk, type Talk } from "./talk.ts";

const waitUntil = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; !holds(); tries += 1) {
    expect(tries).toBeLessThan(400);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

let talk: Talk;
beforeEach(async () => {
  talk = await startTalk({ dialect: "scaleway-instance" });
});
afterEach(() => talk.close());

describe("faults of the connection", () => {
  test("lost_reply: the server is made, and its maker never hears of it", async () => {
    talk.control.addFault({ name: "lost_reply", match: "POST */servers", count: 1 });
    await expect(talk.create({ name: "lost" })).rejects.toThrow("fetch failed");
    expect(talk.control.servers().map(({ name }) => name)).toEqual(["lost"]);
    expect((await talk.create({ name: "second" })).status).toBe(201);
    expect(talk.control.calls().map(({ status, faults }) => [status, faults])).toEqual([
      [null, ["lost_reply"]],
      [201, []],
    ]);
  });

  test("late_landing: nothing has happened when the connection is cut, and then it does", async () => {
    talk.control.addFault({ name: "late_landing", match: "POST */servers", count: 1, milliseconds: 60 });
    await expect(talk.create({ name: "late" })).rejects.toThrow("fetch failed");
    expect(talk.control.servers()).toEqual([]);
    await waitUntil(() => talk.control.servers().length === 1);
    expect(talk.control.servers()[0]?.name).toBe("late");
  });

  test("slow_reply: the effect is there before the answer", async () => {
    talk.control.addFault({ name: "slow_reply", match: "POST */servers", milliseconds: 80 });
    const answering = talk.create();
    await waitUntil(() => talk.control.servers().length === 1);
    expect(talk.control.calls()[0]?.status).toBeNull();
    expect((await answering).status).toBe(201);
  });

  test("truncated_json: the effect is there, the body is cut in half", async () => {
    talk.control.addFault({ name: "truncated_json", count: 1 });
    const answer = await talk.create();
    expect([answer.status, answer.body]).toEqual([201, undefined]);
    expect(answer.text).toMatch(/^\{"server":/);
    expect(talk.control.servers()).toHaveLength(1);
  });
});

describe("a fault of one subject", () => {
  test("strikes the create that asks for that name, and no other", async () => {
    talk.control.addFault({ name: "out_of_stock", subject: "web-3*" });
    expect((await talk.create({ name: "web-2" })).status).toBe(201);
    expect((await talk.create({ name: "web-31" })).status).toBe(503);
    expect(talk.control.servers().map(({ name }) => name)).toEqual(["web-2"]);
  });

  test("strikes after the effect too, and the create keeps its body", async () => {
    talk.control.addFault({ name: "lost_reply", subject: "lost" });
    await expect(talk.create({ name: "lost" })).rejects.toThrow("fetch failed");
    expect((await talk.create({ name: "kept" })).status).toBe(201);
    expect(talk.control.servers().map(({ name }) => name)).toEqual(["lost", "kept"]);
  });

  test("strikes calls on a server by the server's name, whatever their body says", async () => {
    const id = await talk.made({ name: "web-1" });
    talk.control.addFault({ name: "unavailable_html", subject: "web-1" });
    expect((await talk.call("PATCH", `/servers/${id}`, { name: "other" })).status).toBe(503);
    expect((await talk.call("GET", "/servers")).status).toBe(200);
  });

  test("lets a body that is no JSON, or names nothing, pass", async () => {
    talk.control.addFault({ name: "unavailable_html", subject: "web-*" });
    expect((await talk.call("POST", "/servers", "{")).status).toBe(400);
    expect((await talk.call("POST", "/servers", { name: 3 })).status).toBe(400);
  });
});

describe("answers instead of effects", () => {
  test.for<readonly [name: string, status: number, text: RegExp, type: string | null]>([
    ["too_many_requests", 429, /^$/, null],
    ["too_many_requests_typed", 429, /"type":"too_many_requests"/, "application/json"],
    ["unavailable_html", 503, /^<html>/, "text/html"],
    ["permissions_denied", 403, /"type":"permissions_denied"/, "application/json"],
    ["quotas_exceeded", 403, /"type":"quotas_exceeded"/, "application/json"],
    ["quotas_exceeded_legacy", 403, /Quota exceeded for this resource\./, "application/json"],
    ["out_of_stock", 503, /"type":"out_of_stock"/, "application/json"],
  ])("%s answers %i and applies nothing", async ([name, status, text, type]) => {
    await talk.root("POST", "/_simulator/faults", { name, count: 1 });
    const answer = await talk.create();
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, type]);
    expect(answer.text).toMatch(text);
    expect(answer.headers.get("retry-after")).toBeNull();
    expect(answer.headers.get("x-request-id")).toMatch(/-/);
    expect(talk.control.servers()).toEqual([]);
    expect((await talk.create()).status).toBe(201);
  });

  test("unavailable_after_effect answers 503 though the server is there", async () => {
    talk.control.addFault({ name: "unavailable_after_effect", count: 1 });
    expect((await talk.create()).status).toBe(503);
    expect(talk.control.servers()).toHaveLength(1);
  });

  test("permissions are denied for N calls, then granted", async () => {
    talk.control.addFault({ name: "permissions_denied", items: 2 });
    const statuses: number[] = [];
    for (let call = 0; call < 3; call += 1) {
      statuses.push((await talk.call("GET", "/servers")).status);
    }
    expect(statuses).toEqual([403, 403, 200]);
  });

  test("the legacy API says quota, permissions and stock in its own words", async () => {
    const legacy = await startTalk({ dialect: "scaleway-compute" });
    const answers: Record<string, unknown> = {};
    for (const name of [
      "quotas_exceeded",
      "permissions_denied",
      "out_of_stock",
      "too_many_requests_typed",
    ] as const) {
      legacy.control.addFault({ name, count: 1 });
      const { status, body } = await legacy.create();
      answers[name] = [status, body];
    }
    expect(answers).toEqual({
      quotas_exceeded: [403, { type: "invalid_request_error", message: "Quota exceeded for this resource." }],
      permissions_denied: [
        403,
        {
          type: "authorization_required",
          message: "The token provided doesn't have the requested permission.",
        },
      ],
      out_of_stock: [503, { type: "invalid_request_error", message: "No free IP address" }],
      too_many_requests_typed: [429, undefined],
    });
    await legacy.close();
  });
});

describe("faults of the world", () => {
  const names = async () =>
    z
      .object({ servers: z.array(z.object({ name: z.string(), state: z.string() })) })
      .parse((await talk.call("GET", "/servers")).body).servers;

  test("stale_list: a list lags behind in servers and states, a single look does not", async () => {
    const id = await talk.made({ name: "old" });
    talk.clock.advance(60);
    talk.control.addFault({ name: "stale_list", milliseconds: 10_000 });
    const fresh = await talk.made({ name: "new" });
    await talk.act(id, "poweron");
    expect(await names()).toEqual([{ name: "old", state: "stopped" }]);
    expect((await talk.call("GET", `/servers/${fresh}`)).status).toBe(200);
    expect((await talk.call("GET", `/servers/${id}`)).body).toMatchObject({ server: { state: "starting" } });
    talk.clock.advance(10);
    expect(await names()).toMatchObject([{ name: "new" }, { name: "old", state: "starting" }]);
  });

  test("capacity_failure: the server falls back to stopped and says why; others by name are spared", async () => {
    talk.control.addFault({ name: "capacity_failure", subject: "web-*" });
    const [unlucky, lucky] = [await talk.made({ name: "web-1" }), await talk.made({ name: "db-1" })];
    for (const id of [unlucky, lucky]) {
      expect((await talk.act(id, "poweron")).status).toBe(202);
    }
    talk.settle();
    expect((await talk.call("GET", `/servers/${unlucky}`)).body).toMatchObject({
      server: { state: "stopped", state_detail: "no capacity available", public_ip: null },
    });
    expect((await talk.call("GET", `/servers/${lucky}`)).body).toMatchObject({
      server: { state: "running" },
    });
  });

  test.for(["poweron", "poweroff"])("stuck: a %s never ends", async (action) => {
    const id = await talk.made();
    await bringTo(talk, id, action === "poweron" ? "stopped" : "running");
    talk.control.addFault({ name: "stuck", match: "POST */action" });
    await talk.act(id, action);
    talk.settle();
    talk.settle();
    expect((await talk.call("GET", `/servers/${id}`)).body).toMatchObject({
      server: { state: action === "poweron" ? "starting" : "stopping" },
    });
  });

  test("page_size_cap: no page is longer, whatever is asked for", async () => {
    for (let index = 0; index < 5; index += 1) {
      await talk.made();
    }
    talk.control.addFault({ name: "page_size_cap", items: 2 });
    expect(await names()).toHaveLength(2);
  });
});

describe("when a fault strikes", () => {
  const statuses = async (calls: number) => {
    const seen: number[] = [];
    for (let call = 0; call < calls; call += 1) {
      seen.push((await talk.call("GET", "/servers")).status);
    }
    return seen;
  };

  test("skip lets calls pass first, count ends it, match chooses", async () => {
    talk.control.addFault({ name: "too_many_requests", skip: 1, count: 2, match: "GET *" });
    expect((await talk.create()).status).toBe(201);
    expect(await statuses(4)).toEqual([200, 429, 429, 200]);
  });

  test("probability is drawn from the seed: the same in every run", async () => {
    const run = async (seed: number) => {
      const other = await startTalk({
        dialect: "scaleway-instance",
        seed,
        faults: [{ name: "too_many_requests", probability: 0.5 }],
      });
      const seen: number[] = [];
      for (let call = 0; call < 40; call += 1) {
        seen.push((await other.call("GET", "/servers")).status);
      }
      await other.close();
      return seen;
    };
    const [first, again, other] = [await run(1), await run(1), await run(2)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    const limited = first.filter((status) => status === 429).length;
    expect(limited).toBeGreaterThan(8);
    expect(limited).toBeLessThan(32);
  });

  test("a fault is added, seen and removed over HTTP, under its own paths only", async () => {
    const added = await talk.root("POST", "/_simulator/faults", { name: "too_many_requests" });
    expect(added.status).toBe(201);
    expect(await statuses(1)).toEqual([429]);
    const { id } = z.object({ id: z.string() }).parse(added.body);
    expect((await talk.root("GET", "/_simulator/faults")).body).toMatchObject({
      faults: [{ id, name: "too_many_requests", struck: 1 }],
    });
    expect((await talk.root("DELETE", `/_simulator/faults/${id}`)).status).toBe(200);
    expect((await talk.root("DELETE", `/_simulator/faults/${id}`)).status).toBe(404);
    expect(await statuses(1)).toEqual([200]);
  });

  test.for<readonly [fault: object, message: RegExp]>([
    [{ name: "gremlins" }, /unknown fault .*gremlins/],
    [{ name: "stuck", probability: 2 }, /probability/],
    [{ name: "stuck", colour: "red" }, /colour/],
    [{ name: "error" }, /needs a type/],
    [{ name: "error", type: "nope" }, /nope/],
  ])("%j is refused with the reason", async ([fault, message]) => {
    const answer = await talk.root("POST", "/_simulator/faults", fault);
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(message);
  });
});

describe("the provider's limit", () => {
  test.for<readonly [answer: "bare" | "typed", body: RegExp]>([
    ["bare", /^$/],
    ["typed", /too_many_requests/],
  ])("calls above the burst meet a %s 429, and the bucket fills with time", async ([answer, body]) => {
    const limited = await startTalk({
      dialect: "scaleway-instance",
      rate: { perSecond: 2, burst: 3, answer },
    });
    const call = () => limited.call("GET", "/servers");
    const answers = [await call(), await call(), await call(), await call()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers[3]?.text).toMatch(body);
    limited.clock.advance(1);
    expect([(await call()).status, (await call()).status, (await call()).status]).toEqual([200, 200, 429]);
    await limited.close();
  });
});

describe("behind the provider's back", () => {
  test("a human deletes a running server and edits another's tags", async () => {
    const [gone, edited] = [await talk.made(), await talk.made()];
    await bringTo(talk, gone, "running");
    expect((await talk.root("DELETE", `/_simulator/servers/${gone}`)).status).toBe(200);
    expect((await talk.call("GET", `/servers/${gone}`)).status).toBe(404);
    expect((await talk.root("PATCH", `/_simulator/servers/${edited}`, { tags: ["mine"] })).status).toBe(200);
    expect((await talk.call("GET", `/servers/${edited}`)).body).toMatchObject({
      server: { tags: ["mine"], state: "stopped" },
    });
    expect((await talk.root("DELETE", `/_simulator/servers/${gone}`)).status).toBe(404);
  });

  test("a server that stops itself in the middle of an action stays where it was put", async () => {
    const id = await talk.made();
    await bringTo(talk, id, "starting");
    await talk.root("PATCH", `/_simulator/servers/${id}`, { state: "stopped in place" });
    talk.settle();
    expect((await talk.call("GET", `/servers/${id}`)).body).toMatchObject({
      server: { state: "stopped in place" },
    });
    expect((await talk.root("PATCH", `/_simulator/servers/${id}`, { state: "asleep" })).text).toMatch(
      /asleep/,
    );
  });

  test("calls are logged and counted by route, the control's own are not", async () => {
    const id = await talk.made();
    await talk.call("GET", `/servers/${id}?x=1`);
    await talk.call("GET", "/servers/22222222-2222-4222-8222-222222222222");
    const log = await talk.root("GET", "/_simulator/calls");
    expect(log.body).toMatchObject({
      total: 3,
      counts: { "POST /instance/v1/zones/{}/servers": 1, "GET /instance/v1/zones/{}/servers/{}": 2 },
      calls: [
        { number: 1, method: "POST", status: 201, at: talk.clock.now() },
        { number: 2, method: "GET", path: `/instance/v1/zones/fr-par-1/servers/${id}?x=1`, status: 200 },
        { number: 3, status: 404 },
      ],
    });
    const later = z
      .object({ calls: z.array(z.object({ number: z.number() })) })
      .parse((await talk.root("GET", "/_simulator/calls?after=2")).body);
    expect(later.calls).toEqual([{ number: 3 }]);
    await talk.root("DELETE", "/_simulator/calls");
    expect(talk.control.counts()).toEqual({});
  });
});
