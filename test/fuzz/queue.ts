import { parseArgs } from "node:util";
import { QueueFuzz, recordsPerRound, type QueueFinding } from "./queue-run.ts";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "50000" },
    seed: { type: "string", default: "1" },
    /** One round only. */
    round: { type: "string" },
    reasons: { type: "boolean", default: false },
  },
});

Error.stackTraceLimit = values.round === undefined ? 0 : 10;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const seed = Number(values.seed);
const records = Number(values.records);
const fuzz = new QueueFuzz(seed);
const began = performance.now();
const worked = process.cpuUsage();
if (values.round === undefined)
  for (let round = 0; round * recordsPerRound < records; round += 1)
    await fuzz.round(round, Math.min(recordsPerRound, records - round * recordsPerRound));
else await fuzz.round(Number(values.round));
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(worked);

const { tally } = fuzz;
if (values.reasons) for (const reason of [...tally.reasons].toSorted()) print(`  ${reason}`);
const sortOf = ({ fault }: QueueFinding): string =>
  fault
    .replace(/(is seen \([^)]*\)).*/s, "$1")
    .replaceAll(/[0-9a-f]{6,}|\d+/g, "#")
    .slice(0, 60);
const sorts = Map.groupBy(tally.findings, sortOf);
for (const same of [...sorts.values()].slice(0, 30)) {
  const [first] = same;
  if (first === undefined) continue;
  print(`\n${same.length} times: ${first.fault.slice(0, 1500)}`);
  print(`  ${first.spoilt}: ${first.body.slice(0, 800)}`);
  print(`  npm run fuzz:queue -- --seed ${seed} --round ${first.round}   (batch ${first.batch})`);
}

const said = [...tally.outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(", ");
print(
  `\n${tally.records} records in ${seconds.toFixed(1)} s, ${Math.round(tally.records / ((user + system) / 1e6))} a second of one core: ${said}`,
);
print(`${tally.works} works of webhooks done, ${tally.deliveries} deliveries attempted`);
const failed = Math.min(tally.findings.length, tally.records);
print(`${tally.records - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
