import * as z from "zod";
import type { Connection } from "../connection.ts";
import type { Ports } from "../ports/ports.ts";
import {
  ProviderDoubt,
  ProviderRefusal,
  UnknownCollection,
  type Provider,
  type ReadItem,
} from "../ports/provider.ts";
import { readAll } from "../ports/read-all.ts";

type PricePorts = Pick<Ports, "cells" | "providers" | "clock" | "log">;

/** Euros an hour by type, as the provider told them: the value of a cell, so that not everybody has to ask. */
const bookSchema = z.strictObject({
  /** In milliseconds since the epoch. */
  read_at: z.number(),
  types: z.record(z.string(), z.number().nonnegative()),
});
type Book = z.infer<typeof bookSchema>;

const productSchema = z.looseObject({ hourly_price: z.number().nonnegative() });

/** A book is read anew after this long; one that can't be is used on, however old it is. */
const freshFor = 86_400_000;
/** How long this process does without looking into the cell. */
const keptFor = 300_000;

interface Kept {
  readonly until: number;
  readonly book: Book | null;
}
const kept = new WeakMap<Ports["cells"], Map<string, Kept>>();

const keyOf = (connection: string): string => `prices/${connection}`;

/** All types of the connection's zone. @throws ProviderRefusal, ProviderDoubt, UnknownCollection */
const readPrices = async (provider: Provider): Promise<Record<string, number>> => {
  const types: Record<string, number> = {};
  const { items } = await readAll((request) => provider.read(request), ["products", "servers"]);
  for (const { id, raw } of items) {
    const product = productSchema.safeParse(raw);
    if (product.success) types[id] = product.data.hourly_price;
  }
  return types;
};

const hasPrices = (connection: Connection, { providers }: Pick<Ports, "providers">): boolean =>
  providers.dialect(connection).collections.some(({ path }) => path === "products/servers");

const readAnew = async (connection: Connection, ports: PricePorts, old: Book | null, version: number) => {
  const { providers, cells, clock, log } = ports;
  try {
    const book = { read_at: clock.now(), types: await readPrices(providers.provider(connection)) };
    // Whoever else has written it has read the same.
    await cells.save(keyOf(connection.name), book, version);
    return book;
  } catch (error) {
    const isSilent = error instanceof ProviderRefusal || error instanceof ProviderDoubt;
    if (!isSilent && !(error instanceof UnknownCollection)) throw error;
    log.warn("the prices can't be read", { connection: connection.name, error: error.message });
    return old;
  }
};

/** What the provider asks for its types of server; null where it doesn't say, or could never be asked. */
const bookOf = async (connection: Connection, ports: PricePorts): Promise<Book | null> => {
  if (!hasPrices(connection, ports)) return null;
  const { cells, clock } = ports;
  const inProcess = kept.get(cells) ?? new Map<string, Kept>();
  kept.set(cells, inProcess);
  const known = inProcess.get(connection.name);
  if (known !== undefined && clock.now() < known.until) return known.book;
  const cell = await cells.load(keyOf(connection.name));
  const stored = cell === null ? null : bookSchema.parse(cell.value);
  const isFresh = stored !== null && clock.now() - stored.read_at < freshFor;
  const book = isFresh ? stored : await readAnew(connection, ports, stored, cell?.version ?? 0);
  // What is missing is asked for again soon: the provider may only have been out of reach.
  inProcess.set(connection.name, { until: clock.now() + (book === null ? 10_000 : keptFor), book });
  return book;
};

/** Euros an hour for a type: as the configuration says, else as the provider does; null when neither knows it. */
export const priceOf = async (
  type: string,
  connection: Connection,
  ports: PricePorts,
): Promise<number | null> =>
  connection.prices?.types[type] ?? (await bookOf(connection, ports))?.types[type] ?? null;

/**
 * Euros an hour for a server that exists, by the type that its own object names; null where it names none, or nobody
 * knows the price. Prices are those of the connection's own zone; they differ elsewhere for a few types only.
 */
export const priceOfServer = async (
  { raw }: Pick<ReadItem, "raw">,
  connection: Connection,
  ports: PricePorts,
): Promise<number | null> => {
  const type = ports.providers.dialect(connection).typeOf?.(raw) ?? null;
  return type === null ? null : priceOf(type, connection, ports);
};

/** Reads the prices if they have become old, so that whoever takes requests finds them. */
export const refreshPrices = async (connection: Connection, ports: PricePorts): Promise<void> => {
  if (connection.limits?.euros_per_day !== undefined) await bookOf(connection, ports);
};
