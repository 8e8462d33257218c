import { deflateSync, inflateSync } from "node:zlib";
import * as z from "zod";
import { isObject, jsonObjectSchema, type Json, type JsonObject } from "../operation/json.ts";
import { plannedItemSchema, type PlannedItem } from "./item.ts";

/** How large one chunk may be. */
export interface ChunkBounds {
  readonly items: number;
  /** Of the packed text, which is what is stored. A single item that is larger still is a chunk of its own. */
  readonly characters: number;
  /** Of what is packed, so that packing and unpacking stay small. */
  readonly rawBytes: number;
}

export const usualChunk: ChunkBounds = { items: 200, characters: 195_000, rawBytes: 4_000_000 };

/** Some items in one text. */
export interface Chunk {
  /** Position of its first item in the list, from 0. */
  readonly first: number;
  readonly count: number;
  /** Deflated JSON in base64. */
  readonly text: string;
}

/** A chunk before it is packed: fields of which all inputs hold the same value are told once. */
const packedSchema = z.strictObject({
  v: z.literal(1),
  shared: jsonObjectSchema,
  items: z.array(plannedItemSchema).min(1),
});

/** Bytes of the texts in a value: nearly what it takes as JSON, without making it. */
export const sizeBytesOf = (value: Json): number => {
  if (typeof value === "string") return Buffer.byteLength(value, "utf8") + 3;
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + sizeBytesOf(one), 2);
  if (!isObject(value)) return 8;
  return Object.entries(value).reduce((sum, [name, one]) => sum + name.length + 4 + sizeBytesOf(one), 2);
};

/** What a template gave to all: the very same text or object, so nothing has to be compared. */
const sharedOf = (items: readonly PlannedItem[]): JsonObject => {
  const [first, ...rest] = items;
  const fields = Object.entries(first?.input ?? {});
  return Object.fromEntries(
    fields.filter(([name, value]) =>
      rest.every(({ input }) => Object.hasOwn(input, name) && input[name] === value),
    ),
  );
};

const without = (input: JsonObject, shared: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(input).filter(([name]) => !Object.hasOwn(shared, name)));

/** Null where it is too much to be packed at once. */
const packed = (items: readonly PlannedItem[], mostBytes: number): string | null => {
  const shared = sharedOf(items);
  const own = items.map((item) => ({ ...item, input: without(item.input, shared) }));
  const rawBytes = own.reduce((sum, { input }) => sum + sizeBytesOf(input), sizeBytesOf(shared));
  if (rawBytes > mostBytes && items.length > 1) return null;
  return deflateSync(JSON.stringify({ v: 1, shared, items: own })).toString("base64");
};

/** The items from here in one chunk, in half as many while that is too large. */
const chunkFrom = (items: readonly PlannedItem[], first: number, bounds: ChunkBounds): Chunk => {
  let count = Math.min(bounds.items, items.length - first);
  for (;;) {
    const text = packed(items.slice(first, first + count), bounds.rawBytes);
    if (text !== null && (count === 1 || text.length <= bounds.characters)) return { first, count, text };
    count = Math.ceil(count / 2);
  }
};

/** Packs items for the table, chunk by chunk, so that never all of them stand packed in memory. */
export function* packItems(
  items: readonly PlannedItem[],
  bounds: Partial<ChunkBounds> = {},
): Generator<Chunk> {
  const all = { ...usualChunk, ...bounds };
  for (let first = 0; first < items.length;) {
    const chunk = chunkFrom(items, first, all);
    yield chunk;
    first += chunk.count;
  }
}

/** No chunk of ours comes near it. */
const mostUnpackedBytes = 64_000_000;

/** The items of a chunk. @throws Error, ZodError when it is none */
export const unpackItems = (text: string): PlannedItem[] => {
  const raw = inflateSync(Buffer.from(text, "base64"), { maxOutputLength: mostUnpackedBytes });
  const { shared, items } = packedSchema.parse(JSON.parse(raw.toString("utf8")));
  for (const item of items) item.input = { ...shared, ...item.input };
  return items;
};
