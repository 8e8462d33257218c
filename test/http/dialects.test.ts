import { describe, expect, it } from "vitest";
import * as z from "zod";
import { dialectViewSchema, type DialectView } from "../../lib/flows/list-dialects.ts";
import { openApiDocument } from "../../lib/http/openapi.ts";
import { routes } from "../../lib/http/routes.ts";
import { httpHandler } from "../../lib/lambda/http-stack.ts";
import { kinds } from "../../lib/operation/kind.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { ask, create, eventOf, openWorld, pageOf, problemOf } from "./http-world.ts";

const all = Object.values(dialects).map(({ dialect }) => dialect);
const openAll = () => {
  const world = openWorld();
  const handler = httpHandler(async () => ({ ...world, dialects: all }), routes);
  return async (path: string, query = "") => {
    const answer = await handler(eventOf({ path, query }), { getRemainingTimeInMillis: () => 29_000 });
    return { status: answer.statusCode, body: z.unknown().parse(JSON.parse(answer.body ?? "")) };
  };
};
const viewOf = async (name: string): Promise<DialectView> =>
  dialectViewSchema.parse((await openAll()(`/v1/dialects/${name}`)).body);
const kindOf = (view: DialectView, kind: string) => {
  const found = view.kinds.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`${view.name} has no ${kind}`);
  return found;
};

describe("GET /v1/dialects", () => {
  it("lists every dialect of the registry by name, whether a connection uses it or not", async () => {
    const { status, body } = await openAll()("/v1/dialects");
    const { items } = z.object({ items: z.array(dialectViewSchema) }).parse(body);
    expect(status).toBe(200);
    expect(items.map(({ name }) => name)).toEqual(all.map(({ name }) => name).toSorted());
  });

  it("has pages like every list, and refuses a cursor of another one", async () => {
    const call = openAll();
    const schema = z.object({ items: z.array(dialectViewSchema), next_cursor: z.string().nullable() });
    const names: string[] = [];
    let cursor: string | null = "";
    for (let pages = 0; cursor !== null && pages < 20; pages += 1) {
      const query: string = cursor === "" ? "limit=1" : `limit=1&cursor=${cursor}`;
      const page = schema.parse((await call("/v1/dialects", query)).body);
      names.push(...page.items.map(({ name }) => name));
      cursor = page.next_cursor;
    }
    expect(names).toEqual(all.map(({ name }) => name).toSorted());
    expect((await call("/v1/dialects", "cursor=e30")).status).toBe(422);
  });

  it("is described as it answers, and shows those of the connections where no other is known", async () => {
    const answered = await openWorld().call({ path: "/v1/dialects" });
    expect(pageOf(answered).items.map(({ name }) => name)).toEqual(["scaleway-instance"]);
  });
});

describe("GET /v1/dialects/{name}", () => {
  it("says of each kind what it acts on, what it takes, its steps and how each is seen to end", async () => {
    const remove = kindOf(await viewOf("scaleway-compute"), "server.delete");
    expect(remove).toMatchObject({
      resource_type: "server",
      input: { type: "object", properties: { with_volumes: { type: "boolean", default: false } } },
      steps: [
        { name: "remove", end: "404 with the type `unknown_resource`" },
        { name: "remove_volumes", when: "when with_volumes is true" },
      ],
      money: expect.stringContaining("stay and bill unless with_volumes is true"),
    });
  });

  it("puts each step where it comes, with the input that it depends on", async () => {
    const { steps } = kindOf(await viewOf("scaleway-compute"), "server.create");
    expect(steps.map(({ name, when }) => [name, when])).toEqual([
      ["create", undefined],
      ["configure", "when cloud_init is given"],
      ["power_on", "unless start is false"],
    ]);
  });

  it("tells the ends of an action by its word, and of any other word that nothing can be seen", async () => {
    const { steps } = kindOf(await viewOf("scaleway-compute"), "server.action");
    expect(steps.find(({ when }) => when === "when action is terminate")?.end).toContain("404");
    expect(steps[0]).toMatchObject({ name: "action", end: expect.stringContaining("can't be seen") });
  });

  it("shows collections as a connection does", async () => {
    const { collections } = await viewOf("scaleway-instance");
    expect(collections).toContainEqual(
      expect.objectContaining({
        path: "local-images",
        needs_one_of: ["image_label", "image_id", "version_id"],
      }),
    );
    expect(collections.map(({ path }) => path)).toContain("servers/{id}/action");
  });

  it("is 404 for a dialect that there is not", async () => {
    expect((await openAll()("/v1/dialects/cobol")).status).toBe(404);
  });
});

