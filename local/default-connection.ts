import { existsSync } from "node:fs";
import { join } from "node:path";
import { scwConnection } from "../lib/connections.ts";

/** The connection that exists without any configuration: the simulated provider's. */
export const simulatedConnectionName = "paris";
/** The variable that holds the simulated provider's secret, and what it is. */
export const simulatedSecretVariable = "SWITCHYARD_SIMULATED_SECRET";
export const simulatedSecret = "simulated";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the connections come from: a document, the environment's own `SCW_*` or scw's file, or the simulator. */
export type ConnectionSource =
  | { readonly from: "file"; readonly path: string }
  | { readonly from: "environment" }
  | { readonly from: "simulator" };

/**
 * Finds what is configured, in the order of the contract: `--config`, `SWITCHYARD_CONFIG`, `./switchyard.yaml`,
 * `SCW_*`, scw's own file. With none of them nothing real can be meant, and the simulator takes the place.
 */
export const findConnections = async (
  options: { readonly configFile: string | null; readonly folder: string },
  environment: Environment,
): Promise<ConnectionSource> => {
  const named = options.configFile ?? environment["SWITCHYARD_CONFIG"];
  if (named !== undefined && named !== "") return { from: "file", path: named };
  const besides = join(options.folder, "switchyard.yaml");
  if (existsSync(besides)) return { from: "file", path: besides };
  const { connections } = await scwConnection(environment);
  return connections.length > 0 ? { from: "environment" } : { from: "simulator" };
};

/** The configuration document of the simulated provider. JSON, which is YAML too. */
export const simulatedDocument = (apiUrl: string): string =>
  JSON.stringify(
    {
      connections: [
        {
          name: simulatedConnectionName,
          provider: "scaleway-instance",
          api_url: apiUrl,
          zone: "fr-par-1",
          project: "5be1a3c2-0f3d-4f1e-9d6a-2f0c7b8e4a42",
          secret: `env:${simulatedSecretVariable}`,
          rate_per_second: 50,
          // It runs in this process: what it has not carried out when the process ends is never carried out.
          assume: { lands_within_seconds: 5, listed_within_seconds: 1 },
        },
      ],
    },
    null,
    2,
  );
