import { ablateEach } from "../ablate-each.ts";
import { inPieces } from "../seeds.ts";
import { scheduleAblations, type ScheduleAblation } from "./ablations.ts";
import type { ScheduleJob } from "./jobs.ts";
import { runOnce } from "./one-run.ts";
import { inThreads } from "./threads.ts";

const orderOf = ({ strengths, span, tickAt }: ScheduleAblation) =>
  ({
    mode: "swarm",
    ...(strengths === undefined ? {} : { strengths }),
    ...(span === undefined ? {} : { span }),
    ...(tickAt === undefined ? {} : { tickAt }),
  }) as const;

/** Takes out each rule in up to so many seeds. */
export const ablate = (limit: number, print: (line: string) => void): Promise<[number, number]> =>
  ablateEach(
    scheduleAblations,
    {
      jobsOf: (ablation) => {
        const order = orderOf(ablation);
        return inPieces({ from: 1, count: limit }, (seeds): ScheduleJob => ({
          do: "seeds",
          ...seeds,
          order,
        }));
      },
      inThreads,
      runShipped: runOnce,
      enough: 2,
    },
    print,
  );
