import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { GetCommand, PutCommand, type PutCommandInput } from "@aws-sdk/lib-dynamodb";
import type { TableAccess } from "./batch-get.ts";
import { expiryAttribute } from "./table-definition.ts";

/** A flat item with its key; `undefined` attributes are left out. */
export interface Row {
  readonly pk: string;
  readonly sk: string;
  readonly [attribute: string]: string | number | Uint8Array | undefined;
}

export type Condition = Required<Pick<PutCommandInput, "ConditionExpression">> &
  Pick<PutCommandInput, "ExpressionAttributeNames" | "ExpressionAttributeValues">;

export type PutOutcome =
  | { readonly written: true }
  /** `standing` is the row that stood there when it was read back; null when it was gone by then. */
  | { readonly written: false; readonly standing: Record<string, unknown> | null };

/** There is no row, or its time is over. */
export const isFree = ({ clock }: TableAccess): Condition => ({
  ConditionExpression: "attribute_not_exists(pk) OR #expiry <= :now",
  ExpressionAttributeNames: { "#expiry": expiryAttribute },
  ExpressionAttributeValues: { ":now": Math.floor(clock.now() / 1000) },
});

/** The row has this version, and its time is not over. */
export const hasVersion = ({ clock }: TableAccess, version: number): Condition => ({
  ConditionExpression: "#version = :version AND (attribute_not_exists(#expiry) OR #expiry > :now)",
  ExpressionAttributeNames: { "#version": "version", "#expiry": expiryAttribute },
  ExpressionAttributeValues: { ":version": version, ":now": Math.floor(clock.now() / 1000) },
});

/** The version is the one that was seen; 0: there was no row. */
export const wasSeen = (access: TableAccess, version: number): Condition =>
  version === 0 ? isFree(access) : hasVersion(access, version);

/** Consistent read of one row. */
export const getRow = async (
  { client, table }: TableAccess,
  key: { readonly pk: string; readonly sk: string },
): Promise<Record<string, unknown> | null> => {
  const { pk, sk } = key;
  const answer = await client.send(
    new GetCommand({ TableName: table, Key: { pk, sk }, ConsistentRead: true }),
  );
  return answer.Item ?? null;
};

/**
 * Puts the row if the condition holds. Each put carries a random `write_token`: when the reply of our own put was
 * lost and its repeat is refused, the row that stands bears our token, and the put counts as written. (If somebody
 * has written over it since, it counts as refused: the caller then reads the row anew and decides again.)
 */
export const putIf = async (access: TableAccess, row: Row, condition: Condition): Promise<PutOutcome> => {
  const token = access.randomness.token();
  try {
    await access.client.send(
      new PutCommand({ TableName: access.table, Item: { ...row, write_token: token }, ...condition }),
    );
    return { written: true };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
  const standing = await getRow(access, row);
  if (standing?.["write_token"] === token) return { written: true };
  return { written: false, standing };
};
