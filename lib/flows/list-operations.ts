import * as z from "zod";
import type { Operation } from "../operation/operation.ts";
import { operationIdPattern } from "../operation/operation-id.ts";
import type { ListPosition, OperationFilter } from "../ports/operation-store.ts";
import type { Ports } from "../ports/ports.ts";
import { badCursor, cursorOf, markOf, positionOf, type Listing } from "./cursor.ts";

/** Behind which operation a page begins, and `l`, the mark of the filters: others would skip what they let through. */
const cursorSchema = z.strictObject({
  c: z.iso.datetime(),
  i: z.string().regex(operationIdPattern),
  l: z.string(),
});

const positionIn = (cursor: string, mark: string): ListPosition => {
  const { c: createdAt, i: id, l } = positionOf(cursor, cursorSchema);
  if (l !== mark) throw badCursor();
  return { createdAt, id };
};

/** Operations, newest first. A page may be shorter than `limit` before the end. @throws RequestRefused */
export const listOperations = async (
  filter: OperationFilter,
  cursor: string | null,
  limit: number,
  { operations }: Pick<Ports, "operations">,
): Promise<Listing<Operation>> => {
  const mark = markOf({ ...filter });
  const after = cursor === null ? null : positionIn(cursor, mark);
  const page = await operations.list(filter, after, limit);
  const nextCursor =
    page.next === null ? null : cursorOf({ c: page.next.createdAt, i: page.next.id, l: mark });
  return { items: page.operations, nextCursor };
};
