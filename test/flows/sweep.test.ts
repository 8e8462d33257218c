import { beforeEach, describe, expect, it } from "vitest";
import { listOrphans } from "../../lib/flows/list-orphans.ts";
import { loadOrphans } from "../../lib/flows/orphan-cell.ts";
import { sweepOrphans } from "../../lib/flows/sweep-orphans.ts";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import type { Marked } from "../../lib/operation/marked.ts";
import { openFlowWorld } from "./flow-world.ts";

type World = ReturnType<typeof openFlowWorld>;

const fiveMinutes = 300_000;
const markerOf = (key: string): string[] => ["web", `swy:op=${operationIdOf("test", key)}`, "swy:dep=test"];
const thing = (type: string, id: string, fields: Partial<Marked> = {}): Marked => ({
  resource: { type, id },
  name: id,
  tags: [],
  createdAt: null,
  phase: "on",
  state: null,
  isProtected: false,
  usedBy: null,
  volumes: [],
  ...fields,
});

describe("the sweeper", () => {
  let world: World;
  let own: string;
  let extra: string;

  const open = (orphans: { delete?: boolean; most_per_run?: number } = { delete: true }): void => {
    world = openFlowWorld(100, { orphans: { delete: false, most_per_run: 5, ...orphans } });
  };
  const sweep = (): Promise<void> => world.clock.runUntil(sweepOrphans(world.turn()));
  const later = (milliseconds = fiveMinutes): Promise<void> =>
    world.clock.advanceTo(world.clock.now() + milliseconds);
  const sweepAgain = async (times = 1): Promise<void> => {
    for (let time = 0; time < times; time += 1) {
      await later();
      await sweep();
    }
  };
  const standing = () => world.provider.servers.map(({ id }) => id);
  const list = async () => (await loadOrphans("paris", world.ports)).orphans;
  const said = () =>
    world.bus.published
      .filter(({ type }) => type.startsWith("switchyard.orphan."))
      .map(({ type, sequence, data }) => [type.split(".")[2], sequence, data["id"]]);
  /** A server that an operation has made, and one more with the same tags. */
  const makeExtra = async (): Promise<void> => {
    const { id } = await world.accept("order");
    await world.start(id);
    await world.tick(id, 3);
    own = world.provider.servers[0]?.id ?? "";
    extra = world.provider.addServer(markerOf("order"));
    await later();
  };

  beforeEach(() => open());

  it("suspects an extra server, confirms it five minutes later, and deletes it then", async () => {
    await makeExtra();
    await sweep();
    expect(await list()).toMatchObject([{ id: extra, state: "suspected", reason: "extra" }]);
    expect(said()).toEqual([]);
    await sweepAgain();
    expect(standing()).toEqual([own]);
    expect(await list()).toMatchObject([{ id: extra, state: "deleted" }]);
    expect(said()).toEqual([
      ["found", 1, extra],
      ["deleted", 2, extra],
    ]);
  });

  it("only reports where nobody has asked for more", async () => {
    open({});
    await makeExtra();
    await sweep();
    await sweepAgain(4);
    expect(standing()).toEqual([own, extra]);
    expect(await list()).toMatchObject([{ id: extra, state: "confirmed" }]);
    expect(said()).toEqual([["found", 1, extra]]);
    expect(world.provider.calls).not.toContain("delete");
  });

  it("does not confirm at a tick that comes twice", async () => {
    await makeExtra();
    await sweep();
    await sweep();
    await later(60_000);
    await sweep();
    expect(await list()).toMatchObject([{ state: "suspected" }]);
  });

  it.each([
    ["a keep tag", (id: string) => world.provider.servers.find((one) => one.id === id), ["keep"]],
    ["an edited marker", (id: string) => world.provider.servers.find((one) => one.id === id), null],
  ] as const)("%s between the list and the last look saves it", async (_what, find, tags) => {
    await makeExtra();
    await sweep();
    await later();
    world.provider.beforeInspect = () => {
      const server = find(extra);
      if (server !== undefined) server.tags = tags === null ? ["web"] : [...markerOf("order"), ...tags];
    };
    await sweep();
    expect(standing()).toContain(extra);
    expect(await list()).toEqual([]);
    expect(said()).toEqual([
      ["found", 1, extra],
      ["resolved", 2, extra],
    ]);
  });

  it("a server that runs, or is protected, is reported and never deleted", async () => {
    await makeExtra();
    world.provider.addServer(markerOf("order"), { phase: "on" });
    world.provider.addServer(markerOf("order"), { isProtected: true });
    await sweep();
    await sweepAgain(3);
    expect(standing()).toHaveLength(3);
    expect((await list()).map(({ state }) => state).toSorted()).toEqual([
      "confirmed",
      "confirmed",
      "deleted",
    ]);
  });

  it("what another operation has worked on is its own", async () => {
    await makeExtra();
    await world.ports.cells.save(`sequence:paris/server/${extra}`, { last: 1, by: "op_x" }, 0);
    await sweep();
    await sweepAgain(2);
    expect(standing()).toContain(extra);
    expect(said()).toEqual([]);
  });

  it("nothing is deleted while more is under way than one query of the due index shows", async () => {
    await makeExtra();
    await sweep();
    const due = world.ports.operations.due.bind(world.ports.operations);
    const many = Array.from({ length: 5000 }, (_, index) => ({
      id: `op_${index}`,
      dueAtMilliseconds: index,
    }));
    world.ports.operations.due = async (at, limit) => [...(await due(at, limit)), ...many].slice(0, limit);
    await sweepAgain(3);
    expect(standing()).toContain(extra);
    expect((await list())[0]?.detail).toContain("too much is under way");
    world.ports.operations.due = due;
    await sweepAgain(2);
    expect(standing()).toEqual([own]);
  });

  it("what nobody knows, or another installation has made, is never touched", async () => {
    const ids = [
      world.provider.addServer(["web"]),
      world.provider.addServer(markerOf("never-asked")),
      world.provider.addServer([`swy:op=${operationIdOf("test", "order")}`, "swy:dep=prod"]),
    ];
    await later();
    await sweep();
    await sweepAgain(2);
    expect(standing()).toEqual(ids);
    expect(await list()).toEqual([]);
  });

  it("removes no more in one sweep than the connection allows", async () => {
    open({ delete: true, most_per_run: 2 });
    await makeExtra();
    for (let more = 0; more < 3; more += 1) world.provider.addServer(markerOf("order"));
    await later();
    await sweep();
    await sweepAgain();
    expect(standing()).toHaveLength(3);
    await sweepAgain();
    expect(standing()).toEqual([own]);
  });

  it("takes along the volumes that were made with it and the addresses with its marker", async () => {
    await makeExtra();
    const createdAt = new Date(world.provider.servers.at(-1)?.createdAt ?? 0).toISOString();
    world.provider.things = [
      thing("volume", "root", { usedBy: extra, createdAt }),
      thing("volume", "data", { usedBy: extra, createdAt: "2025-01-01T00:00:00.000Z" }),
      thing("volume", "far", { usedBy: own, createdAt }),
      thing("ip", "ours", { usedBy: extra, tags: markerOf("order") }),
      thing("ip", "plain", { usedBy: extra }),
    ];
    await sweep();
    await sweepAgain();
    expect(world.provider.things.map(({ resource }) => resource.id)).toEqual(["data", "far", "plain"]);
    const deleted = world.bus.published.find(({ type }) => type.endsWith("orphan.deleted"));
    expect(deleted?.data).toMatchObject({
      also_deleted: [
        { type: "volume", id: "root" },
        { type: "ip", id: "ours" },
      ],
      left_alone: [{ type: "volume", id: "data", why: "it was not made together with the server" }],
    });
  });

  it("finishes what a sweep has begun whose answer was lost", async () => {
    await makeExtra();
    await sweep();
    world.provider.mishaps.delete = [{ kind: "lose_answer" }];
    await sweepAgain();
    expect(await list()).toMatchObject([{ state: "deleting" }]);
    await sweepAgain();
    expect(await list()).toMatchObject([{ state: "deleted" }]);
    expect(said().map(([type, sequence]) => [type, sequence])).toEqual([
      ["found", 1],
      ["deleted", 2],
    ]);
  });

  it("turns back from a deletion that was refused when the server is wanted after all", async () => {
    await makeExtra();
    await sweep();
    world.provider.mishaps.delete = [{ kind: "refuse", code: "UNAVAILABLE" }];
    await sweepAgain();
    const server = world.provider.servers.find(({ id }) => id === extra);
    if (server !== undefined) server.tags = [...server.tags, "swy:keep"];
    await sweepAgain();
    expect(standing()).toContain(extra);
    expect(said().map(([type]) => type)).toEqual(["found", "resolved"]);
  });

  it("a list that is not answered says nothing", async () => {
    await makeExtra();
    await sweep();
    world.provider.silentLists.add("server");
    await sweepAgain();
    expect(await list()).toMatchObject([{ id: extra, state: "suspected" }]);
    world.provider.silentLists.clear();
    await sweepAgain();
    expect(standing()).toEqual([own]);
  });

  it("is not said to have been there before every list has once been answered, and is written once for it", async () => {
    const view = () => listOrphans("paris", null, 10, world.ports);
    expect(await view()).toMatchObject({ swept: false, reason: expect.stringContaining("No sweep") });
    world.provider.silentLists.add("volume");
    await sweep();
    expect(await view()).toMatchObject({ swept: false, reason: expect.stringContaining("No sweep") });
    world.provider.silentLists.clear();
    await sweepAgain();
    expect(await view()).toMatchObject({ swept: true, reason: null, items: [] });
    const written = (await world.ports.cells.load("orphans:paris"))?.version;
    await sweepAgain(3);
    expect((await world.ports.cells.load("orphans:paris"))?.version).toBe(written);
  });

  it("says what the bus did not take again, and marks it then", async () => {
    open({});
    await makeExtra();
    await sweep();
    world.bus.broken = new Error("the bus is down");
    await later();
    await expect(sweep()).rejects.toThrow("could not be swept");
    expect(said()).toEqual([]);
    world.bus.broken = null;
    await sweepAgain();
    expect(said()).toEqual([["found", 1, extra]]);
    expect((await loadOrphans("paris", world.ports)).outbox).toEqual([]);
  });

  it("says that it is gone when a person has deleted it", async () => {
    open({});
    await makeExtra();
    await sweep();
    await sweepAgain();
    world.provider.remove({ type: "server", id: extra });
    await sweepAgain();
    expect(said().map(([type]) => type)).toEqual(["found", "resolved"]);
    expect(await list()).toEqual([]);
  });

  it("two sweeps at once delete it once and say it once", async () => {
    await makeExtra();
    await sweep();
    await later();
    const turn = world.turn();
    await world.clock.runUntil(Promise.all([sweepOrphans(turn), sweepOrphans(world.turn())]));
    await sweepAgain();
    expect(standing()).toEqual([own]);
    expect(new Set(said().map((one) => JSON.stringify(one))).size).toBe(2);
  });

  it("begins nothing when its time is nearly over", async () => {
    await makeExtra();
    await world.clock.runUntil(sweepOrphans({ ...world.turn(), timeLeft: () => 20_000 }));
    expect(world.provider.calls.some((call) => call.startsWith("marked"))).toBe(false);
  });
});
