import { createWriteStream } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { jobPath, jobSchema, jobView, readJob, type Job } from "../bulk-job.ts";
import { confirmJob } from "../confirm-job.ts";
import type { Context } from "../context.ts";
import { misused } from "../failure.ts";
import { readFields } from "../fields.ts";
import { itemSchema, itemView } from "../bulk-item.ts";
import { listSome } from "../list-some.ts";
import { countOption, plainVerb, verb, type Group, type Verb } from "../verb.ts";
import { watchJob } from "../watch-job.ts";
import { planVerb, submitVerb } from "./bulk-submit.ts";

const viewNow = ({ world }: Context) => jobView(world.nowMilliseconds());

const list = verb({
  usage: "list",
  summary: "bulk jobs, newest first",
  flags: [["--limit <count>", "at most so many; 0 for all (default: 100)"]],
  options: z.object({ limit: countOption(0).default(100) }),
  run: (context, _operands, { limit }) =>
    listSome(context, viewNow(context), limit, (query) =>
      context.api.pages(jobSchema, "/v1/bulk-jobs", query),
    ),
});

const get = plainVerb({
  usage: "get <id>",
  summary: "one bulk job with its counts",
  run: async (context, [id = ""]) => context.print.one(viewNow(context), await readJob(context, id)),
});

const watch = plainVerb({
  usage: "watch <id>",
  summary: "shows how a job goes on, until its end",
  examples: ["switchyard bulk watch blk_7Q2M", "switchyard bulk watch blk_7Q2M -o jsonl"],
  run: async (context, [id = ""]) => watchJob(context, await readJob(context, id), { confirms: false }),
});

/** Shows the job, or with `--wait` follows it. */
const tell = async (context: Context, job: Job | null): Promise<void> => {
  if (job === null) return;
  if (context.flags.wait) await watchJob(context, job, { confirms: false });
  else context.print.one(viewNow(context), job);
};

const control = (name: "pause" | "resume", summary: string): Verb =>
  plainVerb({
    usage: `${name} <id>`,
    summary,
    run: async (context, [id = ""]) =>
      tell(context, await context.change(jobSchema, { method: "POST", path: `${jobPath(id)}/${name}` })),
  });

const cancel = verb({
  usage: "cancel <id>",
  summary: "begins nothing more of a job; what has begun goes on to its end; asks first",
  flags: [["--abort-running", "servers that are being made are removed again once they are there"]],
  options: z.object({ abortRunning: z.boolean().optional() }),
  run: async (context, [id = ""], { abortRunning }) => {
    const { counts } = await readJob(context, id);
    const more = abortRunning === true ? `, and remove the ${counts.running} that are under way` : "";
    await context.confirm(
      `Cancel the ${counts.pending} of ${counts.total} items of ${id} that have not begun${more}?`,
    );
    const json = abortRunning === undefined ? undefined : { abort_running: abortRunning };
    await tell(
      context,
      await context.change(jobSchema, { method: "POST", path: `${jobPath(id)}/cancel`, json }),
    );
  },
});

const confirm = verb({
  usage: "confirm <id>",
  summary: "starts a job that waits for a confirmation; asks first",
  flags: [["--plan-hash <hash>", "the plan that you agree to (default: the job's own)"]],
  examples: ["switchyard bulk confirm blk_7Q2M --plan-hash 9f2c --yes --wait"],
  options: z.object({ planHash: z.string().min(1).optional() }),
  run: async (context, [id = ""], { planHash }) =>
    tell(context, await confirmJob(context, await readJob(context, id), planHash)),
});

const retriedSchema = z.union([jobSchema, z.looseObject({})]);
const noneRetried = z.looseObject({ retried: z.literal(0) });

