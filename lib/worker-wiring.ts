import { busFor } from "./bus-wiring.ts";
import { processSettings } from "./config.ts";
import type { Bus } from "./ports/bus.ts";
import { openPorts, type OpenPorts } from "./wiring.ts";

/** The world as the functions have it that work on operations: providers and the bus. */
export interface OpenWorkerPorts extends OpenPorts {
  readonly bus: Bus;
}

let bus: Bus | null = null;

/** The world of this process, put together at the first call. */
export const openWorkerPorts = async (): Promise<OpenWorkerPorts> => {
  bus ??= busFor(processSettings());
  return { ...(await openPorts()), bus };
};
