import { processSettings } from "./config.ts";
import { createGuardedHttpClient } from "./platform/guarded-http-client.ts";
import { createGuardedProber } from "./platform/guarded-prober.ts";
import type { Prober } from "./ports/prober.ts";
import { openWorkerPorts, type OpenWorkerPorts } from "./worker-wiring.ts";

/** The world as the function has it that ticks schedules: providers, the bus, and probes of what is public. */
export interface OpenTickPorts extends OpenWorkerPorts {
  readonly prober: Prober;
}

let prober: Prober | null = null;

/** The world of this process, put together at the first call. */
export const openTickPorts = async (): Promise<OpenTickPorts> => {
  const { allowsLoopbackEndpoints: allowLoopback } = processSettings();
  prober ??= createGuardedProber(createGuardedHttpClient({ allowLoopback }), allowLoopback);
  return { ...(await openWorkerPorts()), prober };
};
