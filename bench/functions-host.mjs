// A process of its own with nothing in it but one function, as it is deployed: bundled, on plain Node. Plain JavaScript,
// so that no loader of TypeScript is measured. It talks by messages.
import { basename, join } from "node:path";
import { createRequire } from "node:module";

const { bundles, module } = JSON.parse(process.argv[2] ?? "null");
const { handler } = createRequire(import.meta.url)(join(bundles, `${basename(module, ".ts")}.cjs`));
let cpuBefore = process.cpuUsage();

/** Runs a function, and tells what it has answered, or why it has failed. */
const call = async ({ call: number, event, milliseconds }) => {
  const endsAt = performance.now() + milliseconds;
  const getRemainingTimeInMillis = () => Math.max(0, Math.floor(endsAt - performance.now()));
  try {
    const answer = await handler(event, { getRemainingTimeInMillis });
    process.send({ answered: number, answer: answer ?? null });
  } catch (error) {
    process.send({
      answered: number,
      failed: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
};

process.on("message", (message) => {
  if (message === "go") cpuBefore = process.cpuUsage();
  else if (message === "report") {
    const { user, system } = process.cpuUsage(cpuBefore);
    const peakMegabytes = process.resourceUsage().maxRSS / 1024;
    process.send({ cpuMilliseconds: (user + system) / 1000, peakMegabytes });
  } else void call(message);
});
process.once("disconnect", () => process.exit(1));
process.send({ ready: true });
