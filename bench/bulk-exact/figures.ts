import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { ceiling, type ExactCase } from "./cases.ts";
import type { Counted } from "./exact-run.ts";

const counted = z.int().nonnegative();
const callsSchema = z.strictObject({
  all: counted,
  creates: counted,
  actions: counted,
  looks: counted,
  others: counted,
  /** Those among them that were answered 429. */
  limited: counted,
});

/** What one case came to. The same sources give the same figures. */
export const figuresSchema = z.strictObject({
  servers: counted,
  /** Servers that were asked for and of which no job says that they run, or that do not run. */
  lost: counted,
  calls: callsSchema,
  callsPerServer: z.number(),
  /** From the first request to the last write at the provider. */
  issueSeconds: z.number(),
  /** Against the time that two writes a server take at the connection's ceiling. */
  issueRatio: z.number(),
  /** Write units of the table an operation, index writes and refused writes among them; by what is written. */
  unitsPerOperation: z.number(),
  units: z.record(z.string(), counted),
  queuePerOperation: z.number(),
  events: counted,
  /** How long each job lasted, in seconds. */
  jobs: z.record(z.string(), z.number()),
});
export type Figures = z.infer<typeof figuresSchema>;
const fileSchema = z.record(z.string(), figuresSchema);

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;

/** The figures of a case that was played. @throws Error when a function said that something went wrong */
export const figuresOf = ({ name, jobs, line }: ExactCase, run: Counted): Figures => {
  // A provider that refuses everything is worth a warning, and no more.
  const grave = run.complaints.filter((complaint) => line.shut === null || !complaint.startsWith("warn:"));
  if (grave.length > 0) throw new Error(`Case ${name}: ${grave.slice(0, 3).join("\n")}`);
  const servers = jobs.reduce((sum, job) => sum + job.servers, 0);
  const succeeded = run.jobs.reduce((sum, job) => sum + job.succeeded, 0);
  const units = Object.entries(run.writes).map(
    ([kind, { units: rows, indexes, refused }]) => [kind, rows + indexes + refused] as const,
  );
  const { issueSeconds } = run;
  return {
    servers,
    lost: servers - Math.min(succeeded, run.running),
    calls: run.calls,
    callsPerServer: rounded(run.calls.all / servers),
    issueSeconds: rounded(issueSeconds),
    issueRatio: rounded(issueSeconds / ((2 * servers) / ceiling)),
    unitsPerOperation: rounded(units.reduce((sum, [, some]) => sum + some, 0) / servers),
    units: Object.fromEntries(units.toSorted(([one], [other]) => (one < other ? -1 : 1))),
    queuePerOperation: rounded(run.queue / servers),
    events: run.events,
    jobs: Object.fromEntries(run.jobs.map((job) => [job.name, job.seconds])),
  };
};

const path = join(import.meta.dirname, "figures.json");

/** The figures that are checked in, by case. */
export const checkedIn = (): Readonly<Record<string, Figures>> =>
  fileSchema.parse(JSON.parse(readFileSync(path, "utf8")));

/** Puts figures in the place of those that are checked in. */
export const checkIn = (figures: Readonly<Record<string, Figures>>): void =>
  writeFileSync(path, `${JSON.stringify(figures, null, 2)}\n`);
