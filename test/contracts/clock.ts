import { describe, expect, it } from "vitest";
import type { Clock } from "../../lib/ports/clock.ts";

/** What every Clock promises. `letPass` lets its time pass until the work is over. */
export const clockContract = (
  name: string,
  open: () => { readonly clock: Clock; readonly letPass: <T>(work: Promise<T>) => Promise<T> },
): void => {
  describe(`clock: ${name}`, () => {
    it("tells whole milliseconds since 1970, later than this program was written", () => {
      const { clock } = open();
      expect(Number.isInteger(clock.now())).toBe(true);
      expect(clock.now()).toBeGreaterThan(Date.parse("2025-01-01"));
    });

    it.each([0, 1, 7, 20.5])("sleeps %d milliseconds or more, never less", async (milliseconds) => {
      const { clock, letPass } = open();
      const before = clock.now();
      await letPass(clock.sleep(milliseconds));
      expect(clock.now() - before).toBeGreaterThanOrEqual(milliseconds);
    });

    it("takes a time that is over already for none at all", async () => {
      const { clock, letPass } = open();
      const before = clock.now();
      await letPass(clock.sleep(-50));
      expect(clock.now()).toBeGreaterThanOrEqual(before);
    });

    it("wakes sleepers in the order of their instants", async () => {
      const { clock, letPass } = open();
      const woken: number[] = [];
      const sleep = async (milliseconds: number): Promise<void> => {
        await clock.sleep(milliseconds);
        woken.push(milliseconds);
      };
      await letPass(Promise.all([sleep(60), sleep(0), sleep(30)]));
      expect(woken).toEqual([0, 30, 60]);
    });

    it("lets the program go on while somebody sleeps", async () => {
      const { clock, letPass } = open();
      let awake = false;
      const sleep = async (): Promise<void> => {
        await clock.sleep(20);
        awake = true;
      };
      const asleep = sleep();
      expect(awake).toBe(false);
      await letPass(asleep);
      expect(awake).toBe(true);
    });
  });
};
