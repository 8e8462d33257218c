import { createServer } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { DialectName } from "../../lib/connection.ts";
import type { JsonObject } from "../../lib/operation/json.ts";
import { markerOf, type Marker } from "../../lib/operation/marker.ts";
import type { Phase, Task } from "../../lib/operation/observation.ts";
import type { Resource } from "../../lib/operation/operation.ts";
import {
  BadCursor,
  ProviderDoubt,
  ProviderRefusal,
  UnknownCollection,
  type Answer,
  type Handle,
  type ReadAnswer,
} from "../../lib/ports/provider.ts";
import type { SimulatorClock } from "../../simulators/clock.ts";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";
import { openProvider, testSecret, type OpenedProvider } from "./open-provider.ts";

/** What differs between dialects when the same is asked of all. */
export interface ContractSample {
  readonly dialect: DialectName;
  /** Input of a server that is made at once. */
  readonly server: JsonObject;
  /** Input of a volume that is made at once. */
  readonly volume: JsonObject;
  /** Error types that the dialect's simulator can be told to answer, and our code for each. */
  readonly refusals: readonly (readonly [type: string, code: string])[];
}

/** A clock that stands still until it is moved. */
const handClock = (): SimulatorClock & { advance(seconds: number): void } => {
  let now = Date.parse("2026-11-02T08:00:00.000Z");
  return {
    now: () => now,
    advance: (seconds) => {
      now += seconds * 1000;
    },
  };
};

let operations = 0;
/** A marker of an operation of its own. */
const newMarker = (): Marker => {
  operations += 1;
  return markerOf(`op_${String(operations).padStart(26, "0")}`, "contract");
};

const handle = (resource: Resource, task: Task | null = null, ageSeconds = 60): Handle => ({
  resource,
  task,
  ageSeconds,
});

/** The resource of an answer that has to have one. */
const madeBy = ({ resource }: Answer): Resource => {
  if (resource === null) throw new Error("the answer names no resource");
  return resource;
};

const itemsOf = (answer: ReadAnswer) => {
  if (answer.form !== "page") throw new Error("not a page");
  return answer;
};

/** A port on which nobody listens. */
const closedPort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 1;
};

class Room {
  readonly clock = handClock();
  readonly sample: ContractSample;
  #simulator: Simulator | null = null;
  #opened: OpenedProvider | null = null;

  constructor(sample: ContractSample) {
    this.sample = sample;
  }

  async open(): Promise<void> {
    const { dialect } = this.sample;
    this.#simulator = await startSimulator({ dialect, clock: this.clock, secret: testSecret });
    this.#opened = openProvider(dialect, this.#simulator.url);
  }

