import type { Scheduler } from "fast-check";
import type { RaceClock } from "./race-clock.ts";

/** Where a call through a port waits for its turn. */
export interface Gate {
  /** Resolves when it is this call's turn to happen. */
  pass(label: string): Promise<void>;
  /** The same for a call to the provider, whose sender listens for so long and no longer. */
  passInFlight(label: string): Promise<void>;
}

/** No waiting: for what is arranged before a race and for what is left to do after it. */
export const openGate: Gate = {
  pass: () => Promise.resolve(),
  passInFlight: () => Promise.resolve(),
};

/** Waits until the scheduler releases the call; `released` remembers the order. */
export const scheduledGate = (
  scheduler: Scheduler,
  actor: string,
  clock: RaceClock,
  released: string[],
): Gate => {
  const pass = async (label: string): Promise<void> => {
    await scheduler.schedule(Promise.resolve(), `${actor}: ${label}`);
    released.push(`${actor}: ${label}`);
  };
  return { pass, passInFlight: (label) => clock.inFlight(() => pass(label)) };
};

/** A gate of somebody who dies at one of their calls: it does not happen, and nothing comes back. */
export interface MortalGate extends Gate {
  /** Resolves when they are dead. */
  readonly died: Promise<void>;
}

/** Lets `calls` calls pass; whoever makes the next one is never heard of again. */
export const mortalGate = (gate: Gate, calls: number): MortalGate => {
  let left = calls;
  let die = (): void => {};
  const died = new Promise<void>((resolve) => {
    die = resolve;
  });
  const unlessDead = async (call: () => Promise<void>): Promise<void> => {
    left -= 1;
    if (left >= 0) return call();
    die();
    return new Promise(() => {});
  };
  return {
    pass: (label) => unlessDead(() => gate.pass(label)),
    passInFlight: (label) => unlessDead(() => gate.passInFlight(label)),
    died,
  };
};
