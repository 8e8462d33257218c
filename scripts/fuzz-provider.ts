import { parseArgs } from "node:util";
import { dialectNameSchema, dialectNames } from "../lib/connection.ts";
import { fuzzReplies } from "../test/providers/reply-fuzz.ts";

const { values } = parseArgs({
  options: {
    replies: { type: "string", default: "200000" },
    seed: { type: "string", default: "1" },
    dialect: { type: "string", multiple: true, default: [...dialectNames] },
  },
});

const chosen = values.dialect.map((name) => dialectNameSchema.parse(name));
const share = Math.ceil(Number(values.replies) / chosen.length);
const seed = Number(values.seed);
let passed = 0;
let failed = 0;
for (const dialect of chosen) {
  const began = performance.now();
  const { acts, trials, replies, findings } = await fuzzReplies(dialect, share, seed);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  passed += trials - findings.length;
  failed += findings.length;
  process.stdout.write(
    `${dialect}: ${replies} mutated replies in ${trials} of ${acts} different calls, ${findings.length} wrong, ${seconds} s\n`,
  );
  const different = new Map(
    findings.map((finding) => [`${finding.act} ${finding.fault.slice(0, 40)}`, finding]),
  );
  for (const { act, fault, served, trial } of [...different.values()].slice(0, 20))
    process.stdout.write(
      `  trial ${trial}, ${act}: ${fault}\n${served.map((one) => `    ${one}\n`).join("")}`,
    );
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
