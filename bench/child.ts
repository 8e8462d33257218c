import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import * as z from "zod";

/** A process of the bench that died before it said what it was to say. */
export class ChildDied extends Error {
  constructor(module: string, how: string) {
    super(`${module} ended early (${how}).`);
    this.name = "ChildDied";
  }
}

const living = new Set<ChildProcess>();

/** Ends a process of the bench with the bench, however that ends. */
export const endWithUs = (child: ChildProcess): void => {
  living.add(child);
  child.once("exit", () => living.delete(child));
};
process.once("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

/** A process of its own, so that its CPU time and memory are its own. It talks by messages. */
export class Child {
  readonly #process: ChildProcess;
  readonly #module: string;
  readonly #waiting = new Set<(message: unknown) => void>();
  readonly #early: unknown[] = [];

  private constructor(module: string, process: ChildProcess) {
    this.#module = module;
    this.#process = process;
    process.on("message", (message: unknown) => {
      if (this.#waiting.size === 0) this.#early.push(message);
      for (const take of this.#waiting) take(message);
    });
  }

  /** Starts a module, of this folder unless it is an absolute path. `input` arrives there as JSON, `environment` is all the environment that it has. */
  static start(module: string, input: unknown, environment: Readonly<Record<string, string>> = {}): Child {
    const path = process.env["PATH"] ?? "";
    const child = fork(resolve(import.meta.dirname, module), [JSON.stringify(input)], {
      env: { PATH: path, ...environment },
      execArgv: [],
      // What it prints is no part of the report.
      stdio: ["ignore", process.stderr.fd, "inherit", "ipc"],
    });
    endWithUs(child);
    return new Child(module, child);
  }

  /** A word, or something that can be sent as JSON. */
  send(message: string | Readonly<Record<string, unknown>>): void {
    this.#process.send(message);
  }

  /** The next message of that shape; others are passed over. @throws ChildDied */
  async next<T>(schema: z.ZodType<T>): Promise<T> {
    for (const message of this.#early.splice(0)) {
      const parsed = schema.safeParse(message);
      if (parsed.success) return parsed.data;
    }
    const arrived = Promise.withResolvers<T>();
    const take = (message: unknown): void => {
      const parsed = schema.safeParse(message);
      if (parsed.success) arrived.resolve(parsed.data);
    };
    const died = (code: number | null, signal: string | null): void =>
      arrived.reject(new ChildDied(this.#module, signal ?? `code ${code}`));
    this.#waiting.add(take);
    this.#process.once("exit", died);
    if (this.#process.exitCode !== null) died(this.#process.exitCode, null);
    try {
      return await arrived.promise;
    } finally {
      this.#waiting.delete(take);
      this.#process.off("exit", died);
    }
  }

  /** Runs `then` with each message of that shape. */
  onMessage<T>(schema: z.ZodType<T>, then: (message: T) => void): void {
    this.#process.on("message", (message) => {
      const parsed = schema.safeParse(message);
      if (parsed.success) then(parsed.data);
    });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }
}

/** Inside a child: what it was started with. */
export const inputOf = <T>(schema: z.ZodType<T>): T => schema.parse(JSON.parse(process.argv[2] ?? "null"));

/** Inside a child: nothing is done for nobody. */
export const endWithParent = (): void => {
  process.once("disconnect", () => process.exit(1));
};

/** Inside a child: tells the process that started it. */
export const tell = (message: unknown): void => {
  process.send?.(message);
};

/** Inside a child: runs `then` when that word comes. */
export const onWord = (word: string, then: () => void): void => {
  process.on("message", (message) => {
    if (message === word) then();
  });
};

/** Inside a child: runs `then` with each message of that shape. */
export const onMessage = <T>(schema: z.ZodType<T>, then: (message: T) => void): void => {
  process.on("message", (message) => {
    const parsed = schema.safeParse(message);
    if (parsed.success) then(parsed.data);
  });
};

/** What a process has used since `sinceCpu`: CPU milliseconds, and the most memory it ever had, in megabytes. */
export const usageSchema = z.object({ cpuMilliseconds: z.number(), peakMegabytes: z.number() });
export type Usage = z.infer<typeof usageSchema>;
export const usageSince = (sinceCpu: NodeJS.CpuUsage): Usage => {
  const { user, system } = process.cpuUsage(sinceCpu);
  return { cpuMilliseconds: (user + system) / 1000, peakMegabytes: process.resourceUsage().maxRSS / 1024 };
};
