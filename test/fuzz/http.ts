import { parseArgs } from "node:util";
import { eventsPerRound, HttpFuzz, type Finding } from "./http-run.ts";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "50000" },
    seed: { type: "string", default: "1" },
    /** One round only, with all that it finds. */
    round: { type: "string" },
    answers: { type: "boolean", default: false },
  },
});

// Refusals are everyday here; nobody reads where they were made.
Error.stackTraceLimit = values.round === undefined ? 0 : 10;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const clipped = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length)} … (${text.length} characters)`;

const seed = Number(values.seed);
const events = Number(values.events);
const fuzz = await HttpFuzz.open(seed);
const began = performance.now();
const worked = process.cpuUsage();
if (values.round === undefined)
  for (let round = 0; round * eventsPerRound < events; round += 1)
    await fuzz.round(round, Math.min(eventsPerRound, events - round * eventsPerRound));
else await fuzz.round(Number(values.round));
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(worked);

const { tally } = fuzz;
if (values.answers)
  for (const [name, count] of [...tally.answers].toSorted(([one], [other]) => (one < other ? -1 : 1)))
    print(`${String(count).padStart(8)}  ${name}`);

/** Faults of one sort: the same words, whatever names and numbers stand in them. */
const sortOf = ({ fault, route }: Finding): string =>
  `${route} ${fault
    .replace(/(is seen \([^)]*\)).*/s, "$1")
    .replaceAll(/[0-9a-f]{6,}|\d+/g, "#")
    .slice(0, 60)}`;
const sorts = Map.groupBy(tally.findings, sortOf);
for (const same of [...sorts.values()].slice(0, 30)) {
  const [first] = same;
  if (first === undefined) continue;
  print(`\n${same.length} times, ${first.route}: ${clipped(first.fault, 1500)}`);
  if (first.spoilt.length > 0) print(`  spoilt: ${first.spoilt.join("; ")}`);
  print(`  ${clipped(JSON.stringify(first.event), 1200)}`);
  print(`  npm run fuzz:http -- --seed ${seed} --round ${first.round}   (event ${first.index})`);
}

const { milliseconds, route, round, index } = tally.slowest;
const failed = new Set(tally.findings.map((finding) => `${finding.round} ${finding.index}`)).size;
print(
  `\n${tally.events} events in ${seconds.toFixed(1)} s, ${Math.round(tally.events / ((user + system) / 1e6))} a second of one core; ` +
    `${tally.codes.size} codes: ${[...tally.codes.keys()].toSorted().join(" ")}`,
);
print(
  `the slowest: ${milliseconds.toFixed(1)} ms of processor time, ${route} (round ${round}, event ${index})`,
);
print(`${tally.events - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
