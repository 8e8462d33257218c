import { beforeEach, describe, expect, it } from "vitest";
import type { EndsOwed } from "../../lib/flows/follower-lease.ts";
import { FollowerRun } from "../../lib/flows/follower-run.ts";
import type { Operation } from "../../lib/operation/operation.ts";
import { anEvent, anOperation } from "../operations.ts";
import { openFlowWorld } from "./flow-world.ts";

/** Both were found in the simulated world, by orders of events that are too rare to be pinned to a seed. */
describe("a follower's hands", () => {
  let world: ReturnType<typeof openFlowWorld>;
  let run: FollowerRun;
  const { id } = anOperation();
  const saying = (...numbers: readonly number[]) =>
    numbers.map((number) => anEvent({ id: `evt_${id}_${number}`, sequence: number }));
  const lease: EndsOwed = { owe: async () => {}, settle: () => {} };
  const publish = async (): Promise<void> => {
    await world.clock.runUntil(run.publish(lease));
  };
  const told = (): string[] => world.bus.published.map((event) => event.id);

  beforeEach(() => {
    world = openFlowWorld();
    run = new FollowerRun(world.turn());
  });

  it("keep an end that is met while an older one is being marked, and tell it", async () => {
    const { operations } = world.ports;
    const older: Operation = anOperation({ state: "needs_attention", version: 5, outbox: saying(5) });
    const newer: Operation = anOperation({ state: "succeeded", version: 6, outbox: saying(5, 6) });
    await operations.create(older);
    run.moved(older, null);
    const replace = operations.replace.bind(operations);
    operations.replace = async (next, seenVersion) => {
      operations.replace = replace;
      await replace(newer, 5);
      run.moved(newer, null);
      return replace(next, seenVersion);
    };
    await publish();
    expect(run.hasEnds).toBe(true);
    await publish();
    expect(new Set(told())).toEqual(new Set([`evt_${id}_5`, `evt_${id}_6`]));
    expect(run.isIdle).toBe(true);
  });

  it("let go of an end all of which somebody else has said", async () => {
    const ended: Operation = anOperation({ state: "succeeded", version: 5, outbox: saying(4, 5) });
    await world.ports.operations.create(ended);
    run.takeOver([`evt_${id}_4`, `evt_${id}_5`]);
    run.moved(ended, null);
    await publish();
    expect(run.isIdle).toBe(true);
    expect((await world.load(id)).outbox).toEqual([]);
    expect(told()).toEqual([]);
  });
});
