import type { SwitchyardEvent } from "../../events/event.ts";
import type { Operation } from "../operation/operation.ts";
import { secondsBetween } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import { applyFact, OvertakenByAnother } from "./change-operation.ts";
import { inParallel } from "./in-parallel.ts";

type PublishPorts = Pick<Ports, "operations" | "cells" | "feed" | "bus" | "clock" | "log">;

/** Events older than this may have been appended by a worker that died before it could mark them. */
const freshSeconds = 10;
/** Rows that are marked at the same time. */
const marksAtOnce = 40;
/** Chunks of the feed that are read to find out. */
const chunksToCheck = 50;

/** Ids of those events that the feed holds already; only old ones are looked for. */
export const alreadyInFeed = async (
  events: readonly SwitchyardEvent[],
  ports: Pick<PublishPorts, "feed" | "clock">,
): Promise<ReadonlySet<string>> => {
  const old = events.filter(({ time }) => secondsBetween(time, ports.clock.now()) > freshSeconds);
  const [first] = old.map(({ time }) => Date.parse(time)).toSorted((a, b) => a - b);
  if (first === undefined) return new Set();
  const wanted = new Set(old.map(({ id }) => id));
  const found = new Set<string>();
  let position = await ports.feed.positionAt(first);
  for (let read = 0; read < chunksToCheck; read += 10) {
    const page = await ports.feed.read(position, 10);
    for (const { id } of page.events) if (wanted.has(id)) found.add(id);
    if (page.atEnd) break;
    position = page.position;
  }
  return found;
};

const mark = async (
  operation: Operation,
  ids: readonly string[],
  ports: PublishPorts,
): Promise<Operation | null> => {
  if (ids.length === 0) return operation;
  try {
    return (await applyFact(operation, { type: "published", ids }, ports)).operation;
  } catch (error) {
    // Somebody else has moved it on; the row they wrote says itself what is still to be published.
    if (error instanceof OvertakenByAnother) return null;
    throw error;
  }
};

/** Appends to the feed and hands to the bus. @returns ids of the events that the bus has taken */
const send = async (
  events: readonly SwitchyardEvent[],
  ports: PublishPorts,
  appended: Set<string>,
): Promise<readonly string[]> => {
  if (events.length === 0) return [];
  const unsure = events.filter(({ id }) => !appended.has(id));
  const known = await alreadyInFeed(unsure, ports);
  await ports.feed.append(unsure.filter(({ id }) => !known.has(id)));
  for (const { id } of unsure) appended.add(id);
  const refused = new Set(await ports.bus.publish(events));
  if (refused.size > 0) ports.log.warn("the bus did not take all events", { count: refused.size });
  return events.map(({ id }) => id).filter((id) => !refused.has(id));
};

/**
 * Publishes what stands in the outboxes, then marks it: never the other way round (R16). What the bus does not take
 * keeps its row due. Returns the operations as they stand then, without those that somebody else has moved on.
 * `appended`: what this process has put into the feed; `said`: what the bus has taken before.
 */
export const publishEvents = async (
  operations: readonly Operation[],
  ports: PublishPorts,
  appended: Set<string> = new Set(),
  said: ReadonlySet<string> = new Set(),
): Promise<readonly Operation[]> => {
  const events = operations.flatMap(({ outbox }) => outbox).filter(({ id }) => !said.has(id));
  const taken = new Set(await send(events, ports, appended));
  const marked = await inParallel(operations, marksAtOnce, (operation) => {
    const ids = operation.outbox.map(({ id }) => id).filter((id) => taken.has(id) || said.has(id));
    return mark(operation, ids, ports);
  });
  return marked.filter((operation) => operation !== null);
};
