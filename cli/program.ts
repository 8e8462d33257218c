import { Command, CommanderError, Option } from "commander";
import { EndWith, misused, type CliFailure } from "./failure.ts";
import { globalFlags } from "./global-flags.ts";
import { groups, topVerbs } from "./commands.ts";
import { readTopic, topicNames } from "./help-topics.ts";
import type { Group, Verb } from "./verb.ts";
import { version } from "./version.ts";
import type { World } from "./world.ts";

/** Runs a verb that the command line names, with its operands and all flags. */
type Act = (verb: Verb, operands: readonly string[], options: unknown) => Promise<void>;

const collect = (value: string, before: unknown): string[] => [
  ...(Array.isArray(before) ? before.map(String) : []),
  value,
];

const addVerb = (parent: Command, verb: Verb, act: Act): void => {
  const command = parent.command(verb.usage).description(verb.summary);
  for (const [flags, does, isMany] of verb.flags ?? []) {
    const option = new Option(flags, does);
    command.addOption(isMany === "many" ? option.argParser(collect) : option);
  }
  if (verb.examples !== undefined)
    command.addHelpText("after", `\nExamples:\n${verb.examples.map((line) => `  ${line}`).join("\n")}`);
  command.action(async () => act(verb, command.args, command.optsWithGlobals()));
};

const addGroup = (parent: Command, group: Group, act: Act): void => {
  const command = parent.command(group.name).description(group.summary);
  if (group.alias !== undefined) command.alias(group.alias);
  for (const verb of group.verbs) addVerb(command, verb, act);
  for (const inner of group.groups ?? []) addGroup(command, inner, act);
};

const find = (command: Command, path: readonly string[]): Command => {
  const [name, ...rest] = path;
  if (name === undefined) return command;
  const next = command.commands.find((one) => one.name() === name || one.aliases().includes(name));
  if (next === undefined)
    throw misused(
      `There is no help about "${name}"`,
      `There is help about each command, and about ${topicNames.join(", ")}.`,
    );
  return find(next, rest);
};

const addHelp = (program: Command, world: World): void => {
  program.helpCommand(false);
  program
    .command("help [topic...]")
    .description(`how a command is used; topics: ${topicNames.join(", ")}`)
    .action((topic: readonly string[]) => {
      const text = topic.length === 1 ? readTopic(topic[0] ?? "") : null;
      if (text === null) find(program, topic).outputHelp();
      else world.out.write(`${text}\n`);
    });
};

/** The tree of all commands. */
export const buildProgram = (world: World, act: Act): Command => {
  const program = new Command("switchyard")
    .description("Servers, bulk jobs and schedules from the command line, over the HTTP API. Alias: swy.")
    .version(version(), "-V, --version", "the version")
    .helpOption("-h, --help", "how it is used")
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => world.out.write(text),
      writeErr: (text) => world.err.write(text),
      // Refusals are told in our own lines.
      outputError: () => {},
      getOutHelpWidth: () => Math.min(world.out.columns, 100),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();
  for (const [flags, does] of globalFlags) program.addOption(new Option(flags, does));
  for (const group of groups) addGroup(program, group, act);
  for (const verb of topVerbs) addVerb(program, verb, act);
  addHelp(program, world);
  return program;
};

/** What commander has to say about a command line, in our lines. */
const failureOf = (error: CommanderError, argv: readonly string[]): CliFailure => {
  const [said = "", ...more] = error.message.split("\n");
  const meant = /Did you mean (?:one of )?(?<words>.+)\?/.exec(more.join(" "))?.groups?.["words"];
  const words = argv.filter((arg) => /^[a-z-]+$/.test(arg) && !arg.startsWith("-")).slice(0, 2);
  return misused(
    said.replace(/^error: /, "").replaceAll("'", '"'),
    ...(meant === undefined
      ? []
      : [
          `did you mean ${meant
            .split(", ")
            .map((word) => `"${word}"`)
            .join(" or ")}?`,
        ]),
    `switchyard ${error.code === "commander.unknownCommand" ? words.slice(0, -1).join(" ") : words.join(" ")} --help`.replace(
      "  ",
      " ",
    ),
  );
};

/**
 * Reads a command line and runs what it names.
 * @throws CliFailure when it can't be understood, and whatever the verb throws
 */
export const parseCommandLine = async (argv: readonly string[], world: World, act: Act): Promise<void> => {
  const program = buildProgram(world, act);
  if (argv.length === 0) {
    program.outputHelp();
    return;
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    // A group without a verb has shown its help on standard error.
    if (error.code === "commander.help") throw new EndWith(2);
    throw failureOf(error, argv);
  }
};
