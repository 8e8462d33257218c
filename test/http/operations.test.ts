import { describe, expect, it } from "vitest";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import { problem } from "../../lib/operation/problem.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { anOperation, type OperationFields } from "../operations.ts";
import { ask, openWorld, operationOf, pageOf, pointersOf, problemOf, type World } from "./http-world.ts";

const attention = problem({ code: "DOUBT", title: "Doubt", status: 502, detail: "Nobody knows." });

/** Puts an operation into the store. */
const standing = async (world: World, fields: OperationFields = {}, key = "standing"): Promise<string> => {
  const id = operationIdOf("test", key);
  await world.operations.create(anOperation({ ...fields, id }));
  return id;
};

const post = (world: World, id: string, verb: string, body?: unknown) =>
  world.call({ method: "POST", path: `/v1/operations/${id}/${verb}`, body });

describe("reading an operation", () => {
  it("says when to ask again while it is not done", async () => {
    const world = openWorld();
    const id = await standing(world, { state: "following" });
    const answered = await world.call({ path: `/v1/operations/${id}` });
    expect(answered.status).toBe(200);
    expect(Number(answered.headers["retry-after"])).toBeGreaterThan(0);
  });

  it("no longer says so when it is done", async () => {
    const world = openWorld();
    const id = await standing(world, { state: "succeeded" });
    const answered = await world.call({ path: `/v1/operations/${id}` });
    expect(operationOf(answered).done).toBe(true);
    expect(answered.headers["retry-after"]).toBeUndefined();
  });

  it.each([
    ["op_00000000000000000000000000", "nobody has asked for it"],
    ["op_1", "it is not the form of an id"],
    ["%00", "it is not even a text"],
    ["..%2F..", "it climbs"],
  ])("finds no %s: %s", async (id) => {
    expect((await openWorld().call({ path: `/v1/operations/${id}` })).status).toBe(404);
  });

  it("shows nothing of the row that is not for the outside", async () => {
    const world = openWorld();
    const id = await standing(world);
    const { text } = await world.call({ path: `/v1/operations/${id}` });
    for (const inner of ["fingerprint", "outbox", "version", "evidence"]) expect(text).not.toContain(inner);
  });
});

describe("a preference to wait", () => {
  it.each<[string, number | null, string]>([
    ["wait=5", 5, "is granted"],
    ["WAIT = 5", 5, "is granted in any letters"],
    ['wait="5"', 5, "may be quoted"],
    ["respond-async, wait=5;foo=bar", 5, "may stand among others"],
    ["wait=5, wait=1", 5, "counts where it stands first"],
    ["wait=100", 20, "is granted up to 20 s"],
    ["wait=0", 0, "may be none"],
    ["wait=-1", null, "is ignored when it is no time"],
    ["wait=soon", null, "is ignored when it is a word"],
    ["wait=1.5", null, "is ignored when it is not whole"],
    ["wait", null, "is ignored when it says nothing"],
    ["waiting=5", null, "is ignored when it is another"],
    ["wait=99999999999999999999", null, "is ignored when it is absurd"],
  ])("%j gives %s s: it %s", async (prefer, seconds) => {
    const clock = new VirtualClock({ automatic: true });
    const world = openWorld({ clock });
    const id = await standing(world, { state: "following" });
    const before = clock.now();
    const answered = await world.call({ path: `/v1/operations/${id}`, headers: { Prefer: prefer } });
    expect(answered.status).toBe(200);
    expect(clock.now() - before).toBe((seconds ?? 0) * 1000);
    expect(answered.headers["preference-applied"]).toBe(seconds === null ? undefined : `wait=${seconds}`);
  });

  it("ends as soon as the operation is done", async () => {
    const clock = new VirtualClock();
    const world = openWorld({ clock });
    const id = await standing(world, { state: "following" });
    const before = clock.now();
    const waiting = world.call({ path: `/v1/operations/${id}`, headers: { prefer: "wait=20" } });
    await clock.advance(3000);
    await world.operations.replace(anOperation({ id, version: 2, state: "succeeded" }), 1);
    const answered = await clock.runUntil(waiting);
    expect(operationOf(answered).state).toBe("succeeded");
    expect(clock.now() - before).toBeLessThan(3500);
  });

  it("ends before the invocation does", async () => {
    const clock = new VirtualClock({ automatic: true });
    const world = openWorld({ clock });
    world.leave(900);
    const id = await standing(world, { state: "following" });
    const before = clock.now();
    await world.call({ path: `/v1/operations/${id}`, headers: { prefer: "wait=20" } });
    expect(clock.now()).toBe(before);
  });
});

