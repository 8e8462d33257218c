import { createUndiciHttpClient } from "../../lib/platform/undici-http-client.ts";
import { connectionSchema, type Connection } from "../../lib/connection.ts";
import type { Budget, Outcome, Standing, Urgency } from "../../lib/ports/budget.ts";
import type { Provider } from "../../lib/ports/provider.ts";
import type { AdapterPorts } from "../../lib/providers/adapter-ports.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { MemorySecrets } from "../memory/memory-secrets.ts";
import { SilentLog } from "../memory/silent-log.ts";

/** A budget that lets everything through (or nothing) and remembers what it was asked. */
export class OpenBudget implements Budget {
  readonly taken: { readonly patience: number; readonly urgency: Urgency | undefined }[] = [];
  readonly holds: number[] = [];
  readonly outcomes: Outcome[] = [];
  /** Zones whose circuit is open, and until when. */
  readonly closed = new Map<string, number>();
  empty = false;

  async take(_connection: string, _rate: number, patience: number, urgency?: Urgency): Promise<boolean> {
    if (this.empty) return false;
    this.taken.push({ patience, urgency });
    return true;
  }

  holdUntil(_connection: string, epochMilliseconds: number): void {
    this.holds.push(epochMilliseconds);
  }

  closedUntil(_connection: string, zone: string): number | null {
    return this.closed.get(zone) ?? null;
  }

  noted(_connection: string, _ceiling: number, outcome: Outcome): void {
    this.outcomes.push(outcome);
  }

  async standing(_connection: string, ceiling: number): Promise<Standing> {
    return { allowedPerSecond: ceiling, heldUntil: null, circuits: [] };
  }

  async settled(): Promise<void> {}
}

export const testSecret = "11111111-2222-4333-8444-555555555555";
const owner = "105bdce1-64c0-48ab-899d-868455867ecf";

export const ofDialect = {
  "scaleway-instance": { zone: "fr-par-1", project: owner },
  "scaleway-compute": { region: "par1", organization: owner },
  "scaleway-draft": { organization: owner },
  "scaleway-v1": { organization: owner },
  "convoy-v0": {},
  "convoy-v4": {},
} as const;

/** One client for all tests of a file: connections are cut when the process ends. */
const http = createUndiciHttpClient();

export interface OpenedProvider {
  readonly provider: Provider;
  readonly connection: Connection;
  readonly budget: OpenBudget;
  readonly log: SilentLog;
  readonly secrets: MemorySecrets;
}

/** The instant that the adapters' clock shows. */
export const testNow = Date.parse("2026-11-02T08:00:00.000Z");

/** A provider of the dialect at this URL, over real HTTP, with everything else at hand. */
export const openProvider = (
  dialect: keyof typeof dialects,
  url: string,
  more: Readonly<Record<string, unknown>> = {},
): OpenedProvider => {
  const connection = connectionSchema.parse({
    name: "test",
    provider: dialect,
    api_url: url,
    secret: "env:TEST_SECRET",
    rate_per_second: 10,
    ...ofDialect[dialect],
    ...more,
  });
  const clock = { now: () => testNow, sleep: async () => undefined };
  const budget = new OpenBudget();
  const log = new SilentLog();
  const secrets = new MemorySecrets(clock, { "env:TEST_SECRET": testSecret });
  const ports: AdapterPorts = { http, budget, secrets, log, clock };
  return { provider: dialects[dialect].open(connection, ports), connection, budget, log, secrets };
};
