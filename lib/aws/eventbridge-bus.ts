import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { SwitchyardEvent } from "../../events/event.ts";
import type { Bus } from "../ports/bus.ts";

/** What EventBridge takes in one PutEvents: 10 entries, 256 KiB together. */
const entriesPerCall = 10;
const bytesPerCall = 256 * 1024;
/** Bytes that EventBridge counts for an entry's time. */
const timeBytes = 14;

interface Entry {
  readonly id: string;
  readonly time: Date;
  readonly source: string;
  readonly type: string;
  readonly detail: string;
}

/** What became of one call. `failure` is null when the call was answered. */
interface Outcome {
  readonly missed: readonly string[];
  readonly failure: { readonly cause: unknown } | null;
}

const toEntry = (event: SwitchyardEvent): Entry => ({
  id: event.id,
  time: new Date(event.time),
  source: event.source,
  type: event.type,
  detail: JSON.stringify(event),
});

/** The size of an entry by EventBridge's own rule. */
const bytesOf = (entry: Entry): number =>
  timeBytes +
  Buffer.byteLength(entry.source) +
  Buffer.byteLength(entry.type) +
  Buffer.byteLength(entry.detail);

/** Splits entries into calls. An entry that is too big by itself goes alone, so that it fails alone. */
const calls = (entries: readonly Entry[]): readonly (readonly Entry[])[] => {
  const split: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = bytesOf(entry);
    const current = split.at(-1);
    if (current === undefined || current.length === entriesPerCall || bytes + size > bytesPerCall) {
      split.push([entry]);
      bytes = size;
    } else {
      current.push(entry);
      bytes += size;
    }
  }
  return split;
};

/** The bus in EventBridge: `detail` is the event, `detail-type` its type, `source` its source. */
export class EventBridgeBus implements Bus {
  readonly #client: EventBridgeClient;
  readonly #busName: string;

  constructor(client: EventBridgeClient, busName: string) {
    this.#client = client;
    this.#busName = busName;
  }

  async publish(events: readonly SwitchyardEvent[]): Promise<readonly string[]> {
    const outcomes: Outcome[] = [];
    for (const entries of calls(events.map(toEntry))) outcomes.push(await this.#put(entries));
    const failures = outcomes.map(({ failure }) => failure).filter((failure) => failure !== null);
    const first = failures[0];
    if (first !== undefined && failures.length === outcomes.length) throw first.cause;
    return outcomes.flatMap(({ missed }) => missed);
  }

  async #put(entries: readonly Entry[]): Promise<Outcome> {
    try {
      const answer = await this.#client.send(
        new PutEventsCommand({
          Entries: entries.map((entry) => ({
            EventBusName: this.#busName,
            Source: entry.source,
            DetailType: entry.type,
            Detail: entry.detail,
            Time: entry.time,
          })),
        }),
      );
      const missed = entries.filter((_, index) => answer.Entries?.[index]?.EventId === undefined);
      return { missed: missed.map(({ id }) => id), failure: null };
    } catch (cause) {
      return { missed: entries.map(({ id }) => id), failure: { cause } };
    }
  }
}
