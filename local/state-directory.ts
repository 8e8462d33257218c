import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as z from "zod";

/** Another stack is running on this state directory. */
export class StateInUse extends Error {
  readonly directory: string;
  constructor(directory: string, pid: string, options?: ErrorOptions) {
    super(
      `The state in ${directory} is in use by another stack${pid === "" ? "" : ` (process ${pid})`}.`,
      options,
    );
    this.name = "StateInUse";
    this.directory = directory;
  }
}

/** Where the parts of the stack keep what must outlive it. */
export interface StateDirectory {
  readonly table: string;
  readonly queues: string;
  readonly provider: string;
  /** The stack that is running: its process, its URL, its queues' endpoint. Read by `npm run redrive`. */
  readonly stackFile: string;
  readonly configFile: string;
  /** What the secrets of endpoints are made from: made once, so that they stay the same over restarts. */
  readonly signingKey: () => string;
  readonly release: () => void;
}

/** What stands in `stackFile`. */
export const stackFileSchema = z.strictObject({
  pid: z.number(),
  url: z.string(),
  queue_endpoint: z.string(),
});
export type StackFile = z.infer<typeof stackFileSchema>;

const partsOf = (directory: string) => ({
  table: join(directory, "table"),
  queues: join(directory, "queues"),
  provider: join(directory, "provider"),
  stackFile: join(directory, "stack.json"),
  configFile: join(directory, "simulated.yaml"),
  signingKeyFile: join(directory, "signing-key"),
});

const signingKeyIn = (file: string): string => {
  try {
    writeFileSync(file, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (!z.object({ code: z.literal("EEXIST") }).safeParse(error).success) throw error;
  }
  return readFileSync(file, "utf8").trim();
};

const readOwner = (file: string): string => {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
};

/**
 * Takes the directory for this process, emptied first with `reset`. The lock is one of the operating system on a
 * SQLite file: a process that was killed holds it no longer, whatever its id is used for now.
 * @throws StateInUse
 */
export const takeStateDirectory = (directory: string, reset: boolean): StateDirectory => {
  mkdirSync(directory, { recursive: true });
  const owner = join(directory, "owner");
  const lock = new DatabaseSync(join(directory, "lock"), { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    throw new StateInUse(directory, readOwner(owner), { cause });
  }
  const parts = partsOf(directory);
  if (reset) Object.values(parts).forEach((path) => rmSync(path, { recursive: true, force: true }));
  writeFileSync(owner, `${process.pid}\n`);
  return {
    ...parts,
    signingKey: () => signingKeyIn(parts.signingKeyFile),
    release: () => {
      rmSync(parts.stackFile, { force: true });
      rmSync(owner, { force: true });
      lock.close();
    },
  };
};
