import { expect, it } from "vitest";
import { runMutations } from "./mutation-run.ts";

it("no mutant of a key or a token is let in", async () => {
  const { refused, accepted } = await runMutations(20_000, 2);
  expect(accepted).toEqual([]);
  expect(refused).toBe(20_000);
}, 60_000);
