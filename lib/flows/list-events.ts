import * as z from "zod";
import type { SwitchyardEvent } from "../../events/event.ts";
import type { Ports } from "../ports/ports.ts";
import { badCursor, cursorOf, markOf, positionOf, type Listing } from "./cursor.ts";
import { invalid, type RequestRefused } from "./request-refused.ts";

type EventPorts = Pick<Ports, "operations" | "feed">;

/** What is asked of the feed. `type` is exact or ends in `*`; `cursor` goes before `after`, and with its filters only. */
export interface EventQuestion {
  readonly after: string | null;
  readonly type: string | null;
  readonly subject: string | null;
  readonly cursor: string | null;
  readonly limit: number;
}

/** What one request may read: a rare filter must not read the whole feed. The cursor goes on from there. */
const chunksPerRead = 25;
const readsPerRequest = 16;

/** An operation's first event is appended after its row was made; clocks may be this far apart. */
const skewMilliseconds = 5000;

const placeSchema = z.strictObject({
  p: z.int().nonnegative(),
  /** The event id that is still looked for; what comes behind it is what was asked for. */
  a: z.string().max(100).optional(),
  /** The mark of the filters. */
  l: z.string(),
});
interface Place {
  readonly position: number;
  readonly seeking: string | null;
}

const markOfFilters = ({ type, subject }: EventQuestion): string => markOf({ type, subject });

const cursorAt = ({ position, seeking }: Place, question: EventQuestion): string =>
  cursorOf({ p: position, ...(seeking === null ? {} : { a: seeking }), l: markOfFilters(question) });

const unknownEvent = (): RequestRefused =>
  invalid([{ pointer: "/after", detail: "is not the id of an event that is still kept" }]);

const eventIdPattern = /^evt_(?<operation>op_[0-9a-z]+)_(?<count>[1-9]\d{0,8})$/;

/** Ids of events about anything but operations (orphans, the stop) tell when the event was made. */
const datedEventPattern = /^evt_[a-z]+_(?<at>[1-9]\d{0,14})_[0-9a-f]{20}$/;

/** Where the events of the operation that the id names begin. @throws RequestRefused for an id that is nobody's */
const placeBefore = async (after: string, { operations, feed }: EventPorts): Promise<Place> => {
  const madeAt = datedEventPattern.exec(after)?.groups?.["at"];
  if (madeAt !== undefined)
    return { position: await feed.positionAt(Number(madeAt) - skewMilliseconds), seeking: after };
  const parts = eventIdPattern.exec(after)?.groups;
  const operation = parts === undefined ? null : await operations.load(parts["operation"] ?? "");
  if (operation === null || Number(parts?.["count"]) > operation.event_count) throw unknownEvent();
  const position = await feed.positionAt(Date.parse(operation.created_at) - skewMilliseconds);
  return { position, seeking: after };
};

const beginning = async (question: EventQuestion, ports: EventPorts): Promise<Place> => {
  if (question.cursor !== null) {
    const { p, a, l } = positionOf(question.cursor, placeSchema);
    if (l !== markOfFilters(question)) throw badCursor();
    return { position: p, seeking: a ?? null };
  }
  return question.after === null ? { position: 0, seeking: null } : placeBefore(question.after, ports);
};

const isWanted = ({ type, subject }: SwitchyardEvent, question: EventQuestion): boolean => {
  if (question.subject !== null && subject !== question.subject) return false;
  if (question.type === null) return true;
  return question.type.endsWith("*") ? type.startsWith(question.type.slice(0, -1)) : type === question.type;
};

/** One walk along the feed: seeks its beginning, then gathers, each id once. */
class Walk {
  readonly found: SwitchyardEvent[] = [];
  readonly #question: EventQuestion;
  readonly #seen = new Set<string>();
  #position: number;
  #seeking: string | null;

  constructor(question: EventQuestion, { position, seeking }: Place) {
    this.#question = question;
    this.#position = position;
    this.#seeking = seeking;
  }

  get place(): Place {
    return { position: this.#position, seeking: this.#seeking };
  }

  /** Passes an event; false when it is one more than was asked for, and the walk ends before it. */
  pass(event: SwitchyardEvent, behind: number): boolean {
    const isRepeat = this.#seen.has(event.id);
    this.#seen.add(event.id);
    if (this.#seeking !== null) {
      if (event.id === this.#seeking) this.#seeking = null;
    } else if (!isRepeat && isWanted(event, this.#question)) {
      if (this.found.length === this.#question.limit) return false;
      this.found.push(event);
    }
    this.#position = behind;
    return true;
  }

  passTo(position: number): void {
    this.#position = position;
  }
}

/**
 * Events, oldest first, behind the event `after`. A page may be shorter than `limit` before the end, even empty.
 * @throws RequestRefused 422 for a cursor or an `after` that is unknown
 */
export const listEvents = async (
  question: EventQuestion,
  ports: EventPorts,
): Promise<Listing<SwitchyardEvent>> => {
  const walk = new Walk(question, await beginning(question, ports));
  for (let read = 0; read < readsPerRequest; read += 1) {
    const page = await ports.feed.read(walk.place.position, chunksPerRead);
    for (const [index, event] of page.events.entries()) {
      if (!walk.pass(event, page.positions[index] ?? page.position))
        return { items: walk.found, nextCursor: cursorAt(walk.place, question) };
    }
    if (page.atEnd) {
      if (walk.place.seeking !== null) throw unknownEvent();
      return { items: walk.found, nextCursor: null };
    }
    walk.passTo(page.position);
  }
  return { items: walk.found, nextCursor: cursorAt(walk.place, question) };
};
