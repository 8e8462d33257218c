import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

/** A queue that feeds a function, by the rules of Lambda's event source mappings. */
export interface EventSourceOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  /** 1 to 10 messages an invocation. */
  readonly batchSize: number;
  /** Invocations at the same time. */
  readonly maximumConcurrency: number;
  /** ReportBatchItemFailures: the function says which messages failed. Without it, all or none. */
  readonly partialFailures: boolean;
  readonly invoke: (event: SqsEvent) => Promise<unknown>;
  /** Told of batches that failed, and of polls that did. Nothing is thrown at anybody. */
  readonly report: (message: string, error: unknown) => void;
  /** Seconds that an empty poll waits. Default 20. */
  readonly waitSeconds?: number;
}

/** One record of Lambda's SQS event. */
export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, { stringValue?: string; dataType: string }>>;
  readonly md5OfBody: string;
  readonly eventSource: "aws:sqs";
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}
export interface SqsEvent {
  readonly Records: readonly SqsRecord[];
}

const answerSchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })).nullish() })
  .nullish();

const toRecord = (message: Message, queueArn: string): SqsRecord => ({
  messageId: message.MessageId ?? "",
  receiptHandle: message.ReceiptHandle ?? "",
  body: message.Body ?? "",
  attributes: message.Attributes ?? {},
  messageAttributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue, DataType }]) => [
      name,
      { ...(StringValue === undefined ? {} : { stringValue: StringValue }), dataType: DataType ?? "String" },
    ]),
  ),
  md5OfBody: message.MD5OfBody ?? "",
  eventSource: "aws:sqs",
  eventSourceARN: queueArn,
  awsRegion: queueArn.split(":")[3] ?? "",
});

/**
 * Which messages an answer leaves in the queue. An answer without failures is a success of all; an answer that can't
 * be read, or that names a message which was not in the batch, fails all of them: nothing is lost by a typing error.
 */
export const failedOf = (
  answer: unknown,
  messageIds: readonly string[],
  partialFailures: boolean,
): ReadonlySet<string> => {
  if (!partialFailures) return new Set();
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) return new Set(messageIds);
  const failed = (parsed.data?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
  return failed.every((id) => messageIds.includes(id)) ? new Set(failed) : new Set(messageIds);
};

const receive = async (options: EventSourceOptions, signal: AbortSignal): Promise<readonly SqsRecord[]> => {
  const command = new ReceiveMessageCommand({
    QueueUrl: options.queueUrl,
    MaxNumberOfMessages: options.batchSize,
    WaitTimeSeconds: options.waitSeconds ?? 20,
    MessageSystemAttributeNames: ["All"],
    MessageAttributeNames: ["All"],
  });
  const requestTimeout = ((options.waitSeconds ?? 20) + 10) * 1000;
  const { Messages } = await options.client.send(command, { abortSignal: signal, requestTimeout });
  return (Messages ?? []).map((message) => toRecord(message, options.queueArn));
};

const remove = async (options: EventSourceOptions, records: readonly SqsRecord[]): Promise<void> => {
  if (records.length === 0) return;
  await options.client.send(
    new DeleteMessageBatchCommand({
      QueueUrl: options.queueUrl,
      Entries: records.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
      })),
    }),
  );
};

/** One invocation: what succeeded leaves the queue, the rest comes again when its visibility ends. */
const handle = async (options: EventSourceOptions, records: readonly SqsRecord[]): Promise<void> => {
  let failed: ReadonlySet<string>;
  const ids = records.map(({ messageId }) => messageId);
  try {
    failed = failedOf(await options.invoke({ Records: records }), ids, options.partialFailures);
  } catch (error) {
    options.report("a batch failed as a whole", error);
    return;
  }
  await remove(
    options,
    records.filter(({ messageId }) => !failed.has(messageId)),
  );
};

const poll = async (options: EventSourceOptions, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      const records = await receive(options, signal);
      if (records.length > 0) await handle(options, records);
    } catch (error) {
      if (signal.aborted) return;
      options.report("the queue could not be polled", error);
      await sleep(500);
    }
  }
};

/**
 * Polls the queue until stopped. Visibility, receive counts and dead letters are the queue's own business.
 * `stop` resolves when every invocation that had begun is over.
 */
export const startEventSource = (options: EventSourceOptions): { readonly stop: () => Promise<void> } => {
  const stopping = new AbortController();
  const pollers = Array.from({ length: options.maximumConcurrency }, () => poll(options, stopping.signal));
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(pollers);
    },
  };
};
