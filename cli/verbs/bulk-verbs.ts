import { createWriteStream } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { jobPath, jobSchema, jobView, readJob, type Job } from "../bulk-job.ts";
import { confirmJob } from "../confirm-job.ts";
import type { Context } from "../context.ts";
import { misused } from "../failure.ts";
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

const cancel = plainVerb({
  usage: "cancel <id>",
  summary: "begins nothing more of a job; what has begun goes on to its end; asks first",
  run: async (context, [id = ""]) => {
    const { counts } = await readJob(context, id);
    await context.confirm(
      `Cancel the ${counts.pending} of ${counts.total} items of ${id} that have not begun?`,
    );
    await tell(context, await context.change(jobSchema, { method: "POST", path: `${jobPath(id)}/cancel` }));
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

const retryFailed = plainVerb({
  usage: "retry-failed <id>",
  summary: "does the failed items of a job again, and only them",
  examples: ["switchyard bulk retry-failed blk_7Q2M --wait"],
  run: async (context, [id = ""]) => {
    const path = `${jobPath(id)}/retry-failed`;
    const answer = await context.change(retriedSchema, { method: "POST", path });
    if (answer === null) return;
    const known = jobSchema.safeParse(answer);
    await tell(context, known.success ? known.data : await readJob(context, id));
  },
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
    control("pause", "begins nothing more until it is resumed"),
    control("resume", "goes on with a paused job"),
    cancel,
    confirm,
    retryFailed,
    report,
  ],
};
