import { ablateEach, type Showing } from "../ablate-each.ts";
import { inPieces } from "../seeds.ts";
import { type BulkAblation, bulkAblations } from "./ablations.ts";
import type { BulkWork } from "./jobs.ts";
import { type BulkOrder, runOnce } from "./one-run.ts";
import { inThreads } from "./threads.ts";

/** Seeds in which nothing may break where a rule only saves work. */
const seedsOfThrift = 200;

/** Takes out a rule in up to so many seeds. `piece`: so many more than need be are run when it shows. */
export const showing = (limit: number, piece?: number): Showing<BulkAblation, BulkWork, BulkOrder> => ({
  jobsOf: ({ strengths, proves }) => {
    const order = { mode: "swarm", ...(strengths === undefined ? {} : { strengths }) } as const;
    const count = proves.length === 0 ? Math.min(limit, seedsOfThrift) : limit;
    return inPieces({ from: 1, count }, (seeds): BulkWork => ({ do: "seeds", ...seeds, order }), piece);
  },
  inThreads,
  runShipped: runOnce,
  enough: 2,
});

/** Takes out each rule in whose name the word is, in up to so many seeds. */
export const ablate = (
  limit: number,
  about: string,
  print: (line: string) => void,
): Promise<[number, number]> =>
  ablateEach(
    bulkAblations.filter(({ rule }) => rule.includes(about)),
    showing(limit),
    print,
  );
