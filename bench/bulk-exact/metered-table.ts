import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { tableDefinition } from "../../lib/aws/table-definition.ts";
import { holds, type Words } from "./condition.ts";
import { attributeSchema, bytesOfItem, indexWrites, type Item, textOf, writeUnits } from "./table-units.ts";

/** What writes of one kind came to. `units`: of rows; `refused`: writes whose condition did not hold, and their units. */
export interface WriteCounts {
  rows: number;
  units: number;
  indexes: number;
  refused: number;
}

const itemSchema = z.record(z.string(), attributeSchema);
const wordsSchema = {
  ExpressionAttributeNames: z.record(z.string(), z.string()).default({}),
  ExpressionAttributeValues: itemSchema.default({}),
};
const conditional = { ...wordsSchema, ConditionExpression: z.string().optional() };
const putSchema = z.object({ Item: itemSchema, ...conditional });
const deleteSchema = z.object({ Key: itemSchema, ...conditional });
const getSchema = z.object({ Key: itemSchema });
const batchSchema = z.object({ RequestItems: z.record(z.string(), z.object({ Keys: z.array(itemSchema) })) });
const querySchema = z.object({
  ...wordsSchema,
  IndexName: z.string().optional(),
  KeyConditionExpression: z.string(),
  ScanIndexForward: z.boolean().default(true),
  Limit: z.number().optional(),
  ExclusiveStartKey: itemSchema.optional(),
});
type Query = z.infer<typeof querySchema>;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}
const refusedAnswer: Answer = {
  status: 400,
  body: {
    __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
    message: "The conditional request failed",
  },
};

const indexKeys = new Map<string, readonly [string, string]>(
  tableDefinition.GlobalSecondaryIndexes.map(({ IndexName: name, KeySchema: [hash, range] }) => [
    name,
    [hash?.AttributeName ?? "", range?.AttributeName ?? ""],
  ]),
);
const tableKeys = ["pk", "sk"] as const;

const keyOf = (item: Item): string => `${textOf(item["pk"])}\n${textOf(item["sk"])}`;

const wordsOf = (asked: {
  ExpressionAttributeNames: Words["names"];
  ExpressionAttributeValues: Words["values"];
}) => ({
  names: asked.ExpressionAttributeNames,
  values: asked.ExpressionAttributeValues,
});

const compare = (one: Item, other: Item, range: string): number => {
  const [left, right] = [one[range], other[range]];
  if (left !== undefined && "N" in left && right !== undefined && "N" in right)
    return Number(left.N) - Number(right.N);
  return Buffer.compare(Buffer.from(textOf(left) ?? ""), Buffer.from(textOf(right) ?? ""));
};

/** Items of one partition, kept in order lazily. */
type Partition = Map<string, Item>;

/**
 * A table in memory behind the AWS client's own serialization. Counts what DynamoDB would bill: row writes by size, and
 * the writes of both indexes. `kindOf` sorts writes by their partition key.
 */
export class MeteredTable {
  readonly client: DynamoDBDocumentClient;
  readonly counts = new Map<string, WriteCounts>();
  /** Requests that read, by what they read. */
  readonly reads = new Map<string, number>();
  /** Sizes of rows that were written, by kind: the largest. */
  readonly largest = new Map<string, number>();
  readonly #items = new Map<string, Item>();
  /** By index name ("" for the table itself), by hash key. */
  readonly #partitions = new Map<string, Map<string, Partition>>();
  readonly #kindOf: (pk: string) => string;

  /**
   * @param answerLater takes the time of a request and does its work in the middle of it
   * @param atOnce what takes no virtual time, although the AWS client may wait for something in it
   */
  constructor(
    kindOf: (pk: string) => string,
    answerLater: <T>(work: () => T) => Promise<T>,
    atOnce: { readonly begin: () => void; readonly end: () => void },
  ) {
    this.#kindOf = kindOf;
    const handle = async (request: { headers: Record<string, string>; body?: unknown }) => {
      const action = (request.headers["x-amz-target"] ?? "").replace(/^.*\./, "");
      // What the client makes of a body that is looked at as a whole is a text, and it warns of that.
      const { buffer, byteOffset, byteLength } = z.instanceof(Uint8Array).parse(request.body);
      const asked: unknown = JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString("utf8"));
      atOnce.end();
      const { status, body } = await answerLater(() => this.#answer(action, asked));
      atOnce.begin();
      const headers = { "content-type": "application/x-amz-json-1.0" };
      return { response: { statusCode: status, headers, body: Buffer.from(JSON.stringify(body)) } };
    };
    const credentials = { accessKeyId: "none", secretAccessKey: "none" };
    const plain = new DynamoDBClient({ region: "none", credentials, requestHandler: { handle } });
    plain.middlewareStack.add(
      (next) => async (args) => {
        atOnce.begin();
        try {
          return await next(args);
        } finally {
          atOnce.end();
        }
      },
      { step: "initialize" },
    );
    this.client = DynamoDBDocumentClient.from(plain, { marshallOptions: { removeUndefinedValues: true } });
  }

