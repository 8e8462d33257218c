import { expect, test } from "vitest";
import type { Resource } from "../../lib/operation/operation.ts";
import {
  BadCursor,
  ProviderRefusal,
  UnknownCollection,
  type ProviderCall,
} from "../../lib/ports/provider.ts";
import { handle, itemsOf, newMarker, type Room } from "./contract-room.ts";
import { openProvider, testSecret } from "./open-provider.ts";

/** Looks at one and at many. */
export const looking = (room: Room): void => {
  test("a hundred and thirty are looked at with two calls, in the order of the handles", async () => {
    const resources = await Promise.all(Array.from({ length: 130 }, () => room.server()));
    const [first] = resources;
    const to = room.rest === "off" ? "on" : "off";
    const hasPower = !room.lacks("power");
    if (first !== undefined && hasPower) await room.provider.send({ do: "power", resource: first, to });
    const before = room.calls("GET ");
    const seen = await room.provider.look(resources.map((resource) => handle(resource)));
    const began = hasPower ? room.rightAfter(to) : room.rest;
    expect(seen.map((one) => one?.phase)).toEqual([began, ...Array.from({ length: 129 }, () => room.rest)]);
    // Others of this file may be on the list of a dialect that can't filter it.
    expect(room.calls("GET ") - before).toBeLessThanOrEqual(3);
  });

  test("what a lagging list does not show is asked for before it counts as gone", async () => {
    room.clock.advance(60);
    const old = await Promise.all(Array.from({ length: 6 }, () => room.server()));
    room.clock.advance(60);
    const fresh = await room.made(newMarker());
    room.simulator.control.addFault({ name: "stale_list", milliseconds: 30_000 });
    const seen = await room.provider.look([...old, fresh].map((resource) => handle(resource)));
    expect(seen.at(-1)?.phase).toBe(room.sample.restsAfterSeconds === undefined ? room.rest : "moving");
  });

  test("one that is gone is gone, alone and among others", async () => {
    const resources = await Promise.all(Array.from({ length: 6 }, () => room.server()));
    const [gone] = resources;
    if (gone === undefined) throw new Error("none made");
    room.simulator.control.removeServer(gone.id);
    expect(await room.phaseOf(gone)).toBe("gone");
    const seen = await room.provider.look(resources.map((resource) => handle(resource)));
    expect(seen.map((one) => one?.phase)).toEqual(["gone", ...Array.from({ length: 5 }, () => room.rest)]);
  });

  test.each(["too_many_requests", "unavailable_html", "truncated_json", "lost_reply"] as const)(
    "with %s nothing is seen, and nothing is taken for gone",
    async (name) => {
      const resources = await Promise.all([room.server(), room.server()]);
      room.simulator.control.addFault({ name, match: "GET *" });
      await expect(room.provider.look(resources.map((one) => handle(one)))).rejects.toThrow(
        /provider|panel/i,
      );
    },
  );

  test("a list that fails is not made up for by asking for each", async () => {
    const resources = await Promise.all(Array.from({ length: 6 }, () => room.server()));
    room.simulator.control.addFault({ name: "unavailable_html", match: "GET */servers" });
    const before = room.calls("GET ");
    await expect(room.provider.look(resources.map((one) => handle(one)))).rejects.toThrow(/503/);
    expect(room.calls("GET ") - before).toBe(1);
  });

  test("the same server in two handles is seen in both", async () => {
    const resource = await room.server();
    const seen = await room.provider.look([handle(resource), handle(resource)]);
    expect(seen.map((one) => one?.phase)).toEqual([room.rest, room.rest]);
  });

  test("looks wait for the budget, and are not sent without it", async () => {
    const resource = await room.server();
    const { budget } = room.opened;
    budget.taken.length = 0;
    await room.phaseOf(resource);
    expect(budget.taken).toEqual([{ patience: 15_000, urgency: "look" }]);
    budget.empty = true;
    await expect(room.phaseOf(resource)).rejects.toMatchObject({ code: "RATE_LIMITED" });
    budget.empty = false;
  });
};

