import { Context } from "./context.ts";
import { Detached } from "./detached.ts";
import { exitCodes } from "./exit-codes.ts";
import { CliFailure, EndWith } from "./failure.ts";
import { flagsSchema, type Flags } from "./global-flags.ts";
import { paintFor } from "./colour.ts";
import { isMachineForm, tellFailure } from "./tell-failure.ts";
import { readOptions } from "./verb.ts";
import { parseCommandLine } from "./program.ts";
import type { World } from "./world.ts";

const asFailure = (error: unknown, world: World, context: Context | null): CliFailure => {
  // Who was interrupted may have more to say of it.
  if (error instanceof CliFailure && error.exitCode === exitCodes.interrupted) return error;
  const work = context?.waitingFor ?? null;
  if (world.interrupted.aborted && work !== null) return new Detached(work, "interrupted");
  if (world.interrupted.aborted)
    return new CliFailure({ exitCode: exitCodes.interrupted, code: "INTERRUPTED", message: "Interrupted" });
  if (error instanceof CliFailure) return error;
  return new CliFailure({
    exitCode: exitCodes.unexpected,
    code: "UNEXPECTED",
    message: error instanceof Error ? error.message : String(error),
    fix: ["Add --debug to see what was asked of the API."],
    cause: error,
  });
};

/** Runs a command line; the result is the exit code. Never throws. */
export const runCommand = async (argv: readonly string[], world: World): Promise<number> => {
  let context: Context | null = null;
  try {
    await parseCommandLine(argv, world, async (verb, operands, raw) => {
      const flags: Flags = readOptions(flagsSchema, raw);
      context = new Context(world, flags, argv);
      await verb.run(context, operands, raw);
    });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof EndWith) return error.exitCode;
    const failure = asFailure(error, world, context);
    const isPlain = argv.some(
      (word, at) => word === "--color=never" || (word === "--color" && argv[at + 1] === "never"),
    );
    const colour = isPlain ? "never" : "auto";
    tellFailure(failure, world.err, {
      paint: paintFor(colour, world, world.err),
      isMachine: isMachineForm(argv),
      stack: argv.some((arg) => arg === "-D" || arg === "--debug"),
    });
    return failure.exitCode;
  }
};
