import { type BasePorts, basePorts } from "./base-wiring.ts";
import { busFor } from "./bus-wiring.ts";
import { processSettings, type Settings } from "./config.ts";
import { createGuardedHttpClient } from "./platform/guarded-http-client.ts";
import type { Bus } from "./ports/bus.ts";
import type { HttpClient } from "./ports/http-client.ts";

/** The world as the function has it that calls endpoints: no provider is in reach of it. */
export interface OpenDeliverPorts extends BasePorts {
  readonly bus: Bus;
  readonly http: HttpClient;
}

/** Puts that world together. */
export const deliverPortsFor = (settings: Settings): OpenDeliverPorts => ({
  ...basePorts(settings, settings.environment),
  bus: busFor(settings),
  http: createGuardedHttpClient({ allowLoopback: settings.allowsLoopbackEndpoints }),
});

let opened: OpenDeliverPorts | null = null;

/** The world of this process, put together at the first call. */
export const openDeliverPorts = async (): Promise<OpenDeliverPorts> => {
  opened ??= deliverPortsFor(processSettings());
  return opened;
};
