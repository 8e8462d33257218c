import { describe, expect, it } from "vitest";
import * as z from "zod";
import { connectionSchema } from "../../lib/connection.ts";
import { showConnection } from "../../lib/flows/list-connections.ts";
import {
  BadCursor,
  ProviderDoubt,
  ProviderRefusal,
  UnknownCollection,
  refusalCodes,
  type RefusalCode,
} from "../../lib/ports/provider.ts";
import { SecretUnavailable } from "../../lib/ports/secrets.ts";
import { openBudget } from "../memory/open-budget.ts";
import { openWorld, pageOf, pointersOf, problemOf } from "./http-world.ts";

describe("the connections", () => {
  it("are listed by name, page by page", async () => {
    const world = openWorld({ connections: ["paris", "ams", "lyon"] });
    const first = await world.call({ path: "/v1/connections", query: "limit=2" });
    expect(pageOf(first).items.map(({ name }) => name)).toEqual(["ams", "lyon"]);
    const link = /^<\/v1\/connections\?(?<query>[^>]+)>; rel="next"$/.exec(first.headers["link"] ?? "");
    const next = await world.call({ path: "/v1/connections", query: link?.groups?.["query"] ?? "" });
    expect(pageOf(next).items.map(({ name }) => name)).toEqual(["paris"]);
    expect(pageOf(next).next_cursor).toBeNull();
  });

  it("show what they offer", async () => {
    const answered = await openWorld().call({ path: "/v1/connections/paris" });
    expect(answered.body).toMatchObject({
      name: "paris",
      provider: "scaleway-instance",
      zone: "fr-par-1",
      region: null,
      api_url: "http://127.0.0.1:9001",
      rate_per_second: 10,
      kinds: ["server.create", "server.stop"],
    });
    expect(answered.text).toContain('{"path":"servers/{id}/action","filters":[]}');
  });

  it("show every other setting", async () => {
    const world = openWorld();
    const { body } = await world.call({ path: "/v1/connections/paris" });
    const { secret: _secret, ...settings } = connectionSchema.shape;
    expect(Object.keys(z.record(z.string(), z.unknown()).parse(body))).toEqual(
      expect.arrayContaining(Object.keys(settings)),
    );
  });

  it("shows how it stands with the calls of one connection", async () => {
    const { body } = await openWorld().call({ path: "/v1/connections/paris" });
    expect(body).toMatchObject({
      rate: { ceiling_per_second: 10, allowed_per_second: 10, held_until: null, circuits: [] },
    });
    const world = openWorld();
    const openUntil = Date.parse("2026-11-02T08:00:30Z");
    const standing = async () => ({
      allowedPerSecond: 2.5,
      heldUntil: openUntil - 25_000,
      circuits: [{ zone: "fr-par-1", openUntil }],
    });
    const { rate } = await showConnection("paris", { ...world, budget: { ...openBudget, standing } });
    expect(rate).toEqual({
      ceiling_per_second: 10,
      allowed_per_second: 2.5,
      held_until: "2026-11-02T08:00:05.000Z",
      circuits: [{ zone: "fr-par-1", open_until: "2026-11-02T08:00:30.000Z" }],
    });
  });

  it.each(["/v1/connections", "/v1/connections/paris"])(
    "show neither a secret nor where it is kept: %s",
    async (path) => {
      const { text } = await openWorld().call({ path });
      for (const word of ['"secret"', "PARIS_SECRET", "hidden", "token"]) expect(text).not.toContain(word);
    },
  );

  it.each(["lyon", "..", "%01", "x".repeat(100)])("don't include %j", async (name) => {
    expect((await openWorld().call({ path: `/v1/connections/${name}` })).status).toBe(404);
  });

  it("refuse a cursor of another list", async () => {
    const cursor = Buffer.from(JSON.stringify({ p: 1 })).toString("base64url");
    const answered = await openWorld().call({ path: "/v1/connections", query: `cursor=${cursor}` });
    expect(pointersOf(answered)).toEqual(["/cursor"]);
  });
});

