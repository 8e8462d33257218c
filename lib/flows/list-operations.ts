import * as z from "zod";
import type { Operation } from "../operation/operation.ts";
import { operationIdPattern } from "../operation/operation-id.ts";
import type { ListPosition, OperationFilter } from "../ports/operation-store.ts";
import type { Ports } from "../ports/ports.ts";
import { cursorOf, positionOf, type Listing } from "./cursor.ts";

const positionSchema = z
  .strictObject({ c: z.iso.datetime(), i: z.string().regex(operationIdPattern) })
  .transform(({ c, i }): ListPosition => ({ createdAt: c, id: i }));

/** Operations, newest first. A page may be shorter than `limit` before the end. @throws RequestRefused */
export const listOperations = async (
  filter: OperationFilter,
  cursor: string | null,
  limit: number,
  { operations }: Pick<Ports, "operations">,
): Promise<Listing<Operation>> => {
  const after = cursor === null ? null : positionOf(cursor, positionSchema);
  const page = await operations.list(filter, after, limit);
  const nextCursor = page.next === null ? null : cursorOf({ c: page.next.createdAt, i: page.next.id });
  return { items: page.operations, nextCursor };
};
