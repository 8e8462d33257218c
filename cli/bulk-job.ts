import * as z from "zod";
import { ageText, durationText } from "./duration.ts";
import type { Context } from "./context.ts";
import type { View } from "./printer.ts";
import { segment } from "./verb.ts";

const countsSchema = z.looseObject({
  total: z.number(),
  pending: z.number(),
  running: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  cancelled: z.number(),
  skipped: z.number(),
  needs_attention: z.number(),
});
export type Counts = z.infer<typeof countsSchema>;

/** A bulk job, as far as it is shown; whatever else the API says of it is kept. */
export const jobSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  connection: z.string().optional(),
  kind: z.string().optional(),
  counts: countsSchema,
  plan_hash: z.string().nullable().optional(),
  time_left: z.looseObject({ p50_seconds: z.number() }).nullish(),
  paused: z.looseObject({ detail: z.string() }).nullish(),
  stopped: z.looseObject({ detail: z.string() }).nullish(),
  created_at: z.string(),
  ended_at: z.string().nullable(),
});
export type Job = z.infer<typeof jobSchema>;

export const jobPath = (id: string): string => `/v1/bulk-jobs/${segment(id, "The bulk job's id")}`;

/** @throws CliFailure when there is none */
export const readJob = ({ api }: Context, id: string): Promise<Job> => api.get(jobSchema, jobPath(id));

const endStates: ReadonlySet<string> = new Set(["completed", "completed_with_errors", "failed", "cancelled"]);

/** Whether nothing more will happen to it. */
export const isOver = ({ state }: Job): boolean => endStates.has(state);

const doneWords: Readonly<Record<string, string>> = {
  "server.create": "running",
  "server.start": "running",
  "server.stop": "stopped",
  "server.delete": "deleted",
  "server.reboot": "rebooted",
};

/** What an item is when it has succeeded. */
export const doneWord = ({ kind }: Job): string => doneWords[kind ?? ""] ?? "done";

/** Items that have come to an end of any kind. */
export const endedCount = ({
  succeeded,
  failed,
  cancelled,
  skipped,
  needs_attention: unclear,
}: Counts): number => succeeded + failed + cancelled + skipped + unclear;

/** Counts in words, without what succeeded; the failed ones always, the others where there are any. */
export const otherCounts = (counts: Counts, states: readonly ("open" | "ended")[]): string[] => {
  const words: readonly (readonly ["open" | "ended", number, string])[] = [
    ["open", counts.running, "under way"],
    ["open", counts.pending, "waiting"],
    ["ended", counts.failed, "failed"],
    ["ended", counts.needs_attention, "needing attention"],
    ["ended", counts.skipped, "skipped"],
    ["ended", counts.cancelled, "cancelled"],
  ];
  return words
    .filter(([when, count, word]) => states.includes(when) && (count > 0 || word === "failed"))
    .map(([, count, word]) => `${count} ${word}`);
};

const took = ({ created_at: from, ended_at: to }: Job, now: number): number =>
  Math.max(0, (to === null ? now : Date.parse(to)) - Date.parse(from));

/** From its creation to its end, or to now. */
export const tookText = (job: Job, now: number): string => durationText(took(job, now));
export const tookMilliseconds = took;

/** Jobs in a table; ages are those at that instant. */
export const jobView = (now: number): View<Job> => ({
  columns: [
    { name: "id", value: ({ id }) => id, isWhole: true },
    { name: "state", value: ({ state }) => state },
    { name: "kind", value: ({ kind }) => kind ?? "" },
    { name: "done", value: ({ counts }) => `${endedCount(counts)}/${counts.total}` },
    { name: "succeeded", value: ({ counts }) => String(counts.succeeded) },
    { name: "failed", value: ({ counts }) => String(counts.failed) },
    { name: "age", value: ({ created_at: at }) => ageText(now - Date.parse(at)) },
  ],
  more: [
    { name: "connection", value: ({ connection }) => connection ?? "" },
    { name: "pending", value: ({ counts }) => String(counts.pending) },
    { name: "running", value: ({ counts }) => String(counts.running) },
    { name: "cancelled", value: ({ counts }) => String(counts.cancelled) },
    { name: "skipped", value: ({ counts }) => String(counts.skipped) },
    { name: "needs_attention", value: ({ counts }) => String(counts.needs_attention) },
    { name: "plan_hash", value: ({ plan_hash: hash }) => hash ?? "" },
    { name: "created_at", value: ({ created_at: at }) => at },
    { name: "ended_at", value: ({ ended_at: at }) => at ?? "" },
  ],
  id: ({ id }) => id,
});
