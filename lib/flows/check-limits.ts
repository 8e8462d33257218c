import type { Connection } from "../connection.ts";
import { decide, isCounting, outsideOf } from "../limits/decide.ts";
import { demandOf } from "../limits/demand.ts";
import { heldByOthers } from "../limits/reservation.ts";
import type { Operation } from "../operation/operation.ts";
import { countUnderLimits, type CountPorts } from "./count-under-limits.ts";
import { costOf } from "./limit-cost.ts";
import { limitRefused } from "./limit-refused.ts";

export type LimitPorts = CountPorts;

/**
 * Holds a request to the limits of its connection, and counts it, before its row is put: whoever dies in between has
 * counted it under the operation's id, and the same request again is not counted twice. Where the counters can't be
 * read nothing is made. Not for replays: whoever calls has looked whether the row is there.
 * @param job whose item it is: it may use what that bulk job has reserved
 * @throws RequestRefused 422 `LIMIT_SERVERS`, `LIMIT_EUROS_PER_DAY`, `LIMIT_ZONE`, `LIMIT_TYPE`, 429
 *   `LIMIT_CREATES_PER_MINUTE`, `LIMIT_CONTESTED`
 */
export const checkLimits = async (
  asked: Operation,
  connection: Connection,
  ports: LimitPorts,
  job: string | null = null,
): Promise<void> => {
  const { limits } = connection;
  const demand = limits === undefined ? null : demandOf(asked, connection);
  if (limits === undefined || demand === null) return;
  const outside = outsideOf(limits, demand);
  if (outside !== null) throw limitRefused(outside, connection);
  if (!isCounting(limits, demand)) return;
  const millionths = await costOf(limits, demand, connection, ports);
  await countUnderLimits(
    connection,
    ports,
    (counters) => decide(limits, counters, demand, millionths, ports.clock.now(), job),
    ({ servers, reservations }) =>
      servers.length + heldByOthers(reservations, job).servers + 1 - (limits.servers ?? 0),
  );
};
