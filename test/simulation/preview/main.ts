import { parseArgs } from "node:util";
import { compareFleet } from "./compare.ts";

const { values } = parseArgs({
  options: {
    servers: { type: "string", default: "1000" },
    days: { type: "string", default: "400" },
    seed: { type: "string", default: "1" },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const shown = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

const found = compareFleet(Number(values.servers), Number(values.days), Number(values.seed));
print(
  `${found.servers} servers under ${found.schedules} schedules for ${values.days} days, with ${found.exceptions} overrides, freezes, windows and holds (seed ${values.seed})`,
);
print(`named:  ${found.edges} edges, ${found.expected} commands, in ${shown(found.previewMilliseconds)}`);
print(
  `sent:   ${found.sent} commands, in ${shown(found.liveMilliseconds)}: ${found.ticks} ticks, ${found.decisions} decisions about a server`,
);
print(`differences: ${found.different.length}`);
for (const one of found.different.slice(0, 20)) print(`  ${one}`);
process.exitCode = found.different.length === 0 ? 0 : 1;
