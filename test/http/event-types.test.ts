import { describe, expect, it } from "vitest";
import { eventCatalogue } from "../../events/catalogue.ts";
import { documentJson } from "./described.ts";
import { ask, openWorld, pageOf, problemOf } from "./http-world.ts";

describe("GET /v1/event-types", () => {
  it("lists every type in pages, with an example and the path of its schema", async () => {
    const world = openWorld();
    const first = pageOf(await world.call({ path: "/v1/event-types", query: "limit=5" }));
    expect(first.items).toHaveLength(5);
    const rest = pageOf(
      await world.call({ path: "/v1/event-types", query: `limit=100&cursor=${first.next_cursor}` }),
    );
    const all = [...first.items, ...rest.items];
    expect(all.map(({ type }) => type)).toEqual(eventCatalogue.map(({ type }) => type).toSorted());
    expect(all[0]).toMatchObject({
      schema: `/schemas/${String(all[0]?.["type"])}/v1`,
      example: { specversion: "1.0" },
    });
  });

  it("wants a key", async () => {
    expect((await openWorld().call({ path: "/v1/event-types", key: null })).status).toBe(401);
  });
});

describe("GET /schemas/{type}/v1", () => {
  it("gives the schema that the events of the type name, without a key", async () => {
    const world = openWorld();
    const { body, status } = await world.call({
      path: "/schemas/switchyard.operation.accepted/v1",
      key: null,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      $id: "urn:switchyard:schema:switchyard.operation.accepted:v1",
      type: "object",
    });
    await ask(world, "order");
    const [operation] = (await world.operations.list({}, null, 1)).operations;
    expect(operation?.outbox[0]?.dataschema).toBe("urn:switchyard:schema:switchyard.operation.accepted:v1");
  });

  it.each(["switchyard.server.exploded", "server.created", "%00", "..", "x".repeat(200)])(
    "is a 404 problem for %s",
    async (type) => {
      const answered = await openWorld().call({ path: `/schemas/${type}/v1`, key: null });
      expect([404, 400]).toContain(answered.status);
      expect(problemOf(answered).code).toMatch(/NOT_FOUND|BAD_PATH/);
    },
  );

  it("says which prefix is missing", async () => {
    const answered = await openWorld().call({ path: "/schemas/server.created/v1", key: null });
    expect(problemOf(answered).detail).toContain("switchyard.");
  });
});

describe("the webhooks of the OpenAPI document", () => {
  it("are one for each type", () => {
    const webhooks = documentJson["webhooks"];
    expect(Object.keys(Object(webhooks)).toSorted()).toEqual(
      eventCatalogue.map(({ type }) => type).toSorted(),
    );
  });
});
