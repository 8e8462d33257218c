import type { EngineCounts } from "./engine-counts.ts";
import type { Measured } from "./outcome.ts";
import type { Figure, Round, ServersRow } from "./report.ts";
import { backOff } from "./rival-setting.ts";
import { ourCallsPerSecond, provider } from "./rounds.ts";
import { median, pairedRatio } from "./statistics.ts";

const known = (values: readonly (number | null)[]): number | null =>
  median(values.filter((value) => value !== null));

/** A figure that both sides have. */
const both = (
  rounds: readonly Round[],
  name: string,
  unit: string,
  of: (measured: Measured) => number | null,
): Figure => ({
  name,
  unit,
  ours: known(rounds.map(({ ours }) => of(ours))),
  rival: known(rounds.map(({ rival }) => of(rival))),
  ratio: pairedRatio(rounds.map(({ ours, rival }) => [of(ours), of(rival)])),
});

/** A figure that only we have, for each operation. */
const ownEach = (
  rounds: readonly Round[],
  servers: number,
  name: string,
  of: (counts: EngineCounts) => number,
): Figure => ({
  name,
  unit: "per operation",
  ours: known(rounds.map(({ engines }) => of(engines) / servers)),
  rival: null,
  ratio: null,
});

const calls = (rounds: readonly Round[]): readonly Figure[] => [
  both(rounds, "provider calls per server", "calls", ({ callsPerServer }) => callsPerServer),
  both(rounds, "– creates", "calls", ({ createsPerServer }) => createsPerServer),
  both(rounds, "– power-ons", "calls", ({ actionsPerServer }) => actionsPerServer),
  both(rounds, "– everything else", "calls", ({ looksPerServer }) => looksPerServer),
  both(rounds, "429s provoked", "calls", ({ rateLimited }) => rateLimited),
];

const fates = (rounds: readonly Round[]): readonly Figure[] => [
  both(rounds, "running, and the client knows", "servers", ({ confirmed }) => confirmed),
  both(rounds, "failed, says the client", "servers", ({ failed }) => failed),
  both(rounds, "lost: nothing was said of them", "servers", ({ lost }) => lost),
  both(rounds, "orphaned at the provider", "servers", ({ orphaned }) => orphaned),
];

const delays = (rounds: readonly Round[]): readonly Figure[] => [
  both(rounds, "detection delay, mean", "s", ({ seenMean }) => seenMean),
  both(rounds, "detection delay, p50", "s", ({ seenP50 }) => seenP50),
  both(rounds, "detection delay, p95", "s", ({ seenP95 }) => seenP95),
  both(rounds, "detection delay, max", "s", ({ seenMax }) => seenMax),
  both(rounds, "until the caller is told, p50", "s", ({ toldP50 }) => toldP50),
  both(rounds, "until the caller is told, p95", "s", ({ toldP95 }) => toldP95),
];

/** Time to issue all writes against the least that the provider's limit allows. */
const issue = (rounds: readonly Round[], servers: number): Figure =>
  both(rounds, "issue time ÷ (2N / provider's limit)", "ratio", ({ issueSeconds }) =>
    issueSeconds === null ? null : issueSeconds / ((2 * servers) / provider.callsPerSecond),
  );

const costs = (rounds: readonly Round[]): readonly Figure[] => [
  both(rounds, "until the last caller is told", "s", ({ makespanSeconds }) => makespanSeconds),
  both(
    rounds,
    "CPU of the client (ours: of all functions together, as deployed)",
    "ms",
    ({ cpuMilliseconds }) => cpuMilliseconds,
  ),
  both(
    rounds,
    "peak memory of the client (ours: of the largest function)",
    "MB",
    ({ peakMegabytes }) => peakMegabytes,
  ),
];

/** What AWS would run for us, beside the clients: it is shown, and is part of no ratio. */
const engineCosts = (rounds: readonly Round[]): readonly Figure[] => [
  both(
    rounds,
    "CPU of the stand-ins of table, queue and bus",
    "ms",
    ({ engineCpuMilliseconds }) => engineCpuMilliseconds,
  ),
  both(
    rounds,
    "peak memory of the stand-ins of table, queue and bus",
    "MB",
    ({ enginePeakMegabytes }) => enginePeakMegabytes,
  ),
];

const engines = (rounds: readonly Round[], servers: number): readonly Figure[] => {
  const each = (name: string, of: (counts: EngineCounts) => number): Figure =>
    ownEach(rounds, servers, name, of);
  return [
    each("table: row writes", ({ rowWrites }) => rowWrites),
    each("table: index writes", ({ indexWrites }) => indexWrites),
    each("table: lease writes", ({ leaseWrites }) => leaseWrites),
    each("table: budget writes", ({ budgetWrites }) => budgetWrites),
    each("table: feed appends", ({ feedAppends }) => feedAppends),
    each("table: other writes", ({ otherWrites }) => otherWrites),
    each("table: refused writes", ({ refusedWrites }) => refusedWrites),
    each("table: read requests", ({ tableReads }) => tableReads),
    each("queue: requests of functions", ({ queueSends }) => queueSends),
    each("queue: requests of Lambda's pollers", ({ queuePolls }) => queuePolls),
    each("bus: requests", ({ busRequests }) => busRequests),
    each("bus: events", ({ busEvents }) => busEvents),
  ];
};

const rivalAt = (writesAtOnce: number): string =>
  `@scaleway/sdk-instance 1.4.0, its waiter as shipped; p-limit(${writesAtOnce}) around creates and power-ons; ` +
  `429s tried again by full jitter from ${backOff.firstMilliseconds} to ${backOff.longestMilliseconds} ms`;

const limits = `provider: ${provider.callsPerSecond} calls/s, ${provider.latencyMilliseconds} ms; ours: ${ourCallsPerSecond} calls/s`;

/** Row 1: what provisioning costs, and what becomes of each server. */
export const rowOne = (rounds: readonly Round[], servers: number, writesAtOnce: number): ServersRow => ({
  title: `Row 1. ${servers} servers at once (${limits})`,
  rival: rivalAt(writesAtOnce),
  figures: [
    ...calls(rounds),
    ...fates(rounds),
    issue(rounds, servers),
    ...costs(rounds),
    ...engineCosts(rounds),
    ...engines(rounds, servers),
  ],
  rounds,
});

/** One bulk job against the same client, which a loop has ask for all of them. */
export const rowBulk = (rounds: readonly Round[], servers: number, writesAtOnce: number): ServersRow => ({
  ...rowOne(rounds, servers, writesAtOnce),
  title: `Row bulk. ${servers} servers by one bulk job (${limits})`,
  figures: [...rowOne(rounds, servers, writesAtOnce).figures, ...delays(rounds)],
});

/** Row 5: how long an end stays unseen. */
export const rowFive = (rounds: readonly Round[], servers: number, writesAtOnce: number): ServersRow => ({
  title: `Row 5. Detection delay, ${servers} servers at once (${limits})`,
  rival: rivalAt(writesAtOnce),
  figures: delays(rounds),
  rounds,
});

/** Row 1b: single servers, where looking at many together helps nobody. */
export const rowOneB = (rounds: readonly Round[], servers: number): ServersRow => ({
  title: `Row 1b. ${servers} single servers, each on a connection of its own (${limits})`,
  rival: "@scaleway/sdk-instance 1.4.0, its waiter as shipped; a client for each server",
  figures: [
    ...calls(rounds),
    ...fates(rounds),
    ...delays(rounds),
    ...costs(rounds),
    ...engineCosts(rounds),
    ...engines(rounds, servers),
  ],
  rounds,
});
