import { parseArgs } from "node:util";
import * as z from "zod";
import { allDialects, dialectNames } from "./dialects.ts";
import { faultKinds, faultNames, isFaultName } from "./fault-names.ts";
import { faultSchema, type FaultRequest } from "./faults.ts";
import type { SimulatorOptions } from "./start-simulator.ts";

/** A flag that makes no sense; the message names it. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}

const flags = {
  help: { type: "boolean", short: "h" },
  dialect: { type: "string" },
  host: { type: "string" },
  port: { type: "string" },
  seed: { type: "string" },
  speed: { type: "string" },
  "latency-ms": { type: "string" },
  latency: { type: "string" },
  state: { type: "string" },
  secret: { type: "string" },
  rate: { type: "string" },
  burst: { type: "string" },
  "rate-answer": { type: "string" },
  set: { type: "string", multiple: true },
  fault: { type: "string", multiple: true },
} as const;

interface Range {
  least: number;
  most?: number;
  whole?: boolean;
}

const numberOf = (flag: string, text: string | undefined, range: Range): number | undefined => {
  if (text === undefined) {
    return undefined;
  }
  const value = Number(text);
  const inRange = value >= range.least && value <= (range.most ?? Number.MAX_SAFE_INTEGER);
  if (text.trim() === "" || !inRange || (range.whole === true && !Number.isInteger(value))) {
    const kind = range.whole === true ? "a whole number" : "a number";
    const upTo = range.most === undefined ? "" : ` and at most ${range.most}`;
    throw new FlagError(
      `--${flag} must be ${kind} of at least ${range.least}${upTo}, not ${JSON.stringify(text)}`,
    );
  }
  return value;
};

const split = (text: string, separator: string): [string, string | undefined] => {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
};

/** The bare VALUE of a fault, read as what that fault takes. */
const bareValue = (name: keyof typeof faultKinds, value: string): Record<string, unknown> => {
  switch (faultKinds[name].value) {
    case "probability":
      return { probability: Number(value) };
    case "milliseconds":
      return { milliseconds: Number(value) };
    case "items":
      return { items: Number(value) };
    case "type":
      return { type: value };
    case "none":
      throw new FlagError(`--fault ${name} takes no value`);
  }
};

const numeric = new Set(["probability", "count", "skip", "milliseconds", "items"]);

const keyedValues = (value: string): Record<string, unknown> =>
  Object.fromEntries(
    value.split(",").map((pair) => {
      const [key, text] = split(pair, ":");
      return [key, numeric.has(key) ? Number(text) : text];
    }),
  );

/**
 * `NAME`, `NAME=VALUE`, or `NAME=KEY:VALUE,KEY:VALUE` as a fault.
 *
 * @throws FlagError
 */
export const readFault = (text: string): FaultRequest => {
  const [name, value] = split(text, "=");
  if (!isFaultName(name)) {
    throw new FlagError(`--fault ${JSON.stringify(name)} is unknown: it is one of ${faultNames.join(", ")}`);
  }
  const values = value === undefined ? {} : value.includes(":") ? keyedValues(value) : bareValue(name, value);
  const parsed = faultSchema.safeParse({ name, ...values });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new FlagError(`--fault ${text}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "is wrong"}`);
  }
  return parsed.data;
};

const readFaults = (dialect: string, texts: readonly string[]): FaultRequest[] => {
  const types = allDialects.find((each) => each.name === dialect)?.errorTypes ?? [];
  return texts.map((text) => {
    const fault = readFault(text);
    if (fault.name === "error" && !types.includes(fault.type ?? "")) {
      throw new FlagError(`--fault error needs a type that ${dialect} has: ${types.join(", ")}`);
    }
    return fault;
  });
};

