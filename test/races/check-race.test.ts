import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { broken } from "./breakages.ts";
import { raceRules } from "./check-race.ts";
import { pairs, variations } from "./pairs.ts";
import { runRace } from "./race.ts";

describe("the checker of races objects to", () => {
  it.each(broken)("$what: $rule", async ({ pair: name, rule, breakage }) => {
    const pair = pairs.find((candidate) => candidate.name === name);
    if (pair === undefined) throw new Error(`There is no pair ${name}.`);
    const isKept = fc.asyncProperty(variations, fc.scheduler(), async (variation, scheduler) => {
      const { violations } = await runRace(pair, variation, scheduler, breakage);
      return violations.every((violation) => violation.rule !== rule);
    });
    // The rarest takes some hundreds of orders; one seed, so that it is found in each run or in none.
    const { failed } = await fc.check(isKept, { seed: 1, numRuns: 3000, endOnFailure: true });
    expect(failed).toBe(true);
  });

  it("every rule's breaking is shown", () => {
    expect(new Set(broken.map(({ rule }) => rule))).toEqual(new Set(raceRules));
  });
});
