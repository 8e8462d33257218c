import { ablateEach } from "../ablate-each.ts";
import { inPieces } from "../seeds.ts";
import { hookAblations, type HookAblation } from "./ablations.ts";
import type { HookJob } from "./jobs.ts";
import { runOnce } from "./one-run.ts";
import { inThreads } from "./threads.ts";

const orderOf = ({ strengths, span }: HookAblation) =>
  ({
    mode: "swarm",
    ...(strengths === undefined ? {} : { strengths }),
    ...(span === undefined ? {} : { span }),
  }) as const;

/** Takes out each rule in up to so many seeds. */
export const ablate = (limit: number, print: (line: string) => void): Promise<[number, number]> =>
  ablateEach(
    hookAblations,
    {
      jobsOf: (ablation) => {
        const order = orderOf(ablation);
        return inPieces({ from: 1, count: limit }, (seeds): HookJob =>
          ablation.proves.includes("dead") ? { do: "dead", ...seeds } : { do: "seeds", ...seeds, order },
        );
      },
      inThreads,
      runShipped: runOnce,
      enough: 2,
    },
    print,
  );
