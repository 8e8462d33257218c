import { describe, expect, it } from "vitest";
import { scopes, type Scope } from "../../lib/access/caller.ts";
import { openApiDocument } from "../../lib/http/openapi.ts";
import type { Route } from "../../lib/http/route.ts";
import { jsonObjectSchema } from "../../lib/operation/json.ts";
import type { Answered } from "../http/answered.ts";
import { problemOf } from "../http/http-world.ts";
import { smallDialect } from "../http/small-dialect.ts";
import { everyRoute } from "./access-world.ts";
import { lackOf, placesOf, requestOf, type Ids } from "./sample-requests.ts";
import { openTenancy } from "./tenancy-world.ts";

const keyed = everyRoute.filter(({ scope }) => scope !== null);
const named = (routes: readonly Route[]) =>
  routes.map((route): [string, Route] => [`${route.method} ${route.path}`, route]);

/** Sets of scopes that do not cover the one that is needed. */
const tooLittle = (needed: Scope | null): Scope[][] => {
  if (needed === "admin") return [["read"], ["operate"], ["read", "operate"]];
  return needed === "operate" ? [["read"]] : [];
};
const isEnough = (has: Scope, needed: Scope | null): boolean =>
  scopes.indexOf(has) >= scopes.indexOf(needed ?? "read");

/** An entry in the audit trail is what a refusal leaves behind; a write beside it is an effect. */
const effectsOf = (effects: readonly string[]): readonly string[] =>
  effects.filter((effect) => effect !== "documents.save audit");

