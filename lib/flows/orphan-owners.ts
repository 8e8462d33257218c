import type { Connection } from "../connection.ts";
import { serverSubject } from "../operation/announce.ts";
import { horizonSeconds } from "../operation/bounds.ts";
import { makerIn, type Marked } from "../operation/marked.ts";
import { isDone } from "../operation/operation.ts";
import { judgeMarked, type Judgement } from "../operation/orphan.ts";
import type { Ports } from "../ports/ports.ts";
import { inParallel } from "./in-parallel.ts";

type OwnerPorts = Pick<Ports, "operations" | "cells" | "clock" | "deployment">;

/** Rows that one query of the due index gives. */
const batch = 5000;
/** Cells that are read at the same time. */
const width = 10;
/** Open operations are due within a day at the latest. */
const dayMilliseconds = 86_400_000;

/** A thing, whom its marker names, and what that makes of it. */
export interface Judged {
  readonly thing: Marked;
  /** Null: its tags name nobody beyond doubt. */
  readonly by: string | null;
  readonly judgement: Judgement;
}

/** What the connection assumes of its provider, as a horizon in seconds. */
export const horizonOf = ({ assume }: Connection): number =>
  horizonSeconds({ landsWithin: assume.lands_within_seconds, listedWithin: assume.listed_within_seconds });

/**
 * Ids that an open operation is about to work on. The index may lag: whoever deletes asks shortly before. Null: there
 * are more operations under way than one query gives, so nobody can tell.
 */
const inHand = async ({ operations, clock }: OwnerPorts): Promise<ReadonlySet<string> | null> => {
  const due = await operations.due(clock.now() + dayMilliseconds, batch);
  if (due.length >= batch) return null;
  const rows = await operations.loadMany(due.map(({ id }) => id));
  return new Set(rows.flatMap((row) => (isDone(row) || row.resource === null ? [] : [row.resource.id])));
};

/** Whether another operation has ever announced anything of the thing: the cell that numbers its events tells. */
const wasAnnounced = async (
  { resource }: Marked,
  { name }: Connection,
  { cells }: OwnerPorts,
): Promise<boolean> => (await cells.load(`sequence:${serverSubject(name, resource.id)}`)) !== null;

/** Of each of the things, whether another operation works on it, or has; null where nobody can tell. */
const workedOn = async (
  things: readonly Marked[],
  connection: Connection,
  ports: OwnerPorts,
): Promise<ReadonlyMap<Marked, boolean | null>> => {
  if (things.length === 0) return new Map();
  const held = await inHand(ports);
  const answers = await inParallel(things, width, async (thing): Promise<[Marked, boolean | null]> => {
    const isSo = held?.has(thing.resource.id) === true || (await wasAnnounced(thing, connection, ports));
    return [thing, isSo || (held === null ? null : false)];
  });
  return new Map(answers);
};

/**
 * Judges things by the operations that their markers name, as these stand now (consistent reads): so the things must
 * have been seen before that.
 */
export const judgeAll = async (
  things: readonly Marked[],
  connection: Connection,
  ports: OwnerPorts,
): Promise<readonly Judged[]> => {
  const { deployment, clock, operations } = ports;
  const makers = new Map(things.map((thing) => [thing, makerIn(thing.tags, deployment)]));
  const ids = [...new Set(makers.values())].filter((id) => id !== null);
  const rows = ids.length === 0 ? [] : await operations.loadMany(ids);
  const byId = new Map(rows.map((operation) => [operation.id, operation]));
  const judge = (thing: Marked, isWorkedOn: boolean | null): Judged => {
    const by = makers.get(thing) ?? null;
    const operation = by === null ? null : (byId.get(by) ?? null);
    const judgement = judgeMarked({
      thing,
      deployment,
      connection: connection.name,
      operation,
      isWorkedOn,
      now: clock.now(),
      horizonSeconds: horizonOf(connection),
    });
    return { thing, by, judgement };
  };
  const first = things.map((thing) => judge(thing, false));
  // Only few get this far, so only they cost more reads.
  const suspects = first.filter(({ judgement }) => judgement.is === "orphan").map(({ thing }) => thing);
  const worked = await workedOn(suspects, connection, ports);
  return first.map((judged) => {
    const isWorkedOn = worked.get(judged.thing) ?? null;
    return worked.has(judged.thing) && isWorkedOn !== false ? judge(judged.thing, isWorkedOn) : judged;
  });
};
