import type { RunOrder } from "./one-run.ts";

/** A run that once broke an invariant, and what was wrong. */
export interface Regression {
  readonly name: string;
  readonly wrong: string;
  readonly order: RunOrder;
}

const named = (name: string, wrong: string, order: Omit<RunOrder, "mode">): Regression => ({
  name,
  wrong,
  order: { mode: "swarm", ...order },
});

export const regressions: readonly Regression[] = [
  named(
    "a secret store that hangs does not make an intent old",
    "The secret was read between the check of the start window and the sending, so that a create left long after it and landed behind the horizon.",
    {
      seed: 53,
      strengths: {
        "secret slow": 5,
        "queue refuses": 6,
        "call lands late": 4,
        "list late": 1.6,
        "list misses": 3,
      },
    },
  ),
  named(
    "one list that misses a server does not make a second one",
    "Empty searches counted before anything could have landed, so that one look at the list after the horizon decided.",
    {
      seed: 6,
      strengths: { "list misses": 3, "call lands late": 3 },
      only: ["call lands late#1", "call lands late#2", "list misses#1", "list misses#2"],
    },
  ),
  named(
    "an invocation whose mark fails waits for its other marks",
    "Marks of published events ran side by side, and the first that failed ended the invocation with the others under way.",
    {
      seed: 759,
      only: ["queue repeats#1", "queue repeats#4", "queue repeats#5", "provider 429#1", "store throttled#47"],
    },
  ),
  named(
    "a follower whose waiting looks are refused ends with nothing pending",
    "The pacer's loop slept on for a place that nobody wanted any more after a 429 had refused those who waited.",
    { seed: 1601 },
  ),
  named(
    "a follower that is refused for the second time ends with nothing pending",
    "As before, with slow calls and single 429s.",
    {
      seed: 2057,
      strengths: { "provider 429": 3, slow: 2 },
      only: [
        ...[9, 20, 52, 64, 109].map((occasion) => `slow#${occasion}`),
        ...[2, 3, 4, 5, 10, 11].map((occasion) => `provider 429#${occasion}`),
      ],
    },
  ),
];
