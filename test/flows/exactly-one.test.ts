import { describe, expect, it } from "vitest";
import { followOperations } from "../../lib/flows/follow-operations.ts";
import { resolveOperation } from "../../lib/flows/resolve-operation.ts";
import { acceptToStart, startOperation } from "../../lib/flows/start-operations.ts";
import type { SwitchyardEvent } from "../../events/event.ts";
import { ProviderRefusal } from "../../lib/ports/provider.ts";
import { openFlowWorld } from "./flow-world.ts";

const shortTypes = (events: readonly SwitchyardEvent[]) =>
  events.map(({ type }) => type.replace("switchyard.", ""));

describe("one request, one running server", () => {
  it("a create whose answer is lost is found and settled within five minutes, and sent once", async () => {
    const world = openFlowWorld();
    world.provider.mishaps.create = [{ kind: "lose_answer" }];
    world.provider.listLagMilliseconds = 20_000;
    const { id } = await world.accept("lost");
    const began = world.clock.now();
    await world.start(id);
    const operation = await world.tick(id, 5);
    expect(operation.state).toBe("succeeded");
    expect(world.clock.now() - began).toBeLessThan(300_000);
    expect(world.provider.calls.filter((call) => call === "create")).toHaveLength(1);
  });

  it("a create that never landed is sent again after the horizon and five empty searches, not before", async () => {
    const world = openFlowWorld();
    world.provider.mishaps.create = [{ kind: "drop" }];
    const { id } = await world.accept("dropped");
    const began = world.clock.now();
    await world.start(id);
    const operation = await world.tick(id, 5);
    expect(operation.state).toBe("succeeded");
    expect(world.provider.servers).toHaveLength(1);
    expect((world.provider.servers[0]?.createdAt ?? 0) - began).toBeGreaterThan(97_000);
    const second = world.provider.calls.lastIndexOf("create");
    expect(
      world.provider.calls.slice(0, second).filter((call) => call === "search").length,
    ).toBeGreaterThanOrEqual(5);
  });

  it("a create that lands a minute late is still the only one", async () => {
    const world = openFlowWorld();
    world.provider.mishaps.create = [{ kind: "land_later", milliseconds: 60_000 }];
    const { id } = await world.accept("late");
    await world.start(id);
    const operation = await world.tick(id, 5);
    expect(operation.state).toBe("succeeded");
    expect(world.provider.servers).toMatchObject([{ phase: "on", boots: 1 }]);
  });

  it("of a create that lands beyond every bound only the adopted one is ever switched on", async () => {
    const world = openFlowWorld();
    world.provider.mishaps.create = [{ kind: "land_later", milliseconds: 600_000 }];
    const { id } = await world.accept("beyond");
    await world.start(id);
    const operation = await world.tick(id, 5);
    await world.clock.advance(700_000);
    await world.tick(id, 1);
    expect(operation.state).toBe("succeeded");
    expect(world.provider.servers.filter(({ boots }) => boots > 0)).toHaveLength(1);
  });

  it("a worker that died after its intent is taken over by a search", async () => {
    const world = openFlowWorld();
    const { id } = await world.accept("died");
    const send = world.provider.send.bind(world.provider);
    // The create is carried out, and whoever sent it never comes back.
    world.provider.send = async (call) => {
      await send(call);
      return new Promise(() => {});
    };
    void startOperation(await world.load(id), world.turn());
    await world.clock.advance(1000);
    world.provider.send = send;
    const operation = await world.tick(id, 5);
    expect(operation.state).toBe("succeeded");
    expect(world.provider.servers).toMatchObject([{ boots: 1 }]);
  });

  it("ten minutes of 429 delay a request and never fail it", async () => {
    const world = openFlowWorld();
    world.provider.mishaps.create = Array.from(
      { length: 1000 },
      () => ({ kind: "refuse", code: "RATE_LIMITED" }) as const,
    );
    const { id } = await world.accept("storm");
    await world.start(id);
    expect((await world.tick(id, 10)).state).toBe("starting");
    world.provider.mishaps.create = [];
    expect((await world.tick(id, 3)).state).toBe("succeeded");
    expect(world.provider.servers).toHaveLength(1);
  });

  it("a message that is lost costs seconds, not the request", async () => {
    const world = openFlowWorld();
    const { id } = await world.accept("no-message");
    const began = world.clock.now();
    const { state, ended_at: endedAt } = await world.tick(id, 3);
    expect(state).toBe("succeeded");
    expect(Date.parse(endedAt ?? "") - began).toBeLessThan(20_000);
  });

  it("a request that is repeated before anybody began it asks for its start again", async () => {
    const world = openFlowWorld();
    const { id } = await world.accept("again");
    await world.accept("again");
    expect(world.ports.queue.starts).toEqual([id, id]);
    await world.start(id);
    await world.accept("again");
    expect(world.ports.queue.starts).toHaveLength(2);
  });

  it("two workers on one message send one create", async () => {
    const world = openFlowWorld();
    const accepted = await world.accept("race");
    await world.clock.runUntil(
      Promise.all([startOperation(accepted, world.turn()), startOperation(accepted, world.turn())]),
    );
    expect(world.provider.calls.filter((call) => call === "create")).toHaveLength(1);
  });

  it("two followers at once say each thing, and harm nothing", async () => {
    const world = openFlowWorld();
    const { id } = await world.accept("two");
    await world.start(id);
    await world.clock.runUntil(Promise.all([followOperations(world.turn()), followOperations(world.turn())]));
    expect((await world.load(id)).state).toBe("succeeded");
    expect(world.provider.servers).toMatchObject([{ boots: 1 }]);
    expect(new Set(shortTypes(world.bus.published)).size).toBe(5);
  });
});

