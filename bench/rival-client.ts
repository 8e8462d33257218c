import { setTimeout as sleep } from "node:timers/promises";
import * as client from "@scaleway/sdk-client";
import { Instancev1 } from "@scaleway/sdk-instance";
import pLimit from "p-limit";
import { endWithParent, inputOf, onWord, tell, usageSince } from "./child.ts";
import { backOff, rivalInputSchema } from "./rival-setting.ts";

// A process of its own: the provider's official client with a limit of concurrency, used as well as it can be.

const input = inputOf(rivalInputSchema);

const openApi = (): Instancev1.API =>
  new Instancev1.API(
    client.createClient({
      accessKey: "SCWSIMULATED00000000",
      secretKey: "22222222-2222-4222-8222-222222222222",
      defaultProjectId: "105bdce1-64c0-48ab-899d-868455867ecf",
      defaultZone: "fr-par-1",
      apiURL: input.url,
    }),
  );

const isRateLimited = (error: unknown): boolean =>
  error instanceof client.Errors.ScalewayError && error.status === 429;

/** Tries again after a 429, which says that nothing was done. */
const patiently = async <T>(call: () => Promise<T>): Promise<T> => {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!isRateLimited(error) || attempt + 1 >= backOff.attempts) throw error;
      const ceiling = Math.min(backOff.longestMilliseconds, backOff.firstMilliseconds * 2 ** attempt);
      await sleep(Math.random() * ceiling);
    }
  }
};

const limit = pLimit(input.writesAtOnce);
const shared = openApi();

/** One server to its end: created, powered on, waited for with the SDK's own waiter at its own settings. */
const provision = async (name: string) => {
  const api = input.clientEach ? openApi() : shared;
  let serverId: string | null = null;
  try {
    const create = { name, commercialType: "DEV1-S", image: "ubuntu_noble", protected: false };
    const { server } = await limit(() => patiently(() => api.createServer(create)));
    if (server === undefined) throw new Error("the answer holds no server");
    const { id } = server;
    serverId = id;
    await limit(() => patiently(() => api.serverAction({ serverId: id, action: "poweron" })));
    // A look that meets the limit ends the SDK's waiter: a careful user waits again.
    const { state } = await patiently(() => api.waitForServer({ serverId: id }));
    const error = state === "running" ? null : `it is ${state}`;
    return { name, serverId, error, settledAt: Date.now() };
  } catch (error) {
    return {
      name,
      serverId,
      error: error instanceof Error ? error.message || error.name : String(error),
      settledAt: Date.now(),
    };
  }
};

const run = async (): Promise<void> => {
  const cpuBefore = process.cpuUsage();
  const names = Array.from({ length: input.servers }, (_, index) => `bench-${index + 1}`);
  const results = await Promise.all(names.map((name) => provision(name)));
  tell({ results, ...usageSince(cpuBefore) });
};

onWord("go", () => void run());
endWithParent();
tell({ ready: true });
