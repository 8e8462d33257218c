import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { startFromHookText, type StartFromHook } from "../../events/start-from-hook.ts";
import type { StartOperation } from "../../events/start-operation.ts";
import type { WakeBulkRunner } from "../../events/wake-bulk-runner.ts";
import type { WakeDeliverer } from "../../events/wake-deliverer.ts";
import type { WakeFollower } from "../../events/wake-follower.ts";
import { NotQueued, type Queue } from "../ports/queue.ts";

/** What SQS takes in one SendMessageBatch. */
const messagesPerCall = 10;

export interface QueueUrls {
  /** Of the provisioning queue. */
  readonly start: string;
  /** Of the queue that wakes the follower. */
  readonly follow: string;
  /** Of the queue that wakes the deliverer. */
  readonly deliver: string;
  readonly bulk: string;
  /** Of the dead letters of the provisioning queue. */
  readonly deadLetters: string;
}

/** Which of one call's operations were not taken, and why. */
interface Failures {
  readonly ids: readonly string[];
  readonly cause: unknown;
}
/** The due index lags behind the table: whoever is woken at once might see nothing to do. */
const wakeDelaySeconds = 1;
const wakeMessage: WakeFollower = { v: 1 };

/** A text that SQS takes as an attribute: not empty, no control characters, at most 1,000 characters. */
const attributeText = (text: string): string =>
  text.replaceAll(/\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, " ").slice(0, 1_000) || "unknown";

/** Our queues in SQS: standard ones, messages that carry an id and a version. */
export class SqsQueue implements Queue {
  readonly #client: SQSClient;
  readonly #urls: QueueUrls;

  constructor(client: SQSClient, urls: QueueUrls) {
    this.#client = client;
    this.#urls = urls;
  }

  async requestStarts(operationIds: readonly string[]): Promise<void> {
    const calls: Promise<Failures>[] = [];
    for (let start = 0; start < operationIds.length; start += messagesPerCall) {
      calls.push(this.#sendSome(operationIds.slice(start, start + messagesPerCall)));
    }
    const failures = (await Promise.all(calls)).filter(({ ids }) => ids.length > 0);
    if (failures.length === 0) return;
    throw new NotQueued(
      failures.flatMap(({ ids }) => ids),
      { cause: failures[0]?.cause },
    );
  }

  async requestHookWork(work: StartFromHook): Promise<void> {
    try {
      await this.#client.send(
        new SendMessageCommand({ QueueUrl: this.#urls.start, MessageBody: startFromHookText(work) }),
      );
    } catch (cause) {
      throw new NotQueued([], { cause });
    }
  }

  async wakeFollower(): Promise<void> {
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.#urls.follow,
        MessageBody: JSON.stringify(wakeMessage),
        DelaySeconds: wakeDelaySeconds,
      }),
    );
  }

  async wakeDeliverer(): Promise<void> {
    const message: WakeDeliverer = { v: 1 };
    await this.#client.send(
      new SendMessageCommand({ QueueUrl: this.#urls.deliver, MessageBody: JSON.stringify(message) }),
    );
  }

  async wakeBulkRunner(): Promise<void> {
    const message: WakeBulkRunner = { v: 1 };
    await this.#client.send(
      new SendMessageCommand({ QueueUrl: this.#urls.bulk, MessageBody: JSON.stringify(message) }),
    );
  }

  async setAside(body: string, reason: string): Promise<void> {
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.#urls.deadLetters,
        MessageBody: body,
        MessageAttributes: { reason: { DataType: "String", StringValue: attributeText(reason) } },
      }),
    );
  }

  async #sendSome(ids: readonly string[]): Promise<Failures> {
    try {
      const answer = await this.#client.send(
        new SendMessageBatchCommand({
          QueueUrl: this.#urls.start,
          Entries: ids.map((id, index) => {
            const message: StartOperation = { v: 1, operation_id: id };
            return { Id: String(index), MessageBody: JSON.stringify(message) };
          }),
        }),
      );
      const taken = new Set((answer.Successful ?? []).map((entry) => entry.Id));
      return { ids: ids.filter((_, index) => !taken.has(String(index))), cause: answer.Failed?.[0] };
    } catch (cause) {
      return { ids, cause };
    }
  }
}
