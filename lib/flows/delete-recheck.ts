import type { PlannedItem } from "../bulk/item.ts";
import type { BulkJob } from "../bulk/job.ts";
import type { ReadItem } from "../ports/provider.ts";
import type { Ports } from "../ports/ports.ts";
import { readThrough } from "./read-through.ts";
import { RequestRefused } from "./request-refused.ts";
import { isSelected } from "./select-servers.ts";

/** What a fresh look says of a server that a job is about to delete. */
export type Recheck =
  /** It is what was planned, or is gone already, which is what a delete asks for. */
  | { readonly is: "as planned" }
  | { readonly is: "changed"; readonly detail: string }
  /** The provider could not be asked. */
  | { readonly is: "unknown" };

const asPlanned: Recheck = { is: "as planned" };

const changeOf = (
  server: ReadItem,
  { was }: PlannedItem,
  { select }: Pick<BulkJob, "select">,
): string | null => {
  if (was !== undefined && server.name !== was)
    return `server ${server.id} was called ${was} when it was selected, and is not any more`;
  if (select !== undefined && !isSelected(server, select))
    return `server ${server.id} is not selected any more`;
  return null;
};

/** Looks at a server that was selected to be deleted, right before it is. Others were named by who asked for the job. */
export const recheckDelete = async (
  { kind, connection, select }: Pick<BulkJob, "kind" | "connection" | "select">,
  item: PlannedItem,
  ports: Pick<Ports, "providers">,
): Promise<Recheck> => {
  if (kind !== "server.delete" || item.resourceId === null || select === undefined) return asPlanned;
  const request = { path: ["servers", item.resourceId], filters: {}, limit: 1, cursor: null };
  try {
    const answer = await readThrough(connection, request, ports);
    if (answer.form !== "item") return { is: "unknown" };
    const detail = changeOf(answer.item, item, { select });
    return detail === null ? asPlanned : { is: "changed", detail };
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    return error.status === 404 ? asPlanned : { is: "unknown" };
  }
};
