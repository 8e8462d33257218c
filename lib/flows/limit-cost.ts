import type { Connection } from "../connection.ts";
import type { Refusal } from "../limits/decide.ts";
import type { Demand } from "../limits/demand.ts";
import type { Limits } from "../limits/limits.ts";
import type { Ports } from "../ports/ports.ts";
import { loadCounters } from "./limit-cell.ts";
import { limitRefused } from "./limit-refused.ts";
import { priceOf } from "./type-prices.ts";

type CostPorts = Pick<Ports, "cells" | "providers" | "clock" | "log">;

const withoutPrice = (
  type: string | null,
  value: number,
  used: number,
): Pick<Refusal, "value" | "used" | "detail"> => ({
  value,
  used,
  detail:
    type === null
      ? `the limit euros_per_day is ${value}, and a request that names no type has no known price`
      : `the limit euros_per_day is ${value}, and the price of ${type.slice(0, 60)} is not known: neither the provider tells it nor the connection (prices.types)`,
});

/**
 * What the request costs in 24 hours, in millionths of a euro: the dearest of its choices. 0 where money is not limited.
 * @throws RequestRefused when a price is not known
 */
export const costOf = async (
  limits: Limits,
  demand: Demand,
  connection: Connection,
  ports: CostPorts,
): Promise<number> => {
  const value = limits.euros_per_day;
  if (value === undefined) return 0;
  const prices = await Promise.all(
    demand.types.map(async ({ name: type, pointer }) => {
      const price = type === null ? null : await priceOf(type, connection, ports);
      if (price !== null) return price;
      const { counters } = await loadCounters(connection, ports);
      const words = withoutPrice(type, value, counters.millionths / 1_000_000);
      throw limitRefused({ limit: "euros_per_day", pointer, retryAfterSeconds: null, ...words }, connection);
    }),
  );
  return Math.ceil(Math.max(0, ...prices) * 24 * 1_000_000);
};
