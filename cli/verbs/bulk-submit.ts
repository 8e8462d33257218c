import * as z from "zod";
import { formats, readBulkBody, type BulkBody, type BulkSettings } from "../bulk-body.ts";
import { jobSchema, jobView } from "../bulk-job.ts";
import { planLines, planSchema, planView, type Plan } from "../bulk-plan.ts";
import { confirmJob } from "../confirm-job.ts";
import type { Context } from "../context.ts";
import { misused } from "../failure.ts";
import { connectionFor } from "../servers.ts";
import { countOption, verb, type Flag } from "../verb.ts";
import { watchJob } from "../watch-job.ts";

const flags: readonly Flag[] = [
  ["-f, --file <file>", "rows: .csv, .jsonl, .json, or - for standard input"],
  ["--format <format>", "csv, jsonl or json, where the file's name doesn't say"],
  ["--count <count>", "instead of a file: so many of the template that the fields give"],
  ["--tag <tag>", "instead: servers that bear all these tags; may be repeated", "many"],
  ["--name <glob>", "instead: servers of such a name; may be repeated", "many"],
  ["--id <id>", "instead: these servers; may be repeated", "many"],
  ["--connection <name>", "the connection (default: the only one)"],
  ["--kind <kind>", "what to do with each row (default: server.create)"],
  ["--start <index>", "the first {{index}} (default: 1)"],
  ["--var <name=value>", "a value for {{name}}; may be repeated", "many"],
  ["--priority <priority>", "1 to 10 (default: 5)"],
  ["--max-parallel <count>", "at most so many under way at once"],
  ["--max-failures <count>", "stop after so many failures, or a share: 10%"],
  ["--on-stop <what>", "then leave what was made, or rollback"],
  ["--skip-invalid", "leave out invalid rows instead of refusing all"],
  ["--batch-scope <name>", "rows whose key was done in this scope before are skipped"],
  ["--max-eur-per-hour <eur>", "refuse a plan that costs more"],
  ["--max-eur-per-month <eur>", "refuse a plan that costs more"],
  ["--max-deletes <count>", "allow so many deletions (default: 50)"],
  ["--delimiter <sign>", "what parts the columns of the CSV (default: found)"],
];

const amount = z
  .string()
  .regex(/^\d+(?:\.\d+)?$/, { error: "must be an amount such as 12.50" })
  .transform(Number);

const optionsSchema = z.object({
  file: z.string().min(1).optional(),
  format: z.enum(formats, { error: `is ${formats.join(", ")}` }).optional(),
  count: countOption().optional(),
  tag: z.array(z.string()).optional(),
  name: z.array(z.string()).optional(),
  id: z.array(z.string()).optional(),
  connection: z.string().optional(),
  kind: z.string().optional(),
  start: countOption(0).optional(),
  var: z.array(z.string().regex(/^\w+=/, { error: "is written name=value" })).optional(),
  priority: countOption().optional(),
  maxParallel: countOption().optional(),
  maxFailures: z
    .string()
    .regex(/^\d+%?$/, { error: "must be a count or a share such as 10%" })
    .transform((text) => (text.endsWith("%") ? text : Number(text)))
    .optional(),
  onStop: z.enum(["leave", "rollback"], { error: "is leave or rollback" }).optional(),
  skipInvalid: z.boolean().optional(),
  batchScope: z.string().optional(),
  maxEurPerHour: amount.optional(),
  maxEurPerMonth: amount.optional(),
  maxDeletes: countOption(0).optional(),
  delimiter: z.string().optional(),
});
type Options = z.infer<typeof optionsSchema>;

const varsOf = (given: readonly string[]): Record<string, string> =>
  Object.fromEntries(given.map((one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)]));

