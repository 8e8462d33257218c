import { describe, expect, it } from "vitest";
import type { StartFromHook } from "../../events/start-from-hook.ts";
import { startMessages } from "../../lib/flows/start-messages.ts";
import { ProviderDoubt } from "../../lib/ports/provider.ts";
import { hookOf, openHookWorld, receivedIn, type HookWorld } from "./hook-world.ts";

const stopTagged = { connection: "paris", kind: "server.stop", resource: { type: "server", tag: "x" } };
const stopNamed = {
  connection: "paris",
  kind: "server.stop",
  resource: { type: "server", name: "{{/name}}" },
};
const create = {
  connection: "paris",
  kind: "server.create",
  input: { name: "web-9", type: "DEV1-S", image: "ubuntu_noble" },
};
const pending = { operations: [], pending: [{ rule: "start" }] };

const put = async (world: HookWorld, operation: unknown): Promise<void> => {
  const { status, text } = await world.put("h", hookOf("github", { rules: [{ name: "start", operation }] }));
  if (status > 201) throw new Error(text);
};
const openWith = async (operation: unknown): Promise<HookWorld> => {
  const world = openHookWorld();
  await put(world, operation);
  return world;
};
/** Servers `names`, all of which bear the tag. */
const shows = (world: HookWorld, names: readonly string[]): void => {
  const items = names.map((name) => ({ id: `id-${name}`, name, tags: ["x"], raw: {} }));
  world.provider.answer = { form: "page", items, next: null };
};
const send = async (world: HookWorld) =>
  receivedIn(await world.deliver("h", "github", { name: "a" }, { id: "d-1" }));
const rows = async (world: HookWorld) => (await world.operations.list({}, null, 100)).operations;
const targets = async (world: HookWorld): Promise<string[]> =>
  (await rows(world)).map(({ kind, resource }) => resource?.id ?? kind).toSorted();

describe("work of a webhook that comes again", () => {
  it("is done once, and looks once", async () => {
    const world = await openWith(stopTagged);
    shows(world, ["a", "b"]);
    await send(world);
    const [work] = world.queue.hookWork;
    for (let time = 0; time < 3; time += 1) {
      if (work !== undefined && time > 0) world.queue.hookWork.push(work);
      expect(await world.work()).toEqual([]);
    }
    expect(await targets(world)).toEqual(["id-a", "id-b"]);
    expect(world.provider.reads).toHaveLength(1);
    expect(world.queue.dead).toEqual([]);
  });

  it("is done once when two copies are worked on at the same time", async () => {
    const world = await openWith([stopTagged, create]);
    shows(world, ["a", "b"]);
    await send(world);
    world.queue.hookWork.push(...world.queue.hookWork);
    expect(await world.work()).toEqual([]);
    expect(await targets(world)).toEqual(["id-a", "id-b", "server.create"]);
    expect((await send(world)).operations).toHaveLength(3);
  });

  it("acts on the servers that were found first, though others bear the tag by now", async () => {
    const world = await openWith(stopTagged);
    shows(world, ["a", "b"]);
    await send(world);
    const row = world.operations.create.bind(world.operations);
    let left = 1;
    world.operations.create = async (operation) => {
      left -= 1;
      if (left < 0) throw new Error("the table does not answer");
      return row(operation);
    };
    expect(await world.work()).toEqual(["the table does not answer"]);
    const [first] = await rows(world);
    expect(await send(world)).toEqual({ operations: [first?.id], pending: [{ rule: "start" }] });
    world.operations.create = row;
    shows(world, ["b", "c"]);
    expect(await world.work()).toEqual([]);
    expect(await targets(world)).toEqual(["id-a", "id-b"]);
    expect(Object.keys(await send(world))).toEqual(["operations"]);
  });

  it("counts in the form that is on record, where the rules were changed between two copies", async () => {
    const world = await openWith(stopTagged);
    shows(world, ["a", "b"]);
    const save = world.documents.save.bind(world.documents);
    world.documents.save = async () => {
      throw new Error("the machine is gone");
    };
    await expect(send(world)).rejects.toThrow("500");
    world.documents.save = save;
    await put(world, stopNamed);
    expect(await send(world)).toEqual(pending);
    expect(world.queue.hookWork).toHaveLength(2);
    expect(await world.work()).toEqual([]);
    expect(await targets(world)).toEqual(["id-a"]);
  });

  it("is known for thirty days", async () => {
    const world = await openWith(stopNamed);
    shows(world, ["a"]);
    await send(world);
    await world.clock.advance(29 * 86_400_000);
    expect(await send(world)).toEqual(pending);
    expect(world.queue.hookWork).toHaveLength(1);
    await world.clock.advance(2 * 86_400_000);
    await send(world);
    expect(world.queue.hookWork).toHaveLength(2);
  });
});