describe("the list of operations", () => {
  const minutes = [0, 1, 2, 3, 4];
  const filled = async (): Promise<World> => {
    const world = openWorld();
    for (const minute of minutes) {
      const state = minute % 2 === 0 ? "succeeded" : "following";
      await standing(
        world,
        { state, created_at: `2026-11-02T08:0${minute}:00.000Z`, connection: minute < 2 ? "lyon" : "paris" },
        `m${minute}`,
      );
    }
    return world;
  };
  const minutesOf = (answered: Parameters<typeof pageOf>[0]): number[] =>
    pageOf(answered).items.map(({ created_at: at }) => Number(String(at).slice(15, 16)));

  it("is newest first, and ends with no cursor and no link", async () => {
    const answered = await (await filled()).call({ path: "/v1/operations" });
    expect(minutesOf(answered)).toEqual([4, 3, 2, 1, 0]);
    expect(pageOf(answered).next_cursor).toBeNull();
    expect(answered.headers["link"]).toBeUndefined();
  });

  it("goes on along its links, filters included, until everything was shown once", async () => {
    const world = await filled();
    const seen: number[] = [];
    let path = "/v1/operations";
    let query = "limit=1&state=succeeded";
    for (let page = 0; page < 10; page += 1) {
      const answered = await world.call({ path, query });
      seen.push(...minutesOf(answered));
      const link = /^<(?<path>[^?>]+)\?(?<query>[^>]+)>; rel="next"$/.exec(answered.headers["link"] ?? "");
      if (link === null) break;
      expect(link.groups?.["query"]).toContain(
        `cursor=${encodeURIComponent(pageOf(answered).next_cursor ?? "")}`,
      );
      path = link.groups?.["path"] ?? "";
      query = link.groups?.["query"] ?? "";
    }
    expect(seen).toEqual([4, 2, 0]);
  });

  it.each([
    ["state=following", [3, 1]],
    ["connection=lyon", [1, 0]],
    ["connection=lyon&state=succeeded", [0]],
    ["connection=nowhere", []],
    ["kind=server.create", [4, 3, 2, 1, 0]],
    ["kind=server.stop", []],
    ["bulk_job=blk_1", []],
    ["limit=100", [4, 3, 2, 1, 0]],
    ["limit=2", [4, 3]],
  ])("%s shows %j", async (query, shown) => {
    expect(minutesOf(await (await filled()).call({ path: "/v1/operations", query }))).toEqual(shown);
  });

  const cursor = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  it.each([
    ["limit=0", "/limit", "there is no page without items"],
    ["limit=101", "/limit", "a page has at most 100"],
    ["limit=ten", "/limit", "it is no number"],
    ["limit=1e1", "/limit", "it is not a plain number"],
    ["limit=-1", "/limit", "it is below nothing"],
    ["limit=1.5", "/limit", "it is not whole"],
    ["limit=", "/limit", "it is empty"],
    ["limit=1&limit=2", "/limit", "it is said twice"],
    ["cursor=nonsense", "/cursor", "it was never given"],
    ["cursor=", "/cursor", "it is empty"],
    [`cursor=${"A".repeat(3000)}`, "/cursor", "it is too long to be ours"],
    [`cursor=${cursor({ c: "today", i: "op_1" })}`, "/cursor", "it holds no position"],
    [`cursor=${cursor(null)}`, "/cursor", "it holds nothing"],
    ["state=paused", "/state", "there is no such state"],
    ["kind=server.paint", "/kind", "there is no such kind"],
    ["connection=PARIS!", "/connection", "no connection is called that"],
    ["bulk_job=a%20b", "/bulk_job", "no bulk job is called that"],
    ["colour=red", "/colour", "there is no such parameter"],
    ["__proto__=1", "/__proto__", "there is no such parameter either"],
    ["state=%00", "/state", "NUL is nowhere allowed"],
    ["a%2Fb=1", "/a~1b", "a pointer escapes its slashes"],
  ])("refuses %s and points at %s: %s", async (query, pointer) => {
    const answered = await openWorld().call({ path: "/v1/operations", query });
    expect(answered.status).toBe(422);
    expect(pointersOf(answered)).toContain(pointer);
  });
});

