import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";

/** Sparse index of what somebody has to take care of: `due_shard`, `due_at` (epoch milliseconds). */
export const dueIndex = "due";
/** Index of all operations by age: `list_shard`, `list_key` (created_at#id). */
export const recentIndex = "recent";
/** The attribute that DynamoDB's TTL reads (epoch seconds); rows may stay for days after it. */
export const expiryAttribute = "expires_at_epoch_seconds";

type Definition = Omit<CreateTableCommandInput, "TableName">;

/**
 * The one table. Indexes hold keys only: a row is always loaded, consistently, before anything is done with it, so
 * the index never has to be right, only to name the row. (TTL is set apart from CreateTable, on `expiryAttribute`.)
 */
export const tableDefinition = {
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
    { AttributeName: "due_shard", AttributeType: "S" },
    { AttributeName: "due_at", AttributeType: "N" },
    { AttributeName: "list_shard", AttributeType: "S" },
    { AttributeName: "list_key", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: dueIndex,
      KeySchema: [
        { AttributeName: "due_shard", KeyType: "HASH" },
        { AttributeName: "due_at", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "KEYS_ONLY" },
    },
    {
      IndexName: recentIndex,
      KeySchema: [
        { AttributeName: "list_shard", KeyType: "HASH" },
        { AttributeName: "list_key", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "KEYS_ONLY" },
    },
  ],
} satisfies Definition;
