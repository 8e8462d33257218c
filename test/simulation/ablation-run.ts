import { ablateEach } from "./ablate-each.ts";
import { ablations, type Ablation } from "./ablations.ts";
import type { Job } from "./jobs.ts";
import { runOnce } from "./one-run.ts";
import { inPieces } from "./seeds.ts";
import { inThreads } from "./threads.ts";

const orderOf = ({ port, beyond = false, strengths, sweeps, dialect }: Ablation) =>
  ({
    mode: "swarm",
    beyond,
    withoutRules: port === undefined ? [] : [port],
    ...(strengths === undefined ? {} : { strengths }),
    ...(sweeps === undefined ? {} : { sweeps }),
    ...(dialect === undefined ? {} : { dialect }),
  }) as const;

/** Takes out each rule in up to so many seeds. */
export const ablate = (limit: number, print: (line: string) => void): Promise<[number, number]> =>
  ablateEach(
    ablations,
    {
      jobsOf: (ablation) => {
        const order = orderOf(ablation);
        return inPieces({ from: 1, count: limit }, (seeds): Job => ({ do: "seeds", ...seeds, order }));
      },
      inThreads,
      runShipped: (order) => runOnce({ ...order, withoutRules: [] }),
      enough: 3,
    },
    print,
  );
