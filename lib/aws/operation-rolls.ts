import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { retentionSeconds } from "../operation/bounds.ts";
import type { ListPosition } from "../ports/operation-store.ts";
import { batchGet, type TableAccess } from "./batch-get.ts";
import { isFree, putIf } from "./conditional-put.ts";
import { packText, unpackText } from "./packed-text.ts";
import { listKey } from "./stored-row.ts";
import { expiryAttribute, recentIndex } from "./table-definition.ts";
import { parseRow } from "./unreadable-row.ts";

/** Where rolls stand in the index by age. */
const rollShard = "ROLL";
const sk = "ROLL";
/** Operations that one roll names: about 17 KB. */
const mostNamed = 1000;
/** Rolls that are read at once. */
const rollsAtOnce = 4;
/** A roll is kept for as long as a row may be that ends so many days after it was put. */
const keptSeconds = 60 * 86_400 + retentionSeconds;

/** A place in the list by age, and the text by which places compare. */
export interface Recent {
  readonly position: ListPosition;
  readonly key: string;
}

/** A part of the list by age, newest first. */
export interface RecentReader {
  /** The newest that was not taken yet; null at the end. */
  head(): Promise<Recent | null>;
  take(): void;
}

/** Behind all operations of its instant: `~` comes after every character of an id. */
const rollKey = (createdAt: string, token: string): string => `${createdAt}#~${token}`;
const instantOf = (key: string): string => key.slice(0, key.indexOf("#"));

/** Names operations of one `created_at` that are about to be put, under one entry of the index for all of them. */
export const putRoll = async (
  access: TableAccess,
  ids: readonly string[],
  createdAt: string,
): Promise<void> => {
  for (let from = 0; from < ids.length; from += mostNamed) {
    const token = access.randomness.token();
    const row = {
      pk: `ROLL#${createdAt}#${token}`,
      sk,
      ids: packText(JSON.stringify(ids.slice(from, from + mostNamed))),
      list_shard: rollShard,
      list_key: rollKey(createdAt, token),
      [expiryAttribute]: Math.floor(Date.parse(createdAt) / 1000) + keptSeconds,
    };
    await putIf(access, row, isFree(access));
  }
};

const entrySchema = z.object({ pk: z.string(), list_key: z.string() });
const rollSchema = z.object({ list_key: z.string(), ids: z.unknown() });
const idsSchema = z.array(z.string());

const namedIn = (item: Record<string, unknown>): readonly Recent[] => {
  const key = String(item["pk"]);
  const roll = parseRow(key, rollSchema, () => item);
  const createdAt = instantOf(roll.list_key);
  return parseRow(key, idsSchema, () => JSON.parse(unpackText(roll.ids))).map((id) => {
    const position = { createdAt, id };
    return { position, key: listKey(position) };
  });
};

const newestFirst = (one: Recent, other: Recent): number => (one.key < other.key ? 1 : -1);

/** What is named in rolls, newest first. */
export class RollReader implements RecentReader {
  readonly #access: TableAccess;
  readonly #after: ListPosition | null;
  #start: Record<string, unknown> | undefined;
  #ready: Recent[] = [];
  /** Of the instant of the last roll that was read: another roll may be of the same. */
  #held: readonly Recent[] = [];
  #atEnd = false;

  constructor(access: TableAccess, after: ListPosition | null) {
    this.#access = access;
    this.#after = after;
  }

  async head(): Promise<Recent | null> {
    while (this.#ready.length === 0 && !this.#atEnd) await this.#fetch();
    return this.#ready[0] ?? null;
  }

  take(): void {
    this.#ready.shift();
  }

  async #fetch(): Promise<void> {
    const entries = await this.#entries();
    const keys = entries.map(({ pk }) => ({ pk, sk }));
    const named = (await batchGet(this.#access, keys)).flatMap(namedIn);
    const below = this.#after === null ? null : listKey(this.#after);
    const sorted = [...this.#held, ...named.filter(({ key }) => below === null || key < below)].toSorted(
      newestFirst,
    );
    const last = entries.at(-1);
    const isHeld = ({ position }: Recent): boolean =>
      !this.#atEnd && last !== undefined && position.createdAt <= instantOf(last.list_key);
    this.#held = sorted.filter((recent) => isHeld(recent));
    this.#ready = sorted.filter((recent) => !isHeld(recent));
  }

  async #entries(): Promise<readonly z.infer<typeof entrySchema>[]> {
    const below = this.#after === null ? null : rollKey(this.#after.createdAt, "~");
    const answer = await this.#access.client.send(
      new QueryCommand({
        TableName: this.#access.table,
        IndexName: recentIndex,
        KeyConditionExpression:
          below === null ? "list_shard = :shard" : "list_shard = :shard AND list_key < :below",
        ExpressionAttributeValues: {
          ":shard": rollShard,
          ...(below === null ? {} : { ":below": below }),
        },
        ScanIndexForward: false,
        Limit: rollsAtOnce,
        ExclusiveStartKey: this.#start,
      }),
    );
    this.#start = answer.LastEvaluatedKey;
    this.#atEnd = answer.LastEvaluatedKey === undefined;
    return z.array(entrySchema).parse(answer.Items ?? []);
  }
}
