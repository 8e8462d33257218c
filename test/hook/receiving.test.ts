import { describe, expect, it } from "vitest";
import { schemes } from "../../lib/hook/scheme.ts";
import { ProviderDoubt } from "../../lib/ports/provider.ts";
import { problemOf } from "../http/http-world.ts";
import { hookOf, openHookWorld, receivedIn, type HookWorld } from "./hook-world.ts";

const create = (name: string) => ({
  connection: "paris",
  kind: "server.create",
  input: { name, type: "DEV1-S", image: "ubuntu_noble" },
});
const rule = (more: object = {}) => ({ name: "start", operation: create("web-{{/number}}"), ...more });
const stop = (resource: object) => ({ connection: "paris", kind: "server.stop", resource });

const openWith = async (hook: unknown, name = "h"): Promise<HookWorld> => {
  const world = openHookWorld();
  const answered = await world.put(name, hook);
  if (answered.status !== 201) throw new Error(answered.text);
  return world;
};
const shows = (world: HookWorld, names: readonly string[], tags: readonly string[] = []): void => {
  const items = names.map((name, index) => ({ id: `id-${index}`, name, tags, raw: {} }));
  world.provider.answer = { form: "page", items, next: null };
};

describe("a webhook", () => {
  it.each(schemes)("that is verified is answered with what it started, in one write: %s", async (scheme) => {
    const world = await openWith(hookOf(scheme));
    const before = world.writes();
    const { operations } = receivedIn(await world.deliver("h", scheme, { number: 1 }));
    expect(operations).toHaveLength(1);
    expect(world.writes() - before).toBe(1);
    expect(world.queue.starts).toEqual(operations);
    expect((await world.operations.load(operations[0] ?? ""))?.input).toMatchObject({ name: "web-1" });
  });

  it.each(schemes)(
    "that comes again finds what the first one started, and writes nothing: %s",
    async (scheme) => {
      const world = await openWith(hookOf(scheme));
      const first = receivedIn(await world.deliver("h", scheme, { number: 1 }, { id: "d-1" }));
      const before = world.writes();
      const again = receivedIn(await world.deliver("h", scheme, { number: 1 }, { id: "d-1" }));
      expect(again).toEqual(first);
      expect(world.writes()).toBe(before);
    },
  );

  it("finds it also when the rules have changed since", async () => {
    const world = await openWith(hookOf("github"));
    const first = receivedIn(await world.deliver("h", "github", { number: 1 }, { id: "d-1" }));
    for (const rules of [[rule({ operation: create("other") })], [rule({ when: { "/number": 2 } })], []]) {
      expect((await world.put("h", hookOf("github", { rules }))).status).toBe(200);
      expect(receivedIn(await world.deliver("h", "github", { number: 1 }, { id: "d-1" }))).toEqual(first);
    }
    expect(world.queue.starts).toEqual(first.operations);
  });

  it("of two copies at the same time starts one operation", async () => {
    const world = await openWith(hookOf("github", { rules: [rule({ cooldown_seconds: 60 })] }));
    const both = await Promise.all(
      [1, 2].map(() => world.deliver("h", "github", { number: 1 }, { id: "d-1" })),
    );
    const [one, other] = both.map(receivedIn);
    expect(one?.operations).toHaveLength(1);
    expect(other).toEqual(one);
  });

  it("that no rule wants is taken, and starts nothing", async () => {
    const world = await openWith(hookOf("github", { rules: [rule({ when: { "/action": "opened" } })] }));
    const before = world.writes();
    expect(receivedIn(await world.deliver("h", "github", { action: "closed" }))).toEqual({ operations: [] });
    expect(world.writes()).toBe(before);
  });

  it("is for the first rule that wants it", async () => {
    const rules = [
      { when: { "/n": 2 }, operation: create("two") },
      { operation: create("any") },
      { operation: create("never") },
    ];
    const world = await openWith(hookOf("github", { rules }));
    const nameFor = async (payload: object) => {
      const [id = ""] = receivedIn(await world.deliver("h", "github", payload)).operations;
      return (await world.operations.load(id))?.input["name"];
    };
    expect([await nameFor({ n: 1 }), await nameFor({ n: 2 })]).toEqual(["any", "two"]);
  });

  it("may start several operations, which a repeat finds in their order", async () => {
    const operation = [create("a-{{/number}}"), create("b-{{/number}}"), create("c-{{/number}}")];
    const world = await openWith(hookOf("github", { rules: [rule({ operation })] }));
    const first = receivedIn(await world.deliver("h", "github", { number: 1 }, { id: "d-1" }));
    expect(new Set(first.operations).size).toBe(3);
    expect(receivedIn(await world.deliver("h", "github", { number: 1 }, { id: "d-1" }))).toEqual(first);
  });

  it("that was cut off between two operations starts the rest when it comes again, if the rule is the same", async () => {
    const operation = [create("a"), create("b")];
    const one = await openWith(hookOf("github", { rules: [rule({ operation: [operation[0]] })] }));
    const [first] = receivedIn(await one.deliver("h", "github", {}, { id: "d-1" })).operations;
    await one.put("h", hookOf("github", { rules: [rule({ operation })] }));
    const again = receivedIn(await one.deliver("h", "github", {}, { id: "d-1" })).operations;
    expect(again).toEqual([first, expect.any(String)]);
    await one.put(
      "h",
      hookOf("github", { rules: [rule({ operation: [create("z"), create("b"), create("c")] })] }),
    );
    expect(receivedIn(await one.deliver("h", "github", {}, { id: "d-1" })).operations).toEqual(again);
  });

  it("is the sender's in its operation: a key of the API never meets it", async () => {
    const world = await openWith(hookOf("github"));
    const [id = ""] = receivedIn(await world.deliver("h", "github", { number: 1 }, { id: "d-1" })).operations;
    const operation = await world.operations.load(id);
    expect(JSON.stringify(operation)).toContain("hook:h");
    await world.put("h2", hookOf("github"));
    const [other] = receivedIn(await world.deliver("h2", "github", { number: 1 }, { id: "d-1" })).operations;
    expect(other).not.toBe(id);
  });
});

