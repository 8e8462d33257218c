import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const root = resolve(import.meta.dirname, "../..");

/** A port that nobody listened on a moment ago. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("not listening");
  return address.port;
};

interface Program {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  readonly line: (pattern: RegExp) => Promise<RegExpExecArray>;
}

const begin = (args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Program => {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env["PATH"], HOME: cwd, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (text) => lines.push(text));
  createInterface({ input: child.stderr }).on("line", (text) => lines.push(text));
  const line = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = lines.map((text) => pattern.exec(text)).find((match) => match !== null);
      if (found !== undefined) return found;
      if (child.exitCode !== null) throw new Error(`no ${pattern}:\n${lines.join("\n")}`);
      await Promise.race([once(reader, "line"), once(child, "close")]);
    }
  };
  return { child, lines, line };
};

/** `A=1 B=2 npm run dev -- --x` or `A=1 node file.mjs`: its variables and its arguments. */
const parsed = (command: string) => {
  const words = command.trim().split(/\s+/);
  const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  const variables = words.slice(0, first).map((word): [string, string] => {
    const at = word.indexOf("=");
    return [word.slice(0, at), word.slice(at + 1)];
  });
  return { variables, rest: words.slice(first) };
};

/** The embedded stack as a document starts it, a shell that goes through its commands, and its receiver. */
export class DocumentedStack {
  readonly #folder: string;
  readonly #programs: ChildProcess[] = [];
  readonly #places: readonly (readonly [from: string, to: string])[];
  readonly url: string;

  private constructor(folder: string, url: string, receiverPort: number, stack: ChildProcess) {
    this.#folder = folder;
    this.#programs.push(stack);
    this.url = url;
    this.#places = [
      ["http://127.0.0.1:8484", url],
      ["127.0.0.1:9000", `127.0.0.1:${receiverPort}`],
      ["PORT=9000", `PORT=${receiverPort}`],
    ];
  }

  /** @param command the line of the document, `… npm run dev -- …` */
  static async start(command: string): Promise<DocumentedStack> {
    const { variables, rest } = parsed(command);
    if (rest.slice(0, 4).join(" ") !== "npm run dev --") throw new Error(`no way to start: ${command}`);
    const folder = mkdtempSync(join(tmpdir(), "switchyard-docs-"));
    symlinkSync(join(root, "docs"), join(folder, "docs"));
    const port = await freePort();
    const args = [join(root, "local/main.ts"), "dev", ...rest.slice(4)];
    const { child, line } = begin(args, folder, Object.fromEntries(variables));
    const [, url = ""] = await line(/^ready (http:\/\/127\.0\.0\.1:\d+)$/);
    return new DocumentedStack(folder, url, port, child);
  }

  #here(command: string): string {
    let text = command;
    for (const [from, to] of this.#places) text = text.replaceAll(from, to);
    return text;
  }

  /** Runs a command after those before it: variables and files stay. What it prints. @throws Error when it fails */
  async run(command: string): Promise<string> {
    const kept = "[ ! -f .variables ] || . ./.variables";
    const script = `set -eo pipefail\n${kept}\nset -a\n${this.#here(command)}\nexport -p > .variables`;
    const child = spawn("bash", ["--norc", "-c", script], {
      cwd: this.#folder,
      env: { PATH: process.env["PATH"], HOME: this.#folder },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const printed: Buffer[] = [];
    const complaints: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => printed.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
    await once(child, "close");
    const output = Buffer.concat(printed).toString("utf8");
    if (child.exitCode === 0) return output;
    throw new Error(
      `${command}\nended with ${child.exitCode}: ${output}${Buffer.concat(complaints).toString()}`,
    );
  }

  /** Starts the receiver as the document does. @returns what it prints, as it comes */
  async receive(command: string): Promise<readonly string[]> {
    const { variables, rest } = parsed(this.#here(command));
    const [, file = ""] = rest;
    const values: [string, string][] = [];
    for (const [name, value] of variables) values.push([name, await this.run(`printf %s "${value}"`)]);
    const { child, lines, line } = begin([join(root, file)], this.#folder, Object.fromEntries(values));
    this.#programs.push(child);
    await line(/^listening$/);
    return lines;
  }

  async stop(): Promise<void> {
    for (const child of this.#programs) {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "close");
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
