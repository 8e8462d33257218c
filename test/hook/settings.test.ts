import { describe, expect, it } from "vitest";
import * as z from "zod";
import { pointersOf, problemOf } from "../http/http-world.ts";
import { hookOf, openHookWorld, receivedIn } from "./hook-world.ts";

const draft = {
  connection: "paris",
  kind: "server.create",
  input: { name: "web-{{/number}}", type: "DEV1-S", image: "ubuntu_noble" },
};
const withRule = (rule: object) => hookOf("github", { rules: [rule] });
const json = { "content-type": "application/json" };
const hookBody = z.looseObject({ name: z.string(), version: z.number(), warnings: z.array(z.string()) });

describe("a hook", () => {
  it("is put, shown, put again, listed and removed", async () => {
    const world = openHookWorld();
    const first = await world.put("ci", hookOf("github", { description: "from CI" }));
    expect([first.status, first.headers["location"]]).toEqual([201, "/v1/hooks/ci"]);
    expect(first.body).toMatchObject({
      name: "ci",
      version: 1,
      verify: { scheme: "github", secret: "env:GITHUB_SECRET" },
      rules: [{ name: "start" }],
      dedup: null,
      connections: null,
      created_by: "bootstrap",
      path: "/hooks/ci",
    });
    expect((await world.call({ path: "/v1/hooks/ci" })).body).toEqual(first.body);
    await world.clock.advance(1000);
    const second = await world.put("ci", hookOf("github", { rules: [{ operation: draft }] }));
    expect(second.status).toBe(200);
    expect(second.body).toMatchObject({
      version: 2,
      rules: [{ name: "rule-1" }],
      created_at: "2026-11-02T08:00:00.000Z",
      updated_at: "2026-11-02T08:00:01.000Z",
    });
    expect((await world.call({ path: "/v1/hooks" })).body).toEqual({
      items: [second.body],
      next_cursor: null,
    });
    expect((await world.call({ method: "DELETE", path: "/v1/hooks/ci" })).status).toBe(204);
    expect((await world.call({ path: "/v1/hooks/ci" })).status).toBe(404);
    expect((await world.call({ method: "DELETE", path: "/v1/hooks/ci" })).status).toBe(404);
    expect((await world.deliver("ci", "github", { number: 1 })).status).toBe(401);
  });

  it("is one of many, in pages by name", async () => {
    const world = openHookWorld();
    for (const name of ["d", "a", "c", "b", "e"]) await world.put(name, hookOf("github"));
    const page = z.object({ items: z.array(hookBody), next_cursor: z.string().nullable() });
    const names: string[] = [];
    let query = "limit=2";
    for (let read = 0; read < 4; read += 1) {
      const { items, next_cursor: next } = page.parse((await world.call({ path: "/v1/hooks", query })).body);
      names.push(...items.map(({ name }) => name));
      if (next === null) break;
      query = `limit=2&cursor=${next}`;
    }
    expect(names).toEqual(["a", "b", "c", "d", "e"]);
    expect((await world.call({ path: "/v1/hooks", query: "cursor=other" })).status).toBe(422);
  });

  it("says what its way of verifying does not protect from", async () => {
    const world = openHookWorld();
    const warnings = async (scheme: "bearer" | "standard") =>
      hookBody.parse((await world.put(scheme, hookOf(scheme))).body).warnings;
    expect(await warnings("bearer")).toHaveLength(1);
    expect(await warnings("standard")).toEqual([]);
  });

  it("needs a key", async () => {
    const world = openHookWorld();
    for (const [method, path] of [
      ["PUT", "/v1/hooks/a"],
      ["GET", "/v1/hooks"],
      ["DELETE", "/v1/hooks/a"],
      ["POST", "/v1/hooks/a/dry-run"],
    ] as const)
      expect((await world.call({ method, path, key: null })).status).toBe(401);
  });
});

