import * as z from "zod";
import type { Connection } from "../connection.ts";
import { isObject, type Json } from "../operation/json.ts";
import type { Phase } from "../operation/observation.ts";
import type { SeenServer } from "../schedule/seen-server.ts";
import { readThrough } from "./read-through.ts";
import type { Listed, Sight } from "./server-pages.ts";
import type { TickPorts } from "./tick-ports.ts";

const stockSchema = z.enum(["available", "scarce", "shortage"]);
/** Stock of each type, where the provider tells. */
export type Stock = ReadonlyMap<string, z.infer<typeof stockSchema>>;

const stockPath = ["products", "servers", "availability"];
const mostPages = 20;

/** What the provider says of the stock of types; empty where it says nothing, or can't be asked now. */
export const stockOf = async (connection: Connection, ports: TickPorts): Promise<Stock> => {
  const { collections } = ports.providers.dialect(connection);
  const stock = new Map<string, z.infer<typeof stockSchema>>();
  if (!collections.some(({ path }) => path === stockPath.join("/"))) return stock;
  try {
    let cursor: string | null = null;
    for (let page = 0; page < mostPages; page += 1) {
      const request = { path: stockPath, filters: {}, limit: 100, cursor };
      const answer = await readThrough(connection.name, request, ports);
      if (answer.form === "item") break;
      for (const { id, state } of answer.items) {
        const read = stockSchema.safeParse(state);
        if (read.success) stock.set(id, read.data);
      }
      if (answer.next === null) break;
      cursor = answer.next;
    }
  } catch (error) {
    // Without it servers are stopped as if nothing were known, which is what a provider without stock has.
    const why = error instanceof Error ? error.message : "unknown fault";
    ports.log.warn("the stock of types can't be read", { connection: connection.name, error: why });
  }
  return stock;
};

const timesOfBirth = ["creation_date", "created_at"];

/** When a server was made, in milliseconds since the epoch; null where its own object does not tell. */
export const createdAt = (raw: Json): number | null => {
  const text = isObject(raw)
    ? timesOfBirth.map((field) => raw[field]).find((one) => typeof one === "string")
    : null;
  const at = typeof text === "string" ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at;
};

/** What it takes to make a server of the decisions out of one of the provider's. */
export interface Seeing {
  readonly connection: Connection;
  readonly stock: Stock;
  readonly startSeconds: number | null;
  readonly ports: TickPorts;
}

/**
 * A server as a look has shown it. One that could not be seen counts as on its way: nothing is decided about it before
 * it is seen.
 */
export const seenServer = (
  { item, server }: Listed,
  sight: Sight | undefined,
  { connection, stock, startSeconds, ports }: Seeing,
): SeenServer => {
  const observation = sight?.observation;
  const phase: Phase = observation?.phase ?? "moving";
  const type = ports.providers.dialect(connection).typeOf?.(item.raw) ?? null;
  return {
    ...server,
    phase,
    protected: observation?.is_protected ?? false,
    // Where a stop is a suspension, a suspended server was stopped.
    suspended: observation?.state === "suspended" && !connection.suspend_is_stop,
    stock: type === null ? null : (stock.get(type) ?? null),
    createdAt: createdAt(item.raw),
    ...(startSeconds === null ? {} : { startSeconds }),
  };
};
