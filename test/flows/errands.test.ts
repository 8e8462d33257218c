import { describe, expect, it } from "vitest";
import { Errands } from "../../lib/flows/errands.ts";

describe("errands", () => {
  it("run beside each other, one at a time under each name", async () => {
    const errands = new Errands();
    const log: string[] = [];
    let finish = (): void => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    errands.begin("a", async () => {
      await held;
      log.push("a");
    });
    errands.begin("a", async () => {
      log.push("a again");
    });
    errands.begin("b", async () => {
      log.push("b");
    });
    expect(errands.isRunning("a")).toBe(true);
    finish();
    await errands.settled();
    expect(log).toEqual(["b", "a"]);
    expect(errands.isRunning("a")).toBe(false);
  });

  it("keep a failure until somebody asks, and let the others go on", async () => {
    const errands = new Errands();
    const fault = new Error("no");
    let other = false;
    errands.begin("bad", async () => {
      throw fault;
    });
    errands.begin("good", async () => {
      other = true;
    });
    await errands.settled();
    expect(errands.failures).toEqual([fault]);
    expect(other).toBe(true);
  });
});
