import type { RunOrder } from "./one-run.ts";
import type { Patch } from "./patched-source.ts";
import type { PortRule } from "./world.ts";

/** A mistake that the world has found, and a run that shows it: it breaks the build that still makes the mistake. */
export interface Regression {
  readonly name: string;
  readonly wrong: string;
  /** The mistake, made again in a test build. */
  readonly patches?: readonly Patch[];
  /** The same, for what an implementation of a port promises. */
  readonly port?: PortRule;
  readonly breaks: string;
  readonly order: RunOrder;
}

const pendingPacer: readonly Patch[] = [
  {
    file: "lib/platform/pacer.ts",
    find: `    if (this.#waiters.length === 0) await this.#loop;\n`,
    put: ``,
  },
];

export const regressions: readonly Regression[] = [
  {
    name: "one list that misses a server does not make a second one",
    wrong:
      "Empty searches counted before anything could have landed, so that one look at the list after the horizon decided.",
    patches: [
      {
        file: "lib/operation/doubt.ts",
        find: `doubt.empty_searches + (horizonPassed ? 1 : 0);`,
        put: `doubt.empty_searches + 1;`,
      },
      {
        file: "lib/operation/doubt.ts",
        find: `if (empty < bounds.emptySearches) {`,
        put: `if (!horizonPassed || empty < bounds.emptySearches) {`,
      },
    ],
    breaks: "I1",
    order: {
      seed: 40,
      mode: "swarm",
      dialect: "scaleway-instance",
      strengths: { "list misses": 3, "call lands late": 3 },
    },
  },
  {
    name: "a secret store that hangs does not make an intent old",
    wrong:
      "The secret was read between the check of the start window and the sending, so that a create left long after it and landed behind the horizon.",
    port: "what is held up is not sent",
    breaks: "I1",
    order: {
      seed: 2,
      mode: "swarm",
      dialect: "scaleway-instance",
      strengths: {
        "secret slow": 5,
        "queue refuses": 6,
        "call lands late": 4,
        "list late": 1.6,
        "list misses": 3,
      },
    },
  },
  {
    name: "an invocation whose mark fails waits for its other marks",
    wrong:
      "Marks of published events ran side by side, and the first that failed ended the invocation with the others under way.",
    patches: [
      {
        file: "lib/flows/in-parallel.ts",
        find: `  const lanes = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, lane));\n  for (const ended of lanes) if (ended.status === "rejected") throw ended.reason;`,
        put: `  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));`,
      },
    ],
    breaks: "I14",
    order: {
      seed: 603,
      mode: "swarm",
      dialect: "scaleway-instance",
      strengths: { "store throttled": 6, "queue repeats": 1, "provider 429": 1 },
    },
  },
  {
    name: "a follower whose waiting looks are refused ends with nothing pending",
    wrong:
      "The pacer's loop slept on for a place that nobody wanted any more after a 429 had refused those who waited.",
    patches: pendingPacer,
    breaks: "I14",
    order: { seed: 13, mode: "swarm", dialect: "scaleway-instance" },
  },
  {
    name: "an object that we made ourselves is not taken for somebody else's",
    wrong:
      "A change that was sent after a pause left no trace: when its sender died, the next one was told that it exists and failed.",
    patches: [
      {
        file: "lib/operation/resume.ts",
        find: `      : { do: "intend" };\n  }\n  const what`,
        put: `      : { do: "send", what: "apply" };\n  }\n  const what`,
      },
    ],
    breaks: "I5",
    order: { seed: 934, mode: "swarm", dialect: "scaleway-v1" },
  },
  {
    name: "events of a server are in one order although it can't name its maker",
    wrong:
      "A panel's name has no room for a whole id, so that whoever spoke of the server next began to count from one again.",
    patches: [
      {
        file: "lib/flows/change-operation.ts",
        find: `  if (adoptsUnsigned(operation, change.operation, fact)) {`,
        put: `  if (operation.id === "") {`,
      },
      // Nor are creates looked through, which would find the youngest of them all the same.
      {
        file: "lib/flows/creator-of.ts",
        find: `(await register.makers).get(resource.id) ?? null`,
        put: `(await register.makers).get("") ?? null`,
      },
    ],
    breaks: "I6",
    order: { seed: 39, mode: "swarm", dialect: "convoy-v0" },
  },
  {
    name: "what was asked before a process stood still is as old as the question",
    wrong:
      "A look that came too early for a new server was judged by the time at which its answer was heard, a minute later, so that the server counted as removed.",
    patches: [
      {
        file: "lib/operation/seen.ts",
        find: `const asOf = Math.min(now, fact.at ?? now);`,
        put: `const asOf = now;`,
      },
    ],
    breaks: "I5",
    order: {
      seed: 68,
      mode: "swarm",
      strengths: {
        "look too early": 3.3,
        "freeze after an intent": 1.6,
        "queue refuses": 5,
        "call lands late": 2,
        "crash before": 2,
      },
    },
  },
  {
    name: "a reboot that an old state stood in the way of is asked for again for a while",
    wrong: "Three refusals by a state that was shown for longer than they took made the reboot fail.",
    patches: [
      {
        file: "lib/operation/judge-setback.ts",
        find: `(step.started_at !== null && secondsBetween(step.started_at, now) < staleSeconds);`,
        put: `false;`,
      },
    ],
    breaks: "I16",
    order: { seed: 124_239, mode: "swarm" },
  },
  {
    name: "a look that waits for its places ends within the follower's time",
    wrong:
      "The follower's time was over while its last look waited for a second place under a storm of 429s.",
    patches: [{ file: "test/simulation/installation.ts", find: `follow: 120_000,`, put: `follow: 90_000,` }],
    breaks: "I14",
    order: { seed: 371_658, mode: "swarm" },
  },
  {
    name: "a call waits for its place no longer than its invocation lasts",
    wrong:
      "A worker that started an operation was ended by its timeout while its second look waited for a place.",
    patches: [
      {
        file: "lib/platform/cell-budget.ts",
        find: `Math.max(0, timeLeft() - answerMilliseconds)`,
        put: `Number.POSITIVE_INFINITY`,
      },
    ],
    breaks: "I14",
    order: { seed: 73_245, mode: "swarm" },
  },
];
