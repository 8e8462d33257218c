import {
  firstLease,
  furtherLease,
  standingOf,
  takenSchema,
  windowAt,
  type Lease,
  type RateStanding,
} from "../access/request-rate.ts";
import type { Cells } from "../ports/cells.ts";
import type { Ports } from "../ports/ports.ts";

type CountPorts = Pick<Ports, "cells" | "clock">;

/** How often a cell that others write at the same time is read again. Each of them took a slice, so that ends soon. */
const attempts = 8;
/** Keys whose windows one process remembers; the oldest is forgotten first. */
const mostLeases = 1_000;

const books = new WeakMap<Cells, Map<string, Lease>>();

const bookOf = (cells: Cells): Map<string, Lease> => {
  const book = books.get(cells) ?? new Map<string, Lease>();
  books.set(cells, book);
  return book;
};

/**
 * More of the window for this process; null: it is used up. Where the cell is fought over, nothing now: what is let
 * through without being counted could be any number.
 */
const leaseMore = async (
  callerId: string,
  lease: Lease,
  limit: number,
  { cells }: CountPorts,
): Promise<Lease | null> => {
  const name = `rate/${callerId}`;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const cell = await cells.load(name);
    const more = furtherLease(lease, takenSchema.safeParse(cell?.value).data ?? null, limit);
    if (more === null) return null;
    if (await cells.save(name, more.cell, cell?.version ?? 0)) return more.lease;
  }
  return lease;
};

/**
 * Counts a request against the key's limit a minute (null: it has none). Each process leases slices of the window from
 * one cell a key, the first one without asking: so all together never let through more than the limit and one slice
 * for each process, and a key that is used little costs nothing.
 */
export const countRequest = async (
  callerId: string,
  limit: number | null,
  ports: CountPorts,
): Promise<RateStanding | null> => {
  if (limit === null) return null;
  const now = ports.clock.now();
  const book = bookOf(ports.cells);
  const window = windowAt(now);
  const held = book.get(callerId);
  const lease = held?.window === window ? held : firstLease(window, limit);
  // Whoever knows that nothing is left need not ask again in this window.
  const mayAsk = lease.left === 0 && lease.known < limit;
  const more = mayAsk ? await leaseMore(callerId, lease, limit, ports) : lease;
  const isOver = more === null || more.left === 0;
  const next = isOver
    ? { ...lease, known: more === null ? limit : lease.known }
    : { ...more, left: more.left - 1 };
  book.delete(callerId);
  if (book.size >= mostLeases) book.delete(book.keys().next().value ?? "");
  book.set(callerId, next);
  return standingOf(next, limit, now, isOver);
};
