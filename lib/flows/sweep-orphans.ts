import { SweepOvertaken } from "./orphan-cell.ts";
import { sweepConnection } from "./sweep-connection.ts";
import type { Turn } from "./turn.ts";

/** Milliseconds that must be left for a connection to be begun. */
const enoughMilliseconds = 60_000;
/** The schedule's distance: each sweep begins with another connection, so that a slow one keeps none waiting for ever. */
const sweepMilliseconds = 300_000;

/**
 * Sweeps all connections for things that bear our marker and have no owner, for as long as the invocation allows.
 * @throws AggregateError when something failed in a way that we don't know; the other connections have been swept then
 */
export const sweepOrphans = async (turn: Turn): Promise<void> => {
  const { providers, clock, log } = turn.ports;
  const connections = providers.connections();
  const first = Math.floor(clock.now() / sweepMilliseconds) % Math.max(1, connections.length);
  const failures: unknown[] = [];
  for (const connection of [...connections.slice(first), ...connections.slice(0, first)]) {
    if (turn.timeLeft() < enoughMilliseconds) {
      log.warn("no time was left to look for orphans", { connection: connection.name });
      break;
    }
    try {
      await sweepConnection(connection, turn);
    } catch (error) {
      if (error instanceof SweepOvertaken)
        log.info("another sweep was faster", { connection: connection.name });
      else failures.push(error);
    }
  }
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} connections could not be swept.`);
};