const readSettings = (dialect: string, texts: readonly string[]): Record<string, string> => {
  const known = allDialects.find((each) => each.name === dialect)?.settings ?? {};
  return Object.fromEntries(
    texts.map((text) => {
      const [name, value] = split(text, "=");
      const values = Object.hasOwn(known, name) ? known[name] : undefined;
      if (values === undefined) {
        throw new FlagError(`--set ${name}: ${dialect} has the settings ${Object.keys(known).join(", ")}`);
      }
      if (value === undefined || !values.includes(value)) {
        throw new FlagError(`--set ${name} must be one of ${values.join(", ")}`);
      }
      return [name, value];
    }),
  );
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new FlagError(error instanceof Error ? error.message : String(error));
  }
};

const rateOf = (values: ReturnType<typeof parse>): SimulatorOptions["rate"] => {
  const perSecond = numberOf("rate", values.rate, { least: 0.001 });
  const burst = numberOf("burst", values.burst, { least: 1 });
  const answer = z.enum(["bare", "typed"]).optional().safeParse(values["rate-answer"]);
  if (!answer.success) {
    throw new FlagError("--rate-answer must be bare or typed");
  }
  if (perSecond === undefined && (burst !== undefined || answer.data !== undefined)) {
    throw new FlagError("--burst and --rate-answer need --rate");
  }
  return perSecond === undefined ? undefined : { perSecond, burst, answer: answer.data };
};

/**
 * The options that the flags ask for, or "help".
 *
 * @throws FlagError that names the flag.
 */
export const readFlags = (args: readonly string[]): SimulatorOptions | "help" => {
  const values = parse(args);
  if (values.help === true) {
    return "help";
  }
  const dialect = values.dialect ?? "scaleway-instance";
  if (!dialectNames.includes(dialect)) {
    throw new FlagError(
      `--dialect must be one of ${dialectNames.join(", ")}, not ${JSON.stringify(dialect)}`,
    );
  }
  const fixed = numberOf("latency-ms", values["latency-ms"], { least: 0 });
  const factor = numberOf("latency", values.latency, { least: 0 }) ?? 1;
  return {
    dialect,
    host: values.host,
    port: numberOf("port", values.port, { least: 0, most: 65_535, whole: true }),
    seed: numberOf("seed", values.seed, { least: 0, whole: true }),
    speed: numberOf("speed", values.speed, { least: 0.001 }),
    latency: fixed === undefined ? { factor } : { milliseconds: fixed },
    stateDirectory: values.state,
    secret: values.secret,
    rate: rateOf(values),
    settings: readSettings(dialect, values.set ?? []),
    faults: readFaults(dialect, values.fault ?? []),
  };
};

/** What `--help` prints. */
export const helpText = (): string =>
  [
    "Usage: npm run simulator -- [flags]   a stand-in of a provider's API, over HTTP, until Ctrl-C",
    "",
    `  --dialect NAME        ${dialectNames.join(" | ")} (default scaleway-instance)`,
    "  --port N              default: any free port; --host A, default 127.0.0.1",
    "  --seed N              the same seed and calls give the same ids and durations (default 1)",
    "  --speed N             durations of transitions are divided by N (default 1)",
    "  --latency-ms N        every answer takes N ms; --latency F: F times the recorded latencies (default 1)",
    "  --state DIR           keep the state there; it survives a kill",
    "  --secret TOKEN        accept this token only (default: any)",
    "  --rate N              answer 429 above N calls a second; --burst N; --rate-answer bare | typed",
    "  --set NAME=VALUE      a setting of the dialect:",
    ...allDialects.flatMap(({ name, settings }) =>
      Object.entries(settings).map(([setting, values]) => `      ${name}: ${setting}=${values.join(" | ")}`),
    ),
    "  --fault NAME[=VALUE]  or NAME=KEY:VALUE,… with the keys match, subject, probability, count, skip,",
    "                        milliseconds, items, type; for example lost_reply=count:1,match:POST */servers",
    "                        (subject: a pattern of the server's name, or of the name in the body of a create)",
    ...Object.entries(faultKinds).map(
      ([name, kind]) =>
        `      ${name.padEnd(30)}${kind.says}${kind.value === "none" ? "" : ` [${kind.value}]`}`,
    ),
    "  --help, -h            this text",
    "",
    "It reads no environment variables.",
    "",
  ].join("\n");
