import type { DialectName } from "../../lib/connection.ts";
import type { AnyAblation } from "./ablate-each.ts";
import { dialectRules } from "./dialect-ablations.ts";
import { eventRules } from "./event-ablations.ts";
import { sweepRules } from "./sweep-ablations.ts";
import type { PortRule } from "./world.ts";

/** A rule, and how a test build does without it. */
export interface Ablation extends AnyAblation {
  /** For rules that are kept by the implementation of a port. */
  readonly port?: PortRule;
  /** Only a provider that breaks its bounds shows what the rule is for. */
  readonly beyond?: boolean;
  /** Whether each seed has a sweeper that deletes. */
  readonly sweeps?: "delete";
  /** The dialect that the rule is for, where it is not for all. */
  readonly dialect?: DialectName;
}

const transition = "lib/operation/transition.ts";
const doubt = "lib/operation/doubt.ts";
const following = "lib/flows/follow-operations.ts";
const noEnd = ["I2", "I4"];
const twoServers = ["I1", "I3"];
const createRules: readonly Ablation[] = [
  {
    rule: "R1 the intent is saved before the create is sent",
    patches: [
      {
        file: transition,
        find: `      operation: intend(begun, "create", now, null),\n      save: true,`,
        put: `      operation: intend(begun, "create", now, null),\n      save: false,`,
      },
    ],
    proves: twoServers,
  },
  {
    rule: "R2 the marker is in the create call",
    patches: [
      {
        file: "lib/flows/provider-call.ts",
        find: `marker: markerOf(operation.id, deployment) };`,
        put: `marker: markerOf("op_00000000000000000000000000", deployment) };`,
      },
    ],
    proves: twoServers,
  },
  {
    rule: "R3 an outcome that is not known is not a refusal",
    patches: [
      {
        file: "lib/flows/provider-call.ts",
        find: `    return { type: "doubted", reason: error.message, requestId: error.provider.request_id ?? null };`,
        put: `    return { type: "refused", code: "UNAVAILABLE", detail: "", provider: { status: null }, retryAfterSeconds: 1 };`,
      },
    ],
    proves: twoServers,
  },
  {
    rule: "R4 nothing is created again before the horizon",
    patches: [
      {
        file: doubt,
        find: `now >= secondsAfter(call.intended_at, horizon)`,
        put: `now > 0`,
      },
    ],
    proves: twoServers,
  },
  {
    rule: "R4 several searches must be empty",
    patches: [{ file: doubt, find: `empty < bounds.emptySearches`, put: `empty < 1` }],
    proves: twoServers,
  },
  {
    rule: "R4 somebody searches at all",
    patches: [
      {
        file: doubt,
        find: `  const match = oldest(matches);`,
        put: `  const match = oldest(matches.slice(0, 0));`,
      },
    ],
    proves: twoServers,
  },
  {
    rule: "R5 an old intent is not sent",
    patches: [
      {
        file: "lib/flows/advance-operation.ts",
        find: `turn.ports.clock.now() > secondsAfter(intended, bounds.startWindow - bounds.sendWithin)`,
        put: `turn.ports.clock.now() < 0`,
      },
    ],
    strengths: {
      "freeze after an intent": 1,
      "call lands late after a freeze": 1.2,
      "queue refuses": 6.6,
      "list late": 1.6,
      "list misses": 3,
    },
    proves: twoServers,
  },
  {
    rule: "R5 a call that is held up on its way is not sent",
    port: "what is held up is not sent",
    strengths: {
      "secret slow": 5,
      "queue refuses": 6,
      "call lands late": 4,
      "list late": 1.6,
      "list misses": 3,
    },
    proves: twoServers,
  },
  {
    rule: "R9 of several servers the oldest is ours",
    patches: [
      {
        file: doubt,
        find: `Date.parse(a.createdAt) - Date.parse(b.createdAt)`,
        put: `Date.parse(b.createdAt) - Date.parse(a.createdAt)`,
      },
    ],
    beyond: true,
    proves: ["R9"],
  },
  {
    rule: "R8 a create only prepares: what it makes is off until it is adopted",
    port: "create only prepares",
    beyond: true,
    proves: ["I3"],
  },
];

const rowRules: readonly Ablation[] = [
  {
    rule: "R6 a row is written only over the version that was read",
    port: "version check",
    proves: [...twoServers, ...noEnd, "I6"],
  },
  {
    rule: "R7 a write whose reply was lost is known by its token",
    port: "own-write check",
    strengths: { "store reply lost": 5 },
    proves: ["I16"],
  },
  {
    rule: "R13 one row for each idempotency key",
    port: "conditional create",
    proves: [...twoServers, ...noEnd, "I6"],
  },
  {
    rule: "R6 whoever is overtaken stops",
    patches: [
      {
        file: "lib/flows/change-operation.ts",
        find: `if (written === "stale") throw new OvertakenByAnother(operation.id);`,
        put: ``,
      },
    ],
    proves: [...twoServers, ...noEnd, "I6"],
  },
  {
    rule: "R34 the follower takes what is due",
    patches: [
      {
        file: following,
        find: `  log.count("FollowerHeartbeat", 1);`,
        put: `  if (log !== undefined) return;`,
      },
    ],
    proves: noEnd,
  },
  {
    rule: "an accepted operation is due, should its message be lost",
    patches: [
      {
        file: "lib/operation/due-at.ts",
        find: `return secondsAfter(operation.created_at, acceptedPatience);`,
        put: `return null;`,
      },
    ],
    proves: noEnd,
  },
  {
    rule: "R11 what goes past its deadline needs attention",
    patches: [
      {
        file: "lib/operation/operation.ts",
        find: `deadline_at !== null && now > Date.parse(deadline_at);`,
        put: `deadline_at !== null && now < 0;`,
      },
    ],
    proves: noEnd,
  },
  {
    rule: "R12 a reboot is not repeated by itself",
    patches: [
      {
        file: "lib/operation/judge-reboot.ts",
        find: `  if (now < secondsAfter(call.intended_at, bounds.providerMax)) return wait("no change seen yet");`,
        put: `  if (now > 0) return send("act", "asking again");`,
      },
    ],
    proves: ["I3"],
  },
  {
    rule: "what was just made may not be visible yet",
    patches: [
      {
        file: "lib/operation/fresh.ts",
        find: `age < bounds.providerMax`,
        put: `age < 0`,
      },
    ],
    proves: ["I5"],
  },
  {
    rule: "what another change stands in the way of is asked for again",
    patches: [
      {
        file: "lib/operation/refused.ts",
        find: `lookedAtWhenRefused.has(step.name)`,
        put: `operation.id === ""`,
      },
    ],
    dialect: "scaleway-instance",
    proves: ["I16"],
  },
  {
    rule: "a rate limit delays and never fails",
    patches: [
      {
        file: "lib/operation/refused.ts",
        find: `    case "RATE_LIMITED":\n    case "UNAVAILABLE":\n      return`,
        put: `    case "UNAVAILABLE":\n      return`,
      },
    ],
    proves: ["I16"],
  },
];

/** Every protecting rule that can be taken out, and where that must show. */
export const ablations: readonly Ablation[] = [
  ...createRules,
  ...rowRules,
  ...eventRules,
  ...sweepRules,
  ...dialectRules,
];
