import type { HookOrder } from "./one-run.ts";

/** A seed that has found a fault, and what it was. */
export interface HookRegression {
  readonly was: string;
  readonly order: HookOrder;
}

/** Each has failed before what it names was mended; each is run by a test. */
export const hookRegressions: readonly HookRegression[] = [
  {
    was: "An endpoint that was set up between the reading of the endpoints and the reading of the feed missed what was said in between.",
    order: { seed: 760, mode: "swarm", strengths: { slow: 8, "tick twice": 2 } },
  },
  {
    was: "A recovered endpoint never got what had happened before and was appended to the feed afterwards.",
    order: { seed: 229, mode: "swarm" },
  },
  {
    was: "A deleted endpoint was gone before what waited for it was ended, and then nobody found that any more.",
    order: { seed: 177, mode: "swarm" },
  },
  {
    was: "When one look at the due index failed, the invocation ended while the others were still under way.",
    order: { seed: 4, mode: "swarm", strengths: { "store throttled": 3, slow: 1 } },
  },
  {
    was: "After a 410 the rest of the lane was still sent, as the endpoint was read once for all of it.",
    order: { seed: 40, mode: "swarm" },
  },
  {
    was: "An endpoint that was recovered once more, before it had all that it missed, never got what was appended late from before the second break.",
    order: { seed: 2384, mode: "swarm" },
  },
];
