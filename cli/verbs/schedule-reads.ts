import * as z from "zod";
import type { Context } from "../context.ts";
import { CliFailure } from "../failure.ts";
import {
  edgeView,
  explanationLines,
  explanationSchema,
  previewSchema,
  readSchedule,
  savingsSchema,
  savingsView,
  zoneOf,
  type Schedule,
} from "../schedule.ts";
import { schedulePath } from "../schedule-changes.ts";
import { connectionFor, selectServers } from "../servers.ts";
import { verb, type Flag } from "../verb.ts";

const spanFlags: readonly Flag[] = [
  ["--from <instant>", "from then (default: now)"],
  ["--to <instant>", "until then, at most 400 days later (default: a week later)"],
];
const spanOptions = z.object({ from: z.string().optional(), to: z.string().optional() });
const weekMilliseconds = 7 * 86_400_000;
/** So far before a week its first state is looked for. */
const lookBackMilliseconds = 32 * 86_400_000;
const weeksOfMonth = 730 / 168;

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

const spanOf = async (context: Context, schedule: Schedule, { from, to }: z.infer<typeof spanOptions>) => {
  const { readInstant } = await import("../instant.ts");
  const now = context.world.nowMilliseconds();
  const zone = zoneOf(schedule);
  const start = from === undefined ? iso(now) : readInstant(from, "--from", zone, now);
  const end =
    to === undefined ? iso(Date.parse(start) + weekMilliseconds) : readInstant(to, "--to", zone, now);
  return { from: start, to: end };
};

/** What a week saves, as far as prices are known; null when the API can't say. */
const weekSavings = async (
  context: Context,
  name: string,
  from: number,
  to: number,
): Promise<string | null> => {
  try {
    const query = { from: iso(from), to: iso(to) };
    const { saved_eur: saved, currency } = await context.api.get(
      savingsSchema,
      `${schedulePath(name)}/savings`,
      query,
    );
    const month = saved * weeksOfMonth;
    return `saves ${currency} ${saved.toFixed(2)} a week, ${month.toFixed(2)} a month (compute only)`;
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    return `savings not known (${error.code})`;
  }
};

const showWeek = async (context: Context, schedule: Schedule): Promise<void> => {
  const [{ weekOf, instantOf }, { weekGrid }] = await Promise.all([
    import("../instant.ts"),
    import("../week-grid.ts"),
  ]);
  const now = context.world.nowMilliseconds();
  const zone = zoneOf(schedule);
  const week = weekOf(now, zone);
  const to = instantOf(week.days[7] ?? "", 0, zone);
  const query = { from: iso(week.from - lookBackMilliseconds), to: iso(to + weekMilliseconds) };
  const { edges } = await context.api.get(previewSchema, `${schedulePath(schedule.name)}/preview`, query);
  if (!context.print.isHuman) {
    context.print.many(
      edgeView,
      edges.filter(({ at }) => Date.parse(at) >= week.from && Date.parse(at) < to),
    );
    return;
  }
  const savings = await weekSavings(context, schedule.name, week.from, to);
  for (const line of weekGrid(edges, { zone, now, savings })) context.print.line(line);
};

export const preview = verb({
  usage: "preview <name>",
  summary: "the edges of a time to come or past, from the evaluator that acts on them",
  flags: [...spanFlags, ["--week", "this week as a grid, half an hour a sign"]],
  examples: [
    "switchyard schedule preview office-hours --week",
    "switchyard schedule preview office-hours --from 2026-12-21 --to 2027-01-04",
  ],
  options: spanOptions.extend({ week: z.boolean().default(false) }),
  run: async (context, [name = ""], { week, ...span }) => {
    const schedule = await readSchedule(context, name);
    if (week) return showWeek(context, schedule);
    const query = await spanOf(context, schedule, span);
    const { edges } = await context.api.get(previewSchema, `${schedulePath(name)}/preview`, query);
    if (edges.length === 0 && context.print.isHuman)
      context.say(`No edges from ${query.from} to ${query.to}.`);
    else context.print.many(edgeView, edges);
  },
});

export const explain = verb({
  usage: "explain <name>",
  summary: "why a server should be on or off at an instant: which rule decides",
  flags: [
    ["--server <server>", "its id or name"],
    ["--at <instant>", "when (default: now); switchyard help date"],
  ],
  examples: ["switchyard schedule explain office-hours --server web-1 --at 'fri 21:00'"],
  options: z.object({
    server: z.string({ error: "which one?" }).min(1, { error: "is empty" }),
    at: z.string().default("now"),
  }),
  run: async (context, [name = ""], { server, at }) => {
    const { readInstant, localText } = await import("../instant.ts");
    const schedule = await readSchedule(context, name);
    const zone = zoneOf(schedule);
    const now = context.world.nowMilliseconds();
    const instant = readInstant(at, "--at", zone, now);
    const connection = await connectionFor(context, schedule.connection);
    const [found] = await selectServers(context, connection, [server]);
    const query = { server: found?.id ?? server, at: instant };
    const explanation = await context.api.get(explanationSchema, `${schedulePath(name)}/explain`, query);
    const when = `${found?.name ?? server} at ${localText(instant, zone, now)} ${zone}`;
    context.print.one(
      {
        columns: [{ name: "desired", value: ({ desired }) => desired }],
        id: ({ desired }) => desired,
        lines: (one) => explanationLines(one, when),
      },
      explanation,
    );
  },
});

export const savings = verb({
  usage: "savings <name>",
  summary: "what a schedule saves in a time: euros and hours",
  flags: spanFlags,
  options: spanOptions,
  run: async (context, [name = ""], span) => {
    const schedule = await readSchedule(context, name);
    const query = await spanOf(context, schedule, span);
    context.print.one(
      savingsView,
      await context.api.get(savingsSchema, `${schedulePath(name)}/savings`, query),
    );
  },
});