const retryFailed = verb({
  usage: "retry-failed <id> [fields...]",
  summary: "does the failed items of a job again, and only them; fields are laid over their inputs",
  flags: [
    ["--code <code>", "only those that failed with this code; may be repeated", "many"],
    ["--key <key>", "only these items; may be repeated", "many"],
    ["--zone <zone>", "in another zone: short for zone=ZONE"],
  ],
  examples: [
    "switchyard bulk retry-failed blk_7Q2M --wait",
    "switchyard bulk retry-failed blk_7Q2M --code OUT_OF_STOCK type=DEV1-M",
  ],
  options: z.object({
    code: z.array(z.string().min(1)).optional(),
    key: z.array(z.string().min(1)).optional(),
    zone: z.string().min(1).optional(),
  }),
  run: async (context, [id = "", ...operands], { code, key, zone }) => {
    const filter = {
      ...(code === undefined ? {} : { codes: code }),
      ...(key === undefined ? {} : { keys: key }),
    };
    const fields = { ...(zone === undefined ? {} : { zone }), ...readFields(operands) };
    const json = {
      ...(Object.keys(filter).length === 0 ? {} : { filter }),
      ...(Object.keys(fields).length === 0 ? {} : { patch_all: fields }),
    };
    const path = `${jobPath(id)}/retry-failed`;
    const answer = await context.change(retriedSchema, {
      method: "POST",
      path,
      json: Object.keys(json).length === 0 ? undefined : json,
    });
    if (answer === null) return;
    if (noneRetried.safeParse(answer).success) {
      const codes = code === undefined ? "" : ` with ${code.join(" or ")}`;
      context.say(
        `Nothing is tried again: ${key === undefined ? "no item" : "none of these items"} has failed${codes}.`,
      );
    }
    const known = jobSchema.safeParse(answer);
    await tell(context, known.success ? known.data : await readJob(context, id));
  },
});

const items = verb({
  usage: "items <id>",
  summary: "the items of a job, in their order",
  flags: [
    ["--state <state>", "pending, running, succeeded, failed, cancelled, skipped, needs_attention"],
    ["--limit <count>", "at most so many; 0 for all (default: 100)"],
  ],
  examples: ["switchyard bulk items blk_7Q2M --state failed -o wide"],
  options: z.object({ state: z.string().min(1).optional(), limit: countOption(0).default(100) }),
  run: (context, [id = ""], { state, limit }) =>
    listSome(context, itemView, limit, (query) =>
      context.api.pages(itemSchema, `${jobPath(id)}/items`, { ...query, state }),
    ),
});

const writeTo = async (context: Context, answer: Response, file: string | undefined): Promise<void> => {
  const body = answer.body ?? new ReadableStream<Uint8Array>();
  if (file === undefined) {
    for await (const chunk of body) await context.world.out.send(chunk);
    return;
  }
  await pipeline(Readable.fromWeb(body), createWriteStream(resolve(context.world.folder, file)));
  context.say(`Written to ${file}`);
};

const report = verb({
  usage: "report <id>",
  summary: "the report: a line for each item",
  flags: [
    ["--format <format>", "csv or jsonl (default: that of --output, else csv)"],
    ["--only <which>", "all, failed or succeeded (default: all)"],
    ["-f, --file <file>", "write it there"],
  ],
  examples: ["switchyard bulk report blk_7Q2M --only failed -f failed.csv"],
  options: z.object({
    format: z.enum(["csv", "jsonl"], { error: "is csv or jsonl" }).optional(),
    only: z.enum(["all", "failed", "succeeded"], { error: "is all, failed or succeeded" }).default("all"),
    file: z.string().min(1).optional(),
  }),
  run: async (context, [id = ""], { format, only, file }) => {
    const { form } = context.print;
    if (form === "json" && format === undefined) throw misused("A report is csv or jsonl", "-o jsonl");
    const query = { format: format ?? (form === "jsonl" ? "jsonl" : "csv"), only };
    await writeTo(
      context,
      await context.api.expect({ method: "GET", path: `${jobPath(id)}/report`, query }),
      file,
    );
  },
});

export const bulkGroup: Group = {
  name: "bulk",
  summary: "thousands of changes as one job",
  verbs: [
    planVerb,
    submitVerb,
    get,
    list,
    watch,
    items,
    control("pause", "begins nothing more until it is resumed"),
    control("resume", "goes on with a paused job"),
    cancel,
    confirm,
    retryFailed,
    report,
  ],
};
