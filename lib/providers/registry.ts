import type { Connection, DialectName } from "../connection.ts";
import type { Dialect, Provider } from "../ports/provider.ts";
import type { AdapterPorts } from "./adapter-ports.ts";
import { ConvoyV0Provider } from "./convoy-v0/adapter.ts";
import { convoyV0Dialect } from "./convoy-v0/dialect.ts";
import { ConvoyV4Provider } from "./convoy-v4/adapter.ts";
import { convoyV4Dialect } from "./convoy-v4/dialect.ts";
import { ComputeProvider } from "./scaleway-compute/adapter.ts";
import { computeDialect } from "./scaleway-compute/dialect.ts";
import { DraftProvider } from "./scaleway-draft/adapter.ts";
import { draftDialect } from "./scaleway-draft/dialect.ts";
import { InstanceProvider } from "./scaleway-instance/adapter.ts";
import { instanceDialect } from "./scaleway-instance/dialect.ts";
import { V1Provider } from "./scaleway-v1/adapter.ts";
import { v1Dialect } from "./scaleway-v1/dialect.ts";

/** A dialect, and how to speak it over a connection. */
export interface DialectEntry {
  readonly dialect: Dialect;
  readonly open: (connection: Connection, ports: AdapterPorts) => Provider;
}

/** Every dialect, one line each. The only place that tells them apart. */
export const dialects: Readonly<Record<DialectName, DialectEntry>> = {
  "scaleway-instance": { dialect: instanceDialect, open: (to, ports) => new InstanceProvider(to, ports) },
  "scaleway-compute": { dialect: computeDialect, open: (to, ports) => new ComputeProvider(to, ports) },
  "scaleway-draft": { dialect: draftDialect, open: (to, ports) => new DraftProvider(to, ports) },
  "convoy-v0": { dialect: convoyV0Dialect, open: (to, ports) => new ConvoyV0Provider(to, ports) },
  "convoy-v4": { dialect: convoyV4Dialect, open: (to, ports) => new ConvoyV4Provider(to, ports) },
  "scaleway-v1": { dialect: v1Dialect, open: (to, ports) => new V1Provider(to, ports) },
};
