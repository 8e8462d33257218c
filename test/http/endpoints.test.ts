import { describe, expect, it } from "vitest";
import { eventDescriptions } from "../../lib/http/event-descriptions.ts";
import { eventOf, openWorld, problemOf } from "./http-world.ts";
import * as z from "zod";

const json = { "content-type": "application/json" };
const url = "https://shop.example.com/hooks";
const withId = z.looseObject({ id: z.string() });

const open = () => {
  const world = openWorld();
  world.secrets.values.set("env:SIGNING_KEY", "a signing key for tests, long enough to be one");
  const create = (body: object, key?: string) =>
    world.call({
      method: "POST",
      path: "/v1/endpoints",
      headers: { ...json, ...(key === undefined ? {} : { "idempotency-key": key }) },
      body: { url, ...body },
    });
  return { world, create };
};

describe("the types of an endpoint", () => {
  const meaningful = [
    "*",
    "switchyard.*",
    "switchyard.server.*",
    "switchyard.oper*",
    "switchyard.bulk_job.completed",
    "switchyard.bulk_job.*",
    "switchyard.schedule.*",
    "switchyard.schedule.edge_applied",
  ];
  it("are any that there are, and how they begin", async () => {
    const all = [...meaningful, ...eventDescriptions().map(({ type }) => type)];
    expect((await open().create({ types: all })).status).toBe(201);
  });

  it.each<[string, string | null, string]>([
    ["switchyard.server.creatd", "switchyard.server.created", "a slip of the hand"],
    ["switchyard.servers.*", "switchyard.server.*", "a slip in how types begin"],
    ["switchyard.server", "switchyard.server.*", "a group without its star"],
    ["switchyard.schedule.fired", null, "a type that there isn't, of a group that there is"],
    ["switchyard.zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", null, "nothing like it"],
  ])("are refused when they mean nothing, everywhere: %s", async (type, meant) => {
    const { world, create } = open();
    const { id } = withId.parse((await create({})).body);
    const types = ["switchyard.server.*", type];
    const from = "2026-11-01T00:00:00Z";
    const path = `/v1/endpoints/${id}`;
    for (const answered of [
      await create({ types }),
      await world.call({ method: "PATCH", path, headers: json, body: { types } }),
      await world.call({ method: "POST", path: `${path}/replay`, headers: json, body: { from, types } }),
    ]) {
      expect(answered.status).toBe(422);
      const [fault, ...more] = problemOf(answered).errors ?? [];
      expect([fault?.pointer, more]).toEqual(["/types/1", []]);
      if (meant !== null) expect(fault?.detail).toContain(`did you mean "${meant}"?`);
    }
  });
});

describe("the idempotency key of an endpoint", () => {
  it("gives the same endpoint again, and the answer says so", async () => {
    const { create } = open();
    const [first, again] = [await create({}, "shop"), await create({}, "shop")];
    expect([first.status, first.headers["idempotent-replayed"]]).toEqual([201, undefined]);
    expect([again.status, again.headers["idempotent-replayed"]]).toEqual([201, "true"]);
    expect(again.body).toEqual(first.body);
  });

  it("is spent when the endpoint is deleted, and the refusal says what to do", async () => {
    const { world, create } = open();
    const { id } = withId.parse((await create({}, "shop")).body);
    expect((await world.send(eventOf({ method: "DELETE", path: `/v1/endpoints/${id}` }))).status).toBe(204);
    const answered = await create({}, "shop");
    expect(answered.status).toBe(409);
    expect(problemOf(answered)).toMatchObject({
      code: "IDEMPOTENCY_KEY_REUSED",
      detail: expect.stringContaining(`endpoint ${id}, which was deleted`),
      hint: expect.stringContaining("new key"),
    });
    expect((await create({}, "shop-2")).status).toBe(201);
  });
});

it("a refusal has a next step", async () => {
  const { world } = open();
  const path = "/v1/operations";
  const headers = { ...json, "idempotency-key": "k" };
  for (const [call, status] of [
    [{ path: `${path}/op_0123456789abcdefghjkmnpqrs` }, 404],
    [{ path: "/v1/connections/none" }, 404],
    [{ method: "DELETE", path }, 405],
    [{ method: "POST", path, headers, body: "{" }, 400],
    [{ method: "POST", path, headers, body: "" }, 400],
    [{ method: "POST", path, headers, body: "x".repeat(70_000) }, 413],
    [{ method: "POST", path: "/hooks/h", headers: json, body: "x".repeat(1_100_000) }, 413],
  ] as const) {
    const answered = await world.send(eventOf(call));
    expect([answered.status, problemOf(answered).hint]).toEqual([status, expect.stringMatching(/\.$/)]);
  }
});
