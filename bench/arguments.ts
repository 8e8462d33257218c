import { parseArgs } from "node:util";
import { bestWritesAtOnce, soonWritesAtOnce } from "./rival-setting.ts";

/** What can be measured here: rows of the table of goals, by number, and what ticks of schedules cost and achieve. */
export const rowNames = ["1", "1b", "5", "14", "bulk", "memory", "schedules", "ready"] as const;
export type RowName = (typeof rowNames)[number];

/** What the command line asks for. */
export interface BenchArguments {
  readonly json: boolean;
  readonly rows: readonly RowName[];
  /** Null: each row's own number. */
  readonly servers: number | null;
  readonly rounds: number | null;
  readonly seed: number;
  readonly speed: number;
  readonly rivalLimit: number | null;
}

/** The command line can't be understood; the message names the flag. */
export class UsageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UsageError";
  }
}

export const usage = `Usage: npm run bench -- [flags]

  --row R           one row: ${rowNames.join(", ")} (default: all)
  --servers N       servers of rows 1 and 5 (default 200), and of the row "bulk" (default 1000)
  --rounds N        rounds of each client (default 2), of cold starts (default 25), of ticks (default 3), and mornings
                    of the row "ready" (default 5)
  --json            one JSON object instead of tables; bench/README.md says what its keys are
  --seed N          of the simulated provider; round r has seed N + r - 1 (default 1)
  --rival-limit N   writes at once of the rival (default ${bestWritesAtOnce}, its best; ${soonWritesAtOnce} in the row "bulk")
  --speed F         divides the recorded durations; for trying things out, figures mean nothing (default 1)`;

const options = {
  json: { type: "boolean" },
  help: { type: "boolean" },
  row: { type: "string" },
  servers: { type: "string" },
  rounds: { type: "string" },
  seed: { type: "string" },
  speed: { type: "string" },
  "rival-limit": { type: "string" },
} as const;

const readFlags = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
};

const wholeOf = (flag: string, text: string, most: number): number => {
  const value = Number(text);
  if (/^[1-9]\d*$/.test(text) && value <= most) return value;
  throw new UsageError(`--${flag} must be a whole number from 1 to ${most}, not "${text}".`);
};

const speedOf = (text: string): number => {
  const value = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && value > 0 && value <= 1000) return value;
  throw new UsageError(`--speed must be a number above 0 and at most 1000, not "${text}".`);
};

const rowsOf = (text: string): readonly RowName[] => {
  const row = rowNames.find((name) => name === text);
  if (row === undefined) throw new UsageError(`--row must be one of ${rowNames.join(", ")}, not "${text}".`);
  return [row];
};

/** Reads what stands behind `bench/main.ts`. @throws UsageError */
export const readArguments = (argv: readonly string[]): BenchArguments | "help" => {
  const flags = readFlags(argv);
  if (flags.help === true) return "help";
  return {
    json: flags.json === true,
    rows: flags.row === undefined ? rowNames : rowsOf(flags.row),
    servers: flags.servers === undefined ? null : wholeOf("servers", flags.servers, 2000),
    rounds: flags.rounds === undefined ? null : wholeOf("rounds", flags.rounds, 100),
    seed: wholeOf("seed", flags.seed ?? "1", 1_000_000),
    speed: speedOf(flags.speed ?? "1"),
    rivalLimit:
      flags["rival-limit"] === undefined ? null : wholeOf("rival-limit", flags["rival-limit"], 1000),
  };
};
