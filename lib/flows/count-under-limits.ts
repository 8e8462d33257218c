import type { Connection } from "../connection.ts";
import { recounted, type Counters } from "../limits/counters.ts";
import type { Decision } from "../limits/decide.ts";
import type { Ports } from "../ports/ports.ts";
import { loadCounters, saveCounters } from "./limit-cell.ts";
import { limitContested, limitRefused } from "./limit-refused.ts";
import { lookAtCounted } from "./recount-servers.ts";

export type CountPorts = Pick<
  Ports,
  "operations" | "cells" | "providers" | "clock" | "randomness" | "log" | "deployment"
>;

/** Servers are counted anew for a request at most this often, and for at most this long. In milliseconds. */
const recountsApart = 5000;
const recountFor = 3000;
/** How long one tries to be counted beside others, in milliseconds. */
const countedWithin = 5000;

/** What came of looking at the counters: what is to be written (null: nothing), and what the caller wants to know. */
export interface Counting<Result> {
  readonly counters: Counters | null;
  readonly result: Result;
}

/**
 * Decides on the counters of a connection, and writes what that comes to: again, when somebody else wrote meanwhile.
 * @throws RequestRefused 429 `LIMIT_CONTESTED`, and what `decide` throws
 */
export const withCounters = async <Result>(
  connection: Connection,
  ports: Pick<Ports, "cells" | "clock" | "randomness">,
  decide: (counters: Counters) => Promise<Counting<Result>> | Counting<Result>,
): Promise<Result> => {
  const until = ports.clock.now() + countedWithin;
  for (;;) {
    const stored = await loadCounters(connection, ports);
    const { counters, result } = await decide(stored.counters);
    if (counters === null || (await saveCounters(connection, counters, stored.version, ports))) return result;
    if (ports.clock.now() > until) throw limitContested(connection.name);
    await ports.clock.sleep(10 + Math.floor(ports.randomness.fraction() * 90));
  }
};

/**
 * The counters after a look at the provider, where servers are full and nobody has looked a moment ago: those that are
 * gone leave their places.
 * @param missing how many places are wanted
 */
export const afterRecount = async (
  counters: Counters,
  missing: number,
  connection: Connection,
  ports: CountPorts,
): Promise<Counters | null> => {
  const began = ports.clock.now();
  if (began - counters.recounted_at < recountsApart) return null;
  const findings = await lookAtCounted(counters, connection, ports, {
    enough: missing,
    mayGoOn: () => ports.clock.now() - began < recountFor,
  });
  return recounted(counters, findings, ports.clock.now());
};

const isFull = (decision: Decision): boolean =>
  decision.is === "refused" && decision.refusal.limit === "servers";

/**
 * Counts something against the limits, or finds out that it can't be.
 * @param decide on the counters, as often as needed
 * @param missing how many places of servers are wanted where there are too few
 * @throws RequestRefused as the decision says, 429 `LIMIT_CONTESTED`
 */
export const countUnderLimits = async (
  connection: Connection,
  ports: CountPorts,
  decide: (counters: Counters) => Decision,
  missing: (counters: Counters) => number,
): Promise<void> => {
  const decision = await withCounters(connection, ports, async (counters) => {
    const first = decide(counters);
    const anew = isFull(first) ? await afterRecount(counters, missing(counters), connection, ports) : null;
    const result = anew === null ? first : decide(anew);
    return { counters: result.is === "refused" ? anew : result.counters, result };
  });
  if (decision.is === "refused") throw limitRefused(decision.refusal, connection);
};
