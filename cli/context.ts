import * as z from "zod";
import { Api, targetOf, type ApiRequest } from "./api.ts";
import { canRedraw, paintFor, type Paint } from "./colour.ts";
import { accessFor } from "./endpoint.ts";
import { exitCodes } from "./exit-codes.ts";
import { CliFailure } from "./failure.ts";
import type { Flags } from "./global-flags.ts";
import { plainText } from "./plain-text.ts";
import { Printer } from "./printer.ts";
import { Progress } from "./progress.ts";
import { Unanswered } from "./unanswered.ts";
import type { World } from "./world.ts";

/** Work that goes on without us, and the commands that come back to it. */
export interface Work {
  readonly name: string;
  readonly resume: string;
  /** Null: nothing was asked for that could be cancelled. */
  readonly cancel: string | null;
}

/** What would be sent, in a line. */
const sentText = ({ file, text, json }: ApiRequest): string => {
  if (file !== undefined) return ` (${file.bytes} bytes of ${file.type})`;
  if (text !== undefined) return ` (${text.content.length} characters of ${text.type})`;
  return json === undefined ? "" : ` ${JSON.stringify(json)}`;
};

/** What every verb is given: the API, the world, and the flags that all commands have. */
export class Context {
  readonly world: World;
  readonly flags: Flags;
  readonly print: Printer;
  /** Colours of standard error. */
  readonly paint: Paint;
  /** What is being waited for, for Ctrl-C and `--timeout`. */
  waitingFor: Work | null = null;
  readonly #argv: readonly string[];
  #api: Api | null = null;
  #key: string | null = null;

  /** @param argv the command line, for the words that ask for the same again */
  constructor(world: World, flags: Flags, argv: readonly string[] = []) {
    this.world = world;
    this.flags = flags;
    this.#argv = argv;
    this.print = new Printer(world.out, flags.output);
    this.paint = paintFor(flags.color, world, world.err);
  }

  /** @throws CliFailure when there is no key, or the address is none */
  get api(): Api {
    this.#api ??= this.#open();
    return this.#api;
  }

  /** A message, on standard error. */
  say(line: string): void {
    if (!this.flags.quiet) this.world.err.write(`${line}\n`);
  }

  progress(): Progress {
    const { world, flags } = this;
    return new Progress({
      output: flags.quiet ? null : world.err,
      redraws: canRedraw(world, world.err),
      nowMilliseconds: () => world.nowMilliseconds(),
    });
  }

  /** A key for a request that changes something: the one that was given, or a new one. Say it with `sayKey`. */
  key(): string {
    this.#key = this.flags.idempotencyKey ?? this.world.newKey();
    return this.#key;
  }

  /** Tells a key that was made here, so that the same can be asked again. */
  sayKey(key: string): void {
    if (this.flags.idempotencyKey === undefined && !this.flags.dryRun)
      this.say(this.paint("dim", `Idempotency-Key ${key}`));
  }

  /** Sends a change. @throws Unanswered when Ctrl-C comes before the answer */
  async sending<T>(request: Pick<ApiRequest, "method" | "path">, send: () => Promise<T>): Promise<T> {
    const { interrupted } = this.world;
    interrupted.throwIfAborted();
    try {
      return await send();
    } catch (error) {
      if (!interrupted.aborted || error instanceof CliFailure) throw error;
      throw new Unanswered(request, this.#argv, this.#key, error);
    }
  }

  /** Asks for a change; null with `--dry-run`, which only tells what would be asked. @throws Unanswered */
  async change<T>(schema: z.ZodType<T>, request: ApiRequest): Promise<T | null> {
    if (!this.flags.dryRun) return this.sending(request, () => this.api.ask(schema, request));
    const body = sentText(request);
    this.print.line(`would ${request.method} ${plainText(targetOf(request))}${plainText(body)}`);
    return null;
  }

  /** @throws CliFailure when the answer is no, or there is nobody to ask */
  async confirm(question: string): Promise<void> {
    if (this.flags.yes || this.flags.dryRun) return;
    const answer = await this.#answerTo(`${question} [y/N] `);
    if (!/^y(?:es)?$/i.test(answer.trim())) throw this.#notConfirmed(question);
  }

  /** Asks for a word that can't be typed by accident. @throws CliFailure as `confirm` */
  async confirmTyped(question: string, word: string): Promise<void> {
    if (this.flags.yes || this.flags.dryRun) return;
    const answer = await this.#answerTo(`${question} Type ${word} to go on: `);
    if (answer.trim() !== word) throw this.#notConfirmed(question, word);
  }

  /** Whether there is a person who can be asked. */
  get isInteractive(): boolean {
    return this.flags.input && this.world.input.isTTY && this.world.err.isTTY;
  }

  async #answerTo(question: string): Promise<string> {
    if (this.isInteractive) return this.world.ask(question);
    throw new CliFailure({
      exitCode: exitCodes.usage,
      code: "NOT_CONFIRMED",
      message: `This needs a yes: ${question.replace(/ (?:\[y\/N\]|Type .* to go on:) $/, "")}`,
      why: [this.flags.input ? "There is no terminal to ask on." : "--no-input: nothing is asked."],
      fix: ["Add --yes if that is what you want."],
      docs: "switchyard help exit-codes",
    });
  }

  #notConfirmed(question: string, word = "yes"): CliFailure {
    return new CliFailure({
      exitCode: exitCodes.usage,
      code: "NOT_CONFIRMED",
      message: "Nothing was changed",
      why: [`"${question}" was not answered with ${word}.`],
    });
  }

  #open(): Api {
    const { world, flags } = this;
    const access = accessFor(flags, world);
    if (!access.isLoopback && access.url.startsWith("http:"))
      this.say(`Note  The key goes to ${access.url} unencrypted; https would hide it.`);
    return new Api({
      access,
      interrupted: world.interrupted,
      sleep: (milliseconds, signal) => world.sleep(milliseconds, signal),
      debug: (line) => {
        if (flags.debug) world.err.write(`${line}\n`);
      },
    });
  }
}