describe("a webhook that is not verified", () => {
  const refusalOf = (answered: Awaited<ReturnType<HookWorld["deliver"]>>) => ({
    ...problemOf(answered),
    request_id: "",
  });

  it.each(schemes)("is refused as one for a hook that there isn't: %s", async (scheme) => {
    const world = await openWith(hookOf(scheme));
    const wrong = await world.deliver("h", scheme, { number: 1 }, { secret: "whsec_b3RoZXI=" });
    const unknown = await world.deliver("none", scheme, { number: 1 });
    const unnamed = await world.deliver("%20-%C3%A9", scheme, { number: 1 });
    expect([wrong.status, unknown.status, unnamed.status]).toEqual([401, 401, 401]);
    expect(refusalOf(unknown)).toEqual(refusalOf(wrong));
    expect(refusalOf(unnamed)).toEqual(refusalOf(wrong));
    expect(Object.keys(unknown.headers).toSorted()).toEqual(Object.keys(wrong.headers).toSorted());
    expect(world.queue.starts).toEqual([]);
  });

  it("is refused whatever its body is, before anything of it is parsed", async () => {
    const world = await openWith(hookOf("github"));
    const answered = await world.deliver("h", "github", "this is not JSON", { secret: "other" });
    expect(answered.status).toBe(401);
  });

  it("is refused when the hook's secret can't be read, and the log names the reference only", async () => {
    const world = await openWith(hookOf("github", { verify: { scheme: "github", secret: "env:GONE" } }));
    expect((await world.deliver("h", "github", {})).status).toBe(401);
    expect(JSON.stringify(world.log.lines)).toContain("env:GONE");
  });

  it("is refused no more as soon as one of several secrets fits", async () => {
    const secret = ["env:GONE", "env:BEARER_SECRET", "env:GITHUB_SECRET"];
    const world = await openWith(hookOf("github", { verify: { scheme: "github", secret } }));
    expect(receivedIn(await world.deliver("h", "github", { number: 1 })).operations).toHaveLength(1);
  });

  it("takes a secret with a line break at its end", async () => {
    const world = await openWith(hookOf("github", { verify: { scheme: "github", secret: "env:FILE" } }));
    world.secrets.values.set("env:FILE", "from a file\n");
    const more = { secret: "from a file" };
    expect(receivedIn(await world.deliver("h", "github", { number: 1 }, more)).operations).toHaveLength(1);
  });

  it("leaves no secret in the log, whatever becomes of it", async () => {
    const world = await openWith(hookOf("bearer"));
    await world.deliver("h", "bearer", { number: 1 });
    await world.deliver("h", "bearer", { number: 1 }, { secret: "wrong-token-of-somebody" });
    const log = JSON.stringify(world.log.lines);
    expect(log).not.toContain("a-long-random-token");
    expect(log).not.toContain("wrong-token-of-somebody");
  });
});