describe("the catalogue", () => {
  const documentSchema = z.object({
    components: z.object({ schemas: z.record(z.string(), z.looseObject({})) }),
  });
  const { schemas } = documentSchema.parse(openApiDocument(routes, all)).components;
  const isUnion = (value: unknown): value is { type?: unknown; oneOf: unknown } =>
    typeof value === "object" && value !== null && "oneOf" in value;
  /** Without words, which only the description has, and without the type that it repeats beside a union. */
  const bare = (schema: object): unknown =>
    JSON.parse(JSON.stringify(schema), (key, value: unknown) => {
      if (key === "description") return undefined;
      if (!isUnion(value)) return value;
      const { type: _repeated, ...rest } = value;
      return rest;
    });
  const camel = (text: string): string =>
    text.replaceAll(/(?:^|[^a-z0-9]+)([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());

  it.each(all)("of $name is what validates and what OpenAPI shows", async ({ name, kinds: offers }) => {
    const view = await viewOf(name);
    expect(view.kinds.map(({ kind }) => kind)).toEqual([...offers.keys()]);
    for (const { kind, input } of view.kinds) {
      const described = schemas[`${camel(name)}${camel(kind)}Input`];
      expect([kind, bare(input)]).toEqual([kind, bare(described ?? {})]);
    }
  });

  it.each(all)("of $name has an example of each kind, which its own schema takes", ({ kinds: offers }) => {
    const refused = [...offers].filter(([, { input, example }]) => !input.safeParse(example ?? {}).success);
    expect(refused.map(([kind]) => kind)).toEqual([]);
  });

  it.each(all)("of $name has words for its variants that its schema takes", ({ kinds: offers }) => {
    const refused = [...offers].flatMap(([kind, { input, example = {}, variants = [] }]) =>
      variants
        .filter((one) => !input.safeParse({ ...example, ...one.input }).success)
        .map(({ when }) => `${kind}: ${when}`),
    );
    expect(refused).toEqual([]);
  });

  it.each(all)("of $name says why for every kind that it lacks", async (dialect) => {
    const { cannot } = await viewOf(dialect.name);
    const words = cannot.flatMap(({ what }) => what.split(/,\s*/));
    const silent = kinds.filter(
      (kind) =>
        !dialect.kinds.has(kind) &&
        !words.some((word) => word === kind || word === `${kind.slice(0, kind.indexOf("."))}.*`),
    );
    expect(silent).toEqual([]);
  });
});

describe("a kind that the dialect lacks", () => {
  it("is refused at once, at /kind, with what there is instead", async () => {
    const answered = await ask(openWorld(), "key-1", { ...create, kind: "server.reboot" });
    expect(answered.status).toBe(422);
    expect(problemOf(answered).errors).toEqual([
      {
        pointer: "/kind",
        detail: "scaleway-instance does not offer server.reboot; it offers server.create, server.stop",
      },
    ]);
  });

  it.each([
    ["specifications.update", /commercial_type, while it is stopped\); it offers server\.create/],
    ["tag.create", /server\.update changes them\); it offers/],
  ])("%s is refused with the reason that the catalogue gives", async (kind, detail) => {
    const world = openWorld();
    const { dialect } = dialects["scaleway-instance"];
    const handler = httpHandler(
      async () => ({
        ...world,
        providers: { ...world.providers, dialect: () => dialect },
      }),
      routes,
    );
    const event = eventOf({
      method: "POST",
      path: "/v1/operations",
      headers: { "content-type": "application/json", "idempotency-key": kind },
      body: { connection: "paris", kind, input: {} },
    });
    const { statusCode, body } = await handler(event, { getRemainingTimeInMillis: () => 29_000 });
    const problem = z
      .object({ errors: z.array(z.object({ pointer: z.string(), detail: z.string() })) })
      .parse(JSON.parse(body ?? ""));
    expect(statusCode).toBe(422);
    expect(problem.errors[0]).toEqual({ pointer: "/kind", detail: expect.stringMatching(detail) });
  });
});
