import { processSettings } from "./config.ts";
import { createGuardedHttpClient } from "./platform/guarded-http-client.ts";
import { createGuardedProber } from "./platform/guarded-prober.ts";
import type { HttpClient } from "./ports/http-client.ts";
import type { Prober } from "./ports/prober.ts";
import { openWorkerPorts, type OpenWorkerPorts } from "./worker-wiring.ts";

/** The world as the function has it that ticks schedules: providers, the bus, and what is public. */
export interface OpenTickPorts extends OpenWorkerPorts {
  readonly prober: Prober;
  readonly outside: HttpClient;
}

let outside: HttpClient | null = null;
let prober: Prober | null = null;

/** The world of this process, put together at the first call. */
export const openTickPorts = async (): Promise<OpenTickPorts> => {
  const { allowsLoopbackEndpoints: allowLoopback } = processSettings();
  outside ??= createGuardedHttpClient({ allowLoopback });
  prober ??= createGuardedProber(outside, allowLoopback);
  return { ...(await openWorkerPorts()), prober, outside };
};
