import type { BulkOrder } from "./one-run.ts";

/** What seeds have found, and what was mended since. */
export const bulkRegressions: readonly { readonly was: string; readonly order: BulkOrder }[] = [
  {
    was: "an item that was given back by one runner was sent by another one that had stood still, and made twice",
    order: { seed: 87, mode: "swarm" },
  },
  {
    was: "the runner was not told of a cancel whose first answer was a fault of the table",
    order: { seed: 141, mode: "swarm" },
  },
  {
    was: "a server of another job of the same batch_scope was taken for the job's own",
    order: { seed: 693, mode: "swarm" },
  },
  {
    was: "a start that was learnt before a cancel brought a cancelled item back to running",
    order: { seed: 325, mode: "swarm" },
  },
  {
    was: "one job whose counters were contested ended the run of all jobs",
    order: { seed: 205, mode: "swarm" },
  },
  {
    was: "a removal in doubt was shown as a server that stays",
    order: { seed: 435, mode: "swarm" },
  },
  {
    was: "a job that was cancelled waited for ever for an item whose row the table does not take",
    order: { seed: 4, mode: "swarm" },
  },
];
