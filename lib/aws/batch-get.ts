import { BatchGetCommand, type BatchGetCommandInput } from "@aws-sdk/lib-dynamodb";
import type { Clock } from "../ports/clock.ts";
import type { Randomness } from "../ports/randomness.ts";
import type { TableClient } from "./table-client.ts";

/** What DynamoDB takes in one BatchGetItem. */
const keysPerCall = 100;
/** Rounds in a row that may bring nothing before we give up. */
const emptyRoundLimit = 8;
const firstPause = 25;
const longestPause = 1_000;

export interface TableAccess {
  readonly client: TableClient;
  readonly table: string;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

interface Key {
  readonly pk: string;
  readonly sk: string;
}
type Item = Record<string, unknown>;

/** DynamoDB went on leaving keys unread (throttling, or rows too big for the answer). */
export class RowsUnread extends Error {
  constructor(count: number) {
    super(`${count} rows were still unread after ${emptyRoundLimit} rounds that brought nothing.`);
    this.name = "RowsUnread";
  }
}

const readSome = async (access: TableAccess, keys: readonly Key[]): Promise<Item[]> => {
  const { client, table, clock, randomness } = access;
  const found: Item[] = [];
  let request: NonNullable<BatchGetCommandInput["RequestItems"]> = {
    [table]: { Keys: [...keys], ConsistentRead: true },
  };
  for (let emptyRounds = 0; emptyRounds < emptyRoundLimit;) {
    const answer = await client.send(new BatchGetCommand({ RequestItems: request }));
    const items = answer.Responses?.[table] ?? [];
    found.push(...items);
    const left = answer.UnprocessedKeys ?? {};
    if ((left[table]?.Keys?.length ?? 0) === 0) return found;
    request = left;
    // An answer that was merely full says nothing about load: go on at once.
    if (items.length > 0) {
      emptyRounds = 0;
      continue;
    }
    emptyRounds += 1;
    await clock.sleep(randomness.fraction() * Math.min(longestPause, firstPause * 2 ** emptyRounds));
  }
  throw new RowsUnread(request[table]?.Keys?.length ?? 0);
};

/** Consistent reads of many rows, in chunks of what one call takes. Missing rows are left out. @throws RowsUnread */
export const batchGet = async (access: TableAccess, keys: readonly Key[]): Promise<readonly Item[]> => {
  const chunks: Promise<Item[]>[] = [];
  for (let start = 0; start < keys.length; start += keysPerCall) {
    chunks.push(readSome(access, keys.slice(start, start + keysPerCall)));
  }
  return (await Promise.all(chunks)).flat();
};
