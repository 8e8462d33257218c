import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

const root = resolve(import.meta.dirname, "../..");

/** A stack in a process of its own, as `npm start` and `npm run dev` run it. */
export interface RunningStack {
  readonly pid: number;
  readonly lines: readonly string[];
  readonly errors: readonly string[];
  /** The first line that fits, once it is there. @throws Error when the process ends before */
  readonly line: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Resolves with the exit code, or the signal. */
  readonly signal: (name: NodeJS.Signals) => Promise<number | NodeJS.Signals | null>;
  readonly exit: Promise<number | NodeJS.Signals | null>;
}

/** Starts `local/main.ts` without a terminal and without any configuration of this machine. */
export const runStack = (
  argv: readonly string[],
  folder: string,
  more: NodeJS.ProcessEnv = {},
): RunningStack => {
  const child = spawn(process.execPath, [join(root, "local/main.ts"), ...argv], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder, ...more },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const errors: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => lines.push(line));
  createInterface({ input: child.stderr }).on("line", (line) => errors.push(line));
  const exit = once(child, "close").then(() => child.exitCode ?? child.signalCode);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exit;
  });
  const line = async (pattern: RegExp): Promise<RegExpExecArray> => {
    const find = () => lines.map((text) => pattern.exec(text)).find((match) => match !== null);
    while (find() === undefined) {
      const ended = await Promise.race([once(reader, "line").then(() => false), exit.then(() => true)]);
      if (ended && find() === undefined)
        throw new Error(`no ${pattern}:\n${[...lines, ...errors].join("\n")}`);
    }
    const found = find();
    if (found === undefined) throw new Error("unreachable");
    return found;
  };
  const signal = (name: NodeJS.Signals) => {
    child.kill(name);
    return exit;
  };
  return { pid: child.pid ?? 0, lines, errors, line, signal, exit };
};
