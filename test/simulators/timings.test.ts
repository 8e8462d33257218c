import { describe, expect, test } from "vitest";
import { mulberry32, splitRandom, uuidOf, type Draw } from "../../simulators/randomness.ts";
import { drawDuration, drawLatency, instanceDurations, type CallKind } from "../../simulators/timings.ts";
import { bringTo, startTalk } from "./talk.ts";

const percentiles = (draw: () => number, wanted: readonly number[]): number[] => {
  const drawn = Array.from({ length: 20_000 }, draw).toSorted((one, other) => one - other);
  return wanted.map((percent) => drawn[Math.floor((percent / 100) * drawn.length)] ?? 0);
};
const isWithin = (value: number, [low, high]: readonly [number, number]): boolean =>
  value >= low && value <= high;

describe("what is drawn", () => {
  // Recorded seconds (performance.md 1.1, providers.md 4.2) with room for the fit.
  test.for<
    readonly [
      action: keyof typeof instanceDurations,
      p50: readonly [number, number],
      p90: readonly [number, number],
    ]
  >([
    ["poweron", [3, 3.8], [17, 24]],
    ["poweroff", [41, 45], [58, 68]],
    ["stop_in_place", [36, 39], [42, 47]],
    ["reboot", [39, 43], [44, 50]],
    ["terminate", [4.5, 6], [12, 20]],
  ])("the duration of a %s has the recorded median and ninth decile", ([action, p50, p90]) => {
    const draw = splitRandom("test", action);
    const [median = 0, decile = 0] = percentiles(
      () => drawDuration(draw, instanceDurations[action]) / 1000,
      [50, 90],
    );
    expect([isWithin(median, p50), isWithin(decile, p90)], `${median} and ${decile}`).toEqual([true, true]);
  });

  test.for<readonly [kind: CallKind, p50: number, p95: number]>([
    ["create", 767, 2457],
    ["action", 280, 559],
    ["read", 96, 198],
    ["list", 122, 225],
  ])("the latency of a %s has the recorded p50 %i ms and p95 %i ms", ([kind, p50, p95]) => {
    const draw = splitRandom("test", kind);
    const [median = 0, tail = 0] = percentiles(() => drawLatency(draw, { factor: 1 }, kind), [50, 95]);
    expect(median / p50).toBeCloseTo(1, 1);
    expect(tail / p95).toBeCloseTo(1, 1);
    expect(drawLatency(draw, { milliseconds: 50 }, kind)).toBe(50);
    expect(drawLatency(draw, { factor: 0 }, kind)).toBe(0);
  });

  test("numbers are the same for a seed and independent between components", () => {
    const some = (draw: Draw) => [draw(), draw(), draw()];
    expect(some(mulberry32(1))).toEqual(some(mulberry32(1)));
    expect(some(splitRandom("1", "a"))).not.toEqual(some(splitRandom("1", "b")));
    expect(uuidOf("a")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe("a simulator with a seed", () => {
  const history = async (seed: number, looks: number) => {
    const talk = await startTalk({ dialect: "scaleway-instance", seed });
    const ids = [await talk.made(), await talk.made()];
    for (const id of ids) {
      await talk.act(id, "poweron");
    }
    for (let look = 0; look < looks; look += 1) {
      await talk.call("GET", "/servers");
    }
    const records = talk.control.servers().map(({ record }) => record);
    await talk.close();
    return { ids, records };
  };

  test("gives the same ids and durations again, however often somebody looked", async () => {
    const [first, again, other] = [await history(3, 0), await history(3, 5), await history(4, 0)];
    expect(again).toEqual(first);
    expect(other.ids).not.toEqual(first.ids);
  });

  test("divides durations by its speed", async () => {
    const endOf = async (speed: number) => {
      const talk = await startTalk({ dialect: "scaleway-instance", speed });
      await bringTo(talk, await talk.made(), "running");
      const modified = /"modifiedAt":([\d.]+)/.exec(JSON.stringify(talk.control.servers()[0]?.record))?.[1];
      const started = talk.clock.now() - 100_000_000;
      await talk.close();
      return Number(modified) - started;
    };
    const [slow, fast] = [await endOf(1), await endOf(10)];
    expect(slow / fast).toBeCloseTo(10, 1);
  });

  test("takes the latency that it was given, half before the effect and half after", async () => {
    const talk = await startTalk({ dialect: "scaleway-instance", latency: { milliseconds: 60 } });
    const before = performance.now();
    const creating = talk.create();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(talk.control.servers()).toHaveLength(0);
    await creating;
    expect(performance.now() - before).toBeGreaterThanOrEqual(58);
    await talk.close();
  });
});
