import { exitCodeWords } from "./exit-codes.ts";

const exitCodes = (): string =>
  [
    "The exit code, which is error.exit_code in JSON too:",
    "",
    ...exitCodeWords.map(([code, words]) => `  ${String(code).padStart(3)}  ${words}`),
  ].join("\n");

const output = `Data goes to standard output, messages, progress and questions to standard error.

  -o human          a table that shrinks to the terminal; ids are never cut (default)
  -o wide           with more columns
  -o human=Id,State only these columns; wide= and csv= take them too
  -o json           one document, as the API has it; a list is an array
  -o jsonl          one line for each
  -o csv            with a header line; cells that a spreadsheet would run begin with '
  -o id             only the ids, one a line: switchyard server list -o id | xargs switchyard server stop

With json and jsonl an error is a JSON document on standard error: {"error": {"exit_code", "code", "message", …}}.
Colours and drawn progress are for terminals only: --color, NO_COLOR, CLICOLOR, CLICOLOR_FORCE and TERM=dumb count.`;

const date = `An instant may be written as

  2026-11-20T21:00:00Z       RFC 3339, with Z or an offset
  2026-11-20T21:00           in the schedule's time zone, where there is one, else in UTC
  2026-11-20                 its first minute
  fri 21:00, tomorrow 08:00  the next one, today included, in the same zone
  now, +3h, -30m             from now

A duration is 90s, 10m, 1h30m or 2d.`;

const environment = `  SWITCHYARD_URL       the API (default: http://127.0.0.1:8484); --endpoint goes before it
  SWITCHYARD_API_KEY   the key; never a flag, because flags are seen by everybody on a machine. Without it an API on
                       this machine is asked with the local key
  SWITCHYARD_CONFIG    the document that schedule diff and apply read (default: ./switchyard.yaml)
  NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM   whether there are colours`;

const topics: Readonly<Record<string, () => string>> = {
  "exit-codes": exitCodes,
  output: () => output,
  date: () => date,
  environment: () => environment,
};

export const topicNames: readonly string[] = Object.keys(topics);

/** The text about a topic; null when it is none. */
export const readTopic = (name: string): string | null => topics[name]?.() ?? null;
