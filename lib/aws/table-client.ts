import type {
  BatchGetCommand,
  BatchGetCommandInput,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";

type Item = Record<string, unknown>;

/** What the table is asked with, and as far as we read it, what it answers: the SDK's own client, or a leaner one. */
export interface TableClient {
  send(command: PutCommand): Promise<unknown>;
  send(command: DeleteCommand): Promise<unknown>;
  send(command: GetCommand): Promise<{ readonly Item?: Item | undefined }>;
  send(command: QueryCommand): Promise<{
    readonly Items?: Item[] | undefined;
    readonly LastEvaluatedKey?: Item | undefined;
  }>;
  send(command: BatchGetCommand): Promise<{
    readonly Responses?: Readonly<Record<string, Item[]>> | undefined;
    readonly UnprocessedKeys?: BatchGetCommandInput["RequestItems"] | undefined;
  }>;
}