describe("the secret of a hook", () => {
  const canary = "canary-4f1d-whsec_c2VjcmV0";
  it.each<[unknown, string, string]>([
    [canary, "/verify/secret", "a plain value"],
    [["env:A", canary], "/verify/secret/1", "one of them a plain value"],
    [[], "/verify/secret", "none"],
    [["env:A", "env:B", "env:C", "env:D", "env:E", "env:F"], "/verify/secret", "six of them"],
    [7, "/verify/secret", "a number"],
    [undefined, "/verify/secret", "left out"],
  ])(
    "is a reference or up to five; else it is refused, and told nowhere: row %#",
    async (secret, pointer) => {
      const world = openHookWorld();
      const answered = await world.put("h", hookOf("github", { verify: { scheme: "github", secret } }));
      expect(answered.status).toBe(422);
      expect(pointersOf(answered)).toEqual([pointer]);
      const everything = answered.text + JSON.stringify(world.log.lines);
      expect(everything).not.toContain("canary");
      expect((await world.documents.list("hooks", null, 10)).documents).toEqual([]);
    },
  );

  it("is shown as its reference only", async () => {
    const world = openHookWorld();
    const secret = ["env:GITHUB_SECRET", "ssm:/hooks/ci", "secretsmanager:hooks/ci"];
    const answered = await world.put("h", hookOf("github", { verify: { scheme: "github", secret } }));
    expect(answered.body).toMatchObject({ verify: { scheme: "github", secret } });
    expect(answered.text).not.toContain("the secret of the repository");
  });
});

describe("a fault of a hook", () => {
  it.each([
    [{ ...hookOf("github"), verify: { scheme: "none", secret: "env:A" } }, ["/verify/scheme"]],
    [{ rules: [] }, ["/verify"]],
    [{ ...hookOf("github"), rule: [] }, ["/rule"]],
    [withRule({}), ["/rules/0/operation"]],
    [withRule({ operation: { ...draft, connection: "rome" } }), ["/rules/0/operation/connection"]],
    [withRule({ operation: { ...draft, connection: "{{/c}}" } }), ["/rules/0/operation/connection"]],
    [withRule({ operation: { ...draft, kind: "server.{{/k}}" } }), ["/rules/0/operation/kind"]],
    [withRule({ operation: { ...draft, kind: "tag.create" } }), ["/rules/0/operation/kind"]],
    [
      withRule({ operation: { ...draft, input: { ...draft.input, colour: "red" } } }),
      ["/rules/0/operation/input/colour"],
    ],
    [
      withRule({ operation: { ...draft, input: { ...draft.input, tags: "a" } } }),
      ["/rules/0/operation/input/tags"],
    ],
    [
      withRule({ operation: { ...draft, input: { ...draft.input, name: "{{number}}" } } }),
      ["/rules/0/operation/input/name"],
    ],
    [withRule({ operation: [draft, { ...draft, connection: "rome" }] }), ["/rules/0/operation/1/connection"]],
    [withRule({ operation: [] }), ["/rules/0/operation"]],
    [
      withRule({ operation: { ...draft, resource: { type: "server", id: "s" } } }),
      ["/rules/0/operation/resource"],
    ],
    [withRule({ operation: { connection: "paris", kind: "server.stop" } }), ["/rules/0/operation/resource"]],
    [
      withRule({ operation: { connection: "paris", kind: "server.stop", resource: { type: "server" } } }),
      ["/rules/0/operation/resource"],
    ],
    [
      withRule({
        operation: {
          connection: "paris",
          kind: "server.stop",
          resource: { type: "server", id: "a", name: "b" },
        },
      }),
      ["/rules/0/operation/resource"],
    ],
    [
      withRule({
        operation: { connection: "paris", kind: "volume.delete", resource: { type: "volume", name: "b" } },
      }),
      ["/rules/0/operation/resource/type"],
    ],
    [withRule({ operation: draft, when: { action: "x" } }), ["/rules/0/when/action"]],
    [withRule({ operation: draft, when: { "/a": {} } }), ["/rules/0/when/~1a"]],
    [withRule({ operation: draft, cooldown_seconds: 0 }), ["/rules/0/cooldown_seconds"]],
    [withRule({ operation: draft, daily_cap: 1.5 }), ["/rules/0/daily_cap"]],
    [withRule({ operation: draft, name: "A b" }), ["/rules/0/name"]],
    [
      hookOf("github", {
        rules: [
          { name: "a", operation: draft },
          { name: "a", operation: draft },
        ],
      }),
      ["/rules/1/name"],
    ],
    [
      hookOf("github", { rules: [{ name: "rule-2", operation: draft }, { operation: draft }] }),
      ["/rules/1/name"],
    ],
    [hookOf("github", { dedup: "order_id" }), ["/dedup"]],
    [hookOf("github", { dedup: "{{order_id}}" }), ["/dedup"]],
  ])("is shown at its place: row %#", async (body, pointers) => {
    const world = openHookWorld();
    const answered = await world.put("h", body);
    expect(answered.status).toBe(422);
    expect(pointersOf(answered)).toEqual(pointers);
    expect((await world.documents.list("hooks", null, 10)).documents).toEqual([]);
  });

  it.each(["-a", "%20", "a%2Fb", "x".repeat(65), "%C3%A9"])(
    "is its name, where that is none: %s",
    async (name) => {
      const world = openHookWorld();
      const answered = await world.put(name, hookOf("github"));
      expect([answered.status, pointersOf(answered)]).toEqual([422, ["/name"]]);
      expect((await world.call({ path: `/v1/hooks/${name}` })).status).toBe(404);
    },
  );

  it.each<[object, string]>([
    [{ ...draft.input, type: "{{/t}}", tags: ["{{/a}}", "b"] }, "a placeholder may become anything"],
    [{ ...draft.input, start: "{{/start}}" }, "a boolean to come"],
    [{ ...draft.input, volumes: { "0": { size: "{{/size}}" } } }, "a number to come"],
  ])("is not what only a webhook can tell, row %#: %s", async (input) => {
    expect((await openHookWorld().put("h", withRule({ operation: { ...draft, input } }))).status).toBe(201);
  });
});

