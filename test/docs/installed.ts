import { spawnSync } from "node:child_process";

/** Whether a program is on this machine, and starts. */
export const isInstalled = (command: string, version = "--version"): boolean =>
  spawnSync(command, [version], { stdio: "ignore" }).status === 0;
