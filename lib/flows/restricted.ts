import type { SwitchyardEvent } from "../../events/event.ts";
import { maySee, type Caller } from "../access/caller.ts";
import type { EventFeed } from "../ports/event-feed.ts";
import type {
  ListPosition,
  OperationFilter,
  OperationPage,
  OperationStore,
} from "../ports/operation-store.ts";
import type { Ports } from "../ports/ports.ts";
import type { Providers } from "../ports/provider.ts";

/** Pages that one listing reads before it gives what it has. */
const pagesPerListing = 10;

/** The highest id at an instant: a cursor of a limited caller must not name an operation that is not its own. */
const highestId = `op_${"z".repeat(26)}`;

/**
 * Lists the caller's own only. What is given to go on behind is one of its own, or an instant without an id: then
 * others of that instant are looked at again, which costs a little and shows nothing.
 */
const listOwn = async (
  operations: OperationStore,
  caller: Caller,
  filter: OperationFilter,
  after: ListPosition | null,
  limit: number,
): Promise<OperationPage> => {
  const own: OperationPage["operations"][number][] = [];
  let from = after;
  for (let read = 1; ; read += 1) {
    const page = await operations.list(filter, from, limit);
    for (const operation of page.operations) {
      if (!maySee(caller, operation.connection)) continue;
      const last = own.at(-1);
      if (own.length === limit && last !== undefined)
        return { operations: own, next: { createdAt: last.created_at, id: last.id } };
      own.push(operation);
    }
    if (page.next === null) return { operations: own, next: null };
    const hasMoved = page.next.createdAt !== after?.createdAt;
    from = page.next;
    if (read < pagesPerListing || !hasMoved) continue;
    const last = own.at(-1);
    if (last !== undefined) return { operations: own, next: { createdAt: last.created_at, id: last.id } };
    return { operations: own, next: { createdAt: from.createdAt, id: highestId } };
  }
};

/** The operations of the connections that the caller may see; any other is as if it were not there. */
const ownOperations = (operations: OperationStore, caller: Caller): OperationStore => ({
  create: (operation) => operations.create(operation),
  enrol: (ids, createdAt) => operations.enrol(ids, createdAt),
  load: async (id) => {
    const operation = await operations.load(id);
    return operation !== null && maySee(caller, operation.connection) ? operation : null;
  },
  loadMany: async (ids) =>
    (await operations.loadMany(ids)).filter(({ connection }) => maySee(caller, connection)),
  replace: async (next, seenVersion) =>
    maySee(caller, next.connection) ? operations.replace(next, seenVersion) : "stale",
  due: async () => [],
  list: (filter, after, limit) => {
    const [only, ...more] = caller.connections ?? [];
    // The store itself passes over the others then.
    const narrowed =
      only !== undefined && more.length === 0 && filter.connection === undefined
        ? { ...filter, connection: only }
        : filter;
    return listOwn(operations, caller, narrowed, after, limit);
  },
});

/** The connection that an event is about; null for those that concern the installation. */
const connectionOf = ({ data }: SwitchyardEvent): string | null =>
  typeof data["connection"] === "string" ? data["connection"] : null;

const isOwn = (event: SwitchyardEvent, caller: Caller): boolean => {
  const connection = connectionOf(event);
  return connection !== null && maySee(caller, connection);
};

/** The feed with the events of the caller's connections; its places stay as they are. */
const ownFeed = (feed: EventFeed, caller: Caller): EventFeed => ({
  append: (events) => feed.append(events),
  read: async (position, chunkLimit) => {
    const page = await feed.read(position, chunkLimit);
    const seen = page.events.flatMap((event, index) =>
      isOwn(event, caller) ? [{ event, position: page.positions[index] ?? page.position }] : [],
    );
    return {
      ...page,
      events: seen.map(({ event }) => event),
      positions: seen.map(({ position: behind }) => behind),
    };
  },
  positionAt: (at) => feed.positionAt(at),
});

const ownProviders = (providers: Providers, caller: Caller): Providers => ({
  connection: (name) => (maySee(caller, name) ? providers.connection(name) : null),
  connections: () => providers.connections().filter(({ name }) => maySee(caller, name)),
  dialect: (connection) => providers.dialect(connection),
  provider: (connection) => providers.provider(connection),
});

/**
 * The world as the caller may see it: connections, operations and events that are not its own are not there, so that
 * they are answered exactly as what does not exist. Whoever is not limited gets the ports as they are.
 */
export const restricted = <P extends Omit<Ports, "bus">>(ports: P, caller: Caller): P =>
  caller.connections === null
    ? ports
    : {
        ...ports,
        operations: ownOperations(ports.operations, caller),
        feed: ownFeed(ports.feed, caller),
        providers: ownProviders(ports.providers, caller),
      };