const shown = z.strictObject({
  rule: z.string().nullable(),
  operation: z.looseObject({}).nullable(),
  operations: z.array(z.looseObject({})),
  errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })),
  allowance: z
    .strictObject({ allowed: z.boolean(), why: z.string().nullable(), until: z.string().nullable() })
    .nullable(),
  dedup_id: z.string(),
});

describe("a dry run", () => {
  const rules = [
    {
      name: "push",
      when: { "header:X-GitHub-Event": "push" },
      operation: { ...draft, input: { ...draft.input, name: "pushed" } },
    },
    { name: "opened", when: { "/action": "opened" }, operation: draft, daily_cap: 1 },
  ];
  const open = async (options: Parameters<typeof openHookWorld>[0] = {}) => {
    const world = openHookWorld(options);
    await world.put("h", hookOf("github", { rules }));
    const before = world.writes();
    const run = async (body: unknown) => {
      const answered = await world.call({ method: "POST", path: "/v1/hooks/h/dry-run", headers: json, body });
      expect(answered.status).toBe(200);
      return shown.parse(answered.body);
    };
    return { world, run, spent: () => world.writes() - before };
  };

  it("shows what a sample would start, and starts and writes nothing", async () => {
    const { world, run, spent } = await open();
    const result = await run({ payload: { action: "opened", number: 7 } });
    expect(result).toMatchObject({
      rule: "opened",
      operation: { connection: "paris", kind: "server.create", input: { name: "web-7" } },
      errors: [],
      allowance: { allowed: true, why: null, until: null },
    });
    expect(result.operations).toEqual([result.operation]);
    expect(spent()).toBe(1); // The audit trail tells that somebody looked.
    expect(world.queue.starts).toEqual([]);
    const [id = ""] = receivedIn(
      await world.deliver("h", "github", { action: "opened", number: 7 }),
    ).operations;
    expect((await world.operations.load(id))?.input).toMatchObject({ name: "web-7" });
  });

  it("takes headers, in any case of letters, and the payload alone", async () => {
    const { run } = await open();
    expect((await run({ headers: { "x-github-EVENT": "push" }, payload: {} })).rule).toBe("push");
    expect((await run({ action: "opened", number: 7 })).operation).toMatchObject({
      input: { name: "web-7" },
    });
    expect((await run([1])).rule).toBeNull();
  });

  it.each<[object, string, string]>([
    [{ payload: {}, header: {} }, "/header", "an unknown field"],
    [{ payload: {}, headers: [] }, "/headers", "headers that are a list"],
    [
      { payload: {}, headers: { "x-github-event": 1 } },
      "/headers/x-github-event",
      "a header that is a number",
    ],
  ])("takes what has a payload strictly, row %#", async (body, pointer) => {
    const { world } = await open();
    const path = "/v1/hooks/h/dry-run";
    const answered = await world.call({ method: "POST", path, headers: json, body });
    expect([answered.status, pointersOf(answered)]).toEqual([422, [pointer]]);
  });

  it("takes what has no payload as the payload, whatever else it has", async () => {
    const { run } = await open();
    expect((await run({ headers: [], action: "opened", number: 7 })).rule).toBe("opened");
  });

  it.each([
    [{ types: ["DEV1-M"] }, "/operation/input/type"],
    [{ zones: ["nl-ams-1"] }, "/operation/connection"],
  ])("shows the limit that would refuse it, in the same words: %j", async (limits, pointer) => {
    const { world, run } = await open({ limits });
    const payload = { action: "opened", number: 7 };
    const dry = await run({ payload });
    const { operations, refused } = receivedIn(await world.deliver("h", "github", payload));
    expect([dry.operation, dry.operations, operations]).toEqual([null, [], []]);
    expect(dry.errors.map((fault) => fault.pointer)).toEqual([pointer]);
    expect(dry.errors.map(({ detail }) => detail)).toEqual(refused?.[0]?.errors.map(({ detail }) => detail));
  });

  it("shows the stop that would refuse it, in the same words", async () => {
    const { world, run } = await open();
    const until = "2026-11-02T09:00:00.000Z";
    await world.call({ method: "PUT", path: "/v1/stop", headers: json, body: { until, reason: "a leak" } });
    const payload = { action: "opened", number: 7 };
    const dry = await run({ payload });
    const refused = problemOf(await world.deliver("h", "github", payload));
    expect(dry.errors).toEqual([
      { pointer: "/operation/kind", detail: `server.create is stopped until ${until}` },
    ]);
    expect(dry.errors.map(({ detail }) => detail)).toEqual(refused.errors?.map(({ detail }) => detail));
    expect(dry.operations).toEqual([]);
  });

  it("shows what stands in the way", async () => {
    const { run } = await open();
    expect(await run({ payload: { action: "opened" } })).toMatchObject({
      rule: "opened",
      operation: null,
      errors: [{ pointer: "/operation/input/name" }],
      allowance: null,
    });
    expect(await run({ payload: { action: "closed" } })).toMatchObject({
      rule: null,
      operation: null,
      errors: [],
    });
  });

  it("shows that the rule may not act again", async () => {
    const { world, run } = await open();
    await world.deliver("h", "github", { action: "opened", number: 7 });
    expect((await run({ payload: { action: "opened", number: 8 } })).allowance).toEqual({
      allowed: false,
      why: "daily_cap",
      until: "2026-11-03T00:00:00.000Z",
    });
  });

  it("is of a hook that there is", async () => {
    const { world } = await open();
    const path = "/v1/hooks/other/dry-run";
    const answered = await world.call({ method: "POST", path, headers: json, body: {} });
    expect([answered.status, problemOf(answered).code]).toEqual([404, "NOT_FOUND"]);
  });
});