  #answer(action: string, asked: unknown): Answer {
    switch (action) {
      case "PutItem":
        return this.#put(putSchema.parse(asked));
      case "DeleteItem":
        return this.#delete(deleteSchema.parse(asked));
      case "GetItem":
        return this.#get(getSchema.parse(asked).Key);
      case "BatchGetItem":
        return this.#getMany(batchSchema.parse(asked).RequestItems);
      case "Query":
        return this.#query(querySchema.parse(asked));
      default:
        throw new Error(`The metered table has no ${action}.`);
    }
  }

  #put(asked: z.infer<typeof putSchema>): Answer {
    const { Item: item } = asked;
    return this.#write(item, item, asked);
  }

  #delete(asked: z.infer<typeof deleteSchema>): Answer {
    return this.#write(asked.Key, null, asked);
  }

  #write(
    key: Item,
    after: Item | null,
    asked: z.infer<typeof putSchema> | z.infer<typeof deleteSchema>,
  ): Answer {
    const before = this.#items.get(keyOf(key)) ?? null;
    const kind = this.#kindOf(textOf(key["pk"]) ?? "");
    const counts = this.counts.get(kind) ?? { rows: 0, units: 0, indexes: 0, refused: 0 };
    this.counts.set(kind, counts);
    const { ConditionExpression: condition } = asked;
    if (condition !== undefined && !holds(condition, before, wordsOf(asked))) {
      counts.refused += writeUnits(before, null);
      return refusedAnswer;
    }
    counts.rows += 1;
    counts.units += writeUnits(before, after);
    for (const keys of indexKeys.values()) counts.indexes += indexWrites(before, after, keys);
    if (after !== null) this.largest.set(kind, Math.max(this.largest.get(kind) ?? 0, bytesOfItem(after)));
    this.#replace(keyOf(key), before, after);
    return { status: 200, body: {} };
  }

  #replace(key: string, before: Item | null, after: Item | null): void {
    if (after === null) this.#items.delete(key);
    else this.#items.set(key, after);
    for (const [index, [hash]] of [["", tableKeys] as const, ...indexKeys]) {
      const was = textOf(before?.[hash]);
      const is = textOf(after?.[hash]);
      if (was !== null && was !== is) this.#partition(index, was).delete(key);
      if (is !== null && after !== null) this.#partition(index, is).set(key, after);
    }
  }

  #partition(index: string, hash: string): Partition {
    const all = this.#partitions.get(index) ?? new Map<string, Partition>();
    this.#partitions.set(index, all);
    const found = all.get(hash) ?? new Map<string, Item>();
    all.set(hash, found);
    return found;
  }

  #noteRead(kind: string): void {
    this.reads.set(kind, (this.reads.get(kind) ?? 0) + 1);
  }

  #get(key: Item): Answer {
    this.#noteRead(this.#kindOf(textOf(key["pk"]) ?? ""));
    const item = this.#items.get(keyOf(key));
    return { status: 200, body: item === undefined ? {} : { Item: item } };
  }

  #getMany(asked: z.infer<typeof batchSchema>["RequestItems"]): Answer {
    this.#noteRead("many");
    const found = Object.entries(asked).map(([table, { Keys: keys }]) => [
      table,
      keys.map((key) => this.#items.get(keyOf(key))).filter((item) => item !== undefined),
    ]);
    return { status: 200, body: { Responses: Object.fromEntries(found), UnprocessedKeys: {} } };
  }

  #query(asked: Query): Answer {
    const index = asked.IndexName ?? "";
    const [hash, range] = indexKeys.get(index) ?? tableKeys;
    const words = wordsOf(asked);
    const hashWord = new RegExp(`^${hash} = (:\\w+)`).exec(asked.KeyConditionExpression)?.[1] ?? "";
    const partition = this.#partition(index, textOf(words.values[hashWord]) ?? "");
    this.#noteRead(
      index === "" ? `query ${this.#kindOf(textOf(words.values[hashWord]) ?? "")}` : `index ${index}`,
    );
    const direction = asked.ScanIndexForward ? 1 : -1;
    const sorted = [...partition.values()]
      .filter((item) => item[range] !== undefined && holds(asked.KeyConditionExpression, item, words))
      .toSorted(
        (one, other) => direction * (compare(one, other, range) || (keyOf(one) < keyOf(other) ? -1 : 1)),
      );
    const start = asked.ExclusiveStartKey;
    const from = start === undefined ? 0 : sorted.findIndex((item) => keyOf(item) === keyOf(start)) + 1;
    const limit = asked.Limit ?? sorted.length;
    const items = sorted.slice(from, from + limit);
    const last = items.at(-1);
    const isMore = from + limit < sorted.length && last !== undefined;
    const next = isMore
      ? { LastEvaluatedKey: { pk: last["pk"], sk: last["sk"], [hash]: last[hash], [range]: last[range] } }
      : {};
    return { status: 200, body: { Items: items, ...next } };
  }
}
