import * as z from "zod";
import { engineCountsSchema } from "./engine-counts.ts";

const ratioSchema = z.strictObject({ median: z.number(), min: z.number(), max: z.number() });

/** One line of a row's table. Where a figure is none of a side's, or nothing could be measured, it is null. */
export const figureSchema = z.strictObject({
  name: z.string(),
  unit: z.string(),
  /** Median over the rounds. */
  ours: z.number().nullable(),
  rival: z.number().nullable(),
  /** Ours ÷ the rival's, round by round: median and extremes. Below 1 is better. */
  ratio: ratioSchema.nullable(),
});
export type Figure = z.infer<typeof figureSchema>;

const measuredSchema = z.strictObject({
  callsPerServer: z.number(),
  createsPerServer: z.number(),
  actionsPerServer: z.number(),
  looksPerServer: z.number(),
  rateLimited: z.number(),
  confirmed: z.number(),
  failed: z.number(),
  lost: z.number(),
  orphaned: z.number(),
  seenMean: z.number().nullable(),
  seenP50: z.number().nullable(),
  seenP95: z.number().nullable(),
  seenMax: z.number().nullable(),
  toldP50: z.number().nullable(),
  toldP95: z.number().nullable(),
  issueSeconds: z.number().nullable(),
  makespanSeconds: z.number().nullable(),
  cpuMilliseconds: z.number(),
  peakMegabytes: z.number(),
  /** Of the engines, which a rival has none of. */
  engineCpuMilliseconds: z.number().nullable(),
  enginePeakMegabytes: z.number().nullable(),
});

/** One round: both clients met a provider of the same seed, one after the other. */
export const roundSchema = z.strictObject({
  seed: z.number(),
  first: z.enum(["ours", "rival"]),
  ours: measuredSchema,
  rival: measuredSchema,
  engines: engineCountsSchema,
});
export type Round = z.infer<typeof roundSchema>;

const serversRowSchema = z.strictObject({
  title: z.string(),
  rival: z.string(),
  figures: z.array(figureSchema).readonly(),
  rounds: z.array(roundSchema).readonly(),
});
export type ServersRow = z.infer<typeof serversRowSchema>;

const figuresRowSchema = z.strictObject({
  title: z.string(),
  rival: z.string(),
  figures: z.array(figureSchema).readonly(),
  rounds: z.number(),
});
/** A row whose rounds are not shown one by one. */
export type FiguresRow = z.infer<typeof figuresRowSchema>;

/** What `--json` prints: rows that were not asked for are null. */
export const reportSchema = z.strictObject({
  settings: z.strictObject({
    servers: z.number(),
    seed: z.number(),
    speed: z.number(),
    latencyMilliseconds: z.number(),
    providerCallsPerSecond: z.number(),
    ourCallsPerSecond: z.number(),
    rivalWritesAtOnce: z.number(),
    node: z.string(),
    cores: z.number(),
  }),
  rows: z.strictObject({
    "1": serversRowSchema.nullable(),
    "1b": serversRowSchema.nullable(),
    "5": serversRowSchema.nullable(),
    "14": figuresRowSchema.nullable(),
    bulk: serversRowSchema.nullable(),
    memory: figuresRowSchema.nullable(),
    schedules: figuresRowSchema.nullable(),
    ready: figuresRowSchema.nullable(),
  }),
});
export type Report = z.infer<typeof reportSchema>;