describe("work of a webhook that can't be done now", () => {
  it.each([
    ["there is no such server", ["b"], null, 'no server of this connection is called "a"'],
    [
      "the provider does not answer",
      ["a"],
      new ProviderDoubt("no answer", { status: 500 }),
      "could not read",
    ],
  ])(
    "because %s comes again, and ends among the dead letters with its reason",
    async (_, names, error, why) => {
      const world = await openWith(stopNamed);
      shows(world, names);
      world.provider.error = error;
      await send(world);
      const [work] = world.queue.hookWork;
      for (const receiveCount of [1, 2, 3])
        expect(await world.work(receiveCount)).toEqual([expect.stringContaining(why)]);
      expect(world.queue.dead).toEqual([]);
      expect(await world.work(4)).toEqual([]);
      expect(world.queue.dead).toEqual([
        { body: JSON.stringify(work), reason: expect.stringContaining(why) },
      ]);
      expect(await rows(world)).toEqual([]);
      // Whoever puts it back into the queue, once the server is there, has it done.
      world.provider.error = null;
      shows(world, ["a"]);
      if (work !== undefined) world.queue.hookWork.push(work);
      expect(await world.work()).toEqual([]);
      expect(await targets(world)).toEqual(["id-a"]);
    },
  );

  it("starts nothing while one of several servers is missing", async () => {
    const world = await openWith([create, stopTagged, stopNamed]);
    shows(world, ["b"]);
    await send(world);
    expect(await world.work()).toHaveLength(1);
    expect(await rows(world)).toEqual([]);
    shows(world, ["a", "b"]);
    expect(await world.work()).toEqual([]);
    expect(await targets(world)).toEqual(["id-a", "id-a", "id-b", "server.create"]);
  });
});

describe("a message that looks like the work of a webhook and is none", () => {
  const good: StartFromHook = {
    v: 1,
    hook: "h",
    rule: "start",
    key: "id:1",
    request_id: "req-1",
    drafts: [{ connection: "paris", kind: "server.stop", resource: { type: "server", name: "a" } }],
  };
  const draft = { connection: "paris", kind: "server.stop" };
  it.each<[string, object, string]>([
    ["of another version", { ...good, v: 2 }, "/v"],
    ["without a hook's name", { ...good, hook: "" }, "/hook"],
    ["with a line break in the hook's name", { ...good, hook: "h\n0" }, "/hook"],
    ["without drafts", { ...good, drafts: [] }, "/drafts"],
    [
      "with too many drafts",
      { ...good, drafts: Array.from({ length: 11 }, () => good.drafts[0]) },
      "/drafts",
    ],
    ["with a field of its own", { ...good, colour: 1 }, "/colour"],
    [
      "with an id that nothing has",
      { ...good, drafts: [{ ...draft, resource: { type: "server", id: "a\nb" } }] },
      "/drafts/0/resource/id",
    ],
    [
      "for a connection that there isn't",
      { ...good, drafts: [{ ...good.drafts[0], connection: "rome" }] },
      "/drafts/0/connection",
    ],
    ["that names no server", { ...good, drafts: [draft] }, "/drafts/0/resource"],
  ])("is set aside at once with its reason: one %s", async (_, body, reason) => {
    const world = openHookWorld();
    shows(world, ["a"]);
    const messages = [good, body].map((one, index) => ({
      id: String(index),
      body: JSON.stringify(one),
      receiveCount: 1,
    }));
    expect(await startMessages(messages, { ports: world, timeLeft: () => 0 })).toEqual([]);
    expect(world.queue.dead).toEqual([
      { body: JSON.stringify(body), reason: expect.stringContaining(reason) },
    ]);
    expect(await targets(world)).toEqual(["id-a"]);
  });
});

/** Lets everything that the world's ports do pass a point before it and one behind it. */
const watch = (thing: object, names: readonly string[], pass: () => void): void => {
  for (const name of names) {
    const method: unknown = Reflect.get(thing, name);
    if (typeof method !== "function") throw new Error(`There is no ${name}.`);
    Reflect.set(thing, name, async (...given: unknown[]): Promise<unknown> => {
      pass();
      const value: unknown = await Reflect.apply(method, thing, given);
      pass();
      return value;
    });
  }
};

describe("a death at any point between a webhook and its operations", () => {
  /** Dies at this point, comes again, and says how many points there are. */
  const dieAt = async (point: number) => {
    const world = await openWith([create, stopTagged]);
    shows(world, ["a", "b"]);
    let passed = 0;
    let isMortal = true;
    const pass = (): void => {
      if (isMortal && passed >= point) throw new Error("the machine is gone");
      passed += 1;
    };
    watch(world.operations, ["create", "load", "loadMany"], pass);
    watch(world.documents, ["load", "save"], pass);
    watch(world.queue, ["requestHookWork"], pass);
    watch(world.provider, ["read"], pass);
    const taken = await send(world).catch(() => null);
    await world.work();
    isMortal = false;
    const before = await targets(world);
    shows(world, ["b", "c"]);
    if (taken === null) await send(world);
    await world.work();
    return { world, passed, before };
  };

  it("loses nothing and does nothing twice", async () => {
    const { passed: points } = await dieAt(Number.POSITIVE_INFINITY);
    expect(points).toBeGreaterThan(20);
    const outcomes = new Set<string>();
    for (let point = 0; point < points; point += 1) {
      const { world, before } = await dieAt(point);
      const after = await targets(world);
      outcomes.add(after.join(" "));
      expect([point, ...after]).toEqual([point, ...new Set(after)]);
      // Once one of those that were found first is touched, it is those.
      if (before.length > 0) expect(after).toEqual(["id-a", "id-b", "server.create"]);
      const answer = await send(world);
      expect(Object.keys(answer)).toEqual(["operations"]);
      expect(answer.operations.toSorted()).toEqual((await rows(world)).map(({ id }) => id).toSorted());
      expect(world.queue.hookWork).toEqual([]);
      expect(world.queue.dead).toEqual([]);
    }
    // Before the look is on record it is made again.
    expect([...outcomes].toSorted()).toEqual(["id-a id-b server.create", "id-b id-c server.create"]);
  });
});
