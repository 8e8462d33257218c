import { parseArgs } from "node:util";
import { runMutations } from "./mutation-run.ts";

/** `--count` mutants (200,000) from `--seed` (1) shown to the door: prints how many were refused and let in. */
const { values } = parseArgs({
  options: { count: { type: "string", default: "200000" }, seed: { type: "string", default: "1" } },
});
const { refused, accepted } = await runMutations(Number(values.count), Number(values.seed));
for (const text of accepted.slice(0, 10)) process.stdout.write(`let in: ${JSON.stringify(text)}\n`);
process.stdout.write(`${refused} passed, ${accepted.length} failed\n`);
if (accepted.length > 0) process.exitCode = 1;
