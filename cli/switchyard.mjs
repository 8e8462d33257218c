#!/usr/bin/env node
// Plain JavaScript, because an older Node may start it: the version is told at once, all else runs on Node 24.
import { readFileSync } from "node:fs";

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V" || args[0] === "version")) {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  process.stdout.write(`${version}\n`);
} else {
  process.argv.splice(2, 0, "cli/main.ts");
  await import("../scripts/node24.mjs");
}
