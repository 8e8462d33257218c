import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";

const packageSchema = z.looseObject({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const lockSchema = z.looseObject({ packages: z.record(z.string(), packageSchema) });
type Lock = z.infer<typeof lockSchema>;

/** What the name of a binary package says of where it runs: `binding-linux-x64-musl`. */
const platformOf = (name: string): { os: string[]; cpu: string[]; libc?: string[] } | null => {
  const match =
    /(android|darwin|freebsd|linux|openharmony|win32|aix|netbsd|openbsd|sunos)-(arm64|x64|ia32|arm|ppc64|riscv64|s390x)(?:-(\w+))?$/.exec(
      name,
    );
  const [, os, cpu, abi = ""] = match ?? [];
  if (os === undefined || cpu === undefined) return null;
  const libc =
    os !== "linux" ? null : abi.startsWith("musl") ? "musl" : abi.startsWith("gnu") ? "glibc" : null;
  return { os: [os], cpu: [cpu], ...(libc === null ? {} : { libc: [libc] }) };
};

/** Optional packages that others ask for by an exact version and that the lock file does not have, as it would hold them. */
export const missingFrom = (lock: Lock): Record<string, z.infer<typeof packageSchema>> => {
  const missing: Record<string, z.infer<typeof packageSchema>> = {};
  for (const [path, { dev, optionalDependencies = {} }] of Object.entries(lock.packages)) {
    if (path === "") continue;
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const place = `node_modules/${name}`;
      const platform = platformOf(name);
      if (lock.packages[place] !== undefined || platform === null || !/^\d/.test(version)) continue;
      missing[place] = { version, ...platform, ...(dev === true ? { dev } : {}), optional: true };
    }
  }
  return missing;
};

/** The lock file of a folder. */
export const readLock = (folder: string): Lock =>
  lockSchema.parse(JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")));

/**
 * `npm install` leaves out of the lock file what a registry does not have, such as the binaries of platforms that
 * nobody has fetched; `npm ci` then refuses the file. This names them again: they are only fetched where they run.
 */
const main = (folder: string): void => {
  const lock = readLock(folder);
  const missing = missingFrom(lock);
  const [first, ...entries] = Object.entries({ ...lock.packages, ...missing });
  if (first === undefined) return;
  const sorted = entries.toSorted(([one], [other]) => (one < other ? -1 : 1));
  const packages = Object.fromEntries([first, ...sorted]);
  writeFileSync(join(folder, "package-lock.json"), `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
  process.stdout.write(`${Object.keys(missing).length} packages named again\n`);
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(resolve(import.meta.dirname, ".."));