describe("a read through a connection", () => {
  it.each([
    ["servers", ["servers"], "a collection"],
    ["servers/s-1", ["servers", "s-1"], "a thing in it"],
    ["servers/s-1/action", ["servers", "s-1", "action"], "a collection of the thing"],
    [
      "containers/c/objects/logs%2Fa.txt",
      ["containers", "c", "objects", "logs/a.txt"],
      "an id with a slash is one id",
    ],
    ["servers/a%25b", ["servers", "a%b"], "an id is decoded once"],
    ["products/servers", ["products", "servers"], "a literal path goes before one with an id"],
  ])("asks %s as %j: %s", async (path, asked) => {
    const world = openWorld();
    const answered = await world.call({ path: `/v1/connections/paris/${path}` });
    expect(answered.status).toBe(200);
    expect(world.provider.reads.map((read) => read.path)).toEqual([asked]);
  });

  it("gives one thing without a list around it", async () => {
    const world = openWorld();
    const item = { id: "s-1", name: "web", state: "running", tags: ["a"], raw: { id: "s-1", nested: [1] } };
    world.provider.answer = { form: "item", item };
    const answered = await world.call({ path: "/v1/connections/paris/servers/s-1" });
    expect(answered.body).toEqual(item);
  });

  it("gives a list with the provider's cursor, and a link that keeps the filters", async () => {
    const world = openWorld();
    world.provider.answer = { form: "page", items: [{ id: "s-1", raw: "s-1" }], next: "abc" };
    const path = "/v1/connections/paris/servers";
    const answered = await world.call({ path, query: "state=running&limit=1&cursor=old" });
    expect(pageOf(answered)).toEqual({ items: [{ id: "s-1", raw: "s-1" }], next_cursor: "abc" });
    expect(answered.headers["link"]).toBe(`<${path}?state=running&limit=1&cursor=abc>; rel="next"`);
    expect(world.provider.reads).toEqual([
      { path: ["servers"], filters: { state: "running" }, limit: 1, cursor: "old" },
    ]);
  });

  it("asks for 50 where nothing is said", async () => {
    const world = openWorld();
    await world.call({ path: "/v1/connections/paris/servers" });
    expect(world.provider.reads[0]).toMatchObject({ limit: 50, cursor: null, filters: {} });
  });

  it.each([
    ["paris/clouds", "the dialect has no such collection"],
    ["paris/servers/s-1/clouds", "nor such a part of a thing"],
    ["paris/servers/s-1/action/x", "nor anything below"],
    ["paris/servers/%2e%2e/action", "dots climb up the provider's path"],
    ["paris/servers/%2E", "one dot stays where it is"],
    ["paris/servers/", "an id is not nothing"],
    ["paris/servers/a%0Ab", "no id has a line break"],
    ["lyon/servers", "there is no such connection"],
  ])("of %s finds nothing and asks nobody: %s", async (path) => {
    const world = openWorld();
    expect((await world.call({ path: `/v1/connections/${path}` })).status).toBe(404);
    expect(world.provider.reads).toEqual([]);
  });

  it.each([
    ["colour=red", ["/colour"], "no filter is called that"],
    ["stat=running", ["/stat"], "it is nearly a filter"],
    ["state=", ["/state"], "an empty filter is a slip"],
    ["state=a&state=b", ["/state"], "it is said twice"],
    ["name=a%00", ["/name"], "NUL is nowhere allowed"],
    [`name=${"x".repeat(1001)}`, ["/name"], "it is too long to be a name"],
    ["limit=101", ["/limit"], "a page has at most 100"],
    ["__proto__=1", ["/__proto__"], "that is no filter"],
  ])("refuses %s at %j: %s", async (query, pointers) => {
    const world = openWorld();
    const answered = await world.call({ path: "/v1/connections/paris/servers", query });
    expect(answered.status).toBe(422);
    expect(pointersOf(answered)).toEqual(pointers);
    expect(world.provider.reads).toEqual([]);
  });
});

