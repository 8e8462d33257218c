import type { Context, Work } from "./context.ts";
import { Detached } from "./detached.ts";
import type { Progress } from "./progress.ts";

/**
 * Reads again and again until the reading says that it is over, and shows each one.
 * @throws Detached after Ctrl-C or `--timeout`; CliFailure when the API can't be read for long
 */
export const untilOver = async <T>(
  context: Context,
  work: Work,
  turn: {
    readonly read: () => Promise<T>;
    readonly isOver: (reading: T) => boolean;
    readonly show: (reading: T, progress: Progress) => void;
    readonly everyMilliseconds: number;
  },
): Promise<T> => {
  const { world, flags } = context;
  const began = world.nowMilliseconds();
  const progress = context.progress();
  context.waitingFor = work;
  try {
    for (;;) {
      const reading = await context.api.patiently(turn.read);
      if (turn.isOver(reading)) return reading;
      turn.show(reading, progress);
      const left = (flags.timeout ?? Number.POSITIVE_INFINITY) - (world.nowMilliseconds() - began);
      if (left <= 0) throw new Detached(work, { timeoutMilliseconds: flags.timeout ?? 0 });
      await world.sleep(Math.min(turn.everyMilliseconds, left), world.interrupted);
      world.interrupted.throwIfAborted();
    }
  } finally {
    progress.end();
    // Ctrl-C is told from it; after the end there is nothing to come back to.
    if (!world.interrupted.aborted) context.waitingFor = null;
  }
};
