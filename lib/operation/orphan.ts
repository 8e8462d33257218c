import { secondsAfter } from "./bounds.ts";
import { creates, resourceTypeOf } from "./kind.ts";
import { isKept, makerIn, type Marked } from "./marked.ts";
import { isDone, type Operation } from "./operation.ts";

/** Why a marked thing has no owner: its operation has another one, or ended without it. */
export const orphanReasons = ["extra", "without_owner"] as const;
export type OrphanReason = (typeof orphanReasons)[number];

/** What a marked thing is. `why` is for people. */
export type Judgement =
  | {
      readonly is: "not_ours" | "kept" | "unknown_owner" | "waits" | "owned" | "too_young";
      readonly why: string;
    }
  | {
      readonly is: "orphan";
      readonly reason: OrphanReason;
      readonly why: string;
      /** Why it is left alone even where orphans are deleted; null where nothing speaks against it. */
      readonly heldBack: string | null;
    };

/** A marked thing, and what is known of whoever should own it. */
export interface OrphanCase {
  readonly thing: Marked;
  readonly deployment: string;
  readonly connection: string;
  /** The operation that its marker names; null where there is no such row. */
  readonly operation: Operation | null;
  /** Whether any other operation has ever worked on it, or is about to; null: nobody can tell. */
  readonly isWorkedOn: boolean | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What lands later than this many seconds breaks what the connection assumes of its provider. */
  readonly horizonSeconds: number;
}

type Row = Operation;
type Known = Omit<OrphanCase, "operation"> & { readonly operation: Row };

/** A sentence, and when it holds. The first that holds decides. */
interface Sentence {
  readonly is: Exclude<Judgement["is"], "orphan">;
  readonly why: string;
  readonly when: (known: Known) => boolean;
}

const makesSuch = ({ thing, operation }: Known): boolean =>
  resourceTypeOf(operation.kind) === thing.resource.type;

const isYoung = ({ thing, operation, now, horizonSeconds }: Known): boolean => {
  const horizon = Math.max(horizonSeconds, operation.horizon_seconds);
  // A date that can't be read delays nothing here: whoever sees it twice waits for the horizon between the two.
  return [thing.createdAt, operation.ended_at].some(
    (since) => since !== null && now < secondsAfter(since, horizon),
  );
};

const sentences: readonly Sentence[] = [
  {
    is: "not_ours",
    why: "its tags do not name the operation that was asked about",
    when: ({ thing, deployment, operation }) => makerIn(thing.tags, deployment) !== operation.id,
  },
  {
    is: "owned",
    why: "its operation belongs to another connection",
    when: ({ operation, connection }) => operation.connection !== connection,
  },
  {
    is: "unknown_owner",
    why: "the operation that it names makes nothing: somebody has written that tag",
    when: ({ operation }) => !creates(operation.kind),
  },
  {
    is: "waits",
    why: "its operation is not over",
    when: ({ operation }) => !isDone(operation),
  },
  {
    is: "waits",
    why: "its operation needs attention: a person decides",
    when: ({ operation }) => operation.state === "needs_attention",
  },
  {
    is: "owned",
    why: "it is what its operation has made",
    when: ({ operation, thing }) =>
      operation.state === "succeeded" && operation.resource?.id === thing.resource.id,
  },
  {
    is: "unknown_owner",
    why: "its operation has succeeded and does not say with what",
    when: ({ operation }) => operation.state === "succeeded" && operation.resource === null,
  },
  {
    is: "owned",
    why: "another operation works on it, or has",
    when: ({ isWorkedOn }) => isWorkedOn === true,
  },
  {
    is: "owned",
    why: "a server uses it, and its operation makes no such thing: it goes with that server",
    when: (known) => !makesSuch(known) && known.thing.usedBy !== null,
  },
  { is: "too_young", why: "its operation may still be catching up", when: isYoung },
];

/** Seconds after the end of a thing's operation in which the provider may still write down what that has done. */
const settles = 60;

/**
 * Whether somebody has changed it since: an update through us or by hand leaves no other trace. A date that can't be
 * read is a doubt too.
 */
const wasTakenOver = ({ operation, thing }: Known): boolean => {
  const { changedAt = null, createdAt } = thing;
  if (changedAt === null) return false;
  const last = Math.max(Date.parse(createdAt ?? ""), Date.parse(operation.ended_at ?? "")) || 0;
  return !(Date.parse(changedAt) <= last + settles * 1000);
};

const restWords: Readonly<Record<string, string>> = { server: "is off", volume: "is at rest", ip: "is free" };

/** Why an orphan is left alone even where orphans are deleted. The first that holds is said. */
const holds: readonly { readonly why: (known: Known) => string; readonly when: (known: Known) => boolean }[] =
  [
    {
      why: () => "a person gave its operation up, and was told that it is left alone",
      when: ({ operation }) => operation.error?.code === "ABANDONED",
    },
    {
      why: ({ operation }) => `its operation is a ${operation.kind}: whoever has tagged it decides`,
      when: (known) => !makesSuch(known),
    },
    {
      why: () => "it was changed after all that its operation has done: somebody may have taken it over",
      when: wasTakenOver,
    },
    {
      why: () => "too much is under way to tell whether another operation works on it",
      when: ({ isWorkedOn }) => isWorkedOn === null,
    },
    { why: () => "it is protected", when: ({ thing }) => thing.isProtected },
    { why: () => "a server uses it", when: ({ thing }) => thing.usedBy !== null },
    {
      why: ({ thing }) =>
        `it is ${thing.state ?? "in a state that nobody knows"}, and only what ${restWords[thing.resource.type] ?? "is at rest"} is deleted`,
      when: ({ thing }) => thing.phase !== "off",
    },
  ];

const judgeKnown = (known: Known): Judgement => {
  const said = sentences.find(({ when }) => when(known));
  if (said !== undefined) return { is: said.is, why: said.why };
  const { operation, thing } = known;
  const other = operation.resource?.id;
  const isExtra = makesSuch(known) && other !== undefined && other !== thing.resource.id;
  return {
    is: "orphan",
    reason: isExtra ? "extra" : "without_owner",
    why: isExtra
      ? `operation ${operation.id} has ${other}, not this one`
      : `operation ${operation.id} is ${operation.state}, and nobody owns this`,
    heldBack: holds.find(({ when }) => when(known))?.why(known) ?? null,
  };
};

/**
 * Whether a marked thing has no owner. Pure. Where anything is in doubt it has one: half a marker, an operation that
 * nobody knows (rows are kept for 30 days only), one that is not over, anything that another operation has touched.
 */
export const judgeMarked = ({ operation, ...rest }: OrphanCase): Judgement => {
  if (makerIn(rest.thing.tags, rest.deployment) === null)
    return { is: "not_ours", why: "its tags don't say beyond doubt that this installation has made it" };
  if (isKept(rest.thing.tags)) return { is: "kept", why: "it is tagged to be kept" };
  if (operation === null) return { is: "unknown_owner", why: "the operation that it names is not on record" };
  return judgeKnown({ ...rest, operation });
};
