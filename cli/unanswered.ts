import { exitCodes } from "./exit-codes.ts";
import { CliFailure } from "./failure.ts";

/** A word of a command as a shell takes it. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

const says = (argv: readonly string[], flag: string): boolean =>
  argv.some((word) => word === flag || word.startsWith(`${flag}=`));

/** The command line that asks for the same once more; `key`: that of the request, null where it needs none. */
const againText = (argv: readonly string[], key: string | null): string => {
  const flag = "--idempotency-key";
  const words = key === null || says(argv, flag) ? argv : [...argv, flag, key];
  return ["switchyard", ...words].map(shellWord).join(" ");
};

/** A change was sent, and Ctrl-C came before its answer: whether it was taken is not known. */
export class Unanswered extends CliFailure {
  /** The command that asks for the same once more. */
  readonly again: string;

  /** @param key under which the same is never done twice; null where it has none */
  constructor(
    { method, path }: { readonly method: string; readonly path: string },
    argv: readonly string[],
    key: string | null,
    cause: unknown,
  ) {
    const safe = key === null ? "" : ` Under the same key it is never done twice.`;
    super({
      exitCode: exitCodes.interrupted,
      code: "INTERRUPTED",
      message: `${method} ${path} was not answered yet: it may be done, and go on.${safe}`,
      cause,
    });
    this.again = againText(argv, key);
  }
}