/** Reading through. */
export const reading = (room: Room): void => {
  const read = (
    path: string,
    more: { cursor?: string; limit?: number; filters?: Record<string, string> } = {},
  ) =>
    room.provider.read({
      path: path.split("/"),
      filters: more.filters ?? {},
      limit: more.limit ?? 100,
      cursor: more.cursor ?? null,
    });

  test.each([7, 100])("all servers are read through, %i at a time, each once", async (limit) => {
    await Promise.all(Array.from({ length: 30 }, () => room.server()));
    const all = room.simulator.control.servers().map(({ id }) => id);
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page = itemsOf(await read("servers", { limit, ...(cursor === null ? {} : { cursor }) }));
      expect(page.items.length).toBeLessThanOrEqual(limit);
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== null);
    expect(ids.toSorted()).toEqual(all.toSorted());
  });

  test("a reader may change the limit on the way", async () => {
    await Promise.all(Array.from({ length: 30 }, () => room.server()));
    const all = room.simulator.control.servers().map(({ id }) => id);
    const ids: string[] = [];
    let cursor: string | null = null;
    let limit = 20;
    do {
      const page = itemsOf(await read("servers", { limit, ...(cursor === null ? {} : { cursor }) }));
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.next;
      limit = limit === 7 ? 50 : 7;
    } while (cursor !== null);
    expect(ids.toSorted()).toEqual(all.toSorted());
  });

  test("pages that the provider makes shorter than it was asked for lose nothing", async () => {
    await Promise.all(Array.from({ length: 25 }, () => room.server()));
    room.simulator.control.addFault({ name: "page_size_cap", items: 10 });
    const all = room.simulator.control.servers().length;
    let count = 0;
    let cursor: string | null = null;
    do {
      const page = itemsOf(await read("servers", { limit: 60, ...(cursor === null ? {} : { cursor }) }));
      count += page.items.length;
      cursor = page.next;
    } while (cursor !== null);
    expect(count).toBe(all);
  });

  test("a server is read through", async () => {
    const resource = await room.server();
    const one = await read(`servers/${resource.id}`);
    expect(one).toMatchObject({ form: "item", item: { id: resource.id, state: expect.any(String) } });
  });

  test.skipIf(room.lacks("actions"))("a server and its actions are read through", async () => {
    const resource = await room.server(room.lacks("tags") ? {} : { tags: ["a"] });
    const one = await read(`servers/${resource.id}`);
    expect(one).toMatchObject({
      form: "item",
      item: { id: resource.id, state: "stopped", raw: { id: resource.id } },
    });
    const actions = itemsOf(await read(`servers/${resource.id}/action`));
    expect(actions.items).toContainEqual({ id: "poweron", raw: "poweron" });
  });

  test.skipIf(room.lacks("cloud_init"))("a server's user data is read through", async () => {
    const resource = await room.server();
    await room.provider.send({ do: "configure", resource, input: { cloud_init: "x" } });
    const keys = itemsOf(await read(`servers/${resource.id}/user_data`));
    expect(keys.items).toContainEqual({ id: "cloud-init", raw: "cloud-init" });
  });

  test.skipIf(room.lacks("server_types"))(
    "server types are a map whose keys are the ids, read to its end",
    async () => {
      const ids: string[] = [];
      let cursor: string | null = null;
      do {
        const page = itemsOf(
          await read("products/servers", { limit: 10, ...(cursor === null ? {} : { cursor }) }),
        );
        ids.push(...page.items.map(({ id }) => id));
        cursor = page.next;
      } while (cursor !== null);
      expect(ids).toContain(room.sample.server["type"]);
      expect(new Set(ids).size).toBe(ids.length);
    },
  );

  test("a server that is not there is not there", async () => {
    const path = "servers/99999999-9999-4999-8999-999999999999";
    await expect(read(path)).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
  });

  test.skipIf(room.lacks("volumes"))("a volume that is not there is not there", async () => {
    const path = "volumes/99999999-9999-4999-8999-999999999999";
    await expect(read(path)).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
  });

  test.skipIf(room.lacks("cloud_init"))(
    "user data that is not there is an empty 404 and not there",
    async () => {
      const { id } = await room.server();
      await expect(read(`servers/${id}/user_data/none`)).rejects.toMatchObject({
        code: "RESOURCE_NOT_FOUND",
      });
    },
  );

  const lists = () => room.provider.dialect.collections.filter(({ path }) => !path.includes(":id"));

  test("every collection that is offered can be read, with one of the filters that it needs", async () => {
    expect(lists().length).toBeGreaterThan(room.lacks("many_collections") ? 0 : 5);
    for (const { path, needsOneOf = [] } of lists()) {
      const filters = Object.fromEntries(needsOneOf.slice(0, 1).map((name) => [name, "ubuntu_noble"]));
      expect({ path, form: (await read(path, { filters })).form }).toEqual({ path, form: "page" });
    }
  });

  test("a filter is needed only where the provider refuses without it", async () => {
    for (const { path, filters, needsOneOf } of lists()) {
      if (needsOneOf === undefined) continue;
      expect(filters).toEqual(expect.arrayContaining([...needsOneOf]));
      await expect(read(path)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    }
  });

  test.skipIf(room.lacks("filters"))("the order of the filters is nothing to a cursor", async () => {
    await Promise.all([room.server({ name: "twin-1" }), room.server({ name: "twin-2" })]);
    const one = { state: "stopped", name: "twin" };
    const { next } = itemsOf(await read("servers", { limit: 1, filters: one }));
    const other = { name: "twin", state: "stopped" };
    expect(itemsOf(await read("servers", { filters: other, cursor: next ?? "" })).items).not.toEqual([]);
  });

  test("what is no collection, and tokens, are unknown", async () => {
    for (const path of ["tokens", "nothing", "servers/x/nothing", "servers/x/action/y/z"]) {
      await expect(read(path)).rejects.toBeInstanceOf(UnknownCollection);
    }
  });

  test("a cursor is good for its own list only", async () => {
    await room.server();
    await room.server();
    const { next } = itemsOf(await read("servers", { limit: 1 }));
    for (const cursor of ["", "!", "e30", `${next ?? ""}x`]) {
      await expect(read("servers", { cursor, limit: 1 })).rejects.toBeInstanceOf(BadCursor);
    }
    const { id } = await room.server();
    const another = room.lacks("actions") ? "servers" : `servers/${id}/action`;
    const filters = room.lacks("actions") ? { name: "web" } : {};
    const other = read(another, { cursor: next ?? "", limit: 1, filters });
    await expect(other).rejects.toBeInstanceOf(BadCursor);
  });

  test("a reader is not kept waiting: without budget it hears when to come again", async () => {
    room.opened.budget.empty = true;
    const error: unknown = await read("servers").catch((caught: unknown) => caught);
    room.opened.budget.empty = false;
    expect(error).toMatchObject({ code: "RATE_LIMITED", retryAfterSeconds: 2 });
  });
};

