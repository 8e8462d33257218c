import * as z from "zod";
import { durationText } from "./duration.ts";
import { plainText } from "./plain-text.ts";
import type { View } from "./printer.ts";

const warningSchema = z.union([z.string(), z.looseObject({ detail: z.string() })]);

/** What a job would do, cost and take. Nothing was written for it. */
export const planSchema = z.looseObject({
  plan_hash: z.string(),
  counts: z.looseObject({ total: z.number() }),
  cost: z.looseObject({ eur_per_hour: z.number(), eur_per_month: z.number().nullable() }).nullable(),
  duration_seconds: z.number().nullable(),
  warnings: z.array(warningSchema),
});
export type Plan = z.infer<typeof planSchema>;

const warningText = (warning: z.infer<typeof warningSchema>): string =>
  plainText(typeof warning === "string" ? warning : warning.detail);

/** Nothing where nothing is made: what is deleted or stopped has no price. */
const costText = ({ cost }: Plan, what: string): string => {
  if (cost === null) return what.includes(".create") ? " · price not known" : "";
  const month = cost.eur_per_month === null ? "" : `, ${cost.eur_per_month.toFixed(2)} a month`;
  return ` · EUR ${cost.eur_per_hour.toFixed(4)} an hour${month}`;
};

const timeText = ({ duration_seconds: seconds }: Plan): string =>
  seconds === null ? "" : ` · about ${durationText(seconds * 1000)}`;

/** Enough of a hash for people to tell two plans apart. */
export const shortHash = (hash: string): string => hash.slice(0, 12);

/** `Plan  25 × server.create at paris · EUR … · about 14.0 s · 9f2c…`, and a line for each warning. */
export const planLines = (plan: Plan, what: string): string[] => [
  `Plan     ${plan.counts.total} × ${what}${costText(plan, what)}${timeText(plan)} · ${shortHash(plan.plan_hash)}`,
  ...plan.warnings.map((warning) => `Warning  ${warningText(warning)}`),
];

/** A plan as data, or as those lines. */
export const planView = (what: string): View<Plan> => ({
  columns: [
    { name: "plan_hash", value: ({ plan_hash: hash }) => hash, isWhole: true },
    { name: "total", value: ({ counts }) => String(counts.total) },
    { name: "eur_per_hour", value: ({ cost }) => String(cost?.eur_per_hour ?? "") },
    { name: "eur_per_month", value: ({ cost }) => String(cost?.eur_per_month ?? "") },
    { name: "duration_seconds", value: ({ duration_seconds: seconds }) => String(seconds ?? "") },
    { name: "warnings", value: ({ warnings }) => warnings.map(warningText).join("; ") },
  ],
  id: ({ plan_hash: hash }) => hash,
  lines: (plan) => planLines(plan, what),
});
