import * as z from "zod";
import type { Delivery } from "../webhook/delivery.ts";
import { deliveryIdPattern } from "../webhook/new-delivery.ts";
import type { ListPosition } from "../ports/operation-store.ts";
import type { Ports } from "../ports/ports.ts";
import { badCursor, cursorOf, markOf, positionOf, type Listing } from "./cursor.ts";

const cursorSchema = z.strictObject({
  c: z.iso.datetime(),
  i: z.string().regex(deliveryIdPattern),
  /** The mark of the endpoint. */
  l: z.string(),
});

const positionIn = (cursor: string, mark: string): ListPosition => {
  const { c: createdAt, i: id, l } = positionOf(cursor, cursorSchema);
  if (l !== mark) throw badCursor();
  return { createdAt, id };
};

/** Deliveries to an endpoint, newest first. @throws RequestRefused */
export const listDeliveries = async (
  endpoint: string,
  cursor: string | null,
  limit: number,
  { deliveries }: Pick<Ports, "deliveries">,
): Promise<Listing<Delivery>> => {
  const mark = markOf({ endpoint });
  const page = await deliveries.list(endpoint, cursor === null ? null : positionIn(cursor, mark), limit);
  const nextCursor =
    page.next === null ? null : cursorOf({ c: page.next.createdAt, i: page.next.id, l: mark });
  return { items: page.deliveries, nextCursor };
};
