import { beforeEach, describe, expect, it } from "vitest";
import { acceptOperation } from "../../lib/flows/accept-operation.ts";
import { listEvents } from "../../lib/flows/list-events.ts";
import { liftStop, readStop, setStop, tendStop } from "../../lib/flows/stop-switch.ts";
import { instant } from "../../lib/operation/time.ts";
import type { Documents } from "../../lib/ports/documents.ts";
import { openFlowWorld } from "./flow-world.ts";

type World = ReturnType<typeof openFlowWorld>;

describe("the stop switch", () => {
  let world: World;
  beforeEach(() => {
    world = openFlowWorld();
  });

  const stopFor = (seconds: number) => {
    const now = world.clock.now();
    return setStop(
      {
        until: instant(now + seconds * 1000),
        reason: "a key has leaked",
        set_at: instant(now),
        set_by: "key_1",
      },
      world.ports,
    );
  };
  const pass = (seconds: number) => world.clock.advanceTo(world.clock.now() + seconds * 1000);
  const on = (kind: "server.stop" | "server.delete" | "server.start", id: string) =>
    acceptOperation(
      { connection: "paris", kind, resource: { type: "server", id } },
      `${kind} ${id}`,
      world.ports,
    );
  const told = () =>
    world.bus.published.flatMap(({ type, sequence, data }) =>
      type.startsWith("switchyard.stop.")
        ? [[type.slice("switchyard.stop.".length), sequence, data["lifted_by"]]]
        : [],
    );

  it("refuses what makes or powers on with 409, who, why and until when; the rest goes on", async () => {
    const server = world.provider.addServer([], { phase: "on" });
    await stopFor(60);
    await expect(world.accept("order")).rejects.toMatchObject({
      status: 409,
      code: "STOPPED",
      retryAfterSeconds: 60,
      message: expect.stringMatching(
        /^key_1 has stopped .* until 2026-11-02T08:01:00\.000Z: a key has leaked$/,
      ),
    });
    await expect(on("server.start", server)).rejects.toMatchObject({ code: "STOPPED" });
    expect((await on("server.stop", server)).operation.state).toBe("accepted");
    expect((await on("server.delete", server)).operation.state).toBe("accepted");
  });

  it("ends by itself at its time", async () => {
    await stopFor(60);
    await pass(59);
    await expect(world.accept("order")).rejects.toMatchObject({ code: "STOPPED" });
    await pass(1);
    expect((await world.accept("order")).state).toBe("accepted");
    expect(await readStop(world.ports)).toBeNull();
  });

  it("never refuses the replay of what was accepted before", async () => {
    const { id } = await world.accept("order");
    await stopFor(60);
    expect((await world.accept("order")).id).toBe(id);
  });

  it("holds up what was accepted and is not begun, whoever would begin it, and lets it go afterwards", async () => {
    const { id } = await world.accept("order");
    await stopFor(300);
    await world.start(id);
    expect((await world.load(id)).state).toBe("accepted");
    expect((await world.tick(id, 3)).state).toBe("accepted");
    expect(world.provider.calls).not.toContain("create");
    await world.clock.runUntil(liftStop("key_1", world.ports));
    expect((await world.tick(id, 4)).state).toBe("succeeded");
  });

  it("does not hold up what has begun", async () => {
    const { id } = await world.accept("order");
    await world.start(id);
    await stopFor(3000);
    expect((await world.tick(id, 4)).state).toBe("succeeded");
  });

  it("takes effect in another process within ten seconds, for one read in five", async () => {
    const { documents } = world.ports;
    let reads = 0;
    const elsewhere: Documents = {
      load: (folder, name) => {
        reads += 1;
        return documents.load(folder, name);
      },
      save: (...given) => documents.save(...given),
      remove: (...given) => documents.remove(...given),
      list: (...given) => documents.list(...given),
    };
    const here = { ...world.ports, documents: elsewhere };
    const ask = (key: string) =>
      acceptOperation(
        { connection: "paris", kind: "server.create", input: { name: key, type: "DEV1-S", image: "i" } },
        key,
        here,
      );
    for (let index = 0; index < 20; index += 1) await ask(`order-${index}`);
    expect(reads).toBe(1);
    await stopFor(60);
    await pass(5);
    await expect(ask("late")).rejects.toMatchObject({ code: "STOPPED" });
    expect(reads).toBe(2);
  });

  it("tells that it was set, and who lifted it, once each and in the feed too", async () => {
    await stopFor(60);
    await liftStop("key_2", world.ports);
    await liftStop("key_2", world.ports);
    await tendStop(world.ports);
    expect(told()).toEqual([
      ["set", 1, null],
      ["lifted", 2, "key_2"],
    ]);
    const question = { after: null, type: "switchyard.stop.*", subject: "stop", cursor: null, limit: 10 };
    const { items } = await listEvents(question, world.ports);
    expect(items.map(({ sequence }) => sequence)).toEqual([1, 2]);
    const behind = await listEvents({ ...question, after: items[0]?.id ?? "" }, world.ports);
    expect(behind.items.map(({ sequence }) => sequence)).toEqual([2]);
  });

  it("stands although it can't be announced; the deliverer says it later, and that its time has come", async () => {
    world.bus.broken = new Error("the bus is down");
    await stopFor(400);
    await expect(tendStop(world.ports)).rejects.toThrow("the bus is down");
    expect(await readStop(world.ports)).not.toBeNull();
    expect(told()).toEqual([]);
    world.bus.broken = null;
    await pass(300);
    await tendStop(world.ports);
    expect(told()).toEqual([["set", 1, null]]);
    await pass(300);
    await tendStop(world.ports);
    await tendStop(world.ports);
    expect(told()).toEqual([
      ["set", 1, null],
      ["lifted", 2, null],
    ]);
  });
});
