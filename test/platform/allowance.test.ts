import { describe, expect, it } from "vitest";
import { allowedRate, halved, spreadOver, type Learned, type Lowered } from "../../lib/platform/allowance.ts";

const nothing: Learned = { lowered: null, spread: null };
const at = 1_000_000;

describe("the rate that is allowed", () => {
  it.each<[reason: string, learned: Learned, now: number, rate: number]>([
    ["is the ceiling until something is learned", nothing, at, 20],
    ["is what a 429 has left", { ...nothing, lowered: { rate: 5, since: at } }, at + 29_999, 5],
    [
      "is a tenth of the ceiling more after half a minute",
      { ...nothing, lowered: { rate: 5, since: at } },
      at + 30_000,
      7,
    ],
    ["grows with each half minute", { ...nothing, lowered: { rate: 5, since: at } }, at + 150_000, 15],
    ["is never above the ceiling", { ...nothing, lowered: { rate: 5, since: at } }, at + 86_400_000, 20],
    [
      "is not above a ceiling that was set lower since",
      { ...nothing, lowered: { rate: 50, since: at } },
      at,
      20,
    ],
    [
      "is what is left of a limit until that is renewed",
      { ...nothing, spread: { rate: 2, until: at + 1 } },
      at,
      2,
    ],
    ["is the ceiling again when it is renewed", { ...nothing, spread: { rate: 2, until: at } }, at, 20],
  ])("%s", (_, learned, now, rate) => {
    expect(allowedRate(learned, 20, now)).toBe(rate);
  });
});

describe("a 429", () => {
  it("halves the rate", () => {
    expect(halved(nothing, 20, at, at + 50)).toEqual({ rate: 10, since: at + 50 });
  });

  it.each<[reason: string, sentAt: number, rate: number]>([
    ["not for a call of the same burst", at - 200, 10],
    ["not for a call that left before the others knew", at + 999, 10],
    ["again for a call that kept to the lower rate", at + 1000, 5],
  ])("halves it once for one trouble: %s", (_, sentAt, rate) => {
    const learned = { ...nothing, lowered: { rate: 10, since: at } };
    expect(halved(learned, 20, sentAt, sentAt + 100).rate).toBe(rate);
  });

  it("leaves enough to see when the trouble is over", () => {
    const learned: { lowered: Lowered | null; spread: null } = { lowered: null, spread: null };
    for (let minute = 0; minute < 10; minute += 1) {
      const now = at + minute * 20_000;
      learned.lowered = halved(learned, 100, now, now);
    }
    expect(allowedRate(learned, 100, at + 200_000)).toBeGreaterThanOrEqual(2);
  });
});

describe("what is left of the provider's limit", () => {
  const until = at + 10_000;
  it.each<[reason: string, calls: number, rate: number | null]>([
    ["is spread when it would be gone in seconds", 50, 5],
    ["is not thought of while there is much of it", 101, null],
    ["is no rate when it is used up: that is a hold", 0, null],
  ])("%s", (_, calls, rate) => {
    expect(spreadOver(nothing, 20, { calls, until }, at)?.rate ?? null).toBe(rate);
  });

  it("is spread once for each renewal", () => {
    const spread = spreadOver(nothing, 20, { calls: 50, until }, at);
    expect(spreadOver({ ...nothing, spread }, 20, { calls: 3, until: until + 900 }, at)).toBe(spread);
    expect(spreadOver({ ...nothing, spread }, 20, { calls: 30, until: until + 60_000 }, until)?.rate).toBe(
      0.5,
    );
  });
});
