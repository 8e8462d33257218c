import * as z from "zod";
import { serverSubject } from "../operation/announce.ts";
import { creates } from "../operation/kind.ts";
import { isDone, type Operation } from "../operation/operation.ts";
import type { Ports } from "../ports/ports.ts";
import { creatorOf } from "./creator-of.ts";

type ReservePorts = Pick<Ports, "operations" | "cells" | "clock">;

/** The last sequence given out under a server's subject, and to whom. */
const cellSchema = z.strictObject({ last: z.number().int().positive(), by: z.string() });

/** What the operation before used of the subject: a number that it reserved and never used is given out again. */
const usedBefore = async (
  held: z.infer<typeof cellSchema>,
  ports: Pick<Ports, "operations">,
): Promise<number> => {
  const holder = await ports.operations.load(held.by);
  const unused = holder !== null && isDone(holder) && (holder.resource_sequence ?? held.last - 1) < held.last;
  return unused ? held.last - 1 : held.last;
};

/** Events that the create of a server has said, or will say, under the server's subject. */
const saidAtCreation = async (
  createdBy: string | null,
  ports: Pick<Ports, "operations">,
): Promise<number> => {
  if (createdBy === null) return 0;
  const creator = await ports.operations.load(createdBy);
  // Its row is gone after a month: then it had said that the server was created, and most likely that it runs.
  if (creator === null) return 2;
  if (creator.state === "succeeded" || creator.state === "failed") return creator.resource_sequence ?? 0;
  return saysAtCreation(creator);
};

/** How many events a create says under its server's subject: that it was created, and that it runs where it is started. */
const saysAtCreation = ({ steps }: Operation): number => (steps.some(({ goal }) => goal === "on") ? 2 : 1);

/**
 * Whoever made the operation's server: its marker tells. Where none is seen the server may be anybody's, or a person has
 * taken our tags off: then our creates are looked through.
 */
const makerOf = (operation: Operation, ports: ReservePorts): Promise<string | null> | string | null => {
  if (operation.made_by === operation.id) return null;
  return operation.made_by ?? (creates(operation.kind) ? null : creatorOf(operation, ports));
};

/** Reserves so many numbers in a row, the same ones for the same operation. @returns the last one before them */
const reserve = async (operation: Operation, count: number, ports: ReservePorts): Promise<number> => {
  if (operation.resource === null) return 0;
  const key = `sequence:${serverSubject(operation.connection, operation.resource.id)}`;
  for (;;) {
    const cell = await ports.cells.load(key);
    const held = cell === null ? null : cellSchema.parse(cell.value);
    if (held?.by === operation.id) return held.last - count;
    const before =
      held === null
        ? await saidAtCreation(await makerOf(operation, ports), ports)
        : await usedBefore(held, ports);
    const saved = await ports.cells.save(key, { last: before + count, by: operation.id }, cell?.version ?? 0);
    if (saved) return before;
  }
};

/**
 * Reserves the next sequence under the subject of the operation's server, so that it grows by one over all operations.
 * The same operation always gets the same number.
 * @returns the last sequence before it
 */
export const reserveSequence = (operation: Operation, ports: ReservePorts): Promise<number> =>
  reserve(operation, 1, ports);

/**
 * The same for the create of a server that can't show who made it (a name has no room for a whole id): the numbers that
 * the create is going to use are reserved when the server is adopted, since nobody will find its row by the server.
 */
export const reserveForCreation = (operation: Operation, ports: ReservePorts): Promise<number> =>
  reserve(operation, saysAtCreation(operation), ports);
