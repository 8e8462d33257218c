import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import type { RunningEngine } from "./table-engine.ts";

const binary = fileURLToPath(new URL("../node_modules/@dynoxide/linux-x64/dynoxide", import.meta.url));

/** Whether the second engine is installed: it is optional, and exists for Linux on x64 only. */
export const hasDynoxide = existsSync(binary);

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  server.close();
  await once(server, "close");
  return port;
};

const isUp = async (endpoint: string): Promise<boolean> => {
  try {
    await fetch(endpoint);
    return true;
  } catch {
    return false;
  }
};

const waitUntilUp = async (endpoint: string, process: ChildProcess): Promise<void> => {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (process.exitCode !== null) throw new Error(`The engine ended with ${process.exitCode}.`);
    if (await isUp(endpoint)) return;
    await pause(25);
  }
  throw new Error("The engine did not come up.");
};

/** Starts the second engine, in memory, as a process of its own. */
export const dynoxideEngine = async (): Promise<RunningEngine> => {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn(binary, ["serve", "--host", "127.0.0.1", "--port", String(port)], { stdio: "ignore" });
  await waitUntilUp(endpoint, child);
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    child.kill();
    await once(child, "exit");
  };
  return { endpoint, stop };
};
