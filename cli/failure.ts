import { exitCodes, type ExitCode } from "./exit-codes.ts";

interface FailureWords {
  readonly exitCode: ExitCode;
  /** Stable, for programs. */
  readonly code: string;
  readonly message: string;
  readonly why?: readonly string[] | undefined;
  readonly fix?: readonly string[] | undefined;
  readonly docs?: string | undefined;
  readonly request?: string | undefined;
  readonly cause?: unknown;
}

/** A command that ends with something else than 0: what is wrong, why, and what helps. */
export class CliFailure extends Error {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly why: readonly string[];
  readonly fix: readonly string[];
  readonly docs: string | null;
  readonly request: string | null;

  constructor(words: FailureWords) {
    super(words.message, { cause: words.cause });
    this.name = "CliFailure";
    this.exitCode = words.exitCode;
    this.code = words.code;
    this.why = words.why ?? [];
    this.fix = words.fix ?? [];
    this.docs = words.docs ?? null;
    this.request = words.request ?? null;
  }
}

/** An end that was told already: only the exit code is left to say. */
export class EndWith extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode) {
    super(`exit ${exitCode}`);
    this.name = "EndWith";
    this.exitCode = exitCode;
  }
}

/** The command line is wrong. */
export const misused = (message: string, ...fix: readonly string[]): CliFailure =>
  new CliFailure({ exitCode: exitCodes.usage, code: "USAGE", message, fix });

/** What was named is not there. */
export const missing = (message: string, ...fix: readonly string[]): CliFailure =>
  new CliFailure({ exitCode: exitCodes.notFound, code: "NOT_FOUND", message, fix });
