import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { StateInUse, takeStateDirectory } from "../../local/state-directory.ts";
import { temporaryFolder } from "./temporary-folder.ts";

test("two stacks never share a state directory, and the second is told who has it", () => {
  const folder = temporaryFolder();
  const first = takeStateDirectory(folder, false);
  expect(() => takeStateDirectory(folder, false)).toThrow(StateInUse);
  expect(() => takeStateDirectory(folder, false)).toThrow(`process ${process.pid}`);
  first.release();
  takeStateDirectory(folder, false).release();
});

test("the lock of a killed process does not block the next one", async () => {
  const folder = temporaryFolder();
  const module = resolve(import.meta.dirname, "../../local/state-directory.ts");
  const script = `import { takeStateDirectory } from ${JSON.stringify(module)};
    globalThis.kept = takeStateDirectory(${JSON.stringify(folder)}, false);
    console.log("taken"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  expect(() => takeStateDirectory(folder, false)).toThrow(`process ${child.pid}`);
  child.kill("SIGKILL");
  await once(child, "exit");
  takeStateDirectory(folder, false).release();
});

test("a reset empties what the parts of the stack keep, and nothing else", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "table"));
  writeFileSync(join(folder, "table", "rows"), "");
  writeFileSync(join(folder, "notes.txt"), "mine");
  takeStateDirectory(folder, false).release();
  expect(existsSync(join(folder, "table", "rows"))).toBe(true);
  takeStateDirectory(folder, true).release();
  expect(existsSync(join(folder, "table"))).toBe(false);
  expect(existsSync(join(folder, "notes.txt"))).toBe(true);
});
