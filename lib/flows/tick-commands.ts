import type { Connection } from "../connection.ts";
import { isDone, type Operation } from "../operation/operation.ts";
import { operationIdOf } from "../operation/operation-id.ts";
import { NotQueued } from "../ports/queue.ts";
import type { Inputs } from "../schedule/inputs.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { Command } from "../schedule/seen-server.ts";
import { operationFor, putOperation } from "./accept-operation.ts";
import { admitOperation } from "./admit-operation.ts";
import { inParallel } from "./in-parallel.ts";
import { RequestRefused } from "./request-refused.ts";
import { claimStop, snoozeOverride, StopSnoozed } from "./stop-claims.ts";
import type { TickPorts } from "./tick-ports.ts";

/** Rows that are put at the same time. */
const putsAtOnce = 20;

/** What became of a command: an operation, or why there is none. `mayPass`: later it may be taken. */
export type Sent =
  | { readonly operation: Operation }
  | { readonly refused: string; readonly mayPass: boolean };

/** The idempotency key of a command: whoever sends it again finds the same operation. */
const keyOf = ({ edge }: Pick<Command, "edge">, attempt: number): string =>
  ["schedule", edge, ...(attempt === 1 ? [] : [String(attempt)])].join("\n");

/** The operation that the first try of an edge's command makes. */
export const operationIdOfEdge = (edge: string, { deployment }: Pick<TickPorts, "deployment">): string =>
  operationIdOf(deployment, keyOf({ edge }, 1));

/** Tries that one edge's command may have. */
export const mostAttempts = 24;

/** Whether an operation is one that this edge has asked for, at whichever try. */
export const isOperationOfEdge = (
  operation: string,
  edge: string,
  { deployment }: Pick<TickPorts, "deployment">,
): boolean =>
  Array.from({ length: mostAttempts }, (_, index) => index + 1).some(
    (attempt) => operationIdOf(deployment, keyOf({ edge }, attempt)) === operation,
  );

const accepted = async (
  command: Command,
  connection: Connection,
  attempt: number,
  ports: TickPorts,
): Promise<Sent> => {
  const { kind, server, schedule, edge } = command;
  const request = { connection: connection.name, kind, resource: { type: "server", id: server } };
  const asker = { requestedBy: `schedule:${schedule}`, requestId: `edge_${edge}` };
  try {
    const asked = { ...operationFor(request, keyOf(command, attempt), ports, asker), schedule };
    await admitOperation(asked, ports);
    return { operation: (await putOperation(asked, ports)).operation };
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    return { refused: error.message, mayPass: error.retryAfterSeconds !== null || error.status >= 500 };
  }
};

/** Has those begun that nobody has begun; where the queue does not take one, the due index has it. */
const begin = async (operations: readonly Operation[], { queue, log }: TickPorts): Promise<void> => {
  const ids = operations.filter(({ state }) => state === "accepted").map(({ id }) => id);
  if (ids.length === 0) return;
  try {
    await queue.requestStarts(ids);
  } catch (error) {
    if (!(error instanceof NotQueued)) throw error;
    log.warn("the queue did not take all starts; the due index has them", {
      count: error.operationIds.length,
      error: error.message,
    });
  }
};

/**
 * The stops of these edges are ours from here on.
 * @returns instants of those that were snoozed, as is known, and are wanted all the same by something narrower
 * @throws StopSnoozed
 */
const claimStops = async (
  schedule: Schedule,
  commands: readonly Command[],
  { overrides }: Pick<Inputs, "overrides">,
  ports: TickPorts,
): Promise<ReadonlySet<number>> => {
  const snoozed = new Set<number>();
  const stops = commands.filter(({ action }) => action === "stop");
  for (const at of new Set(stops.map((command) => command.at))) {
    const { claim } = await claimStop(schedule, at, { by: "stop" }, ports);
    if (claim.by === "stop") continue;
    const { id } = await snoozeOverride(schedule, at, claim, ports);
    if (!overrides.some((one) => one.id === id)) throw new StopSnoozed(schedule.name, at);
    snoozed.add(at);
  }
  return snoozed;
};

const wasSnoozed: Sent = { refused: "somebody has snoozed this stop", mayPass: false };

/**
 * Makes an operation of each command, once however often it comes, and has all of them begun.
 * @param inputs what was decided by
 * @param attempt number of the try, where an earlier operation of the same edge has failed
 * @throws StopSnoozed before anything is sent
 */
export const sendCommands = async (
  schedule: Schedule,
  connection: Connection,
  commands: readonly Command[],
  inputs: Pick<Inputs, "overrides">,
  ports: TickPorts,
  attempt = 1,
): Promise<ReadonlyMap<string, Sent>> => {
  const snoozed = await claimStops(schedule, commands, inputs, ports);
  const sent = await inParallel(commands, putsAtOnce, async (command): Promise<readonly [string, Sent]> => {
    const isSnoozed = command.action === "stop" && snoozed.has(command.at);
    return [command.server, isSnoozed ? wasSnoozed : await accepted(command, connection, attempt, ports)];
  });
  await begin(
    sent.flatMap(([, one]) => ("operation" in one && !isDone(one.operation) ? [one.operation] : [])),
    ports,
  );
  return new Map(sent);
};