/** Every refusal by its code. */
export const refusing = (room: Room): void => {
  /** Any call that changes something. */
  const change = (resource: Resource): ProviderCall =>
    room.lacks("power") ? { do: "delete", resource, input: {} } : { do: "power", resource, to: "on" };

  test.each(room.sample.refusals)("%s is %s", async (type, code) => {
    const resource = await room.server();
    room.simulator.control.addFault({ name: "error", type, count: 1 });
    const error: unknown = await room.provider.send(change(resource)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ProviderRefusal);
    expect(error).toMatchObject({ code });
  });

  test("a 429 without body is a refusal, is counted, and makes the connection pause", async () => {
    const resource = await room.server();
    room.simulator.control.addFault({ name: "too_many_requests", count: 1 });
    const { budget, log } = room.opened;
    const sent = room.provider.send(change(resource));
    await expect(sent).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterSeconds: null });
    expect(log.counts).toContainEqual({ metric: "ProviderRateLimited", value: 1 });
    expect(budget.holds.length).toBeGreaterThan(0);
  });

  test("a wrong secret is UNAUTHENTICATED, and is read again the next time", async () => {
    const { provider, secrets } = openProvider(room.sample.dialect, room.simulator.url);
    secrets.values.set("env:TEST_SECRET", "wrong-secret-value");
    const resource = { type: "server", id: "99999999-9999-4999-8999-999999999999" };
    const error: unknown = await provider.look([handle(resource)]).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", provider: { status: 401 } });
    expect(JSON.stringify(error)).not.toContain("wrong-secret-value");
    secrets.values.set("env:TEST_SECRET", testSecret);
    expect((await provider.look([handle(resource)]))[0]?.phase).toBe("gone");
  });
};
