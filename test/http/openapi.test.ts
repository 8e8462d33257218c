import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { dialectNames } from "../../lib/connection.ts";
import { openApiDocument } from "../../lib/http/openapi.ts";
import { routes } from "../../lib/http/routes.ts";
import { kinds } from "../../lib/operation/kind.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { differenceFromDocument, documentJson } from "./described.ts";
import { ask, openWorld } from "./http-world.ts";

const all = Object.values(dialects).map(({ dialect }) => dialect);
const whole = z
  .object({
    paths: z.record(z.string(), z.record(z.string(), z.looseObject({ security: z.array(z.unknown()) }))),
    components: z.object({
      schemas: z.record(z.string(), z.looseObject({ enum: z.array(z.string()).optional() })),
    }),
  })
  .parse(JSON.parse(JSON.stringify(openApiDocument(routes, all))));

describe("the OpenAPI document", () => {
  it("is valid, for a small dialect and for all there are", async () => {
    expect(await new Validator().validate(documentJson)).toEqual({ valid: true });
    const copy: unknown = JSON.parse(JSON.stringify(openApiDocument(routes, all)));
    const document = z.record(z.string(), z.unknown()).parse(copy);
    expect(await new Validator().validate(document)).toEqual({ valid: true });
  });

  it("is what is served", async () => {
    const answered = await openWorld().call({ path: "/openapi.json" });
    expect(answered.body).toEqual(documentJson);
  });

  it("describes every route and nothing else", () => {
    const described = Object.entries(whole.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.toSorted()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).toSorted());
  });

  it("asks for the key below /v1 and nowhere else", () => {
    for (const [path, methods] of Object.entries(whole.paths)) {
      for (const { security } of Object.values(methods))
        expect([path, security.length]).toEqual([path, path.startsWith("/v1/") ? 1 : 0]);
    }
  });

  it.each([
    ["post", "/v1/bulk-jobs", ["application/json", "text/csv", "application/jsonl"]],
    ["post", "/v1/bulk-plans", ["application/json", "text/csv", "application/jsonl"]],
    ["put", "/v1/calendars/{name}", ["application/json", "text/calendar"]],
    ["post", "/v1/operations", ["application/json"]],
  ])("names every type of body that is taken: %s %s", (method, path, types) => {
    const taken = z.object({ requestBody: z.object({ content: z.record(z.string(), z.unknown()) }) });
    expect(Object.keys(taken.parse(whole.paths[path]?.[method]).requestBody.content)).toEqual(types);
  });

  it("names a report as what it is", () => {
    const answers = z.object({
      responses: z.object({ 200: z.object({ content: z.record(z.string(), z.unknown()) }) }),
    });
    const report = answers.parse(whole.paths["/v1/bulk-jobs/{id}/report"]?.["get"]);
    expect(Object.keys(report.responses[200].content)).toEqual(["text/csv", "application/jsonl"]);
  });

  it("holds kinds and dialects as enums, and the input of each kind for each dialect", () => {
    const { schemas } = whole.components;
    expect(schemas["Kind"]?.enum).toEqual([...kinds]);
    expect(schemas["Dialect"]?.enum).toEqual([...dialectNames]);
    for (const dialect of all) expect(dialect.kinds.size).toBeGreaterThan(0);
    expect(Object.keys(schemas).filter((name) => name.endsWith("Input"))).toHaveLength(
      all.reduce((count, dialect) => count + dialect.kinds.size, 0),
    );
    expect(schemas["ScalewayInstanceServerCreateInput"]).toMatchObject({
      required: ["name"],
      additionalProperties: false,
    });
  });

  it("has no schema without a name of its own, and no pattern that nobody can read", () => {
    expect(Object.keys(whole.components.schemas).filter((name) => name.startsWith("__"))).toEqual([]);
    const patterns = [...JSON.stringify(whole).matchAll(/"pattern":"(?<pattern>[^"]*)"/g)];
    for (const { groups } of patterns) expect(groups?.["pattern"]?.length).toBeLessThan(120);
  });

  it("tells an answer that it describes from one that it doesn't", async () => {
    const answered = await ask(openWorld(), "order-1");
    const difference = (changed: object) =>
      differenceFromDocument("POST", "/v1/operations", { ...answered, ...changed });
    expect(difference({})).toBeNull();
    expect(difference({ status: 201 })).toContain("not described");
    expect(difference({ body: { id: 7 } })).toContain("202");
    expect(difference({ headers: { ...answered.headers, "x-more": "1" } })).toContain("x-more");
    expect(difference({ headers: { ...answered.headers, "content-type": "text/html" } })).toContain("html");
  });
});
