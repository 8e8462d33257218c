import * as z from "zod";

/** Slots that a process may still use: its id, and how many. */
export type Claim = readonly [by: string, slots: number];

/**
 * Who may send when: from an instant on there is a slot each step, and those who have claims take turns, one slot each,
 * in this order, until their claims are used up. It holds until the next turn begins. Milliseconds since the epoch.
 */
export const turnSchema = z.strictObject({
  from: z.number(),
  step: z.number().positive(),
  claims: z.array(z.tuple([z.string(), z.int().positive()])),
});
export type Turn = Readonly<Omit<z.infer<typeof turnSchema>, "claims">> & {
  readonly claims: readonly Claim[];
};

/** For this long (ms) after it has read the turns a process may rely on its slots in them. */
export const firmMilliseconds = 500;
/** Longest time (ms) between deciding on new turns and their being written. */
const writingMilliseconds = 250;
/** New turns begin at these times (ms), so that several changes at about the same time make one. */
const grain = 250;
/** Differences below this (ms) are arithmetic. */
const speck = 1e-6;

const totalOf = (claims: readonly Claim[]): number => {
  let total = 0;
  for (const claim of claims) total += claim[1];
  return total;
};

/** The first instant behind all slots of a turn. */
export const endOf = ({ from, step, claims }: Turn): number => from + totalOf(claims) * step;

/** How many claims have a slot in a round, counted from 0. */
const servedIn = (claims: readonly Claim[], round: number): number => {
  let served = 0;
  for (const claim of claims) if (claim[1] > round) served += 1;
  return served;
};

const slotsIn = ({ from, step, claims }: Turn, until: number, by: string): readonly number[] => {
  const own = claims.findIndex(([owner]) => owner === by);
  const ahead = claims.slice(0, Math.max(0, own));
  const slots: number[] = [];
  let place = 0;
  for (let round = 0; round < (claims[own]?.[1] ?? 0); round += 1) {
    const slot = from + (place + servedIn(ahead, round)) * step;
    if (slot > until - speck) break;
    slots.push(slot);
    place += servedIn(claims, round);
  }
  return slots;
};

/** The slots of one process behind an instant, the earliest first. */
export const slotsOf = (turns: readonly Turn[], by: string, after: number): readonly number[] =>
  turns.flatMap((turn, index) => {
    const until = turns[index + 1]?.from ?? Number.POSITIVE_INFINITY;
    return until <= after ? [] : slotsIn(turn, until, by).filter((slot) => slot > after);
  });

/** What is left of claims when so many slots have passed, the next one's first. */
export const afterSlots = (claims: readonly Claim[], passed: number): readonly Claim[] => {
  let left = claims;
  let open = passed;
  while (open > 0 && left.length > 0) {
    const rounds = Math.min(Math.floor(open / left.length), ...left.map(([, slots]) => slots));
    const served = rounds === 0 ? Math.min(open, left.length) : left.length;
    const taken = Math.max(1, rounds);
    const ahead = left.slice(0, served).map(([by, slots]): Claim => [by, slots - taken]);
    left = [...left.slice(served), ...ahead].filter(([, slots]) => slots > 0);
    open -= served * taken;
  }
  return left;
};

/** Where turns can still be changed: how many of them stay, the instant, and how many slots of the last pass before. */
export interface Cut {
  readonly kept: number;
  readonly from: number;
  readonly passed: number;
}

/**
 * The first instant from which nobody relies on what is written, so that all who have slots read of a change before
 * they use one that is no longer theirs. At the end of all slots that is at once.
 */
export const cutOf = (turns: readonly Turn[], now: number): Cut => {
  const kept = turns.length;
  const last = turns.at(-1);
  if (last === undefined) return { kept, from: now, passed: 0 };
  const total = totalOf(last.claims);
  const end = last.from + total * last.step;
  if (end <= now) return { kept, from: now, passed: total };
  const sure = Math.ceil((now + firmMilliseconds + writingMilliseconds) / grain) * grain;
  if (last.from >= sure) return { kept: kept - 1, from: last.from, passed: 0 };
  const passed = Math.ceil((sure - last.from) / last.step - speck);
  if (passed >= total) return { kept, from: end, passed: total };
  return { kept, from: last.from + passed * last.step, passed };
};

/** Adds slots to a process' claim, or puts it at the end of those who take turns. */
export const withClaim = (claims: readonly Claim[], [by, slots]: Claim): readonly Claim[] =>
  claims.some(([owner]) => owner === by)
    ? claims.map((claim): Claim => (claim[0] === by ? [by, claim[1] + slots] : claim))
    : [...claims, [by, slots]];

/**
 * How many slots a process has used that somebody has put into new turns afterwards, so that it has them twice: whoever
 * wrote those had a clock that is behind, or wrote late. `used`: its slots, `last`: the one that it has come to.
 */
export const usedTwice = (
  turns: readonly Turn[],
  by: string,
  used: readonly number[],
  last: number,
): number => {
  const turn = turns.at(-1);
  if (turn === undefined || turn.from > last) return 0;
  const passed = slotsIn(turn, last + speck, by).length;
  return Math.max(0, used.filter((slot) => slot >= turn.from - speck).length - passed);
};

/** The first slot of anybody that is not over at an instant; null: nobody has one. */
export const nextSlotOf = (turns: readonly Turn[], now: number): number | null => {
  for (const [index, turn] of turns.entries()) {
    const slot = turn.from + Math.max(0, Math.ceil((now - turn.from) / turn.step - speck)) * turn.step;
    if (slot < Math.min(endOf(turn), turns[index + 1]?.from ?? Number.POSITIVE_INFINITY) - speck) return slot;
  }
  return null;
};

/** Whether others than this process have slots to come. */
export const isShared = (turns: readonly Turn[], by: string, now: number): boolean =>
  turns.some(
    (turn, index) =>
      Math.min(endOf(turn), turns[index + 1]?.from ?? Number.POSITIVE_INFINITY) > now &&
      turn.claims.some(([owner]) => owner !== by),
  );
