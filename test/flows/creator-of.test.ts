import { beforeEach, describe, expect, it } from "vitest";
import { acceptOperation } from "../../lib/flows/accept-operation.ts";
import { openFlowWorld } from "./flow-world.ts";

type World = ReturnType<typeof openFlowWorld>;

describe("the numbers of a server's events, when somebody has taken our tags off", () => {
  let world: World;
  let lists: number;

  const made = async (key: string): Promise<string> => {
    const { id } = await world.accept(key);
    await world.start(id);
    const { resource } = await world.tick(id, 3);
    return resource?.id ?? "";
  };
  const stop = async (server: string, key: string): Promise<string> => {
    const request = {
      connection: "paris",
      kind: "server.stop",
      resource: { type: "server", id: server },
    } as const;
    return (await acceptOperation(request, key, world.ports)).operation.id;
  };
  const stopped = async (server: string, key: string): Promise<void> => {
    const id = await stop(server, key);
    await world.start(id);
    await world.tick(id, 3);
  };
  const untag = (id: string): void => {
    const server = world.provider.servers.find((one) => one.id === id);
    if (server !== undefined) server.tags = ["edited"];
  };
  const numbers = (server: string): number[] =>
    world.bus.published
      .filter(({ subject }) => subject === `paris/server/${server}`)
      .map(({ sequence }) => sequence);

  beforeEach(() => {
    world = openFlowWorld();
    lists = 0;
    const list = world.ports.operations.list.bind(world.ports.operations);
    world.ports.operations.list = (...asked) => {
      lists += 1;
      return list(...asked);
    };
  });

  it("go on where the create has ended", async () => {
    const server = await made("one");
    await made("another");
    untag(server);
    await stopped(server, "stop");
    expect(numbers(server)).toEqual([1, 2, 3]);
  });

  it("cost no search where the marker is there", async () => {
    const server = await made("one");
    await stopped(server, "stop");
    expect(numbers(server)).toEqual([1, 2, 3]);
    expect(lists).toBe(0);
  });

  it("cost no second search once they are known", async () => {
    const server = await made("one");
    untag(server);
    await stopped(server, "stop");
    const before = lists;
    const again = await acceptOperation(
      { connection: "paris", kind: "server.start", resource: { type: "server", id: server } },
      "start",
      world.ports,
    );
    await world.start(again.operation.id);
    await world.tick(again.operation.id, 3);
    expect(numbers(server)).toEqual([1, 2, 3, 4]);
    expect(lists).toBe(before);
  });

  it("begin at one where nobody of ours has made it", async () => {
    const server = world.provider.addServer(["theirs"], { phase: "on" });
    await stopped(server, "stop");
    expect(numbers(server)).toEqual([1]);
  });

  it("of many servers that show no maker are looked for together", async () => {
    const servers = Array.from({ length: 30 }, () => world.provider.addServer(["theirs"], { phase: "on" }));
    const ids: string[] = [];
    for (const server of servers) ids.push(await stop(server, `stop ${server}`));
    for (const id of ids) await world.start(id);
    for (const id of ids) await world.tick(id, 3);
    expect(servers.map((server) => numbers(server))).toEqual(servers.map(() => [1]));
    expect(lists).toBeLessThan(5);
  });
});
