import { resolve } from "node:path";
import { readFileSync } from "node:fs";
import * as z from "zod";
import { BadConfiguration } from "../lib/connections.ts";
import { type LocalArguments, readArguments, usage, UsageError } from "./arguments.ts";
import { type ConnectionSource, findConnections } from "./default-connection.ts";
import { runDemo } from "./demo.ts";
import { localApiKey } from "./environment.ts";
import { PortBusy } from "./http-front.ts";
import { shownPath } from "./shown-path.ts";
import { simulatorSeed, simulatorSpeed, type Stack, startStack } from "./stack.ts";
import { StateInUse } from "./state-directory.ts";

const root = resolve(import.meta.dirname, "..");
/** Ctrl-C ends the process by then, whatever still hangs. */
const stopMilliseconds = 950;

// Standard output is for what was asked for. Handlers print their log lines to whatever `process.stdout` is, so from
// here on that is standard error.
const output = process.stdout;
Object.defineProperty(process, "stdout", { value: process.stderr });
const say = (line: string): void => {
  output.write(`${line}\n`);
};
const complain = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const report = (message: string, error: unknown): void => {
  complain(`${message}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
};

const version = (): string =>
  z.object({ version: z.string() }).parse(JSON.parse(readFileSync(resolve(root, "package.json"), "utf8")))
    .version;

const keyShown = (): string =>
  process.env["SWITCHYARD_API_KEY"] === localApiKey
    ? `${localApiKey}  (local only)`
    : "that of SWITCHYARD_API_KEY";

const providerShown = (stack: Stack, connections: ConnectionSource): string => {
  switch (connections.from) {
    case "simulator":
      return `simulated at ${stack.simulatorUrl}  (seed ${simulatorSeed}, clock x${simulatorSpeed})`;
    case "file":
      return `the connections of ${connections.path}`;
    case "environment":
      return "the connection of SCW_* or scw's configuration";
  }
};

const stateShown = ({ stateDirectory }: LocalArguments): string =>
  stateDirectory === null ? "none" : shownPath(stateDirectory, process.cwd());

const banner = (args: LocalArguments, stack: Stack, connections: ConnectionSource): void => {
  const kept =
    args.stateDirectory === null ? "forgotten at the end" : "kept between runs (--ephemeral, --reset)";
  const local =
    connections.from === "simulator" ? "nothing leaves this machine" : "only the connections are called";
  say(`
  Switchyard ${version()} · local mode · no AWS account, ${local}

  API        ${stack.url}/v1       key  ${keyShown()}
  OpenAPI    ${stack.url}/openapi.json
  Provider   ${providerShown(stack, connections)}
  State      ${stateShown(args)}  ${kept}
  Ready in ${process.uptime().toFixed(1)} s. Ctrl-C stops.
`);
  const { port } = new URL(stack.url);
  if (!args.exactPort && port !== String(args.port))
    say(`  Port ${args.port} is in use: ${port} is taken instead.\n`);
  say(`ready ${stack.url}`);
};

/** Stops in order at the first signal. The result says whether that has begun. */
const stopOnSignals = (args: LocalArguments, stack: Stack): AbortSignal => {
  const stopping = new AbortController();
  const stop = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    setTimeout(() => process.exit(0), stopMilliseconds).unref();
    // The engines are closed under work that did not end in time. What it had not written is done at the next start.
    process.on("uncaughtException", () => {});
    await stack.stop();
    const kept = args.stateDirectory === null ? "Nothing is kept." : `State is kept in ${stateShown(args)}.`;
    say(`\n  Stopped. ${kept}`);
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop());
  return stopping.signal;
};

/** The stack keeps serving whatever becomes of the demo. */
const showDemo = async (stack: Stack, simulatorUrl: string, stopping: AbortSignal): Promise<void> => {
  const apiKey = process.env["SWITCHYARD_API_KEY"] ?? localApiKey;
  const keyInShell = apiKey === localApiKey ? localApiKey : "$SWITCHYARD_API_KEY";
  try {
    await runDemo({ url: stack.url, simulatorUrl, apiKey, keyInShell, output });
  } catch (error) {
    if (!stopping.aborted) report("The demo could not go on", error);
  }
};

const connectionsFor = async (args: LocalArguments): Promise<ConnectionSource> =>
  args.mode === "demo"
    ? { from: "simulator" }
    : findConnections({ configFile: args.configFile, folder: process.cwd() }, process.env);

const run = async (): Promise<void> => {
  const args = readArguments(process.argv.slice(2), process.env);
  if (args === "help") {
    say(usage);
    return;
  }
  const connections = await connectionsFor(args);
  const stack = await startStack({ ...args, root, connections, report });
  const stopping = stopOnSignals(args, stack);
  banner(args, stack, connections);
  if (args.mode === "demo" && stack.simulatorUrl !== null)
    await showDemo(stack, stack.simulatorUrl, stopping);
};

try {
  await run();
} catch (error) {
  if (error instanceof UsageError) complain(`${error.message}\n\n${usage}`);
  else if (error instanceof PortBusy)
    complain(`${error.message} Stop what uses it, or choose another with --port or SWITCHYARD_PORT.`);
  else if (error instanceof StateInUse)
    complain(`${error.message} Stop it, or choose another with --state DIR or --ephemeral.`);
  else if (error instanceof BadConfiguration) complain(error.message);
  else report("Switchyard could not start", error);
  process.exit(error instanceof UsageError ? 2 : 1);
}
