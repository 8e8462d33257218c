import * as z from "zod";
import { keyOf } from "../operation/marked.ts";
import { orphanReasons } from "../operation/orphan.ts";
import type { Orphan } from "../operation/orphan-list.ts";
import type { Ports } from "../ports/ports.ts";
import { cursorOf, positionOf, type Listing } from "./cursor.ts";
import { loadOrphans } from "./orphan-cell.ts";
import { notFound } from "./request-refused.ts";

/** Something that bears our marker and has no owner, as the API shows it. */
export const orphanViewSchema = z
  .strictObject({
    type: z.string(),
    id: z.string(),
    name: z.string().nullable(),
    operation_id: z.string().meta({ description: "The operation that its marker names." }),
    reason: z.enum(orphanReasons),
    state: z.enum(["suspected", "confirmed", "deleted"]),
    detail: z.string(),
    created_at: z.string().nullable().meta({ description: "As the provider says." }),
    first_seen_at: z.string(),
    last_seen_at: z.string(),
  })
  .meta({ id: "Orphan" });
export type OrphanView = z.infer<typeof orphanViewSchema>;

const viewOf = (orphan: Orphan): OrphanView => ({
  type: orphan.type,
  id: orphan.id,
  name: orphan.name,
  operation_id: orphan.operation_id,
  reason: orphan.reason,
  state: orphan.state === "deleting" ? "confirmed" : orphan.state,
  detail: orphan.detail,
  created_at: orphan.created_at,
  first_seen_at: orphan.first_seen_at,
  last_seen_at: orphan.last_seen_at,
});

/** The orphans of a connection, by type and id. @throws RequestRefused 404, and 422 for a cursor that is not ours */
export const listOrphans = async (
  name: string,
  cursor: string | null,
  limit: number,
  ports: Pick<Ports, "cells" | "providers">,
): Promise<Listing<OrphanView>> => {
  if (ports.providers.connection(name) === null) throw notFound(`Connection ${name.slice(0, 64)}`);
  const after = cursor === null ? "" : positionOf(cursor, z.strictObject({ k: z.string() })).k;
  const { orphans } = await loadOrphans(name, ports);
  const behind = orphans
    .filter((orphan) => keyOf(orphan) > after)
    .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const shown = behind.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = behind.length > limit && last !== undefined ? cursorOf({ k: keyOf(last) }) : null;
  return { items: shown.map(viewOf), nextCursor };
};
