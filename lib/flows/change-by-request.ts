import type { Fact } from "../operation/fact.ts";
import type { Operation } from "../operation/operation.ts";
import type { Ports } from "../ports/ports.ts";
import { applyFact, OvertakenByAnother } from "./change-operation.ts";
import { notFound, RequestRefused } from "./request-refused.ts";

export type RequestPorts = Pick<Ports, "operations" | "cells" | "clock" | "log" | "queue">;

/** How often a row that others write at the same time is read again. */
const attempts = 5;

const tooBusy = (id: string, cause: OvertakenByAnother): RequestRefused =>
  new RequestRefused({
    status: 409,
    code: "BEING_CHANGED",
    title: "The operation is being changed",
    detail: `Others write operation ${id} at the same time. Ask again.`,
    retryAfterSeconds: 1,
    cause,
  });

/** The change is saved, and the due index has its events; a lost wake only means that they are told a little later. */
const wake = async (id: string, { queue, log }: RequestPorts): Promise<void> => {
  try {
    await queue.wakeFollower();
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown fault";
    log.warn("the follower was not woken; its next tick finds the operation", {
      operation_id: id,
      error: why,
    });
  }
};

/**
 * Applies what a person asks for to an operation and has its events told at once. When a worker writes the row in
 * between, it is read and judged anew.
 * @param factFor the fact for the operation as it stands; null: it is as asked already; throws RequestRefused if it can't be
 * @throws RequestRefused 404 when there is no such operation, 409 when it can't be changed now
 */
export const changeByRequest = async (
  id: string,
  factFor: (operation: Operation) => Fact | null,
  ports: RequestPorts,
): Promise<Operation> => {
  for (let attempt = 1; ; attempt += 1) {
    const operation = await ports.operations.load(id);
    if (operation === null) throw notFound(`Operation ${id}`);
    const fact = factFor(operation);
    if (fact === null) return operation;
    try {
      const change = await applyFact(operation, fact, ports);
      await wake(id, ports);
      return change.operation;
    } catch (error) {
      if (!(error instanceof OvertakenByAnother)) throw error;
      if (attempt === attempts) throw tooBusy(id, error);
    }
  }
};
