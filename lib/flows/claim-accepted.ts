import type { Operation } from "../operation/operation.ts";
import { claimPaid, claimSends, mayCall } from "./advance-operation.ts";
import { thoseNotHeldUp } from "./check-stop.ts";
import type { Errands } from "./errands.ts";
import { inParallel } from "./in-parallel.ts";
import type { Turn } from "./turn.ts";

/** What taking on needs of the follower. */
export interface Claiming {
  readonly errands: Errands;
  readonly turn: Turn;
  /** Works on one operation, beside everything else. */
  readonly workOn: (id: string, work: () => Promise<Operation>) => void;
  /** Leaves an operation alone for a while. */
  readonly rest: (id: string) => void;
  /** Somebody else has it: the copy is worth nothing. */
  readonly drop: (id: string) => void;
}

/** Seconds' worth of calls that one turn of claims takes on, and how many places are waited for at the same time. */
const claimSeconds = 10;
const claimWidth = 4;

/**
 * Takes accepted operations of one connection on, the oldest first: their messages are lost, or found no place in the
 * budget. A place is waited for before an operation is chosen for it, so that a thousand that wait cost no more than
 * those that go, and no place is spent on one that its own worker has taken meanwhile.
 */
const claimAll = async (claiming: Claiming, waiting: readonly Operation[], rate: number): Promise<void> => {
  const { errands, turn } = claiming;
  const { operations, clock } = turn.ports;
  const free = await thoseNotHeldUp(waiting, turn.ports, claiming.rest);
  const queue = free.slice(0, Math.ceil(rate * claimSeconds));
  let placesWanted = 0;
  const hasPlace = async (next: Operation): Promise<boolean> => {
    placesWanted += 1;
    try {
      return !claimSends(next, clock.now()) || (await mayCall(next, turn));
    } catch (error) {
      claiming.rest(next.id);
      throw error;
    } finally {
      placesWanted -= 1;
    }
  };
  const takeNext = async (): Promise<boolean> => {
    const next = queue[placesWanted];
    if (next === undefined || !(await hasPlace(next))) return false;
    for (let chosen = queue.shift(); chosen !== undefined; chosen = queue.shift()) {
      if (errands.isRunning(`operation ${chosen.id}`)) continue;
      const current = await operations.load(chosen.id);
      if (current?.state === "accepted") {
        claiming.workOn(current.id, () => claimPaid(current, turn));
        return true;
      }
      claiming.drop(chosen.id);
    }
    return false;
  };
  await inParallel(Array.from({ length: Math.min(claimWidth, queue.length) }), claimWidth, async () => {
    while (await takeNext());
  });
};

/** Begins to take on those of the accepted operations that are due, unless that goes on already. */
export const beginClaims = (claiming: Claiming, due: readonly Operation[]): void => {
  const { errands, turn } = claiming;
  for (const [connection, group] of Map.groupBy(due, (operation) => operation.connection)) {
    const name = `claims at ${connection}`;
    if (errands.isRunning(name)) continue;
    const rate = turn.ports.providers.connection(connection)?.rate_per_second ?? claimWidth;
    const oldestFirst = group.toSorted(
      (one, other) => Date.parse(one.created_at) - Date.parse(other.created_at),
    );
    errands.begin(name, () => claimAll(claiming, oldestFirst, rate));
  }
};
