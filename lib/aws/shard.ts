const shardCount = 4;

/** The shards of each index, so that no single index key takes all writes. */
export const shards: readonly string[] = Array.from({ length: shardCount }, (_, shard) => String(shard));

/** The shard of an id, always the same (FNV-1a over its UTF-16 units, modulo the number of shards). */
export const shardOf = (id: string): string => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193) >>> 0;
  }
  return String(hash % shardCount);
};
