import { describe, expect, it } from "vitest";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import { problem } from "../../lib/operation/problem.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { anOperation } from "../operations.ts";
import { ask, openWorld, operationOf, pointersOf, problemOf, standing, type World } from "./http-world.ts";

const attention = problem({ code: "DOUBT", title: "Doubt", status: 502, detail: "Nobody knows." });

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
