import { runCommand } from "../../cli/run-command.ts";
import type { Output, World } from "../../cli/world.ts";
import { stubEpoch } from "./bulk-stub.ts";

/** How a command is run, and by whom. */
export interface CliWorld {
  readonly url?: string;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** Typed at the questions, one after the other. */
  readonly answers?: readonly string[];
  readonly input?: string;
  /** Makes the keys of requests; else they are key-1, key-2, … in each run. */
  readonly newKey?: () => string;
  /** The time of day; else it moves only when it is slept. */
  readonly nowMilliseconds?: () => number;
  /** Ctrl-C during the sleep of this number. */
  readonly interruptAtSleep?: number;
  /** Ctrl-C when the test says so, and at a question without an answer. */
  readonly interrupting?: AbortController;
  /** Told of each sleep, after it. */
  readonly slept?: (count: number) => void | Promise<void>;
}

/** What a command has left: texts as they were written, and its exit code. */
export interface CliEnd {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly questions: readonly string[];
}

const decoder = new TextDecoder();

const outputTo = (parts: string[], { isTTY = false, columns = 92 }: CliWorld): Output => ({
  isTTY,
  columns,
  write: (text) => void parts.push(text),
  send: (chunk) => {
    parts.push(decoder.decode(chunk));
    return Promise.resolve();
  },
});

/**
 * Runs a command line in this process against a real API, in a world whose clock only moves when it is slept; it begins
 * when the jobs of the stub do.
 */
export const runCli = async (argv: readonly string[], how: CliWorld = {}): Promise<CliEnd> => {
  const [out, err, questions]: [string[], string[], string[]] = [[], [], []];
  const answers = [...(how.answers ?? [])];
  const interrupting = how.interrupting ?? new AbortController();
  let now = stubEpoch;
  let sleeps = 0;
  let keys = 0;
  const world: World = {
    environment: { ...(how.url === undefined ? {} : { SWITCHYARD_URL: how.url }), ...how.environment },
    folder: how.folder ?? "/nowhere",
    out: outputTo(out, how),
    err: outputTo(err, how),
    input: {
      isTTY: how.isTTY === true,
      bytes: async function* bytes() {
        yield new TextEncoder().encode(how.input ?? "");
      },
    },
    ask: (question) => {
      questions.push(question);
      const answer = answers.shift();
      if (answer === undefined) how.interrupting?.abort();
      return answer === undefined
        ? Promise.reject(new Error(`not expected: ${question}`))
        : Promise.resolve(answer);
    },
    nowMilliseconds: how.nowMilliseconds ?? (() => now),
    sleep: async (milliseconds) => {
      now += milliseconds;
      sleeps += 1;
      if (sleeps === how.interruptAtSleep) interrupting.abort();
      await how.slept?.(sleeps);
    },
    newKey: () => {
      keys += 1;
      return how.newKey?.() ?? `key-${keys}`;
    },
    interrupted: interrupting.signal,
  };
  const code = await runCommand(argv, world);
  return { code, out: out.join(""), err: err.join(""), questions };
};
