import type { Usage } from "./child.ts";
import type { EngineCounts } from "./engine-counts.ts";
import type { ProviderCall, TrueServer } from "./provider-process.ts";
import { mean, quantile } from "./statistics.ts";

/** What a client said of one server, against what the provider knows. */
export interface Claim {
  /** Null: it never learned of a server. */
  readonly serverId: string | null;
  /** Null: it says that the server runs. */
  readonly error: string | null;
  /** Milliseconds since the epoch: when it saw the end, and when its caller was told. */
  readonly seenAt: number;
  readonly toldAt: number;
}

/** One run of one client against the provider. */
export interface Run {
  readonly requested: number;
  /** Milliseconds since the epoch: when the first request was handed to the client. */
  readonly startedAt: number;
  readonly claims: readonly Claim[];
  readonly servers: readonly TrueServer[];
  readonly calls: readonly ProviderCall[];
  readonly cpuMilliseconds: number;
  readonly peakMegabytes: number;
  /** Only ours has a table, a queue and a bus. */
  readonly engines: EngineCounts | null;
  /** What they have used in the process of their stand-ins. */
  readonly engineUsage: Usage | null;
}

const isCreate = ({ method, route }: ProviderCall): boolean =>
  method === "POST" && route.endsWith("/servers");
const isAction = ({ method, route }: ProviderCall): boolean => method === "POST" && route.endsWith("/action");

const callsOf = ({ calls, requested }: Run) => ({
  callsPerServer: calls.length / requested,
  createsPerServer: calls.filter(isCreate).length / requested,
  actionsPerServer: calls.filter(isAction).length / requested,
  looksPerServer: calls.filter((call) => !isCreate(call) && !isAction(call)).length / requested,
  rateLimited: calls.filter(({ status }) => status === 429).length,
});

const fatesOf = ({ requested, claims, servers }: Run) => {
  const running = new Set(servers.filter(({ state }) => state === "running").map(({ id }) => id));
  const confirmed = new Set(
    claims.flatMap(({ serverId, error }) =>
      error === null && serverId !== null && running.has(serverId) ? [serverId] : [],
    ),
  );
  const failed = claims.filter(({ error }) => error !== null).length;
  return {
    confirmed: confirmed.size,
    failed,
    lost: requested - claims.length,
    orphaned: servers.filter(({ id }) => !confirmed.has(id)).length,
  };
};

const delaysOf = ({ claims, servers }: Run) => {
  const ends = new Map(servers.map(({ id, modifiedAt }) => [id, modifiedAt]));
  const known = claims.flatMap(({ serverId, error, seenAt, toldAt }) => {
    const end = serverId === null || error !== null ? undefined : ends.get(serverId);
    return end === undefined ? [] : [{ seen: (seenAt - end) / 1000, told: (toldAt - end) / 1000 }];
  });
  const seen = known.map((delay) => delay.seen);
  const told = known.map((delay) => delay.told);
  return {
    seenMean: mean(seen),
    seenP50: quantile(seen, 0.5),
    seenP95: quantile(seen, 0.95),
    seenMax: quantile(seen, 1),
    toldP50: quantile(told, 0.5),
    toldP95: quantile(told, 0.95),
  };
};

const timesOf = ({ startedAt, claims, calls }: Run) => {
  const issued = calls.filter((call) => isAction(call) && call.status !== 429).map(({ at }) => at);
  const told = claims.filter(({ error }) => error === null).map(({ toldAt }) => toldAt);
  return {
    issueSeconds: issued.length === 0 ? null : (Math.max(...issued) - startedAt) / 1000,
    makespanSeconds: told.length === 0 ? null : (Math.max(...told) - startedAt) / 1000,
  };
};

/** Figures of one run. Delays in seconds; `seen`: until the client knew, `told`: until its caller did. */
export const measure = (run: Run) => ({
  ...callsOf(run),
  ...fatesOf(run),
  ...delaysOf(run),
  ...timesOf(run),
  cpuMilliseconds: run.cpuMilliseconds,
  peakMegabytes: run.peakMegabytes,
  engineCpuMilliseconds: run.engineUsage?.cpuMilliseconds ?? null,
  enginePeakMegabytes: run.engineUsage?.peakMegabytes ?? null,
});
export type Measured = ReturnType<typeof measure>;
