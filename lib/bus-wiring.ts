import { busClient } from "./aws/clients.ts";
import { EventBridgeBus } from "./aws/eventbridge-bus.ts";
import type { Settings } from "./config.ts";
import type { Bus } from "./ports/bus.ts";

/** The bus, for those functions that publish. The others do without its client. */
export const busFor = (settings: Settings): Bus => new EventBridgeBus(busClient(settings.aws), settings.bus);
