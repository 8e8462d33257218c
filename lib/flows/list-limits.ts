import * as z from "zod";
import type { Connection } from "../connection.ts";
import { atInstant, inLastMinute, type Counters } from "../limits/counters.ts";
import { eurosOf } from "../limits/decide.ts";
import { raisedBy, type Limits } from "../limits/limits.ts";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import { cursorOf, positionOf, type Listing } from "./cursor.ts";
import { inParallel } from "./in-parallel.ts";
import { loadCounters } from "./limit-cell.ts";

type LimitPorts = Pick<Ports, "providers" | "cells" | "clock">;

/** The limits of a connection as the API shows them. */
export const limitsViewSchema = z
  .strictObject({
    connection: z.string(),
    limits: z.array(
      z.strictObject({
        limit: z.enum(["servers", "creates_per_minute", "euros_per_day", "zones", "types"]),
        value: z.union([z.number(), z.array(z.string())]),
        used: z.number().nullable().meta({ description: "Null where nothing is counted." }),
      }),
    ),
    servers_counted_at: z.string().nullable().meta({
      description: "When the servers were last looked at; null where they are not counted, or not yet.",
    }),
    raised_by: z.string().meta({ description: "Who can change them." }),
  })
  .meta({ id: "Limits" });
export type LimitsView = z.infer<typeof limitsViewSchema>;

const entriesOf = (limits: Limits, counters: Counters, now: number): LimitsView["limits"] => {
  const fresh = atInstant(counters, now);
  const used = {
    servers: fresh.servers.length,
    creates_per_minute: inLastMinute(fresh, now),
    euros_per_day: eurosOf(fresh.millionths),
  };
  const counted = (["servers", "creates_per_minute", "euros_per_day"] as const).flatMap((limit) => {
    const value = limits[limit];
    return value === undefined ? [] : [{ limit, value, used: used[limit] }];
  });
  const named = (["zones", "types"] as const).flatMap((limit) => {
    const value = limits[limit];
    return value === undefined ? [] : [{ limit, value, used: null }];
  });
  return [...counted, ...named];
};

const viewOf = async (connection: Connection, ports: LimitPorts): Promise<LimitsView> => {
  const { name, limits = {} } = connection;
  const { counters } = await loadCounters(connection, ports);
  const isCounted = limits.servers !== undefined && counters.recounted_at > 0;
  return {
    connection: name,
    limits: entriesOf(limits, counters, ports.clock.now()),
    servers_counted_at: isCounted ? instant(counters.recounted_at) : null,
    raised_by: raisedBy(name),
  };
};

/** Cells that are read at the same time. */
const width = 10;

/** The limits of all connections, by name, and what is used of them. @throws RequestRefused for a cursor that is not ours */
export const listLimits = async (
  cursor: string | null,
  limit: number,
  ports: LimitPorts,
): Promise<Listing<LimitsView>> => {
  const after = cursor === null ? "" : positionOf(cursor, z.strictObject({ m: z.string() })).m;
  const behind = ports.providers
    .connections()
    .filter(({ name }) => name > after)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const shown = behind.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = behind.length > limit && last !== undefined ? cursorOf({ m: last.name }) : null;
  return { items: await inParallel(shown, width, (connection) => viewOf(connection, ports)), nextCursor };
};
