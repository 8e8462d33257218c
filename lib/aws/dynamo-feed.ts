import { QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { SwitchyardEvent } from "../../events/event.ts";
import type { Cells } from "../ports/cells.ts";
import type { EventFeed, FeedPage } from "../ports/event-feed.ts";
import type { TableAccess } from "./batch-get.ts";
import { putIf } from "./conditional-put.ts";
import {
  type Chunk,
  chunkKey,
  feedPartition,
  fromChunkRow,
  headOf,
  placeOf,
  positionIn,
  split,
  toChunkRow,
} from "./feed-chunks.ts";

type Head = Pick<Chunk, "number" | "recordedAt">;

const originCell = "feed/origin";
/** `base`: the number before the first chunk of an empty feed; `at`: when that was agreed on (epoch ms). */
const originSchema = z.object({ base: z.number(), at: z.number() });
/** Shorter than the 30 days that a chunk lives: a younger origin means that no chunk behind it is gone. */
const originLifeMilliseconds = 29 * 86_400_000;
const attemptLimit = 60;
const longestPause = 400;

/** Too many others were appending at the same time. Nothing is known to be lost: append again. */
export class FeedContended extends Error {
  constructor() {
    super(`The feed took no chunk in ${attemptLimit} attempts.`);
    this.name = "FeedContended";
  }
}

/**
 * The feed in one partition of the table: chunk n+1 is put only if it does not exist, by somebody who saw chunk n.
 * So the order never changes, and no chunk appears before one that was already read.
 */
export class DynamoFeed implements EventFeed {
  readonly #access: TableAccess;
  readonly #cells: Cells;
  #head: Head | null = null;

  constructor(access: TableAccess, cells: Cells) {
    this.#access = access;
    this.#cells = cells;
  }

  async append(events: readonly SwitchyardEvent[]): Promise<void> {
    for (const chunk of split(events)) await this.#appendChunk(chunk);
  }

  async read(position: number, chunkLimit: number): Promise<FeedPage> {
    const { chunkNumber, count } = placeOf(position);
    // A chunk that was read in part is read again: it must not use up the limit, or the reader would stand still.
    const limit = count === 0 ? chunkLimit : chunkLimit + 1;
    const { items, atEnd } = await this.#query({
      ...this.#from(chunkNumber),
      ConsistentRead: true,
      Limit: limit,
    });
    const now = this.#access.clock.now();
    const events: SwitchyardEvent[] = [];
    const positions: number[] = [];
    let behind = position;
    for (const item of items) {
      const chunk = fromChunkRow(item, now);
      const seen = chunk.number === chunkNumber ? count : 0;
      for (const [index, event] of chunk.events.entries()) {
        if (index < seen) continue;
        events.push(event);
        positions.push(positionIn(chunk.number, index + 1));
      }
      behind = Math.max(behind, positionIn(chunk.number, Math.max(seen, chunk.events.length)));
      if (chunk.events.length === 0) behind = Math.max(behind, positionIn(chunk.number + 1, 0));
    }
    return { events, positions, position: behind, atEnd };
  }

  async positionAt(epochMilliseconds: number): Promise<number> {
    const oldest = await this.#first({ ...this.#from(0) });
    const newest = await this.#newest(false);
    if (oldest === null || newest === null) return 0;
    let low = oldest.number;
    let high = newest.number + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      // The next that is still there: expired chunks vanish one by one and in no order.
      const chunk = await this.#first(this.#from(middle));
      if (chunk === null || chunk.recordedAt >= epochMilliseconds) high = middle;
      else low = chunk.number + 1;
    }
    return positionIn(low, 0);
  }

  async #appendChunk(events: readonly SwitchyardEvent[]): Promise<void> {
    const { clock, randomness } = this.#access;
    for (let attempt = 1; attempt <= attemptLimit; attempt += 1) {
      const head = this.#head ?? (await this.#newest(true)) ?? (await this.#origin());
      const next = { number: head.number + 1, recordedAt: Math.max(clock.now(), head.recordedAt) };
      const outcome = await putIf(this.#access, toChunkRow({ ...next, events }), {
        ConditionExpression: "attribute_not_exists(pk)",
      });
      if (outcome.written) {
        this.#advance(next);
        return;
      }
      this.#head = null;
      await clock.sleep(randomness.fraction() * Math.min(longestPause, 5 * 2 ** attempt));
    }
    throw new FeedContended();
  }

  /** Remembers the newest chunk that this instance knows of; two of its appends may end in either order. */
  #advance(head: Head): void {
    if (this.#head === null || this.#head.number < head.number) this.#head = head;
  }

  /**
   * Where an empty feed begins: a number that all who find it empty agree on, and greater than all numbers of a feed
   * that once stood here and expired (numbers begin at the time in milliseconds and grow by one a chunk).
   */
  async #origin(): Promise<Head> {
    const cell = await this.#cells.load(originCell);
    const now = this.#access.clock.now();
    if (cell !== null) {
      const { base, at } = originSchema.parse(cell.value);
      if (now - at < originLifeMilliseconds) return { number: base, recordedAt: 0 };
    }
    await this.#cells.save(originCell, { base: now, at: now }, cell?.version ?? 0);
    return this.#origin();
  }

  #from(chunkNumber: number): Partial<QueryCommandInput> {
    return {
      KeyConditionExpression: "pk = :feed AND sk >= :from",
      ExpressionAttributeValues: { ":feed": feedPartition, ":from": chunkKey(chunkNumber) },
    };
  }

  async #newest(consistent: boolean): Promise<Head | null> {
    return this.#first({
      KeyConditionExpression: "pk = :feed",
      ExpressionAttributeValues: { ":feed": feedPartition },
      ScanIndexForward: false,
      ConsistentRead: consistent,
    });
  }

  async #first(query: Partial<QueryCommandInput>): Promise<Head | null> {
    const { items } = await this.#query({ ...query, Limit: 1, ProjectionExpression: "sk, recorded_at" });
    const item = items[0];
    return item === undefined ? null : headOf(item);
  }

  async #query(
    query: Partial<QueryCommandInput>,
  ): Promise<{ items: readonly Record<string, unknown>[]; atEnd: boolean }> {
    const answer = await this.#access.client.send(
      new QueryCommand({ ...query, TableName: this.#access.table }),
    );
    return { items: answer.Items ?? [], atEnd: answer.LastEvaluatedKey === undefined };
  }
}
