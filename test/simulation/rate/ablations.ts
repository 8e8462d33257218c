import type { Patch } from "../patched-source.ts";
import type { Finding } from "./checks.ts";

/** A rule of the budget, how a test build does without it, and where that must show. */
export interface RateRule {
  readonly name: string;
  readonly says: string;
  readonly patches: readonly Patch[];
  readonly proves: readonly Finding["promise"][];
}

export const rateRules: readonly RateRule[] = [
  {
    name: "hold",
    says: "nothing leaves while the provider asks for quiet",
    patches: [
      {
        file: "lib/platform/pace.ts",
        find: `return news.until > pace.hold_until ? { ...pace, hold_until: news.until } : pace;`,
        put: `return pace;`,
      },
    ],
    proves: ["hold"],
  },
  {
    name: "hold-of-others",
    says: "slots are looked at again before they are used",
    patches: [
      {
        file: "lib/platform/pacer.ts",
        find: `if (slot > this.#shared.readAt + firmMilliseconds) return`,
        put: `if (slot > this.#shared.readAt + firmMilliseconds && slot < 0) return`,
      },
    ],
    proves: ["hold", "bound"],
  },
  {
    name: "halving",
    says: "a 429 halves the rate",
    patches: [
      {
        file: "lib/platform/allowance.ts",
        find: `allowedRate(learned, ceiling, now) / 2)`,
        put: `allowedRate(learned, ceiling, now))`,
      },
    ],
    proves: ["allowance", "storm"],
  },
  {
    name: "growth",
    says: "the rate grows back",
    patches: [
      { file: "lib/platform/allowance.ts", find: `const growthShare = 0.1;`, put: `const growthShare = 0;` },
    ],
    proves: ["allowance", "storm"],
  },
  {
    name: "once",
    says: "one trouble halves the rate once",
    patches: [
      {
        file: "lib/platform/allowance.ts",
        find: `if (lowered !== null && sentAt < lowered.since + troubleOf(lowered)) return lowered;`,
        put: ``,
      },
    ],
    proves: ["allowance"],
  },
  {
    name: "least-slice",
    says: "a write is shared by many calls",
    patches: [{ file: "lib/platform/pace.ts", find: `const leastSlice = 16;`, put: `const leastSlice = 1;` }],
    proves: ["writes"],
  },
  {
    name: "slice-limit",
    says: "nobody reserves without limit",
    patches: [
      {
        file: "lib/platform/pace.ts",
        find: `Math.max(leastSlice, Math.ceil(ratePerSecond / 2));`,
        put: `Math.max(leastSlice, Math.ceil(ratePerSecond * 1000));`,
      },
    ],
    proves: ["utilisation"],
  },
  {
    name: "turns",
    says: "those who wait take turns",
    patches: [
      {
        file: "lib/platform/turns.ts",
        find: `const passed = Math.ceil((sure - last.from) / last.step - speck);`,
        put: `const passed = totalOf(last.claims) + Math.ceil(sure * 0);`,
      },
    ],
    proves: ["starved"],
  },
  {
    name: "sure",
    says: "turns are changed where nobody relies on them",
    patches: [
      {
        file: "lib/platform/turns.ts",
        find: `Math.ceil((now + firmMilliseconds + writingMilliseconds) / grain) * grain;`,
        put: `now;`,
      },
    ],
    proves: ["bound"],
  },
  {
    name: "one-clock",
    says: "slots are instants of one clock",
    patches: [
      {
        file: "lib/platform/shared-pace.ts",
        find: `if (lead > this.#lead) this.#lead = lead;`,
        put: ``,
      },
    ],
    proves: ["utilisation", "starved", "bound"],
  },
  {
    name: "circuit",
    says: "a zone without clear outcomes is left alone",
    patches: [
      {
        file: "lib/platform/circuit.ts",
        find: `if (circuit === null || circuit.open_until === 0) return "go";`,
        put: `if (circuit === null || now > 0) return "go";`,
      },
    ],
    proves: ["circuit"],
  },
  {
    name: "half-open",
    says: "one call alone tries whether a zone is back",
    patches: [
      {
        file: "lib/platform/pacer.ts",
        find: `=== "try") return this.#try(waiter.zone);`,
        put: `=== "go" && now < 0) return;`,
      },
    ],
    proves: ["circuit"],
  },
];