describe("the body of a webhook", () => {
  it.each([
    ["not JSON", "INVALID_JSON", 400],
    ["", "INVALID_JSON", 400],
    ['{"a":1,"a":2}', "INVALID_REQUEST", 422],
    ['{"__proto__":{}}', "INVALID_REQUEST", 422],
    [`${'{"a":'.repeat(21)}1${"}".repeat(21)}`, "INVALID_REQUEST", 422],
  ])("%j is refused once it is verified: %s", async (text, code, status) => {
    const world = await openWith(hookOf("bearer"));
    const answered = await world.deliver("h", "bearer", text);
    expect([answered.status, problemOf(answered).code]).toEqual([status, code]);
  });

  it("that is not UTF-8 is refused once it is verified", async () => {
    const world = await openWith(hookOf("bearer"));
    const answered = await world.call({
      method: "POST",
      path: "/hooks/h",
      headers: { authorization: "Bearer a-long-random-token" },
      body: Uint8Array.from([0x22, 0xff, 0x22]),
      key: null,
    });
    expect([answered.status, problemOf(answered).code]).toEqual([400, "INVALID_ENCODING"]);
  });

  it("may be a list, a text or a number", async () => {
    const world = await openWith(hookOf("bearer", { rules: [rule({ operation: create("x") })] }));
    for (const payload of [[1], '"text"', "7", "null"])
      expect(receivedIn(await world.deliver("h", "bearer", payload)).operations).toHaveLength(1);
  });

  it("may be a form with the payload in it, as GitHub sends it where it is so set", async () => {
    const world = await openWith(hookOf("github"));
    const form = { headers: { "content-type": "application/x-www-form-urlencoded" } };
    const body = new URLSearchParams({ payload: JSON.stringify({ number: 7 }) }).toString();
    const [id = ""] = receivedIn(await world.deliver("h", "github", body, form)).operations;
    expect((await world.operations.load(id))?.input).toMatchObject({ name: "web-7" });
    expect((await world.deliver("h", "github", "other=1", form)).status).toBe(400);
  });

  it("may have a mebibyte and not one byte more", async () => {
    const world = await openWith(hookOf("bearer", { rules: [] }));
    const ofSize = (bytes: number): string => `"${"x".repeat(bytes - 2)}"`;
    expect((await world.deliver("h", "bearer", ofSize(1_048_576))).status).toBe(202);
    expect((await world.deliver("h", "bearer", ofSize(1_048_577))).status).toBe(413);
  });
});

describe("a rule that can make nothing of its webhook", () => {
  it.each<[object, object, string, string]>([
    [rule(), {}, "/operation/input/name", "a field is missing"],
    [
      rule({ operation: create("{{/number}}") }),
      { number: 7 },
      "/operation/input/name",
      "a number is no name",
    ],
    [
      rule({ operation: { ...create("x"), input: { name: "x", type: "{{/t}}", image: "i" } } }),
      { t: "" },
      "/operation/input/type",
      "the dialect refuses it",
    ],
    [
      rule({ operation: [create("x"), create("{{/none}}")] }),
      {},
      "/operation/1/input/name",
      "one of several can't be made: none is",
    ],
    [
      rule({ operation: stop({ type: "server", id: "{{/id}}" }) }),
      { id: "a".repeat(201) },
      "/operation/resource/id",
      "an id that is too long",
    ],
  ])("is told of, and the webhook is taken: row %#", async (broken, payload, pointer) => {
    const world = await openWith(hookOf("github", { rules: [broken] }));
    const before = world.writes();
    const received = receivedIn(await world.deliver("h", "github", payload));
    expect(received.operations).toEqual([]);
    expect(received.refused?.[0]?.rule).toBe("start");
    expect(received.refused?.[0]?.errors.map((error) => error.pointer)).toEqual([pointer]);
    expect(world.writes()).toBe(before);
    expect(world.log.counts).toContainEqual({ metric: "HookRefused", value: 1 });
  });

  it("does not use up what the rule may do", async () => {
    const world = await openWith(hookOf("github", { rules: [rule({ daily_cap: 1 })] }));
    await world.deliver("h", "github", {});
    expect(receivedIn(await world.deliver("h", "github", { number: 1 })).operations).toHaveLength(1);
  });
});

