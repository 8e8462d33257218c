import * as z from "zod";
import type { Context } from "./context.ts";
import { type CliFailure, misused } from "./failure.ts";
import type { View } from "./printer.ts";
import { schedulePath } from "./schedule-changes.ts";

/** A schedule, as far as it is shown; whatever else the API says of it is kept. */
export const scheduleSchema = z.looseObject({
  name: z.string(),
  connection: z.string().optional(),
  timezone: z.string().optional(),
  mode: z.string().optional(),
  paused: z.boolean().optional(),
  paused_until: z.string().nullish(),
  periods: z.array(z.looseObject({ timezone: z.string().optional() })).optional(),
  next_edge: z.looseObject({ at: z.string(), action: z.string() }).nullish(),
});
export type Schedule = z.infer<typeof scheduleSchema>;

/** An end was given twice. */
export const bothEnds = (): CliFailure =>
  misused("--for and --until are both there", "Give one of them: --until 'fri 23:00' or --for 4h.");

/** @throws CliFailure when there is none */
export const readSchedule = ({ api }: Context, name: string): Promise<Schedule> =>
  api.get(scheduleSchema, schedulePath(name));

/** The zone in which its times are shown. */
export const zoneOf = ({ timezone, periods }: Schedule): string =>
  timezone ?? periods?.find((period) => period.timezone !== undefined)?.timezone ?? "UTC";

export const scheduleView: View<Schedule> = {
  columns: [
    { name: "name", value: ({ name }) => name, isWhole: true },
    { name: "connection", value: ({ connection }) => connection ?? "" },
    { name: "timezone", value: zoneOf },
    {
      name: "mode",
      value: ({ mode, paused, paused_until: until }) =>
        paused === true ? `${mode ?? ""} (paused${until ? ` until ${until}` : ""})` : (mode ?? ""),
    },
    { name: "next_edge", value: ({ next_edge: edge }) => (edge ? `${edge.action} ${edge.at}` : "") },
  ],
  more: [
    { name: "select", value: (schedule) => JSON.stringify(schedule["select"] ?? null) },
    {
      name: "rule",
      value: ({ periods, cron, rrule }) => JSON.stringify(periods ?? cron ?? rrule ?? null),
    },
  ],
  id: ({ name }) => name,
};

export const edgeSchema = z.looseObject({
  at: z.string(),
  local: z.string(),
  action: z.string(),
  why: z.string(),
});
export const previewSchema = z.looseObject({ edges: z.array(edgeSchema) });
export const edgeView: View<z.infer<typeof edgeSchema>> = {
  columns: [
    { name: "local", value: ({ local }) => local, isWhole: true },
    { name: "action", value: ({ action }) => action },
    { name: "at", value: ({ at }) => at, isWhole: true },
    { name: "why", value: ({ why }) => why },
  ],
  id: ({ at }) => at,
};

const linkSchema = z.looseObject({ rule: z.string(), says: z.string(), because: z.string() });
export const explanationSchema = z.looseObject({
  desired: z.string(),
  chain: z.array(linkSchema),
  delayed: z.looseObject({ action: z.string(), because: z.string() }).nullish(),
  unknown: z.array(z.string()).optional(),
});
type Explanation = z.infer<typeof explanationSchema>;

/** The rules from the strongest to the weakest; the one that decides has the arrow. */
export const explanationLines = (
  { desired, chain, delayed, unknown = [] }: Explanation,
  when: string,
): string[] => {
  const decides = chain.findIndex(({ says }) => says === "on" || says === "off");
  const width = Math.max(0, ...chain.map(({ rule }) => rule.length));
  return [
    `${desired}  ${when}`,
    ...chain.map(
      ({ rule, says, because }, index) =>
        `  ${index === decides ? "→" : " "} ${rule.padEnd(width)}  ${says.padEnd(4)}  ${because}`,
    ),
    ...(delayed ? [`${delayed.action} is put off: ${delayed.because}`] : []),
    ...unknown.map((one) => `not known any more: ${one}`),
  ];
};

export const savingsSchema = z.looseObject({
  hours: z.looseObject({ total: z.number(), on: z.number(), off: z.number() }),
  off_percent: z.number(),
  saved_eur: z.number(),
  bill_percent: z.number().nullable(),
  currency: z.string(),
  unpriced: z.number().optional(),
  warnings: z.array(z.looseObject({ detail: z.string() })).optional(),
});
export type Savings = z.infer<typeof savingsSchema>;

const hours = (count: number): string => `${Number(count.toFixed(1))} h`;

export const savingsView: View<Savings> = {
  columns: [
    { name: "saved", value: (one) => one.saved_eur.toFixed(2) },
    { name: "currency", value: ({ currency }) => currency },
    { name: "hours_total", value: (one) => String(one.hours.total) },
    { name: "hours_on", value: (one) => String(one.hours.on) },
    { name: "hours_off", value: (one) => String(one.hours.off) },
    { name: "off_percent", value: (one) => String(one.off_percent) },
    { name: "bill_percent", value: (one) => String(one.bill_percent ?? "") },
  ],
  id: ({ saved_eur: saved }) => String(saved),
  lines: (one) => [
    `saves ${one.currency} ${one.saved_eur.toFixed(2)} of compute; storage and addresses go on costing`,
    `${hours(one.hours.off)} off of ${hours(one.hours.total)} (${one.off_percent} %), ${hours(one.hours.on)} on`,
    ...(one.warnings ?? []).map(({ detail }) => `warning: ${detail}`),
    ...(one.bill_percent === null ? [] : [`the whole bill falls by ${one.bill_percent} %`]),
  ],
};

export const overrideSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  from: z.string().nullish(),
  until: z.string().nullish(),
  kind: z.string().optional(),
  servers: z.array(z.string()).nullish(),
  reason: z.string(),
});
export const overrideView: View<z.infer<typeof overrideSchema>> = {
  columns: [
    { name: "id", value: ({ id }) => id, isWhole: true },
    { name: "state", value: ({ state, kind }) => (kind === undefined ? state : `${state} (${kind})`) },
    { name: "from", value: ({ from }) => from ?? "" },
    { name: "until", value: ({ until }) => until ?? "resumed" },
    { name: "servers", value: ({ servers }) => (servers ? servers.join(", ") : "all") },
    { name: "reason", value: ({ reason }) => reason },
  ],
  id: ({ id }) => id,
};
