import { parseArgs } from "node:util";
import { applyPatches } from "../patched-source.ts";
import { rateRules } from "./ablations.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    without: { type: "string" },
    ablate: { type: "boolean", default: false },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);

if (values.without !== undefined) {
  const rule = rateRules.find(({ name }) => name === values.without);
  if (rule === undefined) throw new Error(`There is no rule called ${values.without}.`);
  applyPatches(rule.patches);
}
// Loaded only now: what is left out must be left out of all that it imports.
const { ablateRate, runSeed, runSeeds } = await import("./runs.ts");
const failed = values.ablate
  ? await ablateRate(Number(values.seeds), print)
  : values.seed === undefined
    ? await runSeeds(Number(values.from), Number(values.seeds), values.without ?? null, print)
    : await runSeed(Number(values.seed), print);
process.exitCode = failed === 0 ? 0 : 1;
