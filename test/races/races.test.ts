import { describe, expect, it } from "vitest";
import { pairs } from "./pairs.ts";
import { racePair } from "./race.ts";

/** Interleavings of each pair; `npm run test:race` has many more. */
const usual = process.env["MODE"] === "races" ? 20_000 : 200;
const runs = Number(process.env["RACES"] ?? usual);

describe("two who work on the same thing at the same time", () => {
  it.each(pairs)("$name: break no rule in any order of their calls", { timeout: 900_000 }, async (pair) => {
    const began = performance.now();
    const { interleavings, different, calls, contended, ends } = await racePair(pair, runs);
    const seconds = (performance.now() - began) / 1_000;
    const rest = [...ends].map(([state, count]) => `${count} ${state}`).join(", ");
    console.info(
      `${pair.name}: ${interleavings} interleavings (${different} different, ${calls} calls, ${contended} with a write refused) in ${seconds.toFixed(1)} s, 0 violations; at rest: ${rest}`,
    );
    expect(interleavings).toBe(runs);
    expect(different).toBeGreaterThan(2);
    if (pair.isContended) expect(contended).toBeGreaterThan(runs / 10);
  });
});
