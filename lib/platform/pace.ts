import * as z from "zod";
import type { Json } from "../operation/json.ts";
import type { Outcome } from "../ports/budget.ts";
import { allowedRate, halved, loweredSchema, spreadOver, spreadSchema } from "./allowance.ts";
import { afterOutcome, circuitSchema, withTrial, type Circuit } from "./circuit.ts";
import { afterSlots, cutOf, turnSchema, withClaim, type Claim, type Turn } from "./turns.ts";

/** Milliseconds after its instant for which a slot may still be used. */
export const slotLife = 500;
/** Fewest slots that a process reserves at once while work waits: a write of the table is then shared by so many. */
const leastSlice = 16;
/** Turns are kept for this long (ms) after their last slot, for clocks that differ. */
const keptMilliseconds = 1000;
/** Slots are brought closer by at least this factor: it costs a write. */
const notableGrowth = 1.02;

/**
 * The pace of one connection as all processes share it. Instants are in milliseconds since the epoch, on the clock of
 * the process that is ahead of all others. Fields that are not there are as at the beginning.
 */
export const paceSchema = z.object({
  /** The latest instant at which somebody wrote this. */
  at: z.number().default(0),
  /** Who may send when. */
  turns: z.array(turnSchema).default([]),
  /** Nothing leaves before this instant. */
  hold_until: z.number().default(0),
  lowered: loweredSchema.nullable().default(null),
  spread: spreadSchema.nullable().default(null),
  /** By zone. */
  circuits: z.record(z.string(), circuitSchema).default({}),
});
export type Pace = Readonly<Omit<z.infer<typeof paceSchema>, "turns" | "circuits">> & {
  readonly turns: readonly Turn[];
  readonly circuits: Readonly<Record<string, Circuit>>;
};

/** Nothing reserved, nothing held, nothing learned. */
export const freshPace: Pace = {
  at: 0,
  turns: [],
  hold_until: 0,
  lowered: null,
  spread: null,
  circuits: {},
};

export const paceOf = (value: Json | undefined): Pace =>
  value === undefined ? freshPace : paceSchema.parse(value);

/** The pace as it is written. */
export const paceAsJson = ({ at, turns, hold_until, lowered, spread, circuits }: Pace): Json => ({
  at,
  turns: turns.map(({ from, step, claims }) => ({ from, step, claims: claims.map(([by, n]) => [by, n]) })),
  hold_until,
  lowered,
  spread,
  circuits,
});

/** Milliseconds between two calls. */
export const interval = (ratePerSecond: number): number => 1000 / ratePerSecond;

/** Most slots that are reserved at once: half a second's worth, at least so many that writes are few. */
export const sliceLimit = (ratePerSecond: number): number =>
  Math.max(leastSlice, Math.ceil(ratePerSecond / 2));

/** The turns with what `change` makes of the open claims, from where they can be changed, at the rate that is allowed. */
const replanned = (
  pace: Pace,
  ceiling: number,
  now: number,
  change: (open: readonly Claim[]) => readonly Claim[],
): Pace => {
  const { kept, from, passed } = cutOf(pace.turns, now);
  const open = afterSlots(pace.turns.at(-1)?.claims ?? [], passed);
  const claims = change(open);
  const begin = Math.max(from, pace.hold_until);
  const step = interval(allowedRate(pace, ceiling, now));
  const staying = pace.turns.slice(0, kept);
  const old = staying.filter((_, index) => (staying[index + 1]?.from ?? from) > now - keptMilliseconds);
  // Without claims it still stands there: it ends what was before it.
  const next = claims.length > 0 || open.length > 0 ? [{ from: begin, step, claims }] : [];
  return { ...pace, turns: [...old, ...next] };
};

/** Reserves slots for a process, in turns with all who have some. */
export const claimed = (pace: Pace, ceiling: number, now: number, claim: Claim): Pace =>
  replanned(pace, ceiling, now, (open) => withClaim(open, claim));

/** Gives the slots of a process to the others. */
export const givenBack = (pace: Pace, ceiling: number, now: number, by: string): Pace =>
  replanned(pace, ceiling, now, (open) => open.filter(([owner]) => owner !== by));

/** The same claims at the rate that is allowed now, behind what is held. */
export const renewed = (pace: Pace, ceiling: number, now: number): Pace =>
  replanned(pace, ceiling, now, (open) => open);

/** The first instant at which a call that has no slot yet could leave. */
export const firstFree = (pace: Pace, now: number): number =>
  Math.max(cutOf(pace.turns, now).from, pace.hold_until);

/** Whether slots that can still be changed are further apart than what is allowed by now. */
export const isTooSlow = (pace: Pace, ceiling: number, now: number): boolean => {
  const last = pace.turns.at(-1);
  if (last === undefined || last.step <= notableGrowth * interval(allowedRate(pace, ceiling, now)))
    return false;
  return afterSlots(last.claims, cutOf(pace.turns, now).passed).length > 0;
};

/** Whether a reserved slot may still be used: not too late, and not inside a hold. */
export const isUsable = (slot: number, now: number, holdUntil: number): boolean =>
  slot >= holdUntil && now <= slot + slotLife;

/** Something that a process has learned and the others should know. */
export type News =
  | { readonly is: "hold"; readonly until: number }
  | { readonly is: "outcome"; readonly ceiling: number; readonly outcome: Outcome; readonly at: number };

const withCircuit = (pace: Pace, zone: string, circuit: Circuit | null): Pace => {
  if ((pace.circuits[zone] ?? null) === circuit) return pace;
  const { [zone]: _, ...others } = pace.circuits;
  return { ...pace, circuits: circuit === null ? others : { ...others, [zone]: circuit } };
};

const afterCall = (pace: Pace, ceiling: number, outcome: Outcome, now: number): Pace => {
  const { zone, sentAt, answer, left } = outcome;
  const lowered = answer === "limited" ? halved(pace, ceiling, sentAt, now) : pace.lowered;
  const spread = left === undefined ? pace.spread : spreadOver(pace, ceiling, left, now);
  const isSame = lowered === pace.lowered && spread === pace.spread;
  const learned = isSame ? pace : { ...pace, lowered, spread };
  const circuit = afterOutcome(pace.circuits[zone] ?? null, answer === "unclear", sentAt, now);
  return withCircuit(learned, zone, circuit);
};

/** The pace while one call is out to try a zone whose circuit was open. */
export const tried = (pace: Pace, zone: string, now: number): Pace => {
  const circuit = pace.circuits[zone];
  return circuit === undefined ? pace : withCircuit(pace, zone, withTrial(circuit, now));
};

/** The pace with something that was learned; the same object when it says nothing new. */
export const withNews = (pace: Pace, news: News): Pace => {
  switch (news.is) {
    case "hold":
      return news.until > pace.hold_until ? { ...pace, hold_until: news.until } : pace;
    case "outcome":
      return afterCall(pace, news.ceiling, news.outcome, news.at);
  }
};

/** Whether the others have to know of a change at once: it makes them wait, or go on. */
export const isUrgent = (before: Pace, after: Pace): boolean =>
  before.lowered !== after.lowered ||
  before.spread !== after.spread ||
  [...new Set([...Object.keys(before.circuits), ...Object.keys(after.circuits)])].some(
    (zone) => (before.circuits[zone]?.open_until ?? 0) !== (after.circuits[zone]?.open_until ?? 0),
  );
