import { connectionSchema, type Connection, type DialectName } from "../../lib/connection.ts";
import type { HttpClient } from "../../lib/ports/http-client.ts";
import type { Log } from "../../lib/ports/log.ts";
import type { Provider } from "../../lib/ports/provider.ts";
import type { Secrets } from "../../lib/ports/secrets.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { ofDialect, OpenBudget, testNow, testSecret } from "./open-provider.ts";

/** Every reference holds the same secret: nothing here is about secrets. */
const anySecret: Secrets = {
  read: async () => testSecret,
  readAnew: async () => testSecret,
  forget: () => {},
};
/** Hundreds of thousands of lines are not remembered. */
const mute = (): void => {};
const log: Log = { debug: mute, info: mute, warn: mute, error: mute, count: mute };
const clock = { now: () => testNow, sleep: async (): Promise<void> => undefined };

/** A connection of the dialect, and providers that speak over whatever client they are given. */
export const openFuzzRoom = (dialect: DialectName, url: string) => {
  const connection: Connection = connectionSchema.parse({
    name: "fuzz",
    provider: dialect,
    api_url: url,
    secret: "env:TEST_SECRET",
    rate_per_second: 10,
    ...ofDialect[dialect],
  });
  return {
    connection,
    /** A provider of its own for each call: nothing is remembered from one to the next. */
    open: (http: HttpClient): { readonly provider: Provider; readonly budget: OpenBudget } => {
      const budget = new OpenBudget();
      return {
        provider: dialects[dialect].open(connection, { http, budget, secrets: anySecret, log, clock }),
        budget,
      };
    },
  };
};
