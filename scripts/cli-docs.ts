import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { groups, topVerbs } from "../cli/commands.ts";
import { exitCodeWords } from "../cli/exit-codes.ts";
import { globalFlags } from "../cli/global-flags.ts";
import { readTopic, topicNames } from "../cli/help-topics.ts";
import type { Group, Verb } from "../cli/verb.ts";
import { alignedTable } from "./markdown-table.ts";

const introduction = [
  "# The command line",
  "Made from `cli/commands.ts` by `npm run docs:cli`. Change the commands, not this file.",
  "`switchyard`, or `swy`, asks the HTTP API and nothing else. In a clone, after `npm ci`, `npx switchyard …` runs it, without a network; `node cli/switchyard.mjs …` does the same without npm's own second. On Linux and Windows Node 20 is enough: it starts the Node 24 that is among the packages.",
  "```console\nnpx switchyard bulk submit -f servers.csv --wait\nnpx switchyard server list --tag env=dev -o id\n```",
  "Data goes to standard output; messages, progress and questions go to standard error. Long work is shown by a bar on a terminal, elsewhere by a line every five seconds and at each change of state. Ctrl-C stops looking and cancels nothing: what goes on, and the commands that come back to it or cancel it, are printed; where a change was not answered yet, the command that asks for the same under its key, which finds it or does it once. What destroys asks first; without a terminal it is refused, with exit code 2, unless `--yes` is given. A request that changes something has an idempotency key, which is printed: the same with `--idempotency-key` never does it twice.",
  "`bulk submit` shows the plan, starts the job, and with `--wait` follows it. A job that waits for a confirmation is confirmed with `--yes`, or after a question. Rows of CSV and JSONL are sent from the file as it lies there; their columns and placeholders are those of `POST /v1/bulk-jobs`.",
  "`schedule diff` and `apply` read `schedules` and `calendars` of `switchyard.yaml`. A schedule is what `PUT /v1/schedules/{name}` takes, or a line, alone or as `when` beside other fields. Without `select` its servers are those that bear the tag `schedule=<name>`. A calendar is a list of dates, or `ics: FILE`. What the file does not name is left alone. Both show all of it to the API first: what is wrong comes at once, each fault with its entry, and then nothing is saved.",
  "```yaml\nschedules:\n  office-hours: Mon-Fri 08:00-19:00 Europe/Paris\n  shop: { when: Mon-Sat 09:00-20:00 Europe/Paris except 2026-12-24..2026-12-26, mode: enforce }\ncalendars:\n  fr: [2026-12-25, 2027-01-01]\n```",
];

const flagTable = (flags: readonly (readonly [string, string, ...unknown[]])[]): string =>
  alignedTable(
    ["flag", "does"],
    flags.map(([flag, does]) => [`\`${flag}\``, does]),
  );

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const verbPart = (path: string, { usage, summary, flags = [], examples = [] }: Verb): string =>
  [
    `### \`${path}${usage}\``,
    `${capital(summary)}.`,
    ...(flags.length === 0 ? [] : [flagTable(flags)]),
    ...(examples.length === 0 ? [] : [`\`\`\`console\n${examples.join("\n")}\n\`\`\``]),
  ].join("\n\n");

const verbsOf = (path: string, { name, verbs, groups: inner = [] }: Group): string[] => [
  ...verbs.map((verb) => verbPart(`${path}${name} `, verb)),
  ...inner.flatMap((group) => verbsOf(`${path}${name} `, group)),
];

const groupPart = (group: Group): string[] => [
  `## ${group.name}`,
  `${capital(group.summary)}.${group.alias === undefined ? "" : ` Alias: \`${group.alias}\`.`}`,
  ...verbsOf("", group),
];

const exitCodePart = (): string[] => [
  "## Exit codes",
  alignedTable(
    ["code", "means"],
    exitCodeWords.map(([code, words]) => [String(code), words]),
  ),
];

const topicPart = (name: string): string[] => [
  `## help ${name}`,
  `\`\`\`text\n${readTopic(name) ?? ""}\n\`\`\``,
];

/** Text of docs/cli.md. */
export const cliDocs = (): string =>
  `${[
    ...introduction,
    "## Flags of all commands",
    flagTable(globalFlags),
    ...exitCodePart(),
    ...groups.flatMap(groupPart),
    "## Others",
    ...topVerbs.map((verb) => verbPart("", verb)),
    ...topicNames.filter((name) => name !== "exit-codes").flatMap(topicPart),
  ].join("\n\n")}\n`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  writeFileSync(join(resolve(import.meta.dirname, ".."), "docs/cli.md"), cliDocs());