describe("a rule with limits", () => {
  const limited = () => openWith(hookOf("github", { rules: [rule({ cooldown_seconds: 60, daily_cap: 2 })] }));
  const number = (world: HookWorld, id: string) => world.deliver("h", "github", { number: 1 }, { id });

  it("costs two writes, and says until when it is held", async () => {
    const world = await limited();
    const before = world.writes();
    expect(receivedIn(await number(world, "d-1")).operations).toHaveLength(1);
    expect(world.writes() - before).toBe(2);
    expect(receivedIn(await number(world, "d-2"))).toEqual({
      operations: [],
      held: [{ rule: "start", why: "cooldown", until: "2026-11-02T08:01:00.000Z" }],
    });
    expect(world.writes() - before).toBe(2);
    await world.clock.advance(60_000);
    expect(receivedIn(await number(world, "d-3")).operations).toHaveLength(1);
    await world.clock.advance(60_000);
    expect(receivedIn(await number(world, "d-4")).held?.[0]?.why).toBe("daily_cap");
    await world.clock.advance(16 * 3_600_000);
    expect(receivedIn(await number(world, "d-5")).operations).toHaveLength(1);
  });

  it("lets through again what was counted and not started, because a crash came between", async () => {
    const world = await limited();
    const put = world.operations.create.bind(world.operations);
    let crashes = 1;
    world.operations.create = async (operation) => {
      if (crashes-- > 0) throw new Error("the machine is gone");
      return put(operation);
    };
    await expect(number(world, "d-1")).rejects.toThrow("500");
    expect(receivedIn(await number(world, "d-2")).held?.[0]?.why).toBe("cooldown");
    expect(receivedIn(await number(world, "d-1")).operations).toHaveLength(1);
  });

  it("never acts more often than its cap, however many come at once", async () => {
    const world = await openWith(hookOf("github", { rules: [rule({ daily_cap: 3 })] }));
    const all = await Promise.all(Array.from({ length: 8 }, (_, index) => number(world, `d-${index}`)));
    const started = all.flatMap((answered) => receivedIn(answered).operations);
    expect(new Set(started).size).toBe(3);
  });
});

