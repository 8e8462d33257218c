import * as z from "zod";
import { keyOf } from "../operation/marked.ts";
import { orphanReasons } from "../operation/orphan.ts";
import type { Orphan } from "../operation/orphan-list.ts";
import type { Other } from "../operation/orphan-others.ts";
import type { Ports } from "../ports/ports.ts";
import type { Dialect } from "../ports/provider.ts";
import { cursorOf, positionOf, type Listing } from "./cursor.ts";
import { loadOrphans } from "./orphan-cell.ts";
import { notFound } from "./request-refused.ts";

/** Something that bears our marker and has no owner that we know of, as the API shows it. */
export const orphanViewSchema = z
  .strictObject({
    type: z.string(),
    id: z.string(),
    name: z.string().nullable(),
    operation_id: z.string().meta({ description: "The operation that its marker names." }),
    reason: z.enum(orphanReasons).nullable().meta({ description: "Null for what is no orphan." }),
    state: z.enum(["suspected", "confirmed", "deleted", "kept", "unknown_owner"]).meta({
      description:
        "`kept` (tagged to be kept) and `unknown_owner` (its operation is not on record) are no orphans, and left alone.",
    }),
    detail: z.string(),
    created_at: z.string().nullable().meta({ description: "As the provider says." }),
    first_seen_at: z.string(),
    last_seen_at: z.string().nullable().meta({ description: "Null: by the last sweep." }),
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

const viewOfOther = (other: Other): OrphanView => ({ ...other, reason: null, last_seen_at: null });

/** Whether a connection's things have been looked through; `reason` says why not, null where they have. */
export const sweptSchema = {
  swept: z.boolean().meta({
    description: "Whether the connection's things have been looked through; if not, `items` says nothing.",
  }),
  reason: z.string().nullable().meta({ description: "Why they have not been." }),
};
interface Swept {
  readonly swept: boolean;
  readonly reason: string | null;
}

const notYet =
  "No sweep has been completed yet; the sweeper runs every five minutes, and its log says what fails.";

const sweptOf = ({ cannot = [] }: Dialect, sweptAt: string | null): Swept => {
  const why = cannot.find(({ what }) => what === "orphans")?.why ?? (sweptAt === null ? notYet : null);
  return { swept: why === null, reason: why };
};

/** The orphans of a connection, by type and id. @throws RequestRefused 404, and 422 for a cursor that is not ours */
export const listOrphans = async (
  name: string,
  cursor: string | null,
  limit: number,
  ports: Pick<Ports, "cells" | "providers">,
): Promise<Listing<OrphanView> & Swept> => {
  const connection = ports.providers.connection(name);
  if (connection === null) throw notFound(`Connection ${name.slice(0, 64)}`);
  const after = cursor === null ? "" : positionOf(cursor, z.strictObject({ k: z.string() })).k;
  const { orphans, others, swept_at: sweptAt } = await loadOrphans(name, ports);
  const known = new Set(orphans.map(keyOf));
  const free = others.filter((other) => !known.has(keyOf(other)));
  const behind = [...orphans.map(viewOf), ...free.map(viewOfOther)]
    .filter((orphan) => keyOf(orphan) > after)
    .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const shown = behind.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = behind.length > limit && last !== undefined ? cursorOf({ k: keyOf(last) }) : null;
  return { items: shown, nextCursor, ...sweptOf(ports.providers.dialect(connection), sweptAt) };
};
