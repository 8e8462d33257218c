import type { Connection } from "../connection.ts";
import type { Operation } from "../operation/operation.ts";
import type { Ports } from "../ports/ports.ts";
import type { Provider } from "../ports/provider.ts";

/** One invocation: the world, and how long it may still take. */
export interface Turn {
  readonly ports: Ports;
  /** Milliseconds left before the invocation is ended from outside. */
  readonly timeLeft: () => number;
}

/** An operation's connection and its provider; null when the configuration no longer has the connection. */
export const providerOf = (
  operation: Operation,
  { providers }: Pick<Ports, "providers">,
): { readonly connection: Connection; readonly provider: Provider } | null => {
  const connection = providers.connection(operation.connection);
  return connection === null ? null : { connection, provider: providers.provider(connection) };
};
