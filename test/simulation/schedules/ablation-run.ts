import { inPieces } from "../lanes.ts";
import { scheduleAblations } from "./ablations.ts";
import type { ScheduleFailure, ScheduleJob } from "./jobs.ts";
import { runOnce } from "./one-run.ts";
import { inThreads } from "./threads.ts";

/** Failing seeds after which a rule counts as caught: some may fail in the shipped build as well. */
const enough = 2;
const seedsOf = (failures: readonly ScheduleFailure[]): number =>
  new Set(failures.map(({ order }) => order.seed)).size;

/** The first failure of a seed that the shipped build passes. */
const firstOwn = async (failures: readonly ScheduleFailure[]): Promise<ScheduleFailure | undefined> => {
  for (const failure of failures.toSorted((one, other) => one.order.seed - other.order.seed))
    if ((await runOnce(failure.order)).violations.length === 0) return failure;
  return undefined;
};

/** Runs each build with a rule taken out until a violation shows, and prints rule → seed → invariant. */
export const ablate = async (limit: number, print: (line: string) => void): Promise<[number, number]> => {
  let caught = 0;
  print(`| rule taken out | caught in seed | broken | what was seen |\n| --- | --- | --- | --- |`);
  for (const { rule, patches, strengths, span, tickAt, proves } of scheduleAblations) {
    const order = {
      mode: "swarm",
      ...(strengths === undefined ? {} : { strengths }),
      ...(span === undefined ? {} : { span }),
      ...(tickAt === undefined ? {} : { tickAt }),
    } as const;
    const jobs = inPieces(1, limit, (from, count): ScheduleJob => ({ do: "seeds", from, count, order }));
    const shows = ({ invariant }: ScheduleFailure): boolean => proves.includes(invariant);
    const sum = await inThreads(jobs, {
      patches,
      goesOn: (so) => seedsOf(so.failures.filter(shows)) < enough,
    });
    const first = await firstOwn(sum.failures.filter(shows));
    if (first !== undefined) caught += 1;
    print(
      first === undefined
        ? `| ${rule} | NOT CAUGHT in ${sum.runs} | | |`
        : `| ${rule} | ${first.order.seed} | ${first.invariant} | ${first.explanation} |`,
    );
  }
  return [caught, scheduleAblations.length - caught];
};
