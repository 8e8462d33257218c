import { expect, it } from "vitest";
import { QueueFuzz, recordsPerRound } from "./queue-run.ts";

const rounds = 10;

it("whatever comes through the queues and from the clock: no throw, no good message lost, none dropped in silence", async () => {
  const fuzz = new QueueFuzz(Number(process.env["SEED"] ?? 1));
  for (let round = 0; round < rounds; round += 1) await fuzz.round(round);
  const { records, findings, outcomes, works, deliveries } = fuzz.tally;
  expect(records).toBe(rounds * recordsPerRound);
  // The first few tell enough.
  expect(findings.slice(0, 3)).toEqual([]);
  expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(records);
  for (const outcome of ["accepted", "given back", "set aside", "a tick"] as const)
    expect(outcomes.get(outcome) ?? 0).toBeGreaterThan(50);
  expect(works).toBeGreaterThan(50);
  expect(deliveries).toBeGreaterThan(50);
});
