import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { rateRules } from "./ablations.ts";
import { runOnce, type RateResult } from "./one-run.ts";

type Print = (line: string) => void;

const finish = (passed: number, failed: number, print: Print): number => {
  print(`${passed} passed, ${failed} failed`);
  return failed;
};

const replay = (seed: number, without: string | null): string =>
  `npm run sim:rate -- --seed ${seed}${without === null ? "" : ` --without ${without}`}`;

const explain = (broken: readonly RateResult[], without: string | null, print: Print): void => {
  const all = broken.flatMap(({ order, findings }) => findings.map((finding) => ({ order, ...finding })));
  for (const [promise, same] of Map.groupBy(all, (one) => one.promise)) {
    const seeds = same.slice(0, 8).map(({ order }) => order.seed);
    print(`\n${promise}: ${same.length} times, seeds ${seeds.join(", ")}`);
    for (const { order, explanation } of same.slice(0, 2)) {
      print(`  seed ${order.seed} (${order.theme}): ${explanation}`);
      print(`    ${replay(order.seed, without)}`);
    }
  }
};

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((one, other) => one - other)[
    Math.min(values.length - 1, Math.floor(values.length * share))
  ] ?? 0;

/** Runs many seeds and says what they broke and measured. @returns how many broke something */
export const runSeeds = async (
  from: number,
  count: number,
  without: string | null,
  print: Print,
): Promise<number> => {
  const began = performance.now();
  const broken: RateResult[] = [];
  const sum = { calls: 0, events: 0 };
  const used: number[] = [];
  const writes: number[] = [];
  for (let seed = from; seed < from + count; seed += 1) {
    const result = await runOnce(seed);
    sum.calls += result.calls;
    sum.events += result.events;
    if (result.figures.utilisation !== null) used.push(result.figures.utilisation);
    if (result.figures.writesPerCall !== null) writes.push(result.figures.writesPerCall);
    if (result.findings.length > 0) broken.push(result);
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  print(`${count} runs, ${sum.calls} calls, ${sum.events} virtual events, ${seconds} s`);
  const percent = (share: number): string => (percentile(used, share) * 100).toFixed(1);
  print(
    `used of what is allowed: median ${percent(0.5)} %, worst hundredth ${percent(0.01)} %, worst ${percent(0)} %`,
  );
  const each = (share: number): string => percentile(writes, share).toFixed(3);
  print(
    `writes a call while work waits: median ${each(0.5)}, worst hundredth ${each(0.99)}, worst ${each(1)}`,
  );
  explain(broken, without, print);
  return finish(count - broken.length, broken.length, print);
};

/** One seed with everything that is known of it. */
export const runSeed = async (seed: number, print: Print): Promise<number> => {
  const { order, findings, figures, calls } = await runOnce(seed);
  print(JSON.stringify(order));
  print(`${calls} calls, ${JSON.stringify(figures)}`);
  for (const { promise, explanation } of findings) print(`${promise}: ${explanation}`);
  return finish(findings.length === 0 ? 1 : 0, findings.length === 0 ? 0 : 1, print);
};

const outputOf = (seeds: number, rule: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const main = fileURLToPath(new URL("main.ts", import.meta.url));
    const child = spawn(process.execPath, [main, "--seeds", String(seeds), "--without", rule]);
    let text = "";
    child.stdout.on("data", (data: Buffer) => (text += data.toString()));
    child.stderr.on("data", (data: Buffer) => (text += data.toString()));
    child.on("error", reject);
    child.on("close", () => resolve(text));
  });

/** Takes out one rule after the other: each must show. @returns how many did not */
export const ablateRate = async (seeds: number, print: Print): Promise<number> => {
  let missed = 0;
  for (const { name, says, proves } of rateRules) {
    const text = await outputOf(seeds, name);
    const shown = proves.filter((promise) => text.includes(`\n${promise}: `));
    if (shown.length === 0) missed += 1;
    print(
      `${shown.length === 0 ? "MISSED" : "caught"}  ${name}: ${says} (${shown.join(", ") || text.trim().split("\n").at(-1)})`,
    );
  }
  return finish(rateRules.length - missed, missed, print);
};
