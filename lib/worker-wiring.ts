import { leanTable } from "./aws/lean-table.ts";
import { createAwsTransport } from "./aws/undici-transport.ts";
import { busFor } from "./bus-wiring.ts";
import { processSettings, type Settings } from "./config.ts";
import type { Bus } from "./ports/bus.ts";
import { openPorts, type OpenPorts } from "./wiring.ts";

/** The world as the functions have it that work on operations: providers and the bus. */
export interface OpenWorkerPorts extends OpenPorts {
  readonly bus: Bus;
}

let settings: Settings | null = null;
/** A worker asks for thousands of rows. */
const workerSettings = (): Settings => {
  const standing = processSettings();
  settings ??= {
    ...standing,
    aws: { ...standing.aws, transport: createAwsTransport(), openTable: leanTable },
  };
  return settings;
};

let bus: Bus | null = null;

/** The world of this process, put together at the first call. */
export const openWorkerPorts = async (): Promise<OpenWorkerPorts> => {
  bus ??= busFor(workerSettings());
  return { ...(await openPorts(workerSettings)), bus };
};
