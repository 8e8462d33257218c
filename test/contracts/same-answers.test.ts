import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engineWorlds } from "../aws/engine-world.ts";
import { dynoxideEngine, hasDynoxide } from "../dynoxide-engine.ts";
import { openMemoryTable } from "../memory/memory-table.ts";
import { openSimulatedTable } from "../simulation/table-world.ts";
import { dynaliteEngine } from "../table-engine.ts";
import type { TableWorld } from "./store-world.ts";
import { stepsOf } from "./table-steps.ts";
import { transcriptOf } from "./table-transcript.ts";

const sequences = Number(process.env["SEQUENCES"] ?? 40);
const stepsEach = 30;

describe("the same steps on every table", () => {
  const tables: readonly (readonly [name: string, open: () => Promise<TableWorld>])[] = [
    ["in memory", openMemoryTable],
    ["dynalite", engineWorlds(dynaliteEngine)],
    ...(hasDynoxide ? [["dynoxide", engineWorlds(dynoxideEngine)] as const] : []),
  ];

  it(
    `give the same answers to each of ${stepsEach} steps, in ${sequences} sequences`,
    { timeout: 600_000 },
    async () => {
      let compared = 0;
      await fc.assert(
        fc.asyncProperty(stepsOf(stepsEach), async (steps) => {
          const expected = await transcriptOf(await openSimulatedTable()(), steps);
          const played = await Promise.all(
            tables.map(async ([name, open]) => ({ name, answers: await transcriptOf(await open(), steps) })),
          );
          for (const { name, answers } of played) {
            expect({ name, answers }).toEqual({ name, answers: expected });
            compared += answers.length;
          }
        }),
        { numRuns: sequences, endOnFailure: process.env["SEQUENCES"] !== undefined },
      );
      expect(compared).toBeGreaterThanOrEqual(sequences * stepsEach * tables.length);
    },
  );

  it("show where a table differs that forgets the version condition", async () => {
    const careless = async (): Promise<TableWorld> => {
      const world = await openMemoryTable();
      const { store } = world.one;
      const replace = store.replace.bind(store);
      store.replace = async (next) => {
        const standing = await store.load(next.id);
        return standing === null ? "stale" : replace(next, standing.version);
      };
      return world;
    };
    const outcome = await fc.check(
      fc.asyncProperty(stepsOf(stepsEach), async (steps) => {
        const expected = await transcriptOf(await openSimulatedTable()(), steps);
        expect(await transcriptOf(await careless(), steps)).toEqual(expected);
      }),
      { numRuns: 50, endOnFailure: true },
    );
    expect(outcome.failed).toBe(true);
  });
});
