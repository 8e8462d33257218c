import { describe, expect, it } from "vitest";
import type { Randomness } from "../../lib/ports/randomness.ts";

/** What every Randomness promises. */
export const randomnessContract = (name: string, open: () => Randomness): void => {
  describe(`randomness: ${name}`, () => {
    it("gives fractions from 0 up to, but not, 1, spread evenly", () => {
      const randomness = open();
      const tenths = Array.from({ length: 10 }, () => 0);
      for (let draw = 0; draw < 20_000; draw += 1) {
        const fraction = randomness.fraction();
        expect(fraction >= 0 && fraction < 1).toBe(true);
        const tenth = Math.floor(fraction * 10);
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
      // 2,000 expected in each; ten standard deviations are 424.
      for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(424);
    });

    it("gives no token twice", () => {
      const randomness = open();
      expect(new Set(Array.from({ length: 20_000 }, () => randomness.token())).size).toBe(20_000);
    });

    it("gives tokens of at least 64 bits that can stand in keys and attributes", () => {
      const randomness = open();
      for (let draw = 0; draw < 100; draw += 1) expect(randomness.token()).toMatch(/^[\w-]{11,64}$/);
    });
  });
};
