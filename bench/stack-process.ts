import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { endWithUs } from "./child.ts";

/** An embedded stack in a process of its own, as `npm run dev` starts it. */
export interface StackProcess {
  readonly url: string;
  /** Megabytes that it holds now. */
  readonly megabytes: () => number;
  readonly stop: () => Promise<void>;
}

const kilobytesOf = (pid: number): number => {
  if (process.platform === "linux") {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(?<kilobytes>\d+)/m.exec(status)?.groups?.["kilobytes"] ?? "0");
  }
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }));
};

/** How `npm run dev` starts Node: its collector is told to keep the heap small. */
const nodeFlags = (): readonly string[] => {
  const { scripts } = z
    .object({ scripts: z.object({ dev: z.string() }) })
    .parse(JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8")));
  return scripts.dev.split(" ").filter((word) => word.startsWith("--"));
};

/** Starts one with a state folder. @throws Error when it does not come up */
export const startStackProcess = async (
  state: string,
  flags: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<StackProcess> => {
  const main = join(import.meta.dirname, "../local/main.ts");
  const argv = [...nodeFlags(), main, "dev", "--port", "0", "--state", state, ...flags];
  const child = spawn(process.execPath, argv, {
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  endWithUs(child);
  const ended = once(child, "exit");
  let url: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    url = /^ready (?<url>http:\S+)$/.exec(line)?.groups?.["url"];
    if (url !== undefined) break;
  }
  const { pid } = child;
  if (url === undefined || pid === undefined) throw new Error("The embedded stack did not start.");
  return {
    url,
    megabytes: () => kilobytesOf(pid) / 1024,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
};

/** The most that a process holds while something goes on, in megabytes, looked at each 50 ms. */
export const peakWhile = async <T>(
  { megabytes }: Pick<StackProcess, "megabytes">,
  work: Promise<T>,
): Promise<{ readonly result: T; readonly peakMegabytes: number }> => {
  const watch = { isOver: false, peakMegabytes: megabytes() };
  const watching = (async () => {
    while (!watch.isOver) {
      await sleep(50);
      watch.peakMegabytes = Math.max(watch.peakMegabytes, megabytes());
    }
  })();
  try {
    const result = await work;
    return { result, peakMegabytes: watch.peakMegabytes };
  } finally {
    watch.isOver = true;
    await watching;
  }
};