const present = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const settingsOf = (options: Options, connection: string | undefined): BulkSettings => ({
  connection,
  kind: options.kind,
  others: present({
    start: options.start,
    vars: options.var === undefined ? undefined : varsOf(options.var),
    priority: options.priority,
    max_parallel: options.maxParallel,
    max_failures: options.maxFailures,
    on_stop: options.onStop,
    skip_invalid: options.skipInvalid,
    batch_scope: options.batchScope,
    max_eur_per_hour: options.maxEurPerHour,
    max_eur_per_month: options.maxEurPerMonth,
    max_deletes: options.maxDeletes,
    delimiter: options.delimiter,
  }),
});

interface Asked {
  readonly body: BulkBody;
  /** `server.create at paris`, for people. */
  readonly what: string;
}

const hasConnection = z.object({ connection: z.string() });
const wordsSchema = z.object({ connection: z.string(), kind: z.string() });

/** What was given, with the only connection filled in where none is named. */
const readAsked = async (context: Context, operands: readonly string[], options: Options): Promise<Asked> => {
  const { file, format, count, tag, name, id } = options;
  const select = {
    ...(tag === undefined ? {} : { tags: tag }),
    ...(name === undefined ? {} : { names: name }),
    ...(id === undefined ? {} : { ids: id }),
  };
  const named = options.connection;
  if (named?.trim() === "") throw misused("--connection is empty");
  const body = await readBulkBody(
    context,
    { file, format, count, select, operands },
    settingsOf(options, named),
  );
  const isNamed = hasConnection.safeParse(body.json ?? body.query).success;
  const connection = isNamed ? {} : { connection: (await connectionFor(context, undefined)).name };
  const whole: BulkBody =
    body.file === undefined
      ? { json: { ...connection, ...z.looseObject({}).parse(body.json), ...connection } }
      : { ...body, query: { ...body.query, ...connection } };
  const words = wordsSchema.safeParse(whole.json ?? whole.query).data;
  return { body: whole, what: words === undefined ? "items" : `${words.kind} at ${words.connection}` };
};

const planOf = (context: Context, { body }: Asked): Promise<Plan> =>
  context.api.ask(planSchema, { method: "POST", path: "/v1/bulk-plans", ...body });

export const planVerb = verb({
  usage: "plan [fields...]",
  summary: "what a job would do, cost and take; writes nothing",
  flags,
  examples: ["switchyard bulk plan -f servers.csv --connection paris"],
  options: optionsSchema,
  run: async (context, operands, options) => {
    const asked = await readAsked(context, operands, options);
    context.print.one(planView(asked.what), await planOf(context, asked));
  },
});

export const submitVerb = verb({
  usage: "submit [fields...]",
  summary: "starts a job from a file or a template; with --wait follows it to its end",
  flags,
  examples: [
    "switchyard bulk submit -f servers.csv --connection paris --wait",
    "switchyard bulk submit --count 25 name=web-{{index:02}} type=DEV1-S image=ubuntu_noble --wait",
    "switchyard bulk submit -f rows.csv name=web-{{row.number}} type=DEV1-S image=ubuntu_noble",
    "switchyard bulk submit --kind server.stop --tag env=dev --wait",
  ],
  options: optionsSchema,
  run: async (context, operands, options) => {
    const asked = await readAsked(context, operands, options);
    if (!context.flags.quiet || context.flags.dryRun)
      for (const line of planLines(await planOf(context, asked), asked.what)) context.say(line);
    const key = context.key();
    context.sayKey(key);
    const submitted = await context.change(jobSchema, {
      method: "POST",
      path: "/v1/bulk-jobs",
      ...asked.body,
      idempotencyKey: key,
    });
    if (submitted === null) return;
    const waits = submitted.state === "awaiting_confirm";
    // What destroys is refused where nobody can be asked.
    const mustAsk = submitted.kind?.endsWith(".delete") === true;
    const isAsked = waits && (context.flags.yes || context.isInteractive || mustAsk);
    const job = isAsked ? await confirmJob(context, submitted) : submitted;
    if (job === null) return;
    if (context.flags.wait) return watchJob(context, job, { confirms: true });
    context.print.one(jobView(context.world.nowMilliseconds()), job);
    if (job.state === "awaiting_confirm") context.say(`It waits for: switchyard bulk confirm ${job.id}`);
  },
});
