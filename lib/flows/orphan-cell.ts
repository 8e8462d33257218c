import { noOrphans, orphanListSchema, withoutSaid, type OrphanList } from "../operation/orphan-list.ts";
import type { Ports } from "../ports/ports.ts";
import { alreadyInFeed } from "./publish-events.ts";

type CellPorts = Pick<Ports, "cells" | "feed" | "bus" | "clock" | "log">;

const keyOf = (connection: string): string => `orphans:${connection}`;

/** Another sweep has written the list meanwhile: it goes on, whoever lost stops. */
export class SweepOvertaken extends Error {
  constructor(connection: string) {
    super(`Another sweep of ${connection} was faster.`);
    this.name = "SweepOvertaken";
  }
}

const load = async (
  connection: string,
  { cells }: Pick<Ports, "cells">,
): Promise<{ version: number; list: OrphanList }> => {
  const cell = await cells.load(keyOf(connection));
  return cell === null
    ? { version: 0, list: noOrphans }
    : { version: cell.version, list: orphanListSchema.parse(cell.value) };
};

/** The orphans of a connection as they were last written. */
export const loadOrphans = async (connection: string, ports: Pick<Ports, "cells">): Promise<OrphanList> =>
  (await load(connection, ports)).list;

/** The list of a connection's orphans in the hands of one sweep. Each write is on condition of the one before. */
export class OrphanCell {
  readonly #connection: string;
  readonly #ports: CellPorts;
  #version: number;
  #list: OrphanList;

  constructor(connection: string, ports: CellPorts, version: number, list: OrphanList) {
    this.#connection = connection;
    this.#ports = ports;
    this.#version = version;
    this.#list = list;
  }

  static async open(connection: string, ports: CellPorts): Promise<OrphanCell> {
    const { version, list } = await load(connection, ports);
    return new OrphanCell(connection, ports, version, list);
  }

  get list(): OrphanList {
    return this.#list;
  }

  /** Writes what has changed. @throws SweepOvertaken */
  async save(list: OrphanList): Promise<void> {
    if (JSON.stringify(list) === JSON.stringify(this.#list)) return;
    if (!(await this.#ports.cells.save(keyOf(this.#connection), list, this.#version)))
      throw new SweepOvertaken(this.#connection);
    this.#version += 1;
    this.#list = list;
  }

  /** Publishes what stands in the outbox, then marks it: never the other way round (R16). @throws SweepOvertaken */
  async publish(): Promise<void> {
    const { outbox } = this.#list;
    if (outbox.length === 0) return;
    const { feed, bus, log } = this.#ports;
    const known = await alreadyInFeed(outbox, this.#ports);
    await feed.append(outbox.filter(({ id }) => !known.has(id)));
    const refused = new Set(await bus.publish(outbox));
    if (refused.size > 0) log.warn("the bus did not take all events", { count: refused.size });
    const taken = outbox.map(({ id }) => id).filter((id) => !refused.has(id));
    await this.save(withoutSaid(this.#list, taken));
  }
}