describe("one outcome that you are told about", () => {
  it("an end is announced by the next follower when the first dies between saving and publishing", async () => {
    const world = openFlowWorld();
    const { id } = await world.accept("owed");
    await world.start(id);
    let isDead = false;
    const whileAlive = <T>(work: () => Promise<T>): Promise<T> => (isDead ? new Promise(() => {}) : work());
    const { clock, bus } = world;
    const mortal = {
      ...world.ports,
      clock: {
        now: () => clock.now(),
        sleep: (milliseconds: number) => whileAlive(() => clock.sleep(milliseconds)),
      },
      bus: {
        publish: (events: readonly SwitchyardEvent[]) => {
          isDead ||= events.some(({ type }) => type.endsWith("succeeded"));
          return whileAlive(() => bus.publish(events));
        },
      },
    };
    void followOperations({ ports: mortal, timeLeft: () => 90_000 });
    await world.clock.advance(30_000);
    expect((await world.load(id)).state).toBe("succeeded");
    expect(shortTypes(world.bus.published)).not.toContain("operation.succeeded");
    await world.clock.runUntil(followOperations(world.turn()));
    expect(shortTypes(world.bus.published)).toContain("operation.succeeded");
    const before = world.bus.published.length;
    await world.clock.runUntil(followOperations(world.turn()));
    expect(world.bus.published).toHaveLength(before);
  });

  it("what the bus does not take is offered again until it does", async () => {
    const world = openFlowWorld();
    const { id } = await world.accept("refused");
    await world.start(id);
    world.bus.refuse.add(`evt_${id}_5`);
    const running = followOperations(world.turn());
    await world.clock.advance(20_000);
    expect(shortTypes(world.bus.published)).not.toContain("operation.succeeded");
    world.bus.refuse.clear();
    await world.clock.runUntil(running);
    expect(shortTypes(world.bus.published).filter((type) => type === "operation.succeeded")).toHaveLength(1);
  });

  it("a follower whose time is over hands on what it has said, and nothing is said twice", async () => {
    const world = openFlowWorld();
    world.provider.turnMilliseconds = 200_000;
    const { id } = await world.accept("long");
    await world.start(id);
    expect((await world.tick(id, 6)).state).toBe("succeeded");
    const ids = world.bus.published.map((event) => event.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(5);
  });

  it("a request that fails says so once", async () => {
    const world = openFlowWorld();
    world.provider.mishaps.create = [{ kind: "refuse", code: "QUOTA_EXCEEDED" }];
    const { id } = await world.accept("quota");
    await world.start(id);
    expect(shortTypes(world.bus.published)).toEqual([
      "operation.accepted",
      "operation.started",
      "operation.failed",
    ]);
    expect(await world.ports.operations.due(world.clock.now() + 10_000_000, 10)).toEqual([]);
  });

  it("an operation past its deadline needs attention, and can be adopted, tried again or abandoned", async () => {
    const world = openFlowWorld();
    world.provider.turnMilliseconds = 10_000_000;
    const { id } = await world.accept("stuck");
    await world.start(id);
    const operation = await world.tick(id, 40);
    expect(operation).toMatchObject({ state: "needs_attention", error: { code: "DEADLINE_PASSED" } });
    expect(operation.error?.evidence?.length).toBeGreaterThan(0);
    expect(shortTypes(world.bus.published)).toContain("operation.needs_attention");
  });

  it("a server that a human deletes while it boots is told as gone within five seconds", async () => {
    const world = openFlowWorld();
    world.provider.turnMilliseconds = 60_000;
    const { id } = await world.accept("deleted");
    await world.start(id);
    const running = followOperations(world.turn());
    await world.clock.advance(12_000);
    world.provider.servers.length = 0;
    const deletedAt = world.clock.now();
    await world.clock.runUntil(running);
    const operation = await world.load(id);
    expect(operation).toMatchObject({ state: "failed", error: { code: "RESOURCE_NOT_FOUND" } });
    expect(Date.parse(operation.ended_at ?? "") - deletedAt).toBeLessThan(5000);
  });

  it("one operation that fails in a way that nobody knows does not hold up another", async () => {
    const world = openFlowWorld();
    const good = await world.accept("good");
    const bad = await world.accept("bad");
    await world.start(good.id);
    await world.start(bad.id);
    const replace = world.ports.operations.replace.bind(world.ports.operations);
    world.ports.operations.replace = async (next, seen) => {
      if (next.id === bad.id) throw new Error("a fault that nobody knows");
      return replace(next, seen);
    };
    await expect(world.clock.runUntil(followOperations(world.turn()))).rejects.toThrow(/failed/);
    expect((await world.load(good.id)).state).toBe("succeeded");
    expect(shortTypes(world.bus.published)).toContain("operation.succeeded");
    world.ports.operations.replace = replace;
    expect((await world.tick(bad.id, 3)).state).toBe("succeeded");
  });

  it("a connection that answers nothing does not hold up what is ended elsewhere", async () => {
    const world = openFlowWorld();
    const { id } = await world.accept("slow");
    await world.start(id);
    const look = world.provider.look.bind(world.provider);
    let first = true;
    world.provider.look = async (handles) => {
      if (!first) return look(handles);
      first = false;
      await world.clock.sleep(15_000);
      return handles.map(() => null);
    };
    expect((await world.tick(id, 2)).state).toBe("succeeded");
  });

  it("an owed end that can't be read for a moment stays owed, and is announced later", async () => {
    const world = openFlowWorld();
    const { id } = await world.accept("unreadable");
    await world.start(id);
    const publish = world.bus.publish.bind(world.bus);
    world.bus.publish = async (events) =>
      events.some(({ type }) => type.endsWith("succeeded"))
        ? events.map((event) => event.id)
        : publish(events);
    await world.clock.runUntil(followOperations(world.turn()));
    world.bus.publish = publish;
    const loadMany = world.ports.operations.loadMany.bind(world.ports.operations);
    world.ports.operations.loadMany = async () => [];
    await world.clock.runUntil(followOperations(world.turn()));
    world.ports.operations.loadMany = loadMany;
    await world.clock.runUntil(followOperations(world.turn()));
    expect(shortTypes(world.bus.published)).toContain("operation.succeeded");
  });

  it("a bus that is down keeps no end from being seen", async () => {
    const world = openFlowWorld();
    world.provider.turnMilliseconds = 20_000;
    const { id } = await world.accept("down");
    await world.start(id);
    world.bus.broken = new Error("down");
    await expect(world.clock.runUntil(followOperations(world.turn()))).rejects.toThrow(/failed/);
    const operation = await world.load(id);
    expect(operation.state).toBe("succeeded");
    expect(Date.parse(operation.ended_at ?? "") - Date.parse(operation.created_at)).toBeLessThan(25_000);
    world.bus.broken = null;
    await world.clock.runUntil(followOperations(world.turn()));
    expect(shortTypes(world.bus.published)).toContain("operation.succeeded");
  });

  it("a bus that refuses everything costs no writes", async () => {
    const world = openFlowWorld();
    world.provider.mishaps.create = [{ kind: "refuse", code: "QUOTA_EXCEEDED" }];
    const { id } = await world.accept("refusing");
    for (let number = 1; number < 9; number += 1) world.bus.refuse.add(`evt_${id}_${number}`);
    await world.start(id);
    const { version } = await world.load(id);
    await world.tick(id, 1);
    await world.clock.runUntil(followOperations(world.turn()));
    expect((await world.load(id)).version).toBe(version);
  });
});

describe("what is sent late is not sent", () => {
  it("requests from the queue that wait for the budget are sent with a young intent", async () => {
    const world = openFlowWorld(1);
    const input = { type: "DEV1-S", image: "ubuntu_noble", start: false };
    const started = await world.clock.runUntil(
      Promise.all(
        Array.from({ length: 6 }, (_, n) =>
          acceptToStart(
            { connection: "paris", kind: "server.create", input: { ...input, name: `n${n}` } },
            `k${n}`,
            world.turn(),
          ),
        ),
      ),
    );
    expect(started.filter(({ state }) => state === "starting")).toEqual([]);
    expect(started.every(({ doubted_creates: doubted }) => doubted === 0)).toBe(true);
  });

  it("at one call in ten seconds three servers are made, one create each, and nobody is asked", async () => {
    const world = openFlowWorld(0.1);
    const look = world.provider.look.bind(world.provider);
    // As the adapters do it: a look takes a place too, and is not sent without one.
    world.provider.look = async (handles) => {
      if (await world.ports.budget.take("paris", 0.1, 15_000, "look")) return look(handles);
      throw new ProviderRefusal("RATE_LIMITED", "no place", { status: null });
    };
    const ids = await Promise.all(["a", "b", "c"].map(async (key) => (await world.accept(key)).id));
    await Promise.all(ids.map((id) => world.start(id)));
    for (const id of ids)
      expect(await world.tick(id, 10)).toMatchObject({ state: "succeeded", doubted_creates: 0 });
    expect(world.provider.servers.map(({ phase, boots }) => [phase, boots])).toEqual([
      ["on", 1],
      ["on", 1],
      ["on", 1],
    ]);
    expect(world.provider.calls.filter((call) => call === "create")).toHaveLength(3);
    expect(shortTypes(world.bus.published).filter((type) => type === "operation.succeeded")).toHaveLength(3);
  });

  it("a create whose time is over is not sent any more, and needs attention", async () => {
    const world = openFlowWorld();
    world.provider.mishaps.create = [{ kind: "drop" }];
    const { id } = await world.accept("too-late");
    await world.start(id);
    const row = await world.load(id);
    await world.ports.operations.replace(
      { ...row, version: row.version + 1, deadline_at: row.updated_at },
      row.version,
    );
    expect(await world.tick(id, 5)).toMatchObject({
      state: "needs_attention",
      error: { code: "DEADLINE_PASSED" },
    });
    expect(world.provider.servers).toEqual([]);
  });
});

describe("a look that a fault of ours breaks", () => {
  it("does not keep an operation from its deadline", async () => {
    const world = openFlowWorld();
    const { id } = await world.accept("broken-look");
    await world.start(id);
    world.provider.look = async () => {
      throw new TypeError("a fault that nobody knows");
    };
    expect(await world.tick(id, 40)).toMatchObject({
      state: "needs_attention",
      error: { code: "DEADLINE_PASSED" },
    });
  });
});

describe("a person's decision", () => {
  const stuck = async () => {
    const world = openFlowWorld();
    world.provider.mishaps.create = Array.from({ length: 3 }, () => ({ kind: "drop" }) as const);
    const { id } = await world.accept("stuck");
    await world.start(id);
    expect((await world.tick(id, 12)).state).toBe("needs_attention");
    return { world, id };
  };

  it("to adopt says which server, or is refused", async () => {
    const { world, id } = await stuck();
    await expect(resolveOperation(id, { as: "adopt" }, world.ports)).rejects.toThrow(/resource_id/);
  });

  it("to adopt a server that does not exist is found out before anything is said of it", async () => {
    const { world, id } = await stuck();
    await resolveOperation(id, { as: "adopt", resource_id: "no-such-server" }, world.ports);
    expect(await world.tick(id, 2)).toMatchObject({
      state: "needs_attention",
      error: { code: "RESOURCE_NOT_FOUND" },
    });
    expect(shortTypes(world.bus.published)).not.toContain("server.created");
  });

  it("to try again searches first and creates then", async () => {
    const { world, id } = await stuck();
    await resolveOperation(id, { as: "retry" }, world.ports);
    expect((await world.tick(id, 5)).state).toBe("succeeded");
    expect(world.provider.servers).toHaveLength(1);
  });

  it("to abandon ends it", async () => {
    const { world, id } = await stuck();
    await resolveOperation(id, { as: "abandon" }, world.ports);
    await world.clock.runUntil(followOperations(world.turn()));
    expect(await world.load(id)).toMatchObject({ state: "failed", error: { code: "ABANDONED" } });
  });
});