  get simulator(): Simulator {
    if (this.#simulator === null) throw new Error("not open");
    return this.#simulator;
  }

  get opened(): OpenedProvider {
    if (this.#opened === null) throw new Error("not open");
    return this.#opened;
  }

  get provider() {
    return this.opened.provider;
  }

  create(marker: Marker = newMarker(), more: JsonObject = {}): Promise<Answer> {
    const input = { ...this.sample.server, ...more };
    return this.provider.send({ do: "create", kind: "server.create", input, marker });
  }

  async server(more: JsonObject = {}): Promise<Resource> {
    return madeBy(await this.create(newMarker(), more));
  }

  async phaseOf(resource: Resource, task: Task | null = null): Promise<Phase | undefined> {
    const [seen] = await this.provider.look([handle(resource, task)]);
    return seen?.phase;
  }

  /** Switches on and waits until it runs. */
  async started(more: JsonObject = {}): Promise<Resource> {
    const resource = await this.server(more);
    await this.provider.send({ do: "power", resource, to: "on" });
    this.clock.advance(600);
    return resource;
  }

  calls(part: string): number {
    return this.simulator.control.calls().filter(({ route }) => route.includes(part)).length;
  }
}

const creating = (room: Room): void => {
  test("a create is answered with a server that is off, and is found by its marker, by no other", async () => {
    const marker = newMarker();
    const answer = await room.create(marker, { tags: ["env=dev"] });
    expect(answer.observation).toMatchObject({ phase: "off", name: room.sample.server["name"] });
    const found = await room.provider.search("server", marker);
    expect(found.map(({ resource }) => resource)).toEqual([answer.resource]);
    expect(found[0]?.createdAt).toMatch(/^\d{4}-/);
    expect(found[0]?.observation.made_by).toBe(marker.operation.slice("swy:op=".length));
    expect(await room.provider.search("server", newMarker())).toEqual([]);
    const [shown] = room.simulator.control.servers().filter(({ id }) => id === answer.resource?.id);
    expect(shown?.tags).toEqual(["env=dev", marker.operation, marker.deployment]);
  });

  test("a create takes no place in the budget: the flow has taken it", async () => {
    room.opened.budget.empty = true;
    await room.server();
    room.opened.budget.empty = false;
  });

  test.each([
    ["lost_reply", "the connection is cut after the effect"],
    ["unavailable_after_effect", "a 503 in HTML after the effect"],
    ["truncated_json", "half an answer"],
  ])("a create with %s is a doubt, sent once, and found by its marker (%s)", async (name) => {
    const marker = newMarker();
    room.simulator.control.addFault({ name, match: "POST *", count: 1 });
    const before = room.calls("POST ");
    await expect(room.create(marker)).rejects.toBeInstanceOf(ProviderDoubt);
    expect(room.calls("POST ") - before).toBe(1);
    expect(await room.provider.search("server", marker)).toHaveLength(1);
  });

  test("a search that fails is not an empty one", async () => {
    const marker = newMarker();
    await room.create(marker);
    for (const name of ["truncated_json", "unavailable_html"]) {
      room.simulator.control.addFault({ name, match: "GET *", count: 1 });
      await expect(room.provider.search("server", marker)).rejects.toBeInstanceOf(ProviderDoubt);
    }
  });

  test("no connection means that nothing happened", async () => {
    const { provider } = openProvider(room.sample.dialect, `http://127.0.0.1:${await closedPort()}`);
    const input = room.sample.server;
    const sent = provider.send({ do: "create", kind: "server.create", input, marker: newMarker() });
    await expect(sent).rejects.toMatchObject({ name: "ProviderRefusal", code: "UNAVAILABLE" });
  });

  test("cloud-init is stored as the text that it is", async () => {
    const resource = await room.server();
    const text = '#cloud-config\nusers: ["ü"]\n';
    await room.provider.send({ do: "configure", resource, input: { cloud_init: text } });
    const path = ["servers", resource.id, "user_data", "cloud-init"];
    const read = await room.provider.read({ path, filters: {}, limit: 50, cursor: null });
    expect(read).toEqual({ form: "item", item: { id: "cloud-init", raw: text } });
  });
};

const powering = (room: Room): void => {
  test("a server is switched on, seen on its way, and seen running", async () => {
    const resource = await room.server();
    const { task } = await room.provider.send({ do: "power", resource, to: "on" });
    expect(await room.phaseOf(resource, task)).toBe("moving");
    room.clock.advance(600);
    expect(await room.phaseOf(resource, task)).toBe("on");
  });

  test("a server is switched off", async () => {
    const resource = await room.started();
    await room.provider.send({ do: "power", resource, to: "off" });
    expect(await room.phaseOf(resource)).toBe("moving");
    room.clock.advance(600);
    expect(await room.phaseOf(resource)).toBe("off");
  });

  test("a reboot goes through moving and ends on", async () => {
    const resource = await room.started();
    await room.provider.send({ do: "act", resource, action: "reboot", input: {} });
    expect(await room.phaseOf(resource)).toBe("moving");
    room.clock.advance(600);
    expect(await room.phaseOf(resource)).toBe("on");
  });

  test("a power-on without capacity falls back to off", async () => {
    room.simulator.control.addFault({ name: "capacity_failure", count: 1 });
    expect(await room.phaseOf(await room.started())).toBe("off");
  });

  test("what the state does not allow is refused as WRONG_STATE", async () => {
    const resource = await room.started();
    const again = room.provider.send({ do: "power", resource, to: "on" });
    await expect(again).rejects.toMatchObject({ code: "WRONG_STATE" });
    const deleted = room.provider.send({ do: "delete", resource, input: {} });
    await expect(deleted).rejects.toMatchObject({ code: "WRONG_STATE" });
    const off = await room.server();
    const stopped = room.provider.send({ do: "power", resource: off, to: "off" });
    await expect(stopped).rejects.toMatchObject({ code: "WRONG_STATE" });
  });

  test("an action whose reply is lost is a doubt, and its effect is seen", async () => {
    const resource = await room.server();
    room.simulator.control.addFault({ name: "lost_reply", match: "POST *", count: 1 });
    const sent = room.provider.send({ do: "power", resource, to: "on" });
    await expect(sent).rejects.toBeInstanceOf(ProviderDoubt);
    expect(await room.phaseOf(resource)).toBe("moving");
  });
};

const looking = (room: Room): void => {
  test("a hundred and thirty are looked at with two calls, in the order of the handles", async () => {
    const resources = await Promise.all(Array.from({ length: 130 }, () => room.server()));
    const [first] = resources;
    if (first !== undefined) await room.provider.send({ do: "power", resource: first, to: "on" });
    const before = room.calls("GET ");
    const seen = await room.provider.look(resources.map((resource) => handle(resource)));
    expect(seen.map((one) => one?.phase)).toEqual(["moving", ...Array.from({ length: 129 }, () => "off")]);
    // Others of this file may be on the list of a dialect that can't filter it.
    expect(room.calls("GET ") - before).toBeLessThanOrEqual(3);
  });

  test("what a lagging list does not show is asked for before it counts as gone", async () => {
    room.clock.advance(60);
    const old = await Promise.all(Array.from({ length: 6 }, () => room.server()));
    room.clock.advance(60);
    const fresh = await room.server();
    room.simulator.control.addFault({ name: "stale_list", milliseconds: 30_000 });
    const seen = await room.provider.look([...old, fresh].map((resource) => handle(resource)));
    expect(seen.at(-1)?.phase).toBe("off");
  });

  test("one that is gone is gone, alone and among others", async () => {
    const resources = await Promise.all(Array.from({ length: 6 }, () => room.server()));
    const [gone] = resources;
    if (gone === undefined) throw new Error("none made");
    room.simulator.control.removeServer(gone.id);
    expect(await room.phaseOf(gone)).toBe("gone");
    const seen = await room.provider.look(resources.map((resource) => handle(resource)));
    expect(seen.map((one) => one?.phase)).toEqual(["gone", "off", "off", "off", "off", "off"]);
  });

  test.each(["too_many_requests", "unavailable_html", "truncated_json", "lost_reply"])(
    "with %s nothing is seen, and nothing is taken for gone",
    async (name) => {
      const resources = await Promise.all([room.server(), room.server()]);
      room.simulator.control.addFault({ name, match: "GET *" });
      await expect(room.provider.look(resources.map((one) => handle(one)))).rejects.toThrow(/provider/i);
    },
  );

  test("the same server in two handles is seen in both", async () => {
    const resource = await room.server();
    const seen = await room.provider.look([handle(resource), handle(resource)]);
    expect(seen.map((one) => one?.phase)).toEqual(["off", "off"]);
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

const deleting = (room: Room): void => {
  test("a server at rest is deleted, its volumes stay and can be deleted by themselves", async () => {
    const resource = await room.server();
    const [before] = await room.provider.look([handle(resource)]);
    await room.provider.send({ do: "delete", resource, input: {} });
    expect(await room.phaseOf(resource)).toBe("gone");
    room.clock.advance(600);
    const volumes = before?.volumes ?? [];
    expect(volumes.length).toBeGreaterThan(0);
    for (const volume of volumes) {
      const kept: Resource = { type: "volume", id: volume.id };
      expect(await room.phaseOf(kept)).toBe("off");
      await room.provider.send({ do: "delete_volume", volume });
      expect(await room.phaseOf(kept)).toBe("gone");
      const again = room.provider.send({ do: "delete_volume", volume });
      await expect(again).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
    }
  });

  test("a running server goes with terminate", async () => {
    const resource = await room.started();
    await room.provider.send({ do: "act", resource, action: "terminate", input: {} });
    room.clock.advance(600);
    expect(await room.phaseOf(resource)).toBe("gone");
  });

  test("what does not exist is RESOURCE_NOT_FOUND for every call", async () => {
    const resource = { type: "server", id: "99999999-9999-4999-8999-999999999999" };
    for (const call of [
      { do: "power", resource, to: "on" },
      { do: "delete", resource, input: {} },
      { do: "update", resource, input: { name: "x" } },
      { do: "update", resource, input: { tags: ["x"] } },
    ] as const) {
      await expect(room.provider.send(call)).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
    }
  });

  test.each(["", ".", ".."])("an id %j addresses nothing else", async (id) => {
    const before = room.simulator.control.calls().length;
    const call = { do: "delete", resource: { type: "server", id }, input: {} } as const;
    await expect(room.provider.send(call)).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
    expect(room.simulator.control.calls().length).toBe(before);
  });

  test("a volume is made with the marker, found by it, and deleted by its id alone", async () => {
    const marker = newMarker();
    const input = room.sample.volume;
    const made = madeBy(await room.provider.send({ do: "create", kind: "volume.create", input, marker }));
    const found = await room.provider.search("volume", marker);
    expect(found.map(({ resource }) => resource)).toEqual([made]);
    expect(await room.phaseOf(made)).toBe("off");
    await room.provider.send({ do: "delete", resource: made, input: {} });
    expect(await room.phaseOf(made)).toBe("gone");
    expect(await room.provider.search("volume", marker)).toEqual([]);
  });
};

const updating = (room: Room): void => {
  test("new tags do not cost a server its marker", async () => {
    const marker = newMarker();
    const resource = madeBy(await room.create(marker, { tags: ["old"] }));
    const answer = await room.provider.send({ do: "update", resource, input: { name: "n2", tags: ["new"] } });
    expect(answer.observation).toMatchObject({ name: "n2" });
    const [shown] = room.simulator.control.servers().filter(({ id }) => id === resource.id);
    expect(shown?.tags).toEqual(["new", marker.operation, marker.deployment]);
    expect(await room.provider.search("server", marker)).toHaveLength(1);
  });

  test("the second request of a change waits for the budget like any other", async () => {
    const resource = await room.server();
    const { budget } = room.opened;
    budget.taken.length = 0;
    await room.provider.send({ do: "update", resource, input: { tags: [] } });
    expect(budget.taken).toEqual([{ patience: 15_000, urgency: "write" }]);
  });
};

const reading = (room: Room): void => {
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

  test("a server, its actions and its user data are read through", async () => {
    const resource = await room.server({ tags: ["a"] });
    const one = await read(`servers/${resource.id}`);
    expect(one).toMatchObject({
      form: "item",
      item: { id: resource.id, state: "stopped", raw: { id: resource.id } },
    });
    const actions = itemsOf(await read(`servers/${resource.id}/action`));
    expect(actions.items).toContainEqual({ id: "poweron", raw: "poweron" });
    await room.provider.send({ do: "configure", resource, input: { cloud_init: "x" } });
    const keys = itemsOf(await read(`servers/${resource.id}/user_data`));
    expect(keys.items).toContainEqual({ id: "cloud-init", raw: "cloud-init" });
  });

  test("server types are a map whose keys are the ids, read to its end", async () => {
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
  });

  test.each(["servers/99999999-9999-4999-8999-999999999999", "volumes/99999999-9999-4999-8999-999999999999"])(
    "%s is not there",
    async (path) => {
      await expect(read(path)).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
    },
  );

  test("user data that is not there is not there, though the provider answers with an empty 404", async () => {
    const { id } = await room.server();
    await expect(read(`servers/${id}/user_data/none`)).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
  });

  test("every collection that is offered can be read", async () => {
    const lists = room.provider.dialect.collections.filter(
      ({ path }) => !path.includes(":id") && path !== "local-images",
    );
    for (const { path } of lists) expect((await read(path)).form, path).toBe("page");
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
    await expect(read("volumes", { cursor: next ?? "", limit: 1 })).rejects.toBeInstanceOf(BadCursor);
  });

  test("a reader is not kept waiting: without budget it hears when to come again", async () => {
    room.opened.budget.empty = true;
    const error: unknown = await read("servers").catch((caught: unknown) => caught);
    room.opened.budget.empty = false;
    expect(error).toMatchObject({ code: "RATE_LIMITED", retryAfterSeconds: 2 });
  });
};

const refusing = (room: Room): void => {
  test.each(room.sample.refusals)("%s is %s", async (type, code) => {
    const resource = await room.server();
    room.simulator.control.addFault({ name: "error", type, match: "POST *", count: 1 });
    const error: unknown = await room.provider
      .send({ do: "power", resource, to: "on" })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ProviderRefusal);
    expect(error).toMatchObject({ code });
  });

  test("a 429 without body is a refusal, is counted, and makes the connection pause", async () => {
    const resource = await room.server();
    room.simulator.control.addFault({ name: "too_many_requests", match: "POST *", count: 1 });
    const { budget, log } = room.opened;
    const sent = room.provider.send({ do: "power", resource, to: "on" });
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

/** What every dialect promises, asked of its simulator over real HTTP. */
export const providerContract = (sample: ContractSample): void => {
  describe(`the provider contract of ${sample.dialect}`, () => {
    const room = new Room(sample);
    beforeAll(() => room.open());
    afterEach(() => room.simulator.control.clearFaults());
    afterAll(() => room.simulator.close());
    describe("creating", () => creating(room));
    describe("power", () => powering(room));
    describe("looking", () => looking(room));
    describe("deleting", () => deleting(room));
    describe("updating", () => updating(room));
    describe("reading", () => reading(room));
    describe("refusals", () => refusing(room));
  });
};
