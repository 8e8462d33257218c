// Plain JavaScript, because an older Node runs it. Everything here runs on Node 24: npm 11 puts the one that comes as a
// package before the machine's own, npm 10 installs it and makes no link. So it is looked for, and started.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const root = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), "..");
const [what = "", ...rest] = process.argv.slice(2);

/** A file of ours, or a command of a package. */
const fileOf = (name) => {
  if (/\.(ts|mjs)$/.test(name)) return join(root, name);
  const { bin } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8"));
  return join(root, "node_modules", name, typeof bin === "string" ? bin : bin[name]);
};

const isNew = ([major = 0, minor = 0]) => major > 24 || (major === 24 && minor >= 4);
const platform = process.platform === "win32" ? "win" : process.platform;
const binary = process.platform === "win32" ? "node.exe" : "node";
const installed = join(root, "node_modules", `node-${platform}-${process.arch}`, "bin", binary);

if (isNew(process.versions.node.split(".").map(Number))) {
  const file = fileOf(what);
  process.argv = [process.argv[0], file, ...rest];
  await import(pathToFileURL(file).href);
} else if (existsSync(installed)) {
  const path = `${dirname(installed)}${delimiter}${process.env.PATH ?? ""}`;
  const child = spawn(installed, [...process.execArgv, fileOf(what), ...rest], {
    stdio: "inherit",
    env: { ...process.env, PATH: path },
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("close", (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 130);
  });
} else {
  process.stderr.write(
    `Switchyard runs on Node 24.4 or newer; this is ${process.versions.node}. Install it from https://nodejs.org and try again.\n`,
  );
  process.exitCode = 1;
}
