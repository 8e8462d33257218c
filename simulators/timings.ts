import { lognormal, type Draw } from "./randomness.ts";

/** A distribution of milliseconds: lognormal parts by weight. */
export type Mixture = readonly { weight: number; median: number; sigma: number }[];

/** What kinds of call have latencies of their own. */
export type CallKind = "create" | "action" | "read" | "list" | "change";

const seconds = (weight: number, median: number, sigma: number) => ({ weight, median: median * 1000, sigma });

/** Durations of today's Instance API: recorded (performance.md 1.1, providers.md 4.2); the reboot was seen once. */
export const instanceDurations = {
  poweron: [seconds(0.68, 2.9, 0.27), seconds(0.31, 16.2, 0.45), seconds(0.01, 60, 0.6)],
  poweroff: [seconds(1, 43, 0.31)],
  stop_in_place: [seconds(1, 37.5, 0.14)],
  reboot: [seconds(1, 41, 0.1)],
  terminate: [seconds(0.97, 5, 0.75), seconds(0.03, 60, 0.35)],
  detach: [seconds(1, 20, 0.5)],
  snapshot: [seconds(1, 8, 0.4)],
} satisfies Record<string, Mixture>;

/** Durations of the legacy API: 10 to 140 s (providers.md 7), power-on median of 2020 (performance.md 1.1). */
export const computeDurations = {
  ...instanceDurations,
  poweron: [seconds(1, 26, 0.4)],
  terminate: [seconds(1, 20, 0.4)],
} satisfies Record<string, Mixture>;

/** One duration in milliseconds. */
export const drawDuration = (draw: Draw, mixture: Mixture): number => {
  let left = draw();
  for (const part of mixture) {
    left -= part.weight;
    if (left < 0) {
      return lognormal(draw, part.median, part.sigma);
    }
  }
  const last = mixture.at(-1);
  return last === undefined ? 0 : lognormal(draw, last.median, last.sigma);
};

const betweenPercentiles = (p50: number, p95: number) => ({
  median: p50,
  sigma: Math.log(p95 / p50) / 1.645,
});

/** Recorded latencies in milliseconds, p50 and p95 (performance.md 1.1); `change` lies between read and action. */
const latencies: Record<CallKind, { median: number; sigma: number }> = {
  create: betweenPercentiles(767, 2457),
  action: betweenPercentiles(280, 559),
  read: betweenPercentiles(96, 198),
  list: betweenPercentiles(122, 225),
  change: betweenPercentiles(180, 400),
};

/** How long answers take: `factor` times the recorded latencies, or always the same. */
export type Latency = { factor: number } | { milliseconds: number };

/** One latency in milliseconds. */
export const drawLatency = (draw: Draw, latency: Latency, kind: CallKind): number => {
  if ("milliseconds" in latency) {
    return latency.milliseconds;
  }
  return latency.factor === 0
    ? 0
    : latency.factor * lognormal(draw, latencies[kind].median, latencies[kind].sigma);
};
