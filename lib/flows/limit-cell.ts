import type { Connection } from "../connection.ts";
import { countersKey, countersSchema, noCounters, type Counters } from "../limits/counters.ts";
import type { Ports } from "../ports/ports.ts";

/** What a connection has used, and the version of the cell that says so (0: there is none yet). */
export interface StoredCounters {
  readonly counters: Counters;
  readonly version: number;
}

/** What the connection has used, as it stands now. */
export const loadCounters = async (
  { name }: Pick<Connection, "name">,
  { cells }: Pick<Ports, "cells">,
): Promise<StoredCounters> => {
  const cell = await cells.load(countersKey(name));
  return cell === null
    ? { counters: noCounters, version: 0 }
    : { counters: countersSchema.parse(cell.value), version: cell.version };
};

/** Writes what has been used, unless somebody else has since it was read. @returns whether it stands */
export const saveCounters = (
  { name }: Pick<Connection, "name">,
  counters: Counters,
  version: number,
  { cells }: Pick<Ports, "cells">,
): Promise<boolean> => cells.save(countersKey(name), counters, version);
