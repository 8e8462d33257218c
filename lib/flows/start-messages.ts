import * as z from "zod";
import { operationMessageSchema } from "../../events/operation-request.ts";
import { startFromHookSchema } from "../../events/start-from-hook.ts";
import { startOperationSchema } from "../../events/start-operation.ts";
import { secretReferenceSchema } from "../connection.ts";
import type { Operation } from "../operation/operation.ts";
import { readBy } from "./faults.ts";
import { startHookWork } from "./hook-work.ts";
import { inParallel } from "./in-parallel.ts";
import { invalid, notFound, RequestRefused } from "./request-refused.ts";
import { strictFaultsOf } from "../operation/strict-json.ts";
import { acceptToStart, afterStarts, startOperation } from "./start-operations.ts";
import type { Turn } from "./turn.ts";

/** One message of the provisioning queue. */
export interface QueueMessage {
  readonly id: string;
  readonly body: string;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
}

/** A message that was not worked off, and why; it comes again, and ends among the dead letters. */
export interface MessageFailure {
  readonly id: string;
  readonly reason: string;
}

const isReference = (text: string): boolean => secretReferenceSchema.safeParse(text).success;

const jsonOf = (message: QueueMessage): unknown => {
  try {
    return JSON.parse(message.body);
  } catch (error) {
    throw new RequestRefused({
      status: 400,
      code: "INVALID_JSON",
      title: "The message is not JSON",
      detail: "The body of the message is not JSON.",
      cause: error,
    });
  }
};

/** The body, held to the same as a body over HTTP: what is hidden in it (a name twice, NUL) is refused. */
const bodyOf = (message: QueueMessage): unknown => {
  const value = jsonOf(message);
  const { faults } = strictFaultsOf(message.body);
  if (faults.length > 0) throw invalid(faults);
  return value;
};

const isStart = z.object({ operation_id: z.unknown() });
const isHookWork = z.object({ hook: z.unknown() });

const started = async (message: QueueMessage, turn: Turn): Promise<readonly Operation[]> => {
  const body = bodyOf(message);
  if (isHookWork.safeParse(body).success) {
    const work = readBy(startFromHookSchema, body);
    if (work.faults !== null) throw invalid(work.faults);
    return startHookWork(work.value, turn);
  }
  if (isStart.safeParse(body).success) {
    const start = readBy(startOperationSchema, body);
    if (start.faults !== null) throw invalid(start.faults);
    const operation = await turn.ports.operations.load(start.value.operation_id);
    if (operation === null) throw notFound(`Operation ${start.value.operation_id}`);
    return [await startOperation(operation, turn)];
  }
  const read = readBy(operationMessageSchema, body);
  if (read.faults !== null) throw invalid(read.faults);
  const { idempotency_key: key, ...request } = read.value;
  return [await acceptToStart(request, key, turn)];
};

/** A message that was received this often and still fails is set aside with its reason, before the queue does it without. */
const patience = 4;

/** Fields in which a secret may stand that nobody should have written there. */
const secretField = /password|secret|token/i;

/** Whether a field's value is or may hold a secret: a list of passwords, an object around one. */
const holdsSecret = (part: unknown): boolean =>
  typeof part === "string" ? !isReference(part) : typeof part === "object" && part !== null;

/** The message as it is kept: a secret that was refused is not stored among the dead letters either. */
const keptBody = ({ body }: QueueMessage): string => {
  try {
    const value: unknown = JSON.parse(body);
    const kept = JSON.stringify(value, (name, part: unknown) =>
      secretField.test(name) && holdsSecret(part) ? "[removed]" : part,
    );
    return kept.includes("[removed]") ? kept : body;
  } catch {
    return body;
  }
};

/** What can't be mended by trying again goes among the dead letters at once, with the reason. */
const setAside = async (
  message: QueueMessage,
  error: unknown,
  turn: Turn,
): Promise<MessageFailure | null> => {
  const reason = error instanceof Error ? error.message : "unknown fault";
  turn.ports.log.error("a message was not worked off", { error: reason, count: message.receiveCount });
  // What may pass later (so many creates a minute, a stop) comes again too, until it has come often enough.
  const mayPass =
    !(error instanceof RequestRefused) || error.status >= 500 || error.retryAfterSeconds !== null;
  if (mayPass && message.receiveCount < patience) return { id: message.id, reason };
  try {
    await turn.ports.queue.setAside(keptBody(message), reason);
    return null;
  } catch (failure) {
    // Then the queue itself sets it aside when its count is full.
    const why = failure instanceof Error ? failure.message : "unknown fault";
    turn.ports.log.error("a message could not be set aside", { error: why });
    return { id: message.id, reason };
  }
};

/**
 * Works off a batch of the provisioning queue, each message by itself: one that is bad or unlucky never holds up or
 * drops another. Says which messages failed and have to come again.
 */
export const startMessages = async (
  messages: readonly QueueMessage[],
  turn: Turn,
): Promise<readonly MessageFailure[]> => {
  const operations: Operation[] = [];
  const failures = await inParallel(messages, messages.length, async (message) => {
    try {
      operations.push(...(await started(message, turn)));
      return null;
    } catch (error) {
      return setAside(message, error, turn);
    }
  });
  await afterStarts(operations, turn);
  return failures.filter((failure) => failure !== null);
};