describe("a server that is looked for", () => {
  const byName = () =>
    openWith(
      hookOf("github", { rules: [rule({ operation: stop({ type: "server", name: "web-{{/n}}" }) })] }),
    );
  const byTag = () =>
    openWith(
      hookOf("github", { rules: [rule({ operation: stop({ type: "server", tag: "group={{/g}}" }) })] }),
    );
  const resources = async (world: HookWorld, ids: readonly string[]) =>
    Promise.all(ids.map(async (id) => (await world.operations.load(id))?.resource?.id));
  const pending = { operations: [], pending: [{ rule: "start" }] };
  /** What a webhook has started once its servers were looked for: what its repeat is answered. */
  const outcome = async (world: HookWorld, payload: object) => {
    const send = async () => receivedIn(await world.deliver("h", "github", payload, { id: "d-1" }));
    expect(await send()).toEqual(pending);
    expect(world.provider.reads).toEqual([]);
    const failures = await world.work();
    return { failures, ...(await send()) };
  };

  it("by its name is the one of exactly that name", async () => {
    const world = await byName();
    shows(world, ["web-10", "web-1", "xweb-1"]);
    const { operations } = await outcome(world, { n: 1 });
    expect(await resources(world, operations)).toEqual(["id-1"]);
    expect(world.provider.reads[0]).toMatchObject({ path: ["servers"], filters: { name: "web-1" } });
  });

  it("may bear our marker behind its name, where the provider has no tags", async () => {
    const world = await byName();
    shows(world, [`web-1-op_${"0".repeat(26)}`, "web-1-op_short"]);
    const { operations } = await outcome(world, { n: 1 });
    expect(await resources(world, operations)).toEqual(["id-0"]);
  });

  it("by a tag is every one that bears it, each with an operation", async () => {
    const world = await byTag();
    shows(world, ["c", "a", "b"], ["group=x", "web"]);
    const { operations } = await outcome(world, { g: "x" });
    expect(await resources(world, operations)).toEqual(["id-0", "id-1", "id-2"]);
  });

  it.each([
    [[], "no server"],
    [["web-1", "web-1"], "2 servers are called"],
  ])("by a name that %j has: nothing is started, and it stays pending", async (names, words) => {
    const world = await byName();
    shows(world, names);
    expect(await outcome(world, { n: 1 })).toEqual({
      failures: [expect.stringMatching(`^Hook h, rule start: .*${words}`)],
      ...pending,
    });
  });

  it.each([
    [0, "no server"],
    [11, "at most 10"],
  ])("by a tag that %i bear: nothing is started", async (count, words) => {
    const world = await byTag();
    const names = Array.from({ length: count }, (_, index) => `s-${index}`);
    shows(world, names, ["group=x"]);
    expect(await outcome(world, { g: "x" })).toEqual({
      failures: [expect.stringContaining(words)],
      ...pending,
    });
  });

  it("is not asked of the provider while the sender waits, and what is known to be wrong is told at once", async () => {
    const world = await byName();
    world.provider.error = new ProviderDoubt("no answer", { status: 500 });
    expect(receivedIn(await world.deliver("h", "github", { n: 1 }))).toEqual(pending);
    const { refused } = receivedIn(await world.deliver("h", "github", {}));
    expect(refused?.[0]?.errors.map(({ pointer }) => pointer)).toEqual(["/operation/resource/name"]);
    expect(world.queue.hookWork).toHaveLength(1);
  });

  it("costs one write, two where the rule is counted, and a repeat none", async () => {
    for (const [limits, writes] of [
      [{}, 1],
      [{ daily_cap: 2 }, 2],
    ] as const) {
      const operation = stop({ type: "server", name: "web-1" });
      const world = await openWith(hookOf("github", { rules: [rule({ operation, ...limits })] }));
      const before = world.writes();
      for (let copy = 0; copy < 2; copy += 1)
        expect(receivedIn(await world.deliver("h", "github", {}, { id: "d-1" }))).toEqual(pending);
      expect(world.writes() - before).toBe(writes);
      expect(world.queue.hookWork).toHaveLength(1);
    }
  });

  it("whose work the queue does not take is a 503, uses up nothing, and goes when it comes again", async () => {
    const operation = stop({ type: "server", name: "web-1" });
    const world = await openWith(hookOf("github", { rules: [rule({ operation, daily_cap: 1 })] }));
    world.queue.refuse.add("h");
    const answered = await world.deliver("h", "github", {}, { id: "d-1" });
    expect([answered.status, problemOf(answered).code]).toEqual([503, "NOT_QUEUED"]);
    expect(answered.headers["retry-after"]).toBe("5");
    world.queue.refuse.clear();
    expect(receivedIn(await world.deliver("h", "github", {}, { id: "d-1" }))).toEqual(pending);
  });

  it("is not looked for where there is more to do than a message holds", async () => {
    const large = {
      ...create("web-2"),
      input: { ...create("web-2").input, cloud_init: "{{/text}}".repeat(30) },
    };
    const creates = Array.from({ length: 9 }, () => large);
    const operation = [stop({ type: "server", name: "web-1" }), ...creates];
    const world = await openWith(hookOf("github", { rules: [rule({ operation })] }));
    const ofSize = (length: number) => world.deliver("h", "github", { text: "x".repeat(length) });
    expect(receivedIn(await ofSize(100))).toEqual(pending);
    const { refused } = receivedIn(await ofSize(1000));
    expect(refused?.[0]?.errors).toEqual([
      { pointer: "/operation", detail: expect.stringContaining("name them by id") },
    ]);
    expect(world.queue.hookWork).toHaveLength(1);
  });
});

describe("the path of webhooks", () => {
  it("takes POST only, and no key", async () => {
    const world = await openWith(hookOf("github"));
    expect((await world.call({ path: "/hooks/h", key: null })).status).toBe(405);
    expect((await world.call({ method: "POST", path: "/hooks/h", body: "{}" })).status).toBe(401);
  });

  it("ignores a query, which some senders add", async () => {
    const world = await openWith(hookOf("bearer"));
    const answered = await world.call({
      method: "POST",
      path: "/hooks/h",
      query: "from=somewhere",
      headers: { authorization: "Bearer a-long-random-token" },
      body: { number: 1 },
      key: null,
    });
    expect(receivedIn(answered).operations).toHaveLength(1);
  });
});
