import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";
import { endWithUs } from "./child.ts";

/** The provider that both clients meet: the same kind, the same seed, the same limit. */
export interface ProviderSetting {
  readonly seed: number;
  /** Divides the recorded durations; 1 for figures that are worth telling. */
  readonly speed: number;
  readonly latencyMilliseconds: number;
  readonly callsPerSecond: number;
}

const serverSchema = z.object({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  record: z.object({ modifiedAt: z.number() }),
});
/** A server as the provider itself knows it. `modifiedAt`: its modification date, milliseconds since the epoch. */
export interface TrueServer {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly modifiedAt: number;
}

const callSchema = z.object({
  number: z.number(),
  method: z.string(),
  path: z.string(),
  route: z.string(),
  at: z.number(),
  status: z.number().nullable(),
});
/** A call as it arrived at the provider; `at` in milliseconds since the epoch. */
export type ProviderCall = z.infer<typeof callSchema>;

export interface ProviderProcess {
  readonly url: string;
  readonly servers: () => Promise<readonly TrueServer[]>;
  readonly calls: () => Promise<readonly ProviderCall[]>;
  readonly stop: () => Promise<void>;
}

const read = async <T>(url: string, schema: z.ZodType<T>): Promise<T> => {
  const answer = await fetch(url);
  return schema.parse(await answer.json());
};

const allCalls = async (url: string): Promise<readonly ProviderCall[]> => {
  const schema = z.object({ calls: z.array(callSchema) });
  const calls: ProviderCall[] = [];
  for (;;) {
    const page = await read(`${url}/_simulator/calls?after=${calls.at(-1)?.number ?? 0}`, schema);
    if (page.calls.length === 0) return calls;
    calls.push(...page.calls);
  }
};

const flagsOf = (setting: ProviderSetting): string[] =>
  Object.entries({
    dialect: "scaleway-instance",
    port: 0,
    seed: setting.seed,
    speed: setting.speed,
    "latency-ms": setting.latencyMilliseconds,
    rate: setting.callsPerSecond,
  }).flatMap(([flag, value]) => [`--${flag}`, String(value)]);

/** Starts a simulated provider in a process of its own. @throws Error when it does not come up */
export const startProviderProcess = async (setting: ProviderSetting): Promise<ProviderProcess> => {
  const main = join(import.meta.dirname, "../simulators/main.ts");
  const child = spawn(process.execPath, [main, ...flagsOf(setting)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  endWithUs(child);
  const ended = once(child, "exit");
  let url: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    url = /^ready (?<url>http:\S+)$/.exec(line)?.groups?.["url"];
    break;
  }
  if (url === undefined) throw new Error("The simulated provider did not start.");
  const root = url;
  return {
    url: root,
    servers: async () => {
      const { servers } = await read(
        `${root}/_simulator/servers`,
        z.object({ servers: z.array(serverSchema) }),
      );
      return servers.map(({ id, name, state, record }) => ({
        id,
        name,
        state,
        modifiedAt: record.modifiedAt,
      }));
    },
    calls: () => allCalls(root),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
};
