import type { Connection, DialectName } from "../connection.ts";
import type { Dialect, Provider } from "../ports/provider.ts";
import type { AdapterPorts } from "./adapter-ports.ts";
import { ComputeProvider } from "./scaleway-compute/adapter.ts";
import { computeDialect } from "./scaleway-compute/dialect.ts";
import { InstanceProvider } from "./scaleway-instance/adapter.ts";
import { instanceDialect } from "./scaleway-instance/dialect.ts";

/** A dialect, and how to speak it over a connection. */
export interface DialectEntry {
  readonly dialect: Dialect;
  readonly open: (connection: Connection, ports: AdapterPorts) => Provider;
}

/** Every dialect, one line each. The only place that tells them apart. */
export const dialects: Readonly<Record<DialectName, DialectEntry>> = {
  "scaleway-instance": { dialect: instanceDialect, open: (to, ports) => new InstanceProvider(to, ports) },
  "scaleway-compute": { dialect: computeDialect, open: (to, ports) => new ComputeProvider(to, ports) },
};
