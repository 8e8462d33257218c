import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { type Json, jsonSchema } from "../operation/json.ts";
import {
  BadDocumentName,
  canBeName,
  type Document,
  type DocumentPage,
  type Documents,
  documentText,
  type Folder,
  listedBehind,
} from "../ports/documents.ts";
import type { TableAccess } from "./batch-get.ts";
import { getRow, putIf, wasSeen } from "./conditional-put.ts";
import { isExpired } from "./stored-row.ts";
import { expiryAttribute } from "./table-definition.ts";
import { parseRow } from "./unreadable-row.ts";

const folderKey = (folder: Folder): string => `FOLDER#${folder}`;
const rowSchema = z.object({
  pk: z.string(),
  sk: z.string(),
  value: z.string(),
  version: z.number(),
  write_token: z.string(),
});

type Item = Record<string, unknown>;

/** Documents in DynamoDB: one item each below the partition of its folder, the value as JSON text. */
export class DynamoDocuments implements Documents {
  readonly #access: TableAccess;

  constructor(access: TableAccess) {
    this.#access = access;
  }

  async load(folder: Folder, name: string): Promise<Document | null> {
    const item = await this.#standing(folder, name);
    return item === null ? null : this.#read(item);
  }

  async save(
    folder: Folder,
    name: string,
    value: Json,
    seenVersion: number,
    expiresAtEpochSeconds?: number,
  ): Promise<boolean> {
    if (!canBeName(name)) throw new BadDocumentName(folder);
    const row = {
      pk: folderKey(folder),
      sk: name,
      value: documentText(folder, value),
      version: seenVersion + 1,
      [expiryAttribute]: expiresAtEpochSeconds,
    };
    return (await putIf(this.#access, row, wasSeen(this.#access, seenVersion))).written;
  }

  /** On condition of the write's token, so that the repeat of a removal whose reply was lost spares what came after it. */
  async remove(folder: Folder, name: string, seenVersion: number): Promise<boolean> {
    const item = await this.#standing(folder, name);
    if (item === null) return true;
    const {
      pk,
      sk,
      version,
      write_token: token,
    } = parseRow(`${folderKey(folder)} ${name}`, rowSchema, () => item);
    if (version !== seenVersion) return false;
    try {
      await this.#access.client.send(
        new DeleteCommand({
          TableName: this.#access.table,
          Key: { pk, sk },
          ConditionExpression: "attribute_not_exists(pk) OR write_token = :token",
          ExpressionAttributeValues: { ":token": token },
        }),
      );
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return false;
    }
  }

  async list(folder: Folder, after: string | null, limit: number): Promise<DocumentPage> {
    const behind = listedBehind(after);
    const documents: Document[] = [];
    let start: Item | undefined;
    do {
      const answer = await this.#access.client.send(
        new QueryCommand({
          TableName: this.#access.table,
          KeyConditionExpression: behind === null ? "pk = :folder" : "pk = :folder AND sk > :behind",
          ExpressionAttributeValues: {
            ":folder": folderKey(folder),
            ...(behind === null ? {} : { ":behind": behind }),
          },
          ConsistentRead: true,
          // One more than is given tells whether there is more.
          Limit: limit + 1 - documents.length,
          ExclusiveStartKey: start,
        }),
      );
      const kept = (answer.Items ?? []).filter((item) => !isExpired(item, this.#access.clock.now()));
      documents.push(...kept.map((item) => this.#read(item)));
      start = answer.LastEvaluatedKey;
    } while (start !== undefined && documents.length <= limit);
    const given = documents.slice(0, limit);
    return { documents: given, next: documents.length > limit ? (given.at(-1)?.name ?? null) : null };
  }

  async #standing(folder: Folder, name: string): Promise<Item | null> {
    if (!canBeName(name)) return null;
    const item = await getRow(this.#access, { pk: folderKey(folder), sk: name });
    return item === null || isExpired(item, this.#access.clock.now()) ? null : item;
  }

  /** @throws UnreadableRow */
  #read(item: Item): Document {
    const key = `${String(item["pk"])} ${String(item["sk"])}`;
    const { sk: name, version, value } = parseRow(key, rowSchema, () => item);
    return { name, version, value: parseRow(key, jsonSchema, () => JSON.parse(value)) };
  }
}
