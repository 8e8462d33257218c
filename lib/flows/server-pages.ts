import type { Connection } from "../connection.ts";
import type { Observation } from "../operation/observation.ts";
import { ProviderDoubt, ProviderRefusal, type ReadItem } from "../ports/provider.ts";
import type { Selectable } from "../schedule/selector.ts";
import { readThrough } from "./read-through.ts";
import { selectableOf } from "./schedule-questions.ts";
import type { TickPorts, TickTurn } from "./tick-ports.ts";

const pageLimit = 100;
/** Pages that are worked on at the same time: more are not held. */
const pagesAtOnce = 8;
/** Milliseconds between the two looks that have to agree. */
const lookApart = 1000;
/** Milliseconds that must be left for another page: the looks, the writes, and what comes at the end. */
const reserve = 20_000;

/** One look at a server. */
export interface Sight {
  readonly at: number;
  readonly observation: Observation;
}

/** A server of a page. */
export interface Listed {
  readonly item: ReadItem;
  readonly server: Selectable;
}

/** Looks at servers, each once or twice, for whoever asks: a page is looked at once for all schedules. */
export class Looks {
  readonly #connection: Connection;
  readonly #ports: TickPorts;
  readonly #first = new Map<string, Sight>();
  readonly #second = new Map<string, Sight>();

  constructor(connection: Connection, ports: TickPorts) {
    this.#connection = connection;
    this.#ports = ports;
  }

  /** The first look at each; nothing where it could not be seen. @throws ProviderRefusal, ProviderDoubt */
  first(ids: readonly string[]): Promise<ReadonlyMap<string, Sight>> {
    return this.#known(ids, this.#first);
  }

  /** A later look at each, a moment after the first. @throws ProviderRefusal, ProviderDoubt */
  async second(ids: readonly string[]): Promise<ReadonlyMap<string, Sight>> {
    if (ids.some((id) => !this.#second.has(id))) await this.#ports.clock.sleep(lookApart);
    return this.#known(ids, this.#second);
  }

  async #known(ids: readonly string[], sights: Map<string, Sight>): Promise<ReadonlyMap<string, Sight>> {
    const missing = ids.filter((id) => !sights.has(id));
    for (let begin = 0; begin < missing.length; begin += pageLimit) {
      const some = missing.slice(begin, begin + pageLimit);
      const at = this.#ports.clock.now();
      const provider = this.#ports.providers.provider(this.#connection);
      const seen = await provider.look(
        some.map((id) => ({
          resource: { type: "server", id },
          task: null,
          ageSeconds: 0,
          seenMoving: false,
        })),
      );
      for (const [index, id] of some.entries()) {
        const observation = seen[index] ?? null;
        if (observation !== null) sights.set(id, { at, observation });
      }
    }
    return new Map(
      ids.flatMap((id) => {
        const sight = sights.get(id);
        return sight === undefined ? [] : [[id, sight] as const];
      }),
    );
  }
}

/** A page of a connection's servers. */
export interface Page {
  readonly connection: Connection;
  readonly listed: readonly Listed[];
  readonly looks: Looks;
}

/** Somebody who wants to see all servers of a connection. What one throws is its own, and keeps nobody else waiting. */
export interface Visitor {
  readonly visit: (page: Page) => Promise<void>;
  /** What it has thrown. */
  failure: unknown;
}

/** Where a walk over the pages has come to. */
export interface Walked {
  /** Where to go on; null: at the end. */
  readonly cursor: string | null;
  /** All pages were shown. */
  readonly isOver: boolean;
}

/** Whether it is the provider, or the way to it, that has failed: the next tick asks again. */
export const isProviderFault = (error: unknown): boolean =>
  error instanceof ProviderRefusal ||
  error instanceof ProviderDoubt ||
  (error instanceof Error && "status" in error && typeof error.status === "number" && error.status >= 500);

const show = async (page: Page, visitors: readonly Visitor[]): Promise<void> => {
  for (const visitor of visitors) {
    if (visitor.failure !== undefined) continue;
    try {
      await visitor.visit(page);
    } catch (error) {
      visitor.failure = error;
    }
  }
};

const nextPage = async (connection: Connection, cursor: string | null, { ports }: TickTurn) => {
  const request = { path: ["servers"], filters: {}, limit: pageLimit, cursor };
  const answer = await readThrough(connection.name, request, ports);
  if (answer.form === "item") return { items: [], next: null };
  return answer;
};

/**
 * Shows all servers of a connection to all visitors, page by page, a few at a time, as long as there is time. A page that
 * can't be read is everybody's failure.
 */
export const walk = async (
  connection: Connection,
  visitors: readonly Visitor[],
  from: string | null,
  turn: TickTurn,
): Promise<Walked> => {
  const going = new Set<Promise<void>>();
  let cursor = from;
  let isOver = visitors.length === 0;
  while (!isOver && turn.timeLeft() > reserve && visitors.some(({ failure }) => failure === undefined)) {
    try {
      await turn.keep?.();
      const { items, next } = await nextPage(connection, cursor, turn);
      const listed = items.map((item) => ({ item, server: selectableOf(item, connection) }));
      const page = { connection, listed, looks: new Looks(connection, turn.ports) };
      const shown: Promise<void> = show(page, visitors).finally(() => going.delete(shown));
      going.add(shown);
      cursor = next;
      isOver = next === null;
    } catch (error) {
      for (const visitor of visitors) visitor.failure ??= error;
    }
    if (going.size >= pagesAtOnce) await Promise.race(going);
  }
  await Promise.all(going);
  return { cursor, isOver };
};
