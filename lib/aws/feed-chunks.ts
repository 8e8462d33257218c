import { retentionSeconds } from "../operation/bounds.ts";
import * as z from "zod";
import { eventSchema, type SwitchyardEvent } from "../../events/event.ts";
import type { Row } from "./conditional-put.ts";
import { packText, unpackText } from "./packed-text.ts";
import { expiryAttribute } from "./table-definition.ts";
import { parseRow } from "./unreadable-row.ts";

export const feedPartition = "FEED";
const chunkEventLimit = 40;
const chunkByteLimit = 300 * 1024;
/** Positions of one chunk; more than a chunk can hold. */
const positionsPerChunk = 1_000;

/** A chunk of the feed as it was written: immutable, numbered without gaps while the feed lives. */
export interface Chunk {
  readonly number: number;
  /** Milliseconds since the epoch; never smaller than that of the chunk before. */
  readonly recordedAt: number;
  readonly events: readonly SwitchyardEvent[];
}

/** Sort key of a chunk: 16 digits, so that text order is the order of numbers. */
export const chunkKey = (number: number): string => String(number).padStart(16, "0");

/** The position behind `count` events of a chunk: one integer, below 2^53 for chunk numbers that are milliseconds. */
export const positionIn = (chunkNumber: number, count: number): number =>
  chunkNumber * positionsPerChunk + count;

/** The chunk that a position is in, and how many of its events are behind the reader. */
export const placeOf = (position: number): { chunkNumber: number; count: number } => ({
  chunkNumber: Math.floor(position / positionsPerChunk),
  count: position % positionsPerChunk,
});

/** Splits events into what one row may hold: 40 events and 300 KiB of JSON. A bigger event stands alone. */
export const split = (events: readonly SwitchyardEvent[]): readonly (readonly SwitchyardEvent[])[] => {
  const chunks: SwitchyardEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(JSON.stringify(event)) + 1;
    const current = chunks.at(-1);
    if (current === undefined || current.length === chunkEventLimit || bytes + size > chunkByteLimit) {
      chunks.push([event]);
      bytes = size;
    } else {
      current.push(event);
      bytes += size;
    }
  }
  return chunks;
};

/** The chunk as an item; events as one JSON text, packed, so that their bytes stay as they are. */
export const toChunkRow = (chunk: Chunk): Row => ({
  pk: feedPartition,
  sk: chunkKey(chunk.number),
  events: packText(JSON.stringify(chunk.events)),
  recorded_at: chunk.recordedAt,
  [expiryAttribute]: Math.floor(chunk.recordedAt / 1000) + retentionSeconds,
});

const headSchema = z.object({ sk: z.string(), recorded_at: z.number() });
const rowSchema = headSchema.extend({
  events: z.union([z.string(), z.instanceof(Uint8Array)]),
  [expiryAttribute]: z.number(),
});
const eventsSchema = z.array(eventSchema);

/** Number and time of a chunk, without its events. @throws UnreadableRow */
export const headOf = (item: Record<string, unknown>): Pick<Chunk, "number" | "recordedAt"> => {
  const row = parseRow(`${feedPartition} ${String(item["sk"])}`, headSchema, () => item);
  return { number: Number(row.sk), recordedAt: row.recorded_at };
};

/** The chunk in the item, without events when their time is over. @throws UnreadableRow */
export const fromChunkRow = (item: Record<string, unknown>, nowMilliseconds: number): Chunk => {
  const key = `${feedPartition} ${String(item["sk"])}`;
  const row = parseRow(key, rowSchema, () => item);
  const expired = row[expiryAttribute] * 1000 <= nowMilliseconds;
  const events = expired ? [] : parseRow(key, eventsSchema, () => JSON.parse(unpackText(row.events)));
  return { number: Number(row.sk), recordedAt: row.recorded_at, events };
};
