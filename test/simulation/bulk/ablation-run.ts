import { type BulkAblation, bulkAblations } from "./ablations.ts";
import type { BulkFailure, BulkWork } from "./jobs.ts";
import { type BulkOrder, runOnce } from "./one-run.ts";
import { inThreads } from "./threads.ts";

/** Failing seeds after which a rule counts as caught: some may fail in the shipped build as well. */
const enough = 2;
/** Seeds in which nothing may break where a rule only saves work. */
const seedsOfThrift = 200;

const seedsOf = (failures: readonly BulkFailure[]): number =>
  new Set(failures.map(({ order }) => order.seed)).size;

/** Seeds in pieces: so many more than need be are run when a rule shows. */
const inPieces = function* (
  count: number,
  piece: number,
  order: Omit<BulkOrder, "seed">,
): Generator<BulkWork> {
  for (let from = 1; from <= count; from += piece)
    yield { do: "seeds", from, count: Math.min(piece, count - from + 1), order };
};

/** The first failure of a seed that the shipped build passes. */
const firstOwn = async (failures: readonly BulkFailure[]): Promise<BulkFailure | undefined> => {
  for (const failure of failures.toSorted((one, other) => one.order.seed - other.order.seed))
    if ((await runOnce(failure.order)).violations.length === 0) return failure;
  return undefined;
};

/** Runs a build with a rule taken out until it shows. @returns whether it went as it should, and the line that says so */
export const tryWithout = async (
  { patches, strengths, proves }: BulkAblation,
  limit: number,
  piece = 25,
): Promise<[boolean, string]> => {
  const order = { mode: "swarm", ...(strengths === undefined ? {} : { strengths }) } as const;
  const isThrift = proves.length === 0;
  const works = inPieces(isThrift ? Math.min(limit, seedsOfThrift) : limit, piece, order);
  const shows = ({ invariant }: BulkFailure): boolean => isThrift || proves.includes(invariant);
  const sum = await inThreads(works, {
    patches,
    goesOn: (so) => seedsOf(so.failures.filter(shows)) < enough,
  });
  const first = await firstOwn(sum.failures.filter(shows));
  if (first === undefined)
    return [isThrift, isThrift ? `nothing breaks in ${sum.runs} | | ` : `NOT CAUGHT in ${sum.runs} | | `];
  return [!isThrift, `${first.order.seed} | ${first.invariant} | ${first.explanation} `];
};

/**
 * Runs each build with a rule taken out until a violation shows, and prints rule → seed → invariant. `about`: a word of
 * the rules that are meant.
 */
export const ablate = async (
  limit: number,
  about: string,
  print: (line: string) => void,
): Promise<[number, number]> => {
  let passed = 0;
  const meant = bulkAblations.filter(({ rule }) => rule.includes(about));
  print(`| rule taken out | caught in seed | broken | what was seen |\n| --- | --- | --- | --- |`);
  for (const ablation of meant) {
    const [isFine, line] = await tryWithout(ablation, limit);
    if (isFine) passed += 1;
    print(`| ${ablation.rule} | ${line}|`);
  }
  return [passed, meant.length - passed];
};
