import * as z from "zod";
import { bundles } from "./bundles.ts";
import { Child } from "./child.ts";
import type { Run } from "./outcome.ts";
import type { ProviderProcess } from "./provider-process.ts";
import { type RivalInput, rivalReportSchema } from "./rival-setting.ts";

/** Provisions servers with the provider's official client in a process of its own. */
export const runRival = async (setting: Omit<RivalInput, "url">, provider: ProviderProcess): Promise<Run> => {
  const input: RivalInput = { ...setting, url: provider.url };
  const child = Child.start((await bundles()).rival, input);
  try {
    await child.next(z.object({ ready: z.literal(true) }));
    const startedAt = Date.now();
    child.send("go");
    const { results, cpuMilliseconds, peakMegabytes } = await child.next(rivalReportSchema);
    return {
      requested: setting.servers,
      startedAt,
      claims: results.map(({ serverId, error, settledAt }) => ({
        serverId,
        error,
        seenAt: settledAt,
        toldAt: settledAt,
      })),
      servers: await provider.servers(),
      calls: await provider.calls(),
      cpuMilliseconds,
      peakMegabytes,
      engines: null,
      engineUsage: null,
    };
  } finally {
    await child.stop();
  }
};