describe("cancelling", () => {
  it("ends an operation that nobody has begun, and has its event told", async () => {
    const world = openWorld();
    const { id } = operationOf(await ask(world, "order-1"));
    const answered = await post(world, id, "cancel");
    expect(answered.status).toBe(202);
    expect(operationOf(answered).state).toBe("cancelled");
    expect(answered.headers["location"]).toBe(`/v1/operations/${id}`);
    expect(world.queue.wakes).toBe(1);
    const row = await world.operations.load(id);
    expect(row?.outbox.map(({ type }) => type)).toContain("switchyard.operation.cancelled");
  });

  it("is the same when it is asked for again", async () => {
    const world = openWorld();
    const { id } = operationOf(await ask(world, "order-1"));
    const first = await post(world, id, "cancel", {});
    const again = await post(world, id, "cancel", {});
    expect(again.status).toBe(202);
    expect(again.body).toEqual(first.body);
  });

  it.each(["starting", "following", "succeeded", "failed", "needs_attention"] as const)(
    "comes too late when it is %s",
    async (state) => {
      const world = openWorld();
      const id = await standing(world, { state });
      const answered = await post(world, id, "cancel");
      expect(answered.status).toBe(409);
      expect(problemOf(answered).code).toBe("TOO_LATE");
    },
  );

  it("finds nothing to cancel under an unknown id", async () => {
    expect((await post(openWorld(), operationIdOf("test", "none"), "cancel")).status).toBe(404);
  });

  it("takes no body but an empty one", async () => {
    const world = openWorld();
    const id = await standing(world);
    const answered = await post(world, id, "cancel", { reason: "because" });
    expect(answered.status).toBe(422);
    expect(pointersOf(answered)).toEqual(["/reason"]);
  });

  it("comes too late when a worker was faster between reading and writing", async () => {
    const world = openWorld();
    const id = await standing(world);
    const replace = world.operations.replace.bind(world.operations);
    world.operations.replace = async (next, seen) => {
      world.operations.replace = replace;
      await replace(anOperation({ id, version: 2, state: "starting" }), 1);
      return replace(next, seen);
    };
    expect(problemOf(await post(world, id, "cancel")).code).toBe("TOO_LATE");
  });

  it("asks to be asked again when the row never stands still", async () => {
    const world = openWorld();
    const id = await standing(world);
    world.operations.replace = async () => "stale";
    const answered = await post(world, id, "cancel");
    expect(answered.status).toBe(409);
    expect(problemOf(answered).code).toBe("BEING_CHANGED");
  });

  it("holds even when the follower can't be woken", async () => {
    const world = openWorld();
    const id = await standing(world);
    world.queue.wakeFollower = async () => {
      throw new Error("the queue is away");
    };
    expect((await post(world, id, "cancel")).status).toBe(202);
    expect(world.log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });
});

describe("resolving", () => {
  const needy = (world: World): Promise<string> =>
    standing(world, { state: "needs_attention", error: attention });

  it.each([
    [{ as: "abandon" }, "failed"],
    [{ as: "retry" }, "starting"],
    [{ as: "adopt", resource_id: "11111111-1111-4111-8111-111111111111" }, "following"],
  ])("with %j makes it %s", async (body, state) => {
    const world = openWorld();
    const answered = await post(world, await needy(world), "resolve", body);
    expect(answered.status).toBe(202);
    expect(operationOf(answered).state).toBe(state);
    expect(world.queue.wakes).toBe(1);
  });

  it.each([
    [{}, ["/as"]],
    [{ as: "forget" }, ["/as"]],
    [{ as: "adopt", resource_id: "" }, ["/resource_id"]],
    [{ as: "adopt", resource_id: "a\nb" }, ["/resource_id"]],
    [{ as: "adopt", resource_id: "x".repeat(201) }, ["/resource_id"]],
    [{ as: "retry", resource_id: "s-1" }, ["/resource_id"]],
    [{ as: "retry", because: "I say so" }, ["/because"]],
  ])("with %j is refused at %j", async (body, pointers) => {
    const world = openWorld();
    const answered = await post(world, await needy(world), "resolve", body);
    expect(answered.status).toBe(422);
    expect(pointersOf(answered)).toEqual(pointers);
  });

  it.each(["accepted", "starting", "following", "succeeded", "failed", "cancelled"] as const)(
    "is refused while it is %s",
    async (state) => {
      const world = openWorld();
      const id = await standing(world, { state });
      const answered = await post(world, id, "resolve", { as: "retry" });
      expect(answered.status).toBe(409);
      expect(problemOf(answered).code).toBe("NOT_NEEDING_ATTENTION");
    },
  );

  it("needs a body", async () => {
    const world = openWorld();
    expect((await post(world, await needy(world), "resolve")).status).toBe(400);
  });

  it("finds nothing under an unknown id", async () => {
    const answered = await post(openWorld(), operationIdOf("test", "none"), "resolve", { as: "retry" });
    expect(answered.status).toBe(404);
  });
});
