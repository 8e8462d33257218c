import * as z from "zod";
import type { Exchange } from "./counting-proxy.ts";

const counted = z.number().int().nonnegative();
/** What the functions asked of the table, the queue and the bus, counted request by request where it arrived. */
export const engineCountsSchema = z.strictObject({
  /** Writes of operations' rows. */
  rowWrites: counted,
  /** Entries of the table's indexes that these writes put or removed. */
  indexWrites: counted,
  /** Writes of the follower's lease. */
  leaseWrites: counted,
  /** Writes of the cells that hold the pace of provider calls. */
  budgetWrites: counted,
  /** Chunks of events put into the feed. */
  feedAppends: counted,
  /** Writes of anything else. */
  otherWrites: counted,
  /** Writes of any kind that their condition refused; they are not among the others. */
  refusedWrites: counted,
  /** GetItem, BatchGetItem and Query requests. */
  tableReads: counted,
  /** Messages that functions sent, by requests: wake-ups, starts, dead letters. */
  queueSends: counted,
  /** ReceiveMessage and DeleteMessageBatch: what Lambda's own pollers ask, empty long polls included. */
  queuePolls: counted,
  /** PutEvents requests, and the events in them, repeats included. */
  busRequests: counted,
  busEvents: counted,
});
export type EngineCounts = z.infer<typeof engineCountsSchema>;

const noCounts: EngineCounts = {
  rowWrites: 0,
  indexWrites: 0,
  leaseWrites: 0,
  budgetWrites: 0,
  feedAppends: 0,
  otherWrites: 0,
  refusedWrites: 0,
  tableReads: 0,
  queueSends: 0,
  queuePolls: 0,
  busRequests: 0,
  busEvents: 0,
};

const putSchema = z.object({
  Item: z.object({
    pk: z.object({ S: z.string() }),
    due_shard: z.object({ S: z.string() }).optional(),
    due_at: z.object({ N: z.string() }).optional(),
    list_shard: z.object({ S: z.string() }).optional(),
  }),
});
type Put = z.infer<typeof putSchema>["Item"];

const kindOfWrite = (pk: string): keyof EngineCounts => {
  if (pk.startsWith("OP#")) return "rowWrites";
  if (pk === "CELL#follower") return "leaseWrites";
  if (pk.startsWith("CELL#budget/")) return "budgetWrites";
  return pk === "FEED" ? "feedAppends" : "otherWrites";
};

/** Counts by what is written and asked. */
export class EngineTally {
  readonly #counts = { ...noCounts };
  /** The place in the due index of each row; null: it has none. */
  readonly #places = new Map<string, string | null>();

  get counts(): EngineCounts {
    return { ...this.#counts };
  }

  /** An exchange with the table. */
  table({ action, body, status }: Exchange): void {
    if (action !== "PutItem") {
      this.#counts.tableReads += 1;
    } else if (status === 200) {
      const { Item: item } = putSchema.parse(JSON.parse(body.toString()));
      this.#counts[kindOfWrite(item.pk.S)] += 1;
      this.#counts.indexWrites += this.#indexWritesOf(item);
    } else {
      this.#counts.refusedWrites += 1;
    }
  }

  /** An exchange with the queue. */
  queue({ action }: Exchange): void {
    if (action.startsWith("SendMessage")) this.#counts.queueSends += 1;
    else this.#counts.queuePolls += 1;
  }

  /** An exchange with the bus. */
  bus({ body }: Exchange): void {
    const { Entries: entries } = z
      .object({ Entries: z.array(z.unknown()) })
      .parse(JSON.parse(body.toString()));
    this.#counts.busRequests += 1;
    this.#counts.busEvents += entries.length;
  }

  /** DynamoDB writes an index where keys change: once to put or remove an entry, twice to move it. */
  #indexWritesOf(item: Put): number {
    const before = this.#places.get(item.pk.S);
    const place = item.due_at === undefined ? null : `${item.due_shard?.S}/${item.due_at.N}`;
    this.#places.set(item.pk.S, place);
    // The index by age never moves: one entry at most, put with the row.
    if (before === undefined) return (item.list_shard === undefined ? 0 : 1) + (place === null ? 0 : 1);
    if (before === place) return 0;
    return before === null || place === null ? 1 : 2;
  }
}
