import * as z from "zod";
import { durationMilliseconds } from "./duration.ts";
import { misused } from "./failure.ts";

export const outputForms = ["human", "wide", "json", "jsonl", "csv", "id"] as const;
export type OutputForm = (typeof outputForms)[number];

/** `-o csv=Name,State`: a form, and the columns that were asked for. */
export interface OutputChoice {
  readonly form: OutputForm;
  readonly columns: readonly string[] | null;
}

/** Flags, as commander takes them, and what they do. Every command has them. */
export const globalFlags: readonly (readonly [flags: string, does: string])[] = [
  ["-o, --output <form>", `${outputForms.join(", ")}; human, wide and csv take columns: human=Name,State`],
  ["-e, --endpoint <url>", "the API (default: SWITCHYARD_URL, else http://127.0.0.1:8484)"],
  ["-w, --wait", "wait until the work is over, with progress"],
  ["--timeout <duration>", "with waiting: exit 124 after that long (90s, 10m, 1h); the work goes on"],
  ["-q, --quiet", "no messages and no progress, only data and errors"],
  ["-D, --debug", "show each request and its answer's status"],
  ["-y, --yes", "answer yes to every question"],
  ["--no-input", "never ask; what would have to be asked is refused"],
  ["--dry-run", "show what would be asked of the API, and change nothing"],
  ["--idempotency-key <key>", "the key of this request, for repeating it safely (default: a new one)"],
  ["--color <when>", "auto, always or never (NO_COLOR and CLICOLOR are respected)"],
];

const formSchema = z.enum(outputForms);

/** @throws CliFailure when there is no such form */
export const readOutput = (text: string): OutputChoice => {
  const [name = "", columns] = text.split("=", 2);
  const form = formSchema.safeParse(name);
  if (!form.success)
    throw misused(`There is no output form "${name}"`, `Use one of ${outputForms.join(", ")}.`);
  if (columns === undefined || columns === "") return { form: form.data, columns: null };
  return { form: form.data, columns: columns.split(",").map((column) => column.trim()) };
};

export const flagsSchema = z.object({
  output: z.string().default("human").transform(readOutput),
  endpoint: z.string().optional(),
  wait: z.boolean().default(false),
  timeout: z
    .string()
    .transform((text) => durationMilliseconds(text, "--timeout"))
    .optional(),
  quiet: z.boolean().default(false),
  debug: z.boolean().default(false),
  yes: z.boolean().default(false),
  input: z.boolean().default(true),
  dryRun: z.boolean().default(false),
  idempotencyKey: z.string().min(1).max(255).optional(),
  color: z.enum(["auto", "always", "never"], { error: "--color is auto, always or never" }).default("auto"),
});
/** The global flags, read. */
export type Flags = z.infer<typeof flagsSchema>;
