import type { Paint } from "./colour.ts";
import { Detached } from "./detached.ts";
import type { CliFailure } from "./failure.ts";
import { plainText } from "./plain-text.ts";
import { Unanswered } from "./unanswered.ts";
import type { Output } from "./world.ts";

/** Whether the caller is a program: the error then is JSON too. */
export const isMachineForm = (argv: readonly string[]): boolean =>
  argv.some((arg, index) => {
    if (/^(?:-o|--output=)jsonl?$/.test(arg)) return true;
    return (arg === "-o" || arg === "--output") && /^jsonl?$/.test(argv[index + 1] ?? "");
  });

const documentOf = (failure: CliFailure) => ({
  error: {
    exit_code: failure.exitCode,
    code: failure.code,
    message: failure.message,
    ...(failure.why.length === 0 ? {} : { why: failure.why }),
    ...(failure.fix.length === 0 ? {} : { fix: failure.fix }),
    ...(failure.docs === null ? {} : { docs: failure.docs }),
    ...(failure.request === null ? {} : { request_id: failure.request }),
    ...(failure instanceof Detached ? { resume: failure.work.resume, cancel: failure.work.cancel } : {}),
    ...(failure instanceof Unanswered ? { again: failure.again } : {}),
  },
});

const labelled = (label: string, lines: readonly string[]): string[] =>
  lines.map((line, index) => `${(index === 0 ? label : "").padEnd(8)} ${plainText(line)}`);

/** Error, Why, Fix, Docs, Request: the lines that there is something to say in. */
export const failureLines = (failure: CliFailure, paint: Paint): string[] => {
  if (failure instanceof Detached)
    return [
      plainText(failure.message),
      ...labelled("  Resume", [failure.work.resume]),
      ...labelled("  Cancel", failure.work.cancel === null ? [] : [failure.work.cancel]),
    ];
  if (failure instanceof Unanswered)
    return [plainText(failure.message), ...labelled("  Again", [failure.again])];
  const [first = "", ...rest] = labelled("Error", [failure.message]);
  return [
    first.replace("Error", paint("red", "Error")),
    ...rest,
    ...labelled("Why", failure.why),
    ...labelled("Fix", failure.fix),
    ...labelled("Docs", failure.docs === null ? [] : [failure.docs]),
    ...labelled("Request", failure.request === null ? [] : [failure.request]),
  ];
};

const stackOf = ({ cause }: CliFailure): string =>
  cause instanceof Error && cause.stack !== undefined ? `${cause.stack}\n` : "";

/** Says on standard error why the command ends as it does. */
export const tellFailure = (
  failure: CliFailure,
  err: Output,
  how: { readonly paint: Paint; readonly isMachine: boolean; readonly stack: boolean },
): void => {
  // A Ctrl-C that leaves nothing behind needs no words.
  const leavesSomething = failure instanceof Detached || failure instanceof Unanswered;
  if (failure.code === "INTERRUPTED" && !leavesSomething) return;
  if (how.isMachine) err.write(`${JSON.stringify(documentOf(failure))}\n`);
  else err.write(`${failureLines(failure, how.paint).join("\n")}\n`);
  if (how.stack) err.write(stackOf(failure));
};
