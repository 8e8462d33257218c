import { availableParallelism } from "node:os";
import { type BenchArguments, readArguments, usage, UsageError } from "./arguments.ts";
import { rowMemory } from "./bulk-memory.ts";
import { rowFourteen } from "./cold-start.ts";
import { rowReady } from "./ready-by.ts";
import type { Report } from "./report.ts";
import { textOf } from "./report-text.ts";
import { bestWritesAtOnce, soonWritesAtOnce } from "./rival-setting.ts";
import { compete, type Contest, ourCallsPerSecond, provider } from "./rounds.ts";
import { rowSchedules } from "./schedule-ticks.ts";
import { rowBulk, rowFive, rowOne, rowOneB } from "./servers-rows.ts";

/** Servers of row 1b: as many as can run at the same time without meeting the provider's limit. */
const singles = 12;
/** Servers of rows 1 and 5, and of a bulk job. */
const together = 200;
const atOnce = 1000;
const serverRounds = 2;
const coldStartRounds = 25;
const tickRounds = 3;
const mornings = 5;
/** A job as large as a request may be, and an upload that is larger. */
const largest = { items: 10_000, uploadMegabytes: 100, callsPerSecond: 100 };
const ticks = { servers: 100_000, schedules: 50, previewed: 1000, days: 400 };
const rates = { ratePerSecond: ourCallsPerSecond, providerPerSecond: provider.callsPerSecond };

/** Progress goes where it does not disturb who reads the report. */
const progress = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const rivalLimitOf = ({ rivalLimit }: BenchArguments, asked: Contest["asked"]): number =>
  rivalLimit ?? (asked === "bulk" ? soonWritesAtOnce : bestWritesAtOnce);

const contestOf = (args: BenchArguments, servers: number, asked: Contest["asked"]): Contest => ({
  servers,
  rounds: args.rounds ?? serverRounds,
  seed: args.seed,
  speed: args.speed,
  rivalWritesAtOnce: rivalLimitOf(args, asked),
  asked,
  progress,
});

const settingsOf = (args: BenchArguments): Report["settings"] => ({
  servers: args.servers ?? together,
  seed: args.seed,
  speed: args.speed,
  latencyMilliseconds: provider.latencyMilliseconds,
  providerCallsPerSecond: provider.callsPerSecond,
  ourCallsPerSecond,
  rivalWritesAtOnce: rivalLimitOf(args, "messages"),
  node: process.versions.node,
  cores: availableParallelism(),
});

/** Rows 1 and 5 are two views of the same rounds. */
const measureAll = async (args: BenchArguments): Promise<Report> => {
  const wants = new Set(args.rows);
  const servers = args.servers ?? together;
  const limit = rivalLimitOf(args, "messages");
  const rounds = wants.has("1") || wants.has("5") ? await compete(contestOf(args, servers, "messages")) : [];
  const count = Math.min(singles, servers);
  const apart = wants.has("1b") ? await compete(contestOf(args, count, "apart")) : [];
  const many = args.servers ?? atOnce;
  const bulk = wants.has("bulk") ? await compete(contestOf(args, many, "bulk")) : [];
  return {
    settings: settingsOf(args),
    rows: {
      "1": wants.has("1") ? rowOne(rounds, servers, limit) : null,
      "1b": wants.has("1b") ? rowOneB(apart, count) : null,
      "5": wants.has("5") ? rowFive(rounds, servers, limit) : null,
      "14": wants.has("14") ? await rowFourteen(args.rounds ?? coldStartRounds, progress) : null,
      bulk: wants.has("bulk") ? rowBulk(bulk, many, rivalLimitOf(args, "bulk")) : null,
      memory: wants.has("memory") ? await rowMemory({ ...largest, seed: args.seed }, progress) : null,
      schedules: wants.has("schedules") ? rowSchedules(ticks, args.rounds ?? tickRounds, progress) : null,
      ready: wants.has("ready") ? await rowReady(args.rounds ?? mornings, args.seed, rates) : null,
    },
  };
};

const main = async (): Promise<void> => {
  const args = readArguments(process.argv.slice(2));
  if (args === "help") {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const report = await measureAll(args);
  process.stdout.write(`${args.json ? JSON.stringify(report) : textOf(report)}\n`);
};

// Leaves by the door, so that the processes of the bench are ended too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${usage}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
