import { quantile } from "../statistics.ts";
import type { Figures } from "./figures.ts";

/** A bar, and how high it was met. */
export interface Bar {
  readonly name: string;
  readonly most: number;
  /** Null: the case was not played. */
  readonly value: number | null;
}

type Cases = Readonly<Record<string, Figures>>;

/** The jobs of five servers, the slowest, or the one in the middle. */
const smallJobs = (figures: Figures | undefined, share: number): number | null =>
  quantile(
    Object.entries(figures?.jobs ?? {}).flatMap(([name, seconds]) =>
      name.startsWith("small") ? [seconds] : [],
    ),
    share,
  );

const slower = (cases: Cases, how: string, share: number): number | null => {
  const beside = smallJobs(cases[`beside${how}`], share);
  const alone = smallJobs(cases[`alone${how}`], share);
  return beside === null || alone === null ? null : beside / alone;
};

const many = ["1000", "10000"] as const;
const limited = ["limited", "outage"] as const;

/** What has to be met, each with what the figures say. */
export const barsOf = (cases: Cases): readonly Bar[] => [
  ...many.flatMap((name) => [
    { name: `${name}: provider calls a server`, most: 2.1, value: cases[name]?.callsPerServer ?? null },
    {
      name: `${name}: table write units an operation`,
      most: 4,
      value: cases[name]?.unitsPerOperation ?? null,
    },
    {
      name: `${name}: queue requests an operation`,
      most: 0.4,
      value: cases[name]?.queuePerOperation ?? null,
    },
    { name: `${name}: 429s`, most: 0, value: cases[name]?.calls.limited ?? null },
  ]),
  {
    name: "10000: time to issue all writes ÷ (2N / rate)",
    most: 1.03,
    value: cases["10000"]?.issueRatio ?? null,
  },
  ...["1", "100", ...many, ...limited].map((name) => ({
    name: `${name}: lost`,
    most: 0,
    value: cases[name]?.lost ?? null,
  })),
  { name: "a job of 5 beside one of 5000 ÷ alone, median", most: 2, value: slower(cases, "", 0.5) },
  { name: "a job of 5 beside one of 5000 ÷ alone, slowest", most: 2, value: slower(cases, "", 1) },
  { name: "the same where servers run at once, median", most: 2, value: slower(cases, ", at once", 0.5) },
  { name: "the same where servers run at once, slowest", most: 2, value: slower(cases, ", at once", 1) },
];
