import { parseArgs } from "node:util";

/** What the command line and the environment ask of the embedded stack. */
export interface LocalArguments {
  readonly mode: "dev" | "demo";
  readonly port: number;
  readonly exactPort: boolean;
  readonly configFile: string | null;
  readonly stateDirectory: string | null;
  readonly reset: boolean;
}

/** The command line can't be understood. */
export class UsageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UsageError";
  }
}

export const usage = `Usage: npm run dev -- [flags]     runs all of Switchyard on this machine, until Ctrl-C
       npm start -- [flags]       the same, and 25 servers at the simulated provider while you watch

  --port N        exactly this port (default: 8484 or the next free one)
  --config FILE   connections (default: ./switchyard.yaml, or SCW_* and the file of scw, or the simulated
                  provider; npm start takes no other)
  --state DIR     where state is kept (default: .switchyard)
  --ephemeral     keep no state
  --reset         begin with empty state
  --help, -h      this text

Environment (a flag goes before it)
  SWITCHYARD_PORT        as --port
  SWITCHYARD_CONFIG      as --config
  SWITCHYARD_API_KEY     the key that callers send (default: swy_dev_local)
  SWITCHYARD_LOG_LEVEL   DEBUG, INFO, WARN or ERROR (default: WARN)`;

const defaultPort = 8484;

const options = {
  port: { type: "string" },
  config: { type: "string" },
  state: { type: "string" },
  ephemeral: { type: "boolean" },
  reset: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const readFlags = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
};

const portOf = (text: string, from: string): number => {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`${from} must be a port from 0 to 65535, not "${text}".`);
};

/**
 * Reads what stands behind `local/main.ts`: "help" when that is asked for. Flags go before the environment.
 * @throws UsageError
 */
export const readArguments = (
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): LocalArguments | "help" => {
  const { values, positionals } = readFlags(argv);
  if (values.help === true) return "help";
  const [mode, ...rest] = positionals;
  if (mode !== "dev" && mode !== "demo")
    throw new UsageError(`The mode is dev or demo, not "${mode ?? ""}".`);
  if (rest.length > 0) throw new UsageError(`"${rest.join(" ")}" is not understood.`);
  if (mode === "demo" && values.config !== undefined) {
    throw new UsageError("The demo only ever uses the simulated provider: --config is for npm run dev.");
  }
  if (values.ephemeral === true && (values.state !== undefined || values.reset === true)) {
    throw new UsageError("--ephemeral keeps no state: it goes with neither --state nor --reset.");
  }
  const [portText, from] =
    values.port === undefined ? [environment["SWITCHYARD_PORT"], "SWITCHYARD_PORT"] : [values.port, "--port"];
  const exactPort = portText !== undefined && portText !== "";
  return {
    mode,
    port: exactPort ? portOf(portText, from) : defaultPort,
    exactPort,
    configFile: values.config ?? null,
    stateDirectory: values.ephemeral === true ? null : (values.state ?? ".switchyard"),
    reset: values.reset === true,
  };
};
