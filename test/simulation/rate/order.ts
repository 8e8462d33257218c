import { Chance } from "../chance.ts";

/** What a run is about. */
export type Theme = "steady" | "limited" | "hold" | "storm" | "outage";

/** A run, drawn from its seed. Times in milliseconds since its beginning. */
export interface Order {
  readonly seed: number;
  readonly theme: Theme;
  /** Calls per second that are configured. */
  readonly ceiling: number;
  /** Calls per second that the provider takes. */
  readonly limit: number;
  /** Processes with more work than they may do, and those with a call now and then. */
  readonly busy: number;
  readonly lone: number;
  /** How far clocks may be off, each way. */
  readonly skew: number;
  /** Longest way to the cells and back. */
  readonly cellLatency: number;
  /** Chances that the table refuses, that a reply is lost, and that a written cell's writer is told of a fault. */
  readonly throttled: number;
  readonly replyLost: number;
  readonly unclear: number;
  /** When busy processes die. */
  readonly deaths: readonly number[];
  readonly lasts: number;
  /** When the provider has trouble (429s or no answers), in themes that have it. */
  readonly troubleFrom: number;
  readonly troubleUntil: number;
  /** Longest time of an answer. */
  readonly answerLatency: number;
}

const themes: readonly Theme[] = [
  ...Array.from({ length: 12 }, () => "steady" as const),
  ...Array.from({ length: 3 }, () => "limited" as const),
  ...Array.from({ length: 2 }, () => "hold" as const),
  ...Array.from({ length: 2 }, () => "outage" as const),
  "storm",
];

/** Most rates are small: those that are set in practice are. */
const ceilingOf = (theme: Theme, chance: Chance): number => {
  const most = { steady: 400, hold: 100, limited: 120, outage: 30, storm: 10 }[theme];
  const rate = Math.exp(chance.fraction() * Math.log(most));
  return chance.happens(0.3) ? chance.pick([1, 2, 5, 10, 20]) : Math.round(rate * 10) / 10;
};

const busyOf = (theme: Theme, chance: Chance): number => {
  if (theme !== "steady") return chance.between(1, 6);
  return chance.happens(0.06) ? chance.between(13, 46) : chance.between(1, 9);
};

const limitOf = (theme: Theme, ceiling: number, chance: Chance): number =>
  theme === "limited" ? ceiling * (0.3 + 0.6 * chance.fraction()) : ceiling * 10 + 100;

const calls = 220;

const lengthOf = (theme: Theme, ceiling: number, busy: number, died: number, chance: Chance): number => {
  switch (theme) {
    case "storm":
      return 1_000_000;
    case "limited":
      return ceiling > 25 ? 40_000 : 120_000;
    case "outage":
      return 130_000;
    case "hold":
      return 40_000;
    case "steady":
      // Long enough that each has several turns, and that what one who dies had reserved is little of it.
      return Math.max(
        7000 + 7000 * died,
        ((calls + 30 * busy) / ceiling) * 1000 * (0.8 + 0.4 * chance.fraction()),
      );
  }
};

export const orderOf = (seed: number): Order => {
  const chance = new Chance(seed).split("order");
  const theme = chance.pick(themes);
  const ceiling = ceilingOf(theme, chance);
  const busy = busyOf(theme, chance);
  const isFaulty = chance.happens(0.4);
  const died = theme === "steady" && busy > 1 && chance.happens(0.3) ? 1 : 0;
  const lasts = lengthOf(theme, ceiling, busy, died, chance);
  return {
    seed,
    theme,
    ceiling,
    busy,
    lasts,
    limit: limitOf(theme, ceiling, chance),
    lone: Math.max(busy === 1 ? 1 : 0, chance.between(0, 5)),
    skew: chance.happens(0.5) ? 0 : chance.between(0, 2001),
    cellLatency: chance.pick([6, 20, 60]),
    throttled: isFaulty ? chance.pick([0, 0.01, 0.03]) : 0,
    replyLost: isFaulty ? chance.pick([0, 0.02, 0.1]) : 0,
    unclear: isFaulty ? chance.pick([0, 0.01]) : 0,
    deaths: Array.from({ length: died }, () => chance.between(2000, lasts * 0.7)),
    troubleFrom: 5000 + chance.between(0, 3000),
    troubleUntil: theme === "storm" ? 605_000 : 5000 + chance.between(20_000, 70_000),
    answerLatency: theme === "outage" ? chance.pick([300, 1500]) : chance.pick([40, 150, 300]),
  };
};