describe("a collection that the provider lists by certain filters only", () => {
  const path = "/v1/connections/paris/local-images";
  const needed = ["/image_label", "/image_id"];
  it.each([
    ["", "without any"],
    ["arch=arm64", "with another one"],
    ["limit=10", "with a parameter that is no filter"],
  ])("is not asked for with %j, and each of them is named: %s", async (query) => {
    const world = openWorld();
    const answered = await world.call({ path, query });
    expect(answered.status).toBe(422);
    expect(pointersOf(answered)).toEqual(needed);
    expect(problemOf(answered).detail).toContain("required: one of image_label, image_id");
    expect(world.provider.reads).toEqual([]);
  });

  it.each(["image_label=ubuntu_noble", "image_id=i-1&arch=arm64"])("is read with %s", async (query) => {
    const world = openWorld();
    expect((await world.call({ path, query })).status).toBe(200);
    expect(world.provider.reads).toHaveLength(1);
  });

  it("says so in the connection, and only there", async () => {
    const { text } = await openWorld().call({ path: "/v1/connections/paris" });
    expect(text).toContain('"needs_one_of":["image_label","image_id"]');
    expect(text.match(/needs_one_of/g)).toHaveLength(1);
  });
});

describe("a provider that does not answer", () => {
  const refusal = (code: (typeof refusalCodes)[number], status: number | null, wait: number | null = null) =>
    new ProviderRefusal(
      code,
      "The secret env:PARIS_SECRET can't be read.",
      { status, message: "no" },
      { retryAfterSeconds: wait },
    );
  const read = async (error: Error, query = "", path = "servers") => {
    const world = openWorld();
    world.provider.error = error;
    return world.call({ path: `/v1/connections/paris/${path}`, query });
  };

  it.each<[RefusalCode, number | null, number, string, string]>([
    ["RESOURCE_NOT_FOUND", 404, 404, "NOT_FOUND", "what is not there is not found"],
    ["RESOURCE_GONE", 410, 404, "NOT_FOUND", "nor is what is gone"],
    ["INVALID_INPUT", 400, 404, "NOT_FOUND", "an id of the wrong form is nobody's"],
    ["RATE_LIMITED", 429, 503, "RATE_LIMITED", "the limit is nobody's fault"],
    ["UNAUTHENTICATED", 401, 502, "PROVIDER_UNAUTHENTICATED", "our key is not the caller's"],
    ["PERMISSION_DENIED", 403, 502, "PROVIDER_PERMISSION_DENIED", "nor are our grants"],
    ["UNAVAILABLE", null, 502, "PROVIDER_UNAVAILABLE", "it can't be reached"],
    ["PROVIDER_REFUSED", 500, 502, "PROVIDER_REFUSED", "it blames itself"],
    ["PROVIDER_REFUSED", 405, 404, "NOT_FOUND", "it blames the question"],
  ])("with %s (%s) gives %i %s: %s", async (code, theirs, status, ours) => {
    const answered = await read(refusal(code, theirs), "", "servers/s-1");
    expect(answered.status).toBe(status);
    expect(problemOf(answered).code).toBe(ours);
  });

  it.each(refusalCodes)("never shows where our secret is kept, nor a 500: %s", async (code) => {
    const answered = await read(refusal(code, 403));
    expect(answered.status).not.toBe(500);
    expect(answered.text).not.toContain("PARIS_SECRET");
  });

  it("says which secret of our own can't be read, where it is our own that is missing", async () => {
    const cause = new SecretUnavailable("env:PARIS_SECRET");
    const error = new ProviderRefusal(
      "UNAVAILABLE",
      cause.message,
      { status: null },
      { cause, retryAfterSeconds: 30 },
    );
    const answered = await read(error);
    expect(answered.status).toBe(503);
    expect(answered.headers["retry-after"]).toBe("30");
    expect(problemOf(answered)).toMatchObject({
      code: "SECRET_UNAVAILABLE",
      detail: "The secret env:PARIS_SECRET of connection paris can't be read, so its provider was not asked.",
      hint: expect.stringContaining("Set the secret"),
    });
  });

  it.each([
    [null, "2"],
    [7.2, "8"],
    [0, "1"],
  ])("says when to ask again after a limit of %s s: %s", async (wait, header) => {
    expect((await read(refusal("RATE_LIMITED", 429, wait))).headers["retry-after"]).toBe(header);
  });

  it.each(["INVALID_INPUT", "PROVIDER_REFUSED"] as const)(
    "blames the filters when it takes %s to them",
    async (code) => {
      const answered = await read(refusal(code, 400), "state=paused");
      expect(answered.status).toBe(422);
      expect(pointersOf(answered)).toEqual(["/state"]);
    },
  );

  it("blames nobody's question when there is nothing that could be asked in another way", async () => {
    const answered = await read(refusal("INVALID_INPUT", 400), "limit=7", "products/servers");
    expect(answered.status).toBe(502);
    expect(problemOf(answered).code).toBe("PROVIDER_REFUSED");
  });

  const blaming = (fields: Record<string, string[]>) =>
    new ProviderRefusal("INVALID_INPUT", "no", { status: 400, message: "invalid arguments", fields });
  it.each([
    [refusal("INVALID_INPUT", 400), "servers", "", [], "a filter might help, and the hint names them"],
    [
      blaming({ name: ["required"] }),
      "servers",
      "",
      ["/name"],
      "a filter is missing, and the provider says which",
    ],
    [blaming({ name: ["format"] }), "servers", "name=a&state=b", ["/name"], "one of two is blamed"],
    [blaming({ zone: ["format"] }), "servers", "name=a&state=b", ["/name", "/state"], "none of them is"],
    [refusal("INVALID_INPUT", 400), "servers", "cursor=abc", ["/cursor"], "the page may be none"],
    [
      refusal("PROVIDER_REFUSED", 416),
      "products/servers",
      "cursor=abc",
      ["/cursor"],
      "there is no such page",
    ],
    [refusal("PROVIDER_REFUSED", 431), "servers", "name=a", ["/name"], "the filter is too long"],
    [refusal("PERMISSION_DENIED", 403), "servers", "name=a", ["/name"], "it may be somebody else's"],
  ])("refuses the question as a 422, row %#", async (error, path, query, pointers) => {
    const answered = await read(error, query, path);
    expect(answered.status).toBe(422);
    expect(problemOf(answered).code).toBe("PROVIDER_REFUSED");
    expect(pointersOf(answered)).toEqual(pointers);
    expect(problemOf(answered).hint).toContain(path === "servers" ? "state, name" : "without a cursor");
  });

  it("is quoted at the filter that it speaks of", async () => {
    const answered = await read(blaming({ name: ["constraint: too short"] }), "name=a");
    expect(problemOf(answered).errors?.[0]?.detail).toBe("refused by the provider: constraint: too short");
  });

  it("leaves open what a doubtful answer means", async () => {
    const answered = await read(new ProviderDoubt("HTML", { status: 503, request_id: "r-9" }));
    expect(answered.status).toBe(502);
    expect(answered.body).toMatchObject({
      code: "PROVIDER_UNCLEAR",
      provider: { status: 503, request_id: "r-9" },
    });
  });

  it("knows its own cursors", async () => {
    const answered = await read(new BadCursor(), "cursor=abc");
    expect(answered.status).toBe(422);
    expect(pointersOf(answered)).toEqual(["/cursor"]);
  });

  it("knows its own collections", async () => {
    expect((await read(new UnknownCollection(["servers"]))).status).toBe(404);
  });
});