describe("the table of routes", () => {
  it("needs no key for its description, its health, its schemas, webhooks of others and signed links, and for nothing else", () => {
    const open = everyRoute.filter(({ scope }) => scope === null);
    for (const { path } of open)
      expect(path).toMatch(/^\/(?:healthz|openapi\.json|schemas\/.*|hooks\/.*|snooze\/.*)$/);
    for (const { path } of keyed) expect(path).toMatch(/^\/v1\//);
  });

  it("lets nobody change anything with a scope for reading", () => {
    const harmless = new Set<string>();
    const changing = keyed.filter(({ method }) => method !== "GET");
    expect(changing.filter(({ scope, path }) => scope === "read" && !harmless.has(path))).toEqual([]);
    for (const { scope, method } of keyed) if (scope === "read") expect(method).toBe("GET");
  });

  it.each(named(keyed))("has a sample that %s takes, and says what it names", (_name, route) => {
    expect(lackOf(route)).toBeNull();
  });

  it("says the scope in the description, and what is answered without it", () => {
    const { paths } = jsonObjectSchema.parse(openApiDocument(everyRoute, [smallDialect]));
    for (const { path, method, scope } of everyRoute) {
      const described = jsonObjectSchema.parse(jsonObjectSchema.parse(paths)[path]);
      const operation = jsonObjectSchema.parse(described[method.toLowerCase()]);
      const refused = JSON.stringify(jsonObjectSchema.parse(operation["responses"])["403"] ?? null);
      expect(operation["x-scope"]).toBe(scope ?? undefined);
      if (scope === null) expect(operation["security"]).toEqual([]);
      else expect(refused).toContain(`the scope \`${scope}\``);
    }
  });
});

const insufficient = keyed.flatMap((route) =>
  tooLittle(route.scope).map((has) => ({
    title: `${route.method} ${route.path} with ${has.join(" and ")}`,
    route,
    has,
  })),
);

describe("a key without the scope", () => {
  it.each(insufficient)("does nothing: $title", async ({ route, has }) => {
    const world = await openTenancy();
    const { key } = await world.makeKey({ name: "little", scopes: has });
    await world.call({ path: "/v1/connections", key });
    world.effects.length = 0;
    const answered = await world.call({ ...requestOf(route, world.own), key });
    expect(answered.status).toBe(403);
    expect(problemOf(answered)).toMatchObject({ code: "FORBIDDEN" });
    expect(problemOf(answered).detail).toContain(`the scope ${route.scope}`);
    expect(effectsOf(world.effects)).toEqual([]);
  });
});

const forLimited = keyed.filter(({ forLimitedKeys }) => forLimitedKeys === true);
const forOthers = keyed.filter(({ forLimitedKeys }) => forLimitedKeys !== true);

describe.each(named(forOthers))("%s concerns everybody", (_name, route) => {
  it("and does nothing for a key that is limited to connections", async () => {
    const world = await openTenancy();
    const key = await world.limitedKey(["admin"]);
    const answered = await world.call({ ...requestOf(route, world.own), key });
    expect(answered.status).toBe(403);
    expect(effectsOf(world.effects)).toEqual([]);
  });
});

/** What is said to somebody who asks for something by name, without the name and what differs from request to request. */
const said = (answered: Answered, ...ids: readonly Ids[]): string => {
  const { "x-request-id": _id, ratelimit: _rate, ...headers } = answered.headers;
  const names = ids.flatMap((one) => Object.values(one));
  return names.reduce(
    (text, name) => text.replaceAll(name, "IT"),
    JSON.stringify([answered.status, headers, answered.body]),
  );
};

/** Cursors hold places in plain JSON: what stands in them is shown too. */
const opened = ({ text }: Answered): string =>
  `${text} ${[...text.matchAll(/"next_cursor":"([^"]+)"/g)]
    .map(([, cursor = ""]) => Buffer.from(cursor, "base64url").toString("utf8"))
    .join(" ")}`;

/** Whoever puts something under a name of their own choosing is told when the name is taken. */
const choosesName = (route: Route, where: string): boolean =>
  ["putHook", "putSchedule"].includes(route.operationId) && where.startsWith("path");

const cases = forLimited.flatMap((route) =>
  scopes.flatMap((scope) =>
    placesOf(route).map((place) => ({
      title: `${route.method} ${route.path} (${place.where}), scope ${scope}`,
      route,
      scope,
      place,
    })),
  ),
);

describe("what belongs to others", () => {
  it.each(cases)("is as unknown, and stays as it is: $title", async ({ route, scope, place }) => {
    const world = await openTenancy();
    const key = await world.limitedKey([scope]);
    const asked = async (ids: Ids) => world.call({ ...place.request(ids, world.own), key });
    const foreign = await asked(world.foreign);
    const effects = effectsOf(world.effects);
    if (choosesName(route, place.where)) {
      expect(foreign.status).toBeGreaterThanOrEqual(400);
      expect(effects).toEqual([]);
      return;
    }
    const unknown = await asked(world.unknown);
    expect(said(foreign, world.foreign)).toBe(said(unknown, world.unknown));
    expect(effects).toEqual([]);
    if (!isEnough(scope, route.scope)) expect(foreign.status).toBe(403);
    else if (place.where.startsWith("path")) expect(foreign.status).toBe(404);
  });

  it.each(named(forLimited))("is in no answer to one's own: %s", async (_name, route) => {
    const world = await openTenancy();
    const key = world.ownKey;
    const request = requestOf(route, world.own);
    for (const query of [
      request.query ?? "",
      ...(route.query.shape["limit"] === undefined ? [] : ["limit=1"]),
    ]) {
      const answered = await world.call({ ...request, query, key });
      // What it is good for, or why not now: it must not be refused for the key's sake.
      expect([401, 403, 404, 422]).not.toContain(answered.status);
      for (const id of Object.values(world.foreign)) expect(opened(answered)).not.toContain(id);
    }
  });

  it("may be seen by whoever is not limited", async () => {
    const world = await openTenancy();
    for (const path of [`/v1/operations/${world.foreign.operation}`, `/v1/keys/${world.foreign.key}`])
      expect((await world.call({ path })).status).toBe(200);
  });
});

describe("a key that is limited to connections", () => {
  it("has idempotency keys of its own: nobody meets another's operation", async () => {
    const world = await openTenancy();
    const body = { connection: "paris", kind: "server.create", input: { name: "a", type: "b" } };
    const headers = { "idempotency-key": "order-1" };
    const call = { method: "POST", path: "/v1/operations", headers, body };
    const first = await world.call(call);
    const key = await world.limitedKey(["operate"]);
    const other = await world.call({ ...call, key, body: { ...body, input: { name: "z", type: "b" } } });
    expect([first.status, other.status]).toEqual([202, 202]);
    expect(other.headers["idempotent-replayed"]).toBeUndefined();
    const again = await world.call({ ...call, key, body: { ...body, input: { name: "z", type: "b" } } });
    expect(again.headers["idempotent-replayed"]).toBe("true");
    expect(again.headers["location"]).toBe(other.headers["location"]);
  });

  it("makes keys of its own name, for its own connections", async () => {
    const world = await openTenancy();
    const { key } = await world.makeKey({ name: "team", scopes: ["admin"], connections: ["paris"] });
    const make = async (body: object) =>
      world.call({ method: "POST", path: "/v1/keys", body: { scopes: ["read"], ...body }, key });
    expect((await make({ name: "team.eyes", connections: ["paris"] })).status).toBe(201);
    expect((await make({ name: "team.eyes" })).status).toBe(422);
    expect((await make({ name: "teams", connections: ["paris"] })).status).toBe(422);
    expect((await make({ name: "far", connections: ["paris"] })).status).toBe(422);
    const foreign = await make({ name: "team.far", connections: ["berlin"] });
    expect(foreign.status).toBe(422);
    expect(problemOf(foreign).detail).toContain("there is paris");
    expect(foreign.text.replaceAll("berlin", "rome")).not.toContain("berlin");
  });

  it.each<[object, string]>([
    [{ connections: ["berlin"] }, "it is for another connection"],
    [{ connections: ["berlin", "paris"] }, "it is for another, too"],
    [{}, "it is for all"],
    [{ name: "eyes", connections: ["paris"] }, "it is somebody else's"],
    [{ name: "cis.eyes", connections: ["paris"] }, "a name that begins alike is not below"],
  ])("does not know of the key %j: %s", async (body) => {
    const world = await openTenancy();
    const { id } = await world.makeKey({ name: "ci.more", scopes: ["read"], ...body });
    const key = world.ownKey;
    expect((await world.call({ path: `/v1/keys/${id}`, key })).status).toBe(404);
    expect((await world.call({ method: "DELETE", path: `/v1/keys/${id}`, key })).status).toBe(404);
    expect((await world.call({ path: "/v1/keys", key })).text).not.toContain(id);
    expect((await world.call({ path: `/v1/keys/${id}` })).body).toMatchObject({ revoked_at: null });
  });
});
