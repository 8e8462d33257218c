import { describe, expect, test } from "vitest";
import { playMornings } from "../../bench/ready-by.ts";
import { rowSchedules } from "../../bench/schedule-ticks.ts";

describe("the row of ready_by", () => {
  const setting = { servers: 200, mornings: 3, seed: 1, ratePerSecond: 20, providerPerSecond: 25 };

  test("all servers run by the time, once each morning, and the rate is honoured", async () => {
    const { lateness, calls, limited, busiest } = await playMornings({ ...setting, readyBy: true });
    expect(lateness.map((morning) => morning.length)).toEqual([200, 200, 200]);
    expect(Math.max(...lateness.flat())).toBeLessThanOrEqual(0);
    // Each was stopped in the evening, too.
    expect(calls).toBe(6 * 200);
    expect(limited).toBe(0);
    expect(busiest).toBeLessThanOrEqual(21);
  });

  test("without it all of them are late, by the tick at least", async () => {
    const { lateness } = await playMornings({ ...setting, mornings: 1, readyBy: false });
    expect(Math.min(...lateness.flat())).toBeGreaterThan(20);
  });
});

test("the row of ticks has the figures of both, in the same run", () => {
  const rounds: string[] = [];
  const row = rowSchedules({ servers: 40, schedules: 4, previewed: 10, days: 20 }, 2, (line) =>
    rounds.push(line),
  );
  expect(rounds).toHaveLength(2);
  const [idle, due] = row.figures;
  for (const figure of [idle, due]) {
    expect(figure?.ours).toBeGreaterThan(0);
    expect(figure?.rival).toBeGreaterThan(0);
    expect(figure?.ratio?.max).toBeGreaterThanOrEqual(figure?.ratio?.min ?? Number.NaN);
  }
  expect(row.figures.every(({ ours }) => ours !== null)).toBe(true);
});
