import type { Context, Work } from "./context.ts";
import { causesOf, namesText, reportLineSchema, type Cause, type ReportLine } from "./bulk-causes.ts";
import {
  doneWord,
  endedCount,
  isOver,
  jobPath,
  jobView,
  otherCounts,
  readJob,
  tookText,
  type Job,
} from "./bulk-job.ts";
import { standingOfJob } from "./bulk-progress.ts";
import { confirmJob } from "./confirm-job.ts";
import { exitCodes } from "./exit-codes.ts";
import { EndWith } from "./failure.ts";
import { jsonLines } from "./json-lines.ts";
import { clipped, plainText } from "./plain-text.ts";
import { untilOver } from "./until-over.ts";

const pollMilliseconds = 1_000;
/** More failures than this are counted, not read. */
const mostRead = 10_000;
const mostCauses = 5;
const longestMessage = 100;

const workOf = ({ id }: Job): Work => ({
  name: id,
  resume: `switchyard bulk watch ${id}`,
  cancel: `switchyard bulk cancel ${id}`,
});

const failedLines = async ({ api }: Context, { id }: Job): Promise<readonly ReportLine[]> => {
  const answer = await api.expect({
    method: "GET",
    path: `${jobPath(id)}/report`,
    query: { format: "jsonl", only: "failed" },
  });
  const lines: ReportLine[] = [];
  for await (const line of jsonLines(answer)) {
    lines.push(reportLineSchema.parse(line));
    if (lines.length === mostRead) break;
  }
  return lines;
};

const causeLine = ({ names, code, message }: Cause): string => {
  const words = [code, clipped(plainText(message), longestMessage)].filter((word) => word !== "");
  return `  ${names.length} x ${words.join("  ")}   ${plainText(namesText(names))}`;
};

const fixLine = (job: Job, causes: readonly Cause[]): string => {
  const quota = causes.some(({ code }) => /QUOTA/.test(code)) ? "   once the quota is raised" : "";
  return job.state === "cancelled"
    ? "  Fix   a cancelled job is not retried: submit the rows that are left as a new one"
    : `  Fix   switchyard bulk retry-failed ${job.id}${quota}`;
};

/** What went wrong, grouped; nothing when all went well. */
const troubleLines = async (context: Context, job: Job): Promise<string[]> => {
  const { failed, needs_attention: unclear } = job.counts;
  const stop = job.stopped ? [`  It has stopped by itself: ${plainText(job.stopped.detail)}`] : [];
  if (failed + unclear === 0) return stop;
  const causes = causesOf(await failedLines(context, job));
  const shown = causes.slice(0, mostCauses).map(causeLine);
  const more = causes.length - shown.length;
  const request = causes.find((cause) => cause.request !== null)?.request;
  return [
    ...stop,
    ...shown,
    ...(more > 0 ? [`  … and ${more} more causes: switchyard bulk report ${job.id} --only failed`] : []),
    fixLine(job, causes),
    `  Docs  switchyard help exit-codes${request === undefined || request === null ? "" : `        Request  ${request}`}`,
  ];
};

/** Whether each item has come to a good end: also of a job that was cancelled when all of it was under way. */
const isWell = ({ state, counts }: Job): boolean =>
  state === "completed" ||
  (state === "cancelled" && counts.succeeded > 0 && counts.succeeded + counts.skipped === counts.total);

/** `✗ 22/25 running, 3 failed in 14.0 s   blk_9XKD` */
export const endLineOfJob = (job: Job, now: number): string => {
  const isGood = isWell(job);
  const others = otherCounts(job.counts, isOver(job) ? ["ended"] : ["open", "ended"]);
  const words = [
    `${job.counts.succeeded}/${job.counts.total} ${doneWord(job)}`,
    ...(isGood && job.counts.failed === 0 ? others.filter((word) => word !== "0 failed") : others),
    ...(isGood && job.state === "cancelled" ? ["cancelled too late for any"] : []),
  ];
  return `${isGood ? "✔" : "✗"} ${words.join(", ")} in ${tookText(job, now)}   ${job.id}`;
};

const mustBeWell = (job: Job): void => {
  const { counts } = job;
  if (isWell(job)) return;
  throw new EndWith(counts.succeeded + counts.skipped > 0 ? exitCodes.partial : exitCodes.failed);
};

const follow = (context: Context, began: Job, isEnough: (job: Job) => boolean): Promise<Job> => {
  const { print, world } = context;
  let told = "";
  return untilOver(context, workOf(began), {
    read: () => readJob(context, began.id),
    isOver: isEnough,
    show: (job, progress) => {
      progress.show(standingOfJob(job, world.nowMilliseconds(), world.err.columns));
      const now = `${job.state} ${endedCount(job.counts)} ${job.counts.running}`;
      if (print.form === "jsonl" && now !== told) print.each(jobView(world.nowMilliseconds()), job);
      told = now;
    },
    everyMilliseconds: pollMilliseconds,
  });
};

const tellEnd = async (context: Context, ended: Job): Promise<void> => {
  const { print, world } = context;
  if (print.isHuman) {
    print.line(`  ${endLineOfJob(ended, world.nowMilliseconds())}`);
    for (const line of await troubleLines(context, ended)) print.line(`  ${line}`);
    return;
  }
  print.one(jobView(world.nowMilliseconds()), ended);
  if (ended.counts.failed > 0) context.say(`switchyard bulk retry-failed ${ended.id} --wait`);
};

/**
 * Shows how a job goes on until it is over, then how it ended. With `confirms`, a job that waits for a confirmation is
 * confirmed, after asking. @throws EndWith when not all succeeded, Detached, CliFailure when it is not confirmed
 */
export const watchJob = async (
  context: Context,
  began: Job,
  { confirms }: { readonly confirms: boolean },
): Promise<void> => {
  const waits = ({ state }: Job): boolean => confirms && state === "awaiting_confirm";
  let job = await follow(context, began, (one) => isOver(one) || waits(one));
  if (waits(job)) {
    job = (await confirmJob(context, job)) ?? job;
    job = await follow(context, job, isOver);
  }
  await tellEnd(context, job);
  mustBeWell(job);
};
