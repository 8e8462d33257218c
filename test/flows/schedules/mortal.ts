import type { TickWorld, TickWorldPorts } from "./tick-world.ts";

/** A process that dies at one of its effects: nothing of it happens any more, and nobody is told. */
export interface Mortal {
  readonly ports: TickWorldPorts;
  /** Resolves when it is dead. */
  readonly died: Promise<void>;
  /** Effects that it has had. */
  readonly effects: readonly string[];
}

/**
 * Ports through which the effect of that number (from 1) is the last: carried out or not, its caller never learns it.
 * Larger than the number of effects: nobody dies.
 */
export const mortal = (ports: TickWorldPorts, last: number, isCarriedOut: boolean): Mortal => {
  const death = Promise.withResolvers<void>();
  const effects: string[] = [];
  const silence = <T>(): Promise<T> => new Promise<T>(() => {});
  const through =
    <Given extends readonly unknown[], T>(name: string, call: (...given: Given) => Promise<T>) =>
    async (...given: Given): Promise<T> => {
      if (effects.length >= last) return silence();
      effects.push(`${name} ${String(given[0])}`);
      if (effects.length < last) return call(...given);
      if (isCarriedOut) await call(...given);
      death.resolve();
      return silence();
    };
  const read =
    <Given extends readonly unknown[], T>(call: (...given: Given) => Promise<T>) =>
    (...given: Given): Promise<T> =>
      effects.length >= last ? silence() : call(...given);
  const { operations, documents, cells, queue, bus, feed } = ports;
  return {
    died: death.promise,
    effects,
    ports: {
      ...ports,
      operations: {
        create: through("create", (one) => operations.create(one)),
        enrol: through("enrol", (ids, createdAt) => operations.enrol(ids, createdAt)),
        replace: through("replace", (next, seen) => operations.replace(next, seen)),
        load: read((id) => operations.load(id)),
        loadMany: read((ids) => operations.loadMany(ids)),
        due: (at, limit) => operations.due(at, limit),
        list: (filter, after, limit) => operations.list(filter, after, limit),
      },
      documents: {
        save: through("save", (folder, ...more) => documents.save(folder, ...more)),
        remove: through("remove", (folder, ...more) => documents.remove(folder, ...more)),
        load: read((folder, name) => documents.load(folder, name)),
        list: read((folder, after, limit) => documents.list(folder, after, limit)),
      },
      cells: {
        load: read((key) => cells.load(key)),
        save: through("cell", (key, ...more) => cells.save(key, ...more)),
      },
      queue: {
        requestStarts: through("starts", (ids) => queue.requestStarts(ids)),
        requestHookWork: (work) => queue.requestHookWork(work),
        wakeFollower: () => queue.wakeFollower(),
        wakeDeliverer: () => queue.wakeDeliverer(),
        wakeBulkRunner: () => queue.wakeBulkRunner(),
        setAside: (body, reason) => queue.setAside(body, reason),
      },
      bus: { publish: through("publish", (events) => bus.publish(events)) },
      feed: {
        append: through("append", (events) => feed.append(events)),
        read: (position, limit) => feed.read(position, limit),
        positionAt: (at) => feed.positionAt(at),
      },
    },
  };
};

/** Begins a tick that dies at that effect. @returns its effects */
export const tickThatDies = async (
  world: TickWorld,
  at: string,
  last: number,
  isCarriedOut: boolean,
): Promise<readonly string[]> => {
  const { clock, begin, ports } = world;
  if (Date.parse(at) > clock.now()) await clock.advanceTo(Date.parse(at));
  const { ports: dying, died, effects } = mortal(ports, last, isCarriedOut);
  await clock.runUntil(Promise.race([begin(dying), died]));
  return effects;
};
