import { describe, expect, it } from "vitest";
import { clockContract } from "../contracts/clock.ts";
import { VirtualClock, virtualStart } from "./virtual-clock.ts";

clockContract("virtual, moved by hand", () => {
  const clock = new VirtualClock();
  return { clock, letPass: (work) => clock.runUntil(work) };
});
clockContract("virtual, moving by itself", () => ({
  clock: new VirtualClock({ automatic: true }),
  letPass: (work) => work,
}));

describe("virtual clock", () => {
  it("stands still unless it is told to move", async () => {
    const clock = new VirtualClock();
    void clock.sleep(5);
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(clock.now()).toBe(virtualStart);
    expect(clock.sleeping).toBe(1);
  });

  it("wakes sleepers of the same instant in the order of their going to sleep", async () => {
    const clock = new VirtualClock();
    const woken: string[] = [];
    for (const name of ["a", "b", "c"]) void clock.sleep(10).then(() => woken.push(name));
    await clock.advance(10);
    expect(woken).toEqual(["a", "b", "c"]);
  });

  it("shows each sleeper its own instant when many wake in one move", async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    for (const time of [30, 10, 20]) void clock.sleep(time).then(() => seen.push(clock.now() - virtualStart));
    await clock.advance(100);
    expect(seen).toEqual([10, 20, 30]);
    expect(clock.now() - virtualStart).toBe(100);
  });

  it("wakes who goes to sleep during a move and is due before its end", async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    void (async () => {
      for (let turn = 0; turn < 4; turn += 1) {
        await clock.sleep(10);
        seen.push(clock.now() - virtualStart);
      }
    })();
    await clock.advance(35);
    expect(seen).toEqual([10, 20, 30]);
  });

  it("says so when work waits for something that time won't bring", async () => {
    const clock = new VirtualClock();
    await expect(clock.runUntil(new Promise(() => {}))).rejects.toThrow("Nobody sleeps");
  });

  it("hands on how the work ended", async () => {
    const clock = new VirtualClock();
    const failing = clock.sleep(5).then(() => {
      throw new Error("broken");
    });
    await expect(clock.runUntil(failing)).rejects.toThrow("broken");
  });
});
