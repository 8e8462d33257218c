import type { Chance } from "./chance.ts";

/** Everything that can go wrong, and how likely one occasion of it is where a seed has it switched on. */
export const faultRates = {
  /** An invocation dies before or after an effect. */
  "crash before": 0.012,
  "crash after": 0.012,
  /** An effect takes seconds. */
  slow: 0.015,
  /** The sandbox stands still, then goes on. */
  freeze: 0.004,
  /** Between the saved intent and the call: where standing still hurts the most. */
  "freeze after an intent": 0.4,
  "store throttled": 0.015,
  "store reply lost": 0.05,
  "store write unclear": 0.02,
  "index late": 0.15,
  "queue repeats": 0.3,
  "queue late": 0.15,
  "queue refuses": 0.15,
  "queue reply lost": 0.1,
  "bus takes a part": 0.15,
  "bus reply lost": 0.1,
  "bus down": 0.1,
  "bus repeats": 0.2,
  "tick missed": 0.25,
  "tick twice": 0.25,
  "tick late": 0.25,
  "api reply lost": 0.2,
  "secret slow": 0.2,
  "call lands late": 0.2,
  /** The same, of one that was sent after standing still. */
  "call lands late after a freeze": 0.9,
  /** A proxy keeps a create back until the next one of the same request comes by: far beyond every bound. */
  "two creates land together": 0.4,
  "call never lands": 0.12,
  "answer lost": 0.2,
  "answer unreadable": 0.1,
  "answer without id": 0.05,
  "provider 5xx": 0.12,
  "provider 429": 0.15,
  "provider 429 storm": 0.03,
  "provider unavailable": 0.08,
  "provider forbids for a while": 0.1,
  quota: 0.05,
  "out of stock": 0.05,
  "list late": 0.6,
  "list blinks": 0.3,
  /** A list misses a server that it should have: at most twice for each, which is why one empty list proves nothing. */
  "list misses": 0.3,
  /** A server that was just made is not found where it will be. */
  "look too early": 0.3,
  "look sees nothing": 0.08,
  "look stale": 0.3,
  "look fails": 0.08,
  "falls back": 0.12,
  "turns slowly": 0.25,
  "turns never": 0.05,
  "human deletes": 0.06,
  "human edits tags": 0.08,
  /** A list shows the tags of a thing as they were up to twenty seconds ago. */
  "list shows old tags": 0.5,
  "task pends for ever": 0.3,
  "task is gone": 0.3,
  /** A launch is refused with 402. */
  "launch fails": 0.1,
  /** A build waits for an idle worker, nearly as long as is assumed. */
  "build waits": 0.5,
  /** Minutes; at a slow panel half an hour. */
  "build takes long": 0.12,
  "build fails": 0.2,
  "deletion fails": 0.5,
  /** The provider takes nobody's key for a while; only the world of bulk jobs meets this one and the next. */
  "provider revokes the key": 0.01,
  /** Nothing is answered for minutes. */
  "provider is out": 0.01,
  /** The clock of a sandbox goes back by two minutes for a while; only the world of schedules meets this one and the next. */
  "clock goes back": 0.2,
  /** No tick comes for hours. */
  "scheduler is out": 0.02,
} as const;
export type FaultKind = keyof typeof faultRates;
export const faultKinds = Object.keys(faultRates).filter((name): name is FaultKind => name in faultRates);

/** Kinds that the first world does not meet: no seed of it draws them. */
const elsewhere: ReadonlySet<FaultKind> = new Set([
  "provider revokes the key",
  "provider is out",
  "clock goes back",
  "scheduler is out",
]);

/** A fault that struck: the nth occasion of its kind in this run. */
export interface Struck {
  /** `kind#n`: stable as long as the run before it is. */
  readonly key: string;
  readonly at: number;
  readonly where: string;
}

export interface FaultSettings {
  /** Kinds that are switched on, and how many times more likely than usual. */
  readonly on: ReadonlyMap<FaultKind, number>;
  /** Only these keys strike; null: whatever is drawn. */
  readonly only: ReadonlySet<string> | null;
  /** Nothing strikes from this instant on (ms since the epoch). */
  readonly until: number;
}

/** Kinds of faults, and how many times more likely than usual each is. */
export type Strengths = Readonly<Partial<Record<FaultKind, number>>>;

/** What the faults of a world's seeds are drawn from. */
export interface FaultDraw {
  readonly kinds: readonly FaultKind[];
  /** A seed draws one of them: so large a part of the kinds it has. */
  readonly shares: readonly number[];
  /** The strength of a fifth of the kinds; the others are at least as likely as usual. */
  readonly weakest: number;
}

/** What the first world's are drawn from. */
export const usualDraw: FaultDraw = {
  kinds: faultKinds.filter((kind) => !elsewhere.has(kind)),
  shares: [0.15, 0.35, 0.5, 0.7],
  weakest: 0.5,
};

/**
 * Which faults a seed has: about half of all kinds, each with a strength of its own (a swarm).
 * @param strengths what it has in the place of a random set
 */
export const swarm = (
  chance: Chance,
  { kinds, shares, weakest }: FaultDraw,
  strengths?: Strengths,
): Map<FaultKind, number> => {
  const on = new Map<FaultKind, number>();
  const share = chance.pick(shares);
  for (const kind of kinds) {
    const drawn = chance.pick([weakest, 1, 1, 1, 2]);
    const strength = strengths === undefined ? (chance.happens(share) ? drawn : undefined) : strengths[kind];
    if (strength !== undefined) on.set(kind, strength);
  }
  return on;
};

interface Line {
  readonly chance: Chance;
  readonly rate: number;
  count: number;
}

/** Says when a fault strikes. Each kind draws from a generator of its own, once an occasion, whatever comes of it. */
export class Faults {
  readonly struck: Struck[] = [];
  readonly #lines = new Map<FaultKind, Line>();
  readonly #settings: FaultSettings;
  readonly #now: () => number;

  constructor(settings: FaultSettings, chance: Chance, now: () => number) {
    this.#settings = settings;
    this.#now = now;
    for (const [kind, strength] of settings.on) {
      this.#lines.set(kind, { chance: chance.split(kind), rate: faultRates[kind] * strength, count: 0 });
    }
  }

  /** Whether this occasion goes wrong in this way. */
  strikes(kind: FaultKind, where: string | (() => string)): boolean {
    const line = this.#lines.get(kind);
    const now = this.#now();
    if (line === undefined || now >= this.#settings.until) return false;
    line.count += 1;
    if (line.chance.fraction() >= line.rate) return false;
    const key = `${kind}#${line.count}`;
    if (this.#settings.only !== null && !this.#settings.only.has(key)) return false;
    this.struck.push({ key, at: now, where: typeof where === "string" ? where : where() });
    return true;
  }

  /** Whether no other kinds are on. */
  areOnly(kinds: readonly FaultKind[]): boolean {
    return [...this.#lines.keys()].every((kind) => kinds.includes(kind));
  }

  isOn(kind: FaultKind): boolean {
    return this.#lines.has(kind);
  }
}
