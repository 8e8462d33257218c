import * as z from "zod";
import type { Context } from "../context.ts";
import { CliFailure } from "../failure.ts";
import { listSome } from "../list-some.ts";
import type { View } from "../printer.ts";
import { countOption, verb, type Group } from "../verb.ts";

const eventSchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  subject: z.string(),
  time: z.string(),
  data: z.looseObject({}),
});
type Event = z.infer<typeof eventSchema>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** What of the data tells the most in a line. */
const aboutOf = ({ data }: Event): string => {
  const error = z.looseObject({ code: z.string() }).safeParse(data["error"]);
  const words = [text(data["kind"]), text(data["name"]), text(data["state"]), error.data?.code ?? ""];
  return words.filter((word) => word !== "").join(" ");
};

const eventView: View<Event> = {
  columns: [
    { name: "time", value: ({ time }) => time, isWhole: true },
    { name: "type", value: ({ type }) => type.replace(/^switchyard\./, "").padEnd(24), isWhole: true },
    { name: "subject", value: ({ subject }) => subject, isWhole: true },
    { name: "about", value: aboutOf },
  ],
  more: [{ name: "id", value: ({ id }) => id }],
  id: ({ id }) => id,
};

const filterOptions = z.object({ type: z.string().min(1).optional(), subject: z.string().min(1).optional() });

/** `operation.failed` and `server.*` are short for the whole type. */
const wholeType = (type: string | undefined): string | undefined =>
  type === undefined || type === "*" || type.startsWith("switchyard.") ? type : `switchyard.${type}`;

const list = verb({
  usage: "list",
  summary: "what has happened in the last 30 days, in the order in which it became known",
  flags: [
    ["--type <type>", "operation.failed, server.*, …"],
    ["--subject <subject>", "of one operation (its id) or server ({connection}/server/{id})"],
    ["--after <id>", "behind this event"],
    ["--limit <count>", "at most so many; 0 for all (default: 100)"],
  ],
  options: filterOptions.extend({ after: z.string().min(1).optional(), limit: countOption(0).default(100) }),
  run: (context, _operands, { limit, type, ...filters }) =>
    listSome(context, eventView, limit, (query) =>
      context.api.pages(eventSchema, "/v1/events", { ...filters, type: wholeType(type), ...query }),
    ),
});

const fits = ({ type, subject }: Event, wanted: z.infer<typeof filterOptions>): boolean => {
  const whole = wholeType(wanted.type);
  if (wanted.subject !== undefined && subject !== wanted.subject) return false;
  if (whole === undefined) return true;
  return whole.endsWith("*") ? type.startsWith(whole.slice(0, -1)) : type === whole;
};

/** Where the feed's end is near: behind the first event of one of the newest operations. Null: from the beginning. */
const nearTheEnd = async ({ api }: Context, last: number): Promise<string | null> => {
  const page = z.looseObject({ items: z.array(z.looseObject({ id: z.string() })) });
  const { items } = await api.get(page, "/v1/operations", { limit: String(Math.min(100, last + 1)) });
  const recent = items[last];
  if (recent === undefined) return null;
  const after = `evt_${recent.id}_1`;
  try {
    await api.get(page, "/v1/events", { after, limit: "1" });
    return after;
  } catch (error) {
    // Not yet in the feed, or not kept any more: then all of it is read.
    if (error instanceof CliFailure && error.code === "INVALID_REQUEST") return null;
    throw error;
  }
};

const pollMilliseconds = 1_000;

/** Everything behind `after` up to now, each event once. */
async function* readOn(context: Context, after: string | null): AsyncGenerator<Event> {
  const query = after === null ? { limit: "100" } : { limit: "100", after };
  for await (const page of context.api.pages(eventSchema, "/v1/events", query)) yield* page;
}

const readAll = async (context: Context, after: string | null): Promise<readonly Event[]> => {
  const events: Event[] = [];
  for await (const event of readOn(context, after)) events.push(event);
  return events;
};

/** Says what comes, until Ctrl-C. What was said before may come again: it is not said twice. */
const follow = async (context: Context, last: string | null, tell: (event: Event) => void): Promise<void> => {
  const { world, flags, api } = context;
  const recent: string[] = [];
  const began = world.nowMilliseconds();
  for (let after = last; ;) {
    const events = await api.patiently(() => readAll(context, after));
    for (const event of events) {
      if (!recent.includes(event.id)) tell(event);
      recent.push(event.id);
      after = event.id;
    }
    recent.splice(0, Math.max(0, recent.length - 1000));
    if (world.nowMilliseconds() - began >= (flags.timeout ?? Number.POSITIVE_INFINITY)) return;
    await world.sleep(pollMilliseconds, world.interrupted);
    world.interrupted.throwIfAborted();
  }
};

const tail = verb({
  usage: "tail",
  summary: "the latest events, and each new one as it comes, until Ctrl-C",
  flags: [
    ["--type <type>", "operation.failed, server.*, …"],
    ["--subject <subject>", "of one operation (its id) or server ({connection}/server/{id})"],
    ["--last <count>", "begin with so many that have happened (default: 10)"],
    ["--after <id>", "begin behind this event instead"],
  ],
  examples: ["switchyard event tail --type 'operation.*' -o jsonl"],
  options: filterOptions.extend({ last: countOption(0).default(10), after: z.string().min(1).optional() }),
  run: async (context, _operands, { last, after, ...filter }) => {
    const tell = (event: Event): void => {
      if (fits(event, filter)) context.print.each(eventView, event);
    };
    if (after !== undefined) return follow(context, after, tell);
    const latest: Event[] = [];
    let end: string | null = await nearTheEnd(context, last);
    for await (const event of readOn(context, end)) {
      end = event.id;
      if (fits(event, filter)) latest.push(event);
      latest.splice(0, Math.max(0, latest.length - last));
    }
    for (const event of latest) tell(event);
    return follow(context, end, tell);
  },
});

export const eventGroup: Group = { name: "event", summary: "what has happened", verbs: [list, tail] };
