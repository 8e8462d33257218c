import type { Fact } from "../operation/fact.ts";
import type { Change } from "../operation/forward.ts";
import type { Observation } from "../operation/observation.ts";
import { currentStep, type Operation } from "../operation/operation.ts";
import { transition } from "../operation/transition.ts";
import type { Ports } from "../ports/ports.ts";
import { reserveForCreation, reserveSequence } from "./reserve-sequence.ts";

type ChangePorts = Pick<Ports, "operations" | "cells" | "clock" | "log">;

/** Somebody else has written the row since it was read; whoever lost stops and leaves it to them. */
export class OvertakenByAnother extends Error {
  constructor(id: string) {
    super(`Operation ${id} was written by another worker.`);
    this.name = "OvertakenByAnother";
  }
}

const announcesServer = (before: Operation, after: Operation): boolean =>
  after.outbox.slice(before.outbox.length).some(({ subject }) => subject !== after.id);

/** Whether the marker is there for good. One in a name is not: the next update may give the server another name. */
const bears = (seen: Observation | null, id: string): boolean =>
  seen?.made_by === id && !(seen.name ?? "").includes(id);

/** Whether the server that the fact is about shows by its marker that this operation has made it. */
const isSigned = ({ id }: Operation, { resource }: Operation, fact: Fact): boolean => {
  if (fact.type === "answered" || fact.type === "seen") return bears(fact.observation, id);
  const matches = fact.type === "searched" ? fact.matches : [];
  return matches.some((match) => match.resource.id === resource?.id && bears(match.observation, id));
};

/** Whether a create has just taken a server as its own that nobody will know by its marker. */
const adoptsUnsigned = (before: Operation, after: Operation, fact: Fact): boolean =>
  currentStep(before)?.name === "create" && announcesServer(before, after) && !isSigned(before, after, fact);

/** Ends that stay as they are once their events are out: a person may still reopen the others. */
export const isFinal = ({ state }: Operation): boolean => state === "succeeded" || state === "failed";

/**
 * Applies a fact and saves the result if the change asks for it. The returned operation is what now stands, in memory
 * at least. `owed`: the follower's lease names this operation, should it end now.
 * @throws OvertakenByAnother when the row is not the one that was read
 */
export const applyFact = async (
  operation: Operation,
  fact: Fact,
  ports: ChangePorts,
  owed = false,
): Promise<Change> => {
  const now = ports.clock.now();
  let change = transition(operation, fact, now);
  if (operation.resource_sequence === null && announcesServer(operation, change.operation)) {
    const resource_sequence = await reserveSequence(operation, ports);
    change = transition({ ...operation, resource_sequence }, fact, now);
  }
  if (adoptsUnsigned(operation, change.operation, fact)) {
    const resource_sequence = await reserveForCreation(change.operation, ports);
    change = transition({ ...operation, resource_sequence }, fact, now);
  }
  if (!change.save) return change;
  const is_owed = operation.is_owed || (owed && isFinal(change.operation));
  const next: Operation = { ...change.operation, version: operation.version + 1, is_owed };
  const written = await ports.operations.replace(next, operation.version);
  if (written === "stale") throw new OvertakenByAnother(operation.id);
  ports.log.info(fact.type, {
    operation_id: next.id,
    kind: next.kind,
    connection: next.connection,
    state: next.state,
    why: change.why,
  });
  if (next.state === "needs_attention") ports.log.count("NeedsAttention", 1);
  return { ...change, operation: next };
};
