import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { enableCompileCache } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { isatty } from "node:tty";
import type { Output, World } from "./world.ts";

// What was translated once is not translated again: half of the start-up.
enableCompileCache();

const outputOf = (stream: NodeJS.WriteStream & { readonly fd: number }): Output => ({
  isTTY: isatty(stream.fd),
  get columns() {
    // A terminal that does not know its width says 0.
    return stream.columns > 0 ? stream.columns : 80;
  },
  write: (text) => void stream.write(text),
  send: async (chunk) => {
    if (!stream.write(chunk)) await once(stream, "drain");
  },
});

// `switchyard … | head` ends when head has enough.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const interrupting = new AbortController();
let interruptedAt = 0;
// A terminal tells the whole group, and a process that has started this one tells it again: that is one Ctrl-C.
const sameInterruptMilliseconds = 500;
// Whoever asks the process to end wants the same of it as whoever presses Ctrl-C.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    if (!interrupting.signal.aborted) interruptedAt = performance.now();
    else if (performance.now() - interruptedAt > sameInterruptMilliseconds) process.exit(130);
    interrupting.abort();
  });

const world: World = {
  environment: process.env,
  folder: process.cwd(),
  out: outputOf(process.stdout),
  err: outputOf(process.stderr),
  input: { isTTY: isatty(process.stdin.fd), bytes: () => process.stdin },
  ask: async (question) => {
    const { createInterface } = await import("node:readline/promises");
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    // The line editor takes Ctrl-C for itself.
    lines.on("SIGINT", () => interrupting.abort());
    try {
      return await lines.question(question, { signal: interrupting.signal });
    } finally {
      lines.close();
    }
  },
  nowMilliseconds: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    try {
      await sleep(milliseconds, undefined, { signal });
    } catch {
      // The signal has spoken; whoever sleeps looks at it.
    }
  },
  newKey: () => randomUUID(),
  interrupted: interrupting.signal,
};

const { runCommand } = await import("./run-command.ts");
process.exitCode = await runCommand(process.argv.slice(2), world);
