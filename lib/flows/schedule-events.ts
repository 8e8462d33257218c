import * as z from "zod";
import { dataSchemaOf, eventSchema, typePrefix, type SwitchyardEvent } from "../../events/event.ts";
import type { ScheduleEventData, ScheduleEventType } from "../../events/schedule-event.ts";
import { eventSource } from "../operation/announce.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import { alreadyInFeed } from "./publish-events.ts";
import { changeDocument } from "./schedule-store.ts";

const folder = "schedule-news";

/** What is to be said of one schedule; it stays when the schedule goes, so that no number is used twice. */
const newsSchema = z.strictObject({
  name: z.string(),
  sequence: z.int().nonnegative(),
  /** Events that are not yet known to be published, bytes frozen. */
  outbox: z.array(eventSchema),
  /** What was said once and for all, lately: fingerprints. */
  said: z.array(z.string()).default([]),
});
type News = z.infer<typeof newsSchema>;

/**
 * Something to be said of a schedule. `once`: names of what it says; where all of it was said before, it is not said
 * again. `also`: another name under which it is known then.
 */
export interface ToSay {
  readonly type: ScheduleEventType;
  readonly data: ScheduleEventData;
  readonly once?: string | readonly string[];
  readonly also?: string;
}

const namesOf = ({ once = [] }: Pick<ToSay, "once">): readonly string[] =>
  typeof once === "string" ? [once] : once;

const eventOf = (news: News, { type, data, ...said }: ToSay, now: number): SwitchyardEvent => ({
  specversion: "1.0",
  // It tells when it was said: so its place in the feed is found again.
  id: `evt_schedule_${Math.floor(now)}_${fingerprintOf([news.name, news.sequence + 1, ...namesOf(said)]).slice(0, 20)}`,
  source: eventSource,
  type: `${typePrefix}${type}`,
  subject: `schedule/${news.name}`,
  time: instant(now),
  sequence: news.sequence + 1,
  dataschema: dataSchemaOf(type),
  data,
});

/** So many of them are remembered. */
const mostSaid = 1000;
/** Bytes of the outbox from which on events name no servers any more, only how many they are. */
const manyBytes = 120_000;

const shortened = (event: ToSay): ToSay => ({ ...event, data: { ...event.data, servers: [] } });

/** The news with one more event; as it was where that was said before. */
const withEvent = (news: News, event: ToSay, now: number): News => {
  const print = (text: string): string => fingerprintOf([news.name, text]).slice(0, 16);
  const names = namesOf(event).map(print);
  if (names.length > 0 && names.every((name) => news.said.includes(name))) return news;
  const isFull = JSON.stringify(news.outbox).length > manyBytes;
  const said = eventOf(news, isFull ? shortened(event) : event, now);
  return {
    ...news,
    sequence: said.sequence,
    outbox: [...news.outbox, said],
    said: [
      ...new Set([...news.said, ...names, ...(event.also === undefined ? [] : [print(event.also)])]),
    ].slice(-mostSaid),
  };
};

/** Puts events about a schedule where the next tick publishes them: saved first, then said (R16). */
export const say = async (
  name: string,
  events: readonly ToSay[],
  ports: Pick<Ports, "documents" | "clock">,
): Promise<void> => {
  if (events.length === 0) return;
  await changeDocument<News>(
    { folder, name, schema: newsSchema },
    (before) => {
      const known = before ?? { name, sequence: 0, outbox: [], said: [] };
      let news: News = known;
      for (const event of events) news = withEvent(news, event, ports.clock.now());
      return news === known ? null : news;
    },
    ports,
  );
};

const pageSize = 200;

/** Publishes what is to be said of all schedules, then marks it. @returns whether all of it is out */
export const publishNews = async (
  ports: Pick<Ports, "documents" | "feed" | "bus" | "clock" | "log">,
): Promise<boolean> => {
  let after: string | null = null;
  let isAllOut = true;
  do {
    const page = await ports.documents.list(folder, after, pageSize);
    for (const { value } of page.documents) {
      const { name, outbox } = newsSchema.parse(value);
      if (outbox.length === 0) continue;
      const known = await alreadyInFeed(outbox, ports);
      await ports.feed.append(outbox.filter(({ id }) => !known.has(id)));
      const refused = new Set(await ports.bus.publish(outbox));
      if (refused.size > 0) ports.log.warn("the bus did not take all events", { count: refused.size });
      isAllOut &&= refused.size === 0;
      const out = new Set(outbox.map(({ id }) => id).filter((id) => !refused.has(id)));
      await changeDocument<News>(
        { folder, name, schema: newsSchema },
        (news) => (news === null ? null : { ...news, outbox: news.outbox.filter(({ id }) => !out.has(id)) }),
        ports,
      );
    }
    after = page.next;
  } while (after !== null);
  return isAllOut;
};