describe("a key that is limited to some connections", () => {
  const madeKey = z.looseObject({ key: z.string() });
  const open = async () => {
    const world = openHookWorld({ connections: ["paris", "rome"] });
    const keyFor = async (name: string, connections: readonly string[]) => {
      const body = { name, scopes: ["admin"], connections };
      const made = await world.call({ method: "POST", path: "/v1/keys", headers: json, body });
      return madeKey.parse(made.body).key;
    };
    return { world, paris: await keyFor("paris-team", ["paris"]), rome: await keyFor("rome-team", ["rome"]) };
  };
  const rome = withRule({ operation: { ...draft, connection: "rome" } });

  it("puts hooks that may use these connections, and no other: a foreign one is as unknown as any", async () => {
    const { world, paris } = await open();
    const foreign = await world.put("paris-team.h", rome, paris);
    const unknown = await world.put(
      "paris-team.h",
      withRule({ operation: { ...draft, connection: "oslo" } }),
      paris,
    );
    expect([foreign.status, unknown.status]).toEqual([422, 422]);
    expect(problemOf(foreign).errors).toEqual(problemOf(unknown).errors);
    expect(foreign.text).not.toContain("rome");
    const own = await world.put("paris-team.h", hookOf("github"), paris);
    expect([own.status, own.body]).toEqual([201, expect.objectContaining({ connections: ["paris"] })]);
    expect(receivedIn(await world.deliver("paris-team.h", "github", { number: 1 })).operations).toHaveLength(
      1,
    );
  });

  it("sees no hook of others, which answers as one that there isn't", async () => {
    const { world, paris, rome: other } = await open();
    await world.put("rome-team", rome, other);
    await world.put("all", hookOf("github"));
    const own = hookBody.parse((await world.put("paris-team", hookOf("github"), paris)).body);
    for (const name of ["rome-team", "all"]) {
      for (const [method, path] of [
        ["GET", `/v1/hooks/${name}`],
        ["DELETE", `/v1/hooks/${name}`],
        ["POST", `/v1/hooks/${name}/dry-run`],
      ] as const) {
        const [foreign, unknown] = [
          await world.call({ method, path, key: paris, headers: json, body: {} }),
          await world.call({ method, path: path.replace(name, "none"), key: paris, headers: json, body: {} }),
        ];
        expect([foreign.status, unknown.status]).toEqual([404, 404]);
        expect(foreign.text.replace(name, "none").replaceAll(/"request_id":"[^"]*"/g, "")).toBe(
          unknown.text.replaceAll(/"request_id":"[^"]*"/g, ""),
        );
      }
      const answered = await world.put(name, hookOf("github"), paris);
      // Names that are taken and names that are free answer the same: they are not this client's.
      const free = await world.put("none", hookOf("github"), paris);
      expect([answered.status, answered.text.replaceAll(/"request_id":"[^"]*"/g, "")]).toEqual([
        422,
        free.text.replaceAll(/"request_id":"[^"]*"/g, ""),
      ]);
    }
    const listed = await world.call({ path: "/v1/hooks", key: paris });
    expect(listed.body).toEqual({ items: [own], next_cursor: null });
    const everything = await world.call({ path: "/v1/hooks" });
    expect(z.object({ items: z.array(hookBody) }).parse(everything.body).items).toHaveLength(3);
  });

  it("leaves a hook that can do no more than the key could, whatever its document comes to say", async () => {
    const { world, paris } = await open();
    await world.put("paris-team", hookOf("github"), paris);
    const document = await world.documents.load("hooks", "paris-team");
    const value = z.record(z.string(), z.json()).parse(document?.value);
    await world.documents.save(
      "hooks",
      "paris-team",
      { ...value, rules: [{ name: "start", operation: { ...draft, connection: "rome" } }] },
      1,
    );
    const { operations, refused } = receivedIn(await world.deliver("paris-team", "github", { number: 1 }));
    expect(operations).toEqual([]);
    expect(refused?.[0]?.errors[0]?.pointer).toBe("/operation/connection");
  });
});
