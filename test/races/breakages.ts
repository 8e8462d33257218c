import * as z from "zod";
import type { SwitchyardEvent } from "../../events/event.ts";
import type { Json } from "../../lib/operation/json.ts";
import type { OperationStore } from "../../lib/ports/operation-store.ts";
import type { Ports } from "../../lib/ports/ports.ts";
import type { RaceRule } from "./check-race.ts";
import type { Breakage } from "./race-world.ts";

/** A port that does not keep its promise, the pair that suffers from it, and the rule that must be seen broken. */
export interface Broken {
  readonly what: string;
  readonly pair: string;
  readonly rule: RaceRule;
  readonly breakage: Breakage;
}

const withStore = (ports: Ports, change: Partial<OperationStore>): Ports => {
  const { operations } = ports;
  return {
    ...ports,
    operations: {
      create: (operation) => operations.create(operation),
      enrol: (ids, createdAt) => operations.enrol(ids, createdAt),
      load: (id) => operations.load(id),
      loadMany: (ids) => operations.loadMany(ids),
      replace: (next, seen) => operations.replace(next, seen),
      due: (at, limit) => operations.due(at, limit),
      list: (filter, after, limit) => operations.list(filter, after, limit),
      ...change,
    },
  };
};

/** Writes whatever stands there. */
const withoutVersions: Breakage = (ports) =>
  withStore(ports, {
    replace: async (next) => {
      const standing = await ports.operations.load(next.id);
      return standing === null ? "stale" : ports.operations.replace(next, standing.version);
    },
  });

const withBus = (ports: Ports, change: (event: SwitchyardEvent) => SwitchyardEvent | null): Ports => ({
  ...ports,
  bus: {
    publish: async (events) => {
      const changed = events.map(change).filter((event) => event !== null);
      await ports.bus.publish(changed);
      return [];
    },
  },
});

const endWords = /operation\.(?:succeeded|failed|cancelled|needs_attention)$/;
const leaseSchema = z.strictObject({
  owner: z.string(),
  until: z.number(),
  owed: z.array(z.string()),
  said: z.array(z.string()),
});

/** A lease that forgets whose ends it has promised to tell. */
const forgetful = (value: Json): Json => {
  const lease = leaseSchema.safeParse(value);
  return lease.success ? { ...lease.data, owed: [] } : value;
};

/** Deletions are answered and not carried out. */
const deaf = (providers: Ports["providers"]): Ports["providers"] => ({
  connection: (name) => providers.connection(name),
  connections: () => providers.connections(),
  dialect: (connection) => providers.dialect(connection),
  provider: (connection) => {
    const provider = providers.provider(connection);
    return {
      dialect: provider.dialect,
      send: async (call) =>
        call.do === "delete"
          ? { resource: null, task: null, observation: null, requestId: null }
          : provider.send(call),
      look: (handles) => provider.look(handles),
      search: (type, marker) => provider.search(type, marker),
      marked: (type, deployment) => provider.marked(type, deployment),
      inspect: (resource) => provider.inspect(resource),
      read: (request) => provider.read(request),
    };
  },
});

let copies = 0;

export const broken: readonly Broken[] = [
  {
    what: "a store that ignores the version, for two workers on one message",
    pair: "start/start",
    rule: "one server booted",
    breakage: withoutVersions,
  },
  {
    what: "a store that ignores the version, for two workers on one message",
    pair: "start/start",
    rule: "nothing sent twice",
    breakage: withoutVersions,
  },
  {
    what: "a store that ignores the version, for two followers",
    pair: "follow/follow",
    rule: "one write a version",
    breakage: withoutVersions,
  },
  {
    what: "a store that ignores the version, for a cancel beside a start",
    pair: "cancel/start",
    rule: "an end stays",
    breakage: withoutVersions,
  },
  {
    what: "a store that ignores the version, for two decisions",
    pair: "resolve/resolve",
    rule: "one write a version",
    breakage: withoutVersions,
  },
  {
    what: "a store that says that it has put a row and has not",
    pair: "accept/accept",
    rule: "the API says what stands",
    breakage: (ports) => withStore(ports, { create: async (operation) => ({ created: true, operation }) }),
  },
  {
    what: "a due index that is empty",
    pair: "start/follow",
    rule: "everything ends",
    breakage: (ports) => withStore(ports, { due: async () => [] }),
  },
  {
    what: "a bus that says it took an end and did not",
    pair: "follow/follow",
    rule: "ends are told",
    breakage: (ports) => withBus(ports, (event) => (endWords.test(event.type) ? null : event)),
  },
  {
    what: "a feed that does not keep ends",
    pair: "start/follow",
    rule: "ends are told",
    breakage: (ports) => ({
      ...ports,
      feed: {
        append: (events) => ports.feed.append(events.filter(({ type }) => !endWords.test(type))),
        read: (position, limit) => ports.feed.read(position, limit),
        positionAt: (instant) => ports.feed.positionAt(instant),
      },
    }),
  },
  {
    what: "a lease that forgets what it owes, when its follower died",
    pair: "takeover/follow",
    rule: "ends are told",
    breakage: (ports) => ({
      ...ports,
      cells: {
        load: (key) => ports.cells.load(key),
        save: (key, value, seen) => ports.cells.save(key, forgetful(value), seen),
      },
    }),
  },
  {
    what: "a publisher that stamps events with the time of sending",
    pair: "publish/publish",
    rule: "the same bytes",
    breakage: (ports) =>
      withBus(ports, (event) => ({ ...event, time: new Date(ports.clock.now() + 1).toISOString() })),
  },
  {
    what: "a bus that loses an event in the middle",
    pair: "start/follow",
    rule: "sequences without holes",
    breakage: (ports) => withBus(ports, (event) => (event.type.endsWith("operation.started") ? null : event)),
  },
  {
    what: "a publisher that gives each copy an id of its own",
    pair: "publish/publish",
    rule: "sequences without holes",
    breakage: (ports) =>
      withBus(ports, (event) => {
        copies += 1;
        return { ...event, id: `${event.id}_${copies}` };
      }),
  },
  {
    what: "a bus that fails in a way that nobody knows",
    pair: "publish/publish",
    rule: "no fault",
    breakage: (ports) => ({
      ...ports,
      bus: { publish: () => Promise.reject(new Error("The bus is down.")) },
    }),
  },
  {
    what: "a store that gives rows with another server than theirs",
    pair: "sweep/start",
    rule: "what is owned stays",
    breakage: (ports) =>
      withStore(ports, {
        loadMany: async (ids) =>
          (await ports.operations.loadMany(ids)).map((operation) =>
            Object.assign(structuredClone(operation), { resource: { type: "server", id: "another" } }),
          ),
      }),
  },
  {
    what: "a provider that says yes to a deletion and does nothing",
    pair: "sweep/sweep",
    rule: "what nobody owns goes",
    breakage: (ports) => ({ ...ports, providers: deaf(ports.providers) }),
  },
];
