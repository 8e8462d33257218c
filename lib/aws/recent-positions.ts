import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { ListPosition } from "../ports/operation-store.ts";
import type { TableAccess } from "./batch-get.ts";
import { type Recent, type RecentReader, RollReader } from "./operation-rolls.ts";
import { idOf, listKey } from "./stored-row.ts";
import { recentIndex } from "./table-definition.ts";

const positionAt = (key: string, id: string): ListPosition => ({
  createdAt: key.slice(0, -id.length - 1),
  id,
});

/** Which positions: of rows under the prefix, in the shards, behind `after`. */
interface Asked {
  readonly prefix: string;
  readonly shards: readonly string[];
  readonly after: ListPosition | null;
  readonly batchSize: number;
  /** Whether rows may be named in rolls instead of having an entry each. */
  readonly isEnrolled: boolean;
}

const indexRowSchema = z.object({ pk: z.string(), list_key: z.string() });

/** One shard of the index, newest first, read page by page as it is used up. */
class ShardReader implements RecentReader {
  readonly #access: TableAccess;
  readonly #shard: string;
  readonly #asked: Asked;
  #below: string | null;
  #buffer: Recent[] = [];
  #atEnd = false;

  constructor(access: TableAccess, shard: string, asked: Asked) {
    this.#access = access;
    this.#shard = shard;
    this.#asked = asked;
    this.#below = asked.after === null ? null : listKey(asked.after);
  }

  async head(): Promise<Recent | null> {
    while (this.#buffer.length === 0 && !this.#atEnd) await this.#fetch();
    return this.#buffer[0] ?? null;
  }

  take(): void {
    this.#buffer.shift();
  }

  async #fetch(): Promise<void> {
    const below = this.#below;
    const answer = await this.#access.client.send(
      new QueryCommand({
        TableName: this.#access.table,
        IndexName: recentIndex,
        KeyConditionExpression:
          below === null ? "list_shard = :shard" : "list_shard = :shard AND list_key < :below",
        ExpressionAttributeValues: {
          ":shard": this.#shard,
          ...(below === null ? {} : { ":below": below }),
        },
        ScanIndexForward: false,
        Limit: this.#asked.batchSize,
      }),
    );
    const rows = z.array(indexRowSchema).parse(answer.Items ?? []);
    this.#buffer = rows.map(({ pk, list_key: key }) => ({
      position: positionAt(key, idOf(this.#asked, pk)),
      key,
    }));
    this.#below = this.#buffer.at(-1)?.key ?? below;
    this.#atEnd = answer.LastEvaluatedKey === undefined;
  }
}

/**
 * Positions of rows, newest first, in batches of at most `batchSize`. Going on is by key and not
 * by count, so rows that are added meanwhile (they are newer) neither shift nor repeat anything.
 */
export async function* recentPositions(
  access: TableAccess,
  asked: Asked,
): AsyncGenerator<readonly ListPosition[]> {
  const { shards, batchSize } = asked;
  const readers: RecentReader[] = shards.map((shard) => new ShardReader(access, shard, asked));
  if (asked.isEnrolled) readers.push(new RollReader(access, asked.after));
  let batch: ListPosition[] = [];
  let last = "";
  for (;;) {
    const heads = await Promise.all(readers.map(async (reader) => ({ reader, head: await reader.head() })));
    let newest: { reader: RecentReader; head: Recent } | null = null;
    for (const { reader, head } of heads) {
      if (head !== null && (newest === null || head.key > newest.head.key)) newest = { reader, head };
    }
    if (newest === null) break;
    newest.reader.take();
    // A row that was named in a roll and has an entry of its own since.
    if (newest.head.key === last) continue;
    last = newest.head.key;
    batch.push(newest.head.position);
    if (batch.length === batchSize) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
