import type { Work } from "./context.ts";
import { durationText } from "./duration.ts";
import { exitCodes } from "./exit-codes.ts";
import { CliFailure } from "./failure.ts";

/** We have stopped looking; the work goes on. */
export class Detached extends CliFailure {
  readonly work: Work;

  constructor(work: Work, why: "interrupted" | { readonly timeoutMilliseconds: number }) {
    const isInterrupt = why === "interrupted";
    super({
      exitCode: isInterrupt ? exitCodes.interrupted : exitCodes.timeout,
      code: isInterrupt ? "INTERRUPTED" : "TIMEOUT",
      message: isInterrupt
        ? `Detached from ${work.name}; it goes on.`
        : `${work.name} is not over after ${durationText(why.timeoutMilliseconds)}; it goes on.`,
    });
    this.work = work;
  }
}
