import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowanceOf, isLimited, type Tally } from "../../lib/hook/allowance.ts";

const at = (text: string): number => Date.parse(text);
const morning = at("2026-11-02T08:00:00.000Z");

describe("how often a rule may act", () => {
  it("is not counted where it has no limits", () => {
    expect(isLimited({})).toBe(false);
    expect(allowanceOf({}, null, "a", morning)).toEqual({ allowed: true, next: null });
  });

  it("is again when the cooldown is over, to the millisecond", () => {
    const first = allowanceOf({ cooldown_seconds: 60 }, null, "a", morning);
    const tally = first.allowed ? first.next : null;
    expect(tally?.count).toBe(1);
    expect(allowanceOf({ cooldown_seconds: 60 }, tally, "b", morning + 59_999)).toEqual({
      allowed: false,
      why: "cooldown",
      until: "2026-11-02T08:01:00.000Z",
    });
    expect(allowanceOf({ cooldown_seconds: 60 }, tally, "b", morning + 60_000).allowed).toBe(true);
  });

  it("is so many times a day, and a day begins at midnight UTC", () => {
    const limits = { daily_cap: 2 };
    let tally: Tally | null = null;
    for (const id of ["a", "b"]) {
      const allowance = allowanceOf(limits, tally, id, at("2026-11-02T23:59:59.998Z"));
      tally = allowance.allowed ? allowance.next : null;
    }
    expect(allowanceOf(limits, tally, "c", at("2026-11-02T23:59:59.999Z"))).toEqual({
      allowed: false,
      why: "daily_cap",
      until: "2026-11-03T00:00:00.000Z",
    });
    const next = allowanceOf(limits, tally, "c", at("2026-11-03T00:00:00.000Z"));
    expect(next).toMatchObject({ allowed: true, next: { day: "2026-11-03", count: 1 } });
    const behind = next.allowed ? next.next : null;
    expect(allowanceOf(limits, behind, "d", at("2026-11-02T23:59:59.999Z")).allowed).toBe(true);
    expect(
      allowanceOf({ daily_cap: 1 }, behind, "d", at("2026-11-02T23:59:59.999Z")),
      "a clock that is behind gives no second day",
    ).toMatchObject({ allowed: false, until: "2026-11-04T00:00:00.000Z" });
  });

  it("is not used up by a webhook that comes again", () => {
    const limits = { cooldown_seconds: 60, daily_cap: 1 };
    const first = allowanceOf(limits, null, "a", morning);
    const tally = first.allowed ? first.next : null;
    expect(allowanceOf(limits, tally, "a", morning + 1)).toEqual({ allowed: true, next: null });
    expect(allowanceOf(limits, tally, "b", morning + 1).allowed).toBe(false);
  });

  it("is never more than the cap a day, nor sooner than the cooldown, whatever comes when", () => {
    const arrivals = fc.array(fc.record({ after: fc.nat(20_000_000), id: fc.nat(40) }), { maxLength: 60 });
    const kept = fc.property(
      arrivals,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 9000 }),
      (all, cap, cooldown) => {
        let tally: Tally | null = null;
        let now = morning;
        const counted: number[] = [];
        for (const { after, id } of all) {
          now += after;
          const allowance = allowanceOf(
            { daily_cap: cap, cooldown_seconds: cooldown },
            tally,
            String(id),
            now,
          );
          if (!allowance.allowed || allowance.next === null) continue;
          tally = allowance.next;
          counted.push(now);
        }
        const days = Map.groupBy(counted, (one) => new Date(one).toISOString().slice(0, 10));
        const apart = counted.every(
          (one, index) => index === 0 || one - (counted[index - 1] ?? 0) >= cooldown * 1000,
        );
        return apart && [...days.values()].every((day) => day.length <= cap);
      },
    );
    expect(fc.check(kept, { numRuns: 500, seed: 3 })).toMatchObject({ failed: false, numRuns: 500 });
  });
});
