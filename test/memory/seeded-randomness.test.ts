import { describe, expect, it } from "vitest";
import { randomnessContract } from "../contracts/randomness.ts";
import { SeededRandomness } from "./seeded-randomness.ts";

randomnessContract("seeded", () => new SeededRandomness(7));

describe("seeded randomness", () => {
  const draw = (seed: number): unknown[] => {
    const randomness = new SeededRandomness(seed);
    return [randomness.fraction(), randomness.token(), randomness.fraction(), randomness.token()];
  };

  it("is the same in every run with the same seed", () => {
    expect(draw(42)).toEqual(draw(42));
  });

  it("differs for every seed", () => {
    const firsts = Array.from({ length: 500 }, (_, seed) => JSON.stringify(draw(seed)));
    expect(new Set(firsts).size).toBe(500);
  });
});
