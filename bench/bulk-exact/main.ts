import { parseArgs } from "node:util";
import { isDeepStrictEqual } from "node:util";
import { barsOf } from "./bars.ts";
import { cases, ceiling } from "./cases.ts";
import { checkedIn, checkIn, type Figures } from "./figures.ts";
import { playCase } from "./play-case.ts";

// The shipped functions at bulk jobs, in virtual time: everything that is counted is exact, and the same each time.

const usage = `Usage: npm run bench:bulk -- [flags]

  --case NAME   one case: ${cases.map(({ name }) => `"${name}"`).join(", ")} (default: all)
  --write       puts the figures in the place of those that are checked in (bench/bulk-exact/figures.json)

Ends with code 1 when a bar is missed or a figure is not the one that is checked in.`;

const options = {
  case: { type: "string" },
  write: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const show = (words: string, { calls, units, jobs, ...figures }: Figures): void => {
  print(words);
  print(`  provider calls a server          ${figures.callsPerServer}`);
  print(
    `    creates ${calls.creates}, power-ons ${calls.actions}, looks ${calls.looks}, others ${calls.others}; answered 429: ${calls.limited}`,
  );
  print(`  issue time ÷ (2N / ${ceiling})          ${figures.issueRatio}  (${figures.issueSeconds} s)`);
  print(`  lost                             ${figures.lost}`);
  print(`  table write units an operation   ${figures.unitsPerOperation}`);
  print(
    `    ${Object.entries(units)
      .map(([kind, some]) => `${kind} ${some}`)
      .join(", ")}`,
  );
  print(`  queue requests an operation      ${figures.queuePerOperation}`);
  print(
    `  jobs                             ${Object.entries(jobs)
      .map(([name, seconds]) => `${name} ${seconds} s`)
      .join(", ")}`,
  );
};

/** @returns how many bars are missed */
const judge = (figures: Readonly<Record<string, Figures>>): number => {
  const bars = barsOf(figures).filter(({ value }) => value !== null);
  print("");
  for (const { name, most, value } of bars) {
    const verdict = (value ?? 0) <= most ? "" : "  MISSED";
    print(
      `  ${name.padEnd(58)} ${String(Math.round((value ?? 0) * 10_000) / 10_000).padStart(8)}  at most ${most}${verdict}`,
    );
  }
  return bars.filter(({ most, value }) => (value ?? 0) > most).length;
};

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options });
  const chosen = cases.filter(({ name }) => values.case === undefined || values.case === name);
  if (values.help || chosen.length === 0) {
    print(usage);
    return values.help ? 0 : 2;
  }
  const standing = checkedIn();
  const played: Record<string, Figures> = {};
  const others: string[] = [];
  for (const one of chosen) {
    const began = performance.now();
    const figures = await playCase(one);
    played[one.name] = figures;
    show(`${one.name}: ${one.words}`, figures);
    process.stderr.write(`${one.name} took ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
    if (!isDeepStrictEqual(standing[one.name], figures)) others.push(one.name);
  }
  if (values.write) checkIn({ ...standing, ...played });
  else for (const name of others) print(`${name}: these are not the figures that are checked in.`);
  const missed = judge(played);
  return missed > 0 || (others.length > 0 && !values.write) ? 1 : 0;
};

process.exitCode = await main();
