import type { Connection } from "./connection.ts";
import { BadConfiguration } from "./connections.ts";
import { dialects } from "./providers/registry.ts";

/** The connections, each with what its dialect needs. @throws BadConfiguration naming the connection and the field */
export const checkedConnections = (connections: readonly Connection[]): readonly Connection[] => {
  for (const connection of connections) {
    const fault = dialects[connection.provider].dialect.checkConnection(connection);
    if (fault !== null)
      throw new BadConfiguration(`Connection ${connection.name}, ${fault.field}: ${fault.detail}`);
  }
  return connections;
};
