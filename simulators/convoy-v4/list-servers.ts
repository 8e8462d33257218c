import { filtersOf, refuseUnknown } from "../convoy/query.ts";
import { findAddress } from "./inventory.ts";
import type { PanelParts } from "./parts.ts";
import type { ServerRecord } from "./records.ts";
import type { SeenServer } from "./server-body.ts";

const isWithin = (text: string, part: string): boolean => text.toLowerCase().includes(part);

/** What each filter asks of a server; texts are in lower case. */
const filters: Record<string, (server: ServerRecord, text: string) => boolean> = {
  "*": ({ number, uuid, hostname, name }, text) =>
    String(number) === text || [uuid, hostname, name].some((each) => isWithin(each, text)),
  node_id: ({ nodeId }, text) => String(nodeId) === text,
  user_id: ({ userId }, text) => String(userId) === text,
  name: ({ name }, text) => isWithin(name, text),
  address_pool_id: ({ addressIds }, text) =>
    addressIds.some((id) => String(findAddress(id)?.poolId) === text),
};

/** The numbers that a list may be ordered by. */
const orders: Record<string, (server: ServerRecord) => number> = {
  id: ({ number }) => number,
  node_id: ({ nodeId }) => nodeId,
  user_id: ({ userId }) => userId,
};

const sorted = (listed: readonly SeenServer[], sort: string): SeenServer[] => {
  const name = sort.replace(/^-/, "");
  refuseUnknown("sort", [name], Object.keys(orders));
  const sign = sort.startsWith("-") ? -1 : 1;
  const keyOf = orders[name] ?? (() => 0);
  return listed.toSorted((one, other) => sign * (keyOf(one.server) - keyOf(other.server)));
};

/**
 * Servers that a list answers with, the newest first unless it is told otherwise. With the fault `stale_list`, servers
 * and their statuses are those of some time ago.
 *
 * @throws Refusal 400 for a filter or an order that the panel does not have.
 */
export const listServers = (parts: PanelParts, query: URLSearchParams): SeenServer[] => {
  const stale = parts.faults.switched("stale_list");
  const at = parts.world.clock.now() - (stale === undefined ? 0 : (stale.milliseconds ?? 5000));
  const asked = filtersOf(query);
  refuseUnknown(
    "filter",
    asked.map(({ column }) => column),
    Object.keys(filters),
  );
  const listed = parts.holdings.servers
    .values()
    .filter((server) => parts.timeline.isThere(server, at))
    .filter((server) =>
      asked.every(({ column, texts }) => texts.some((text) => filters[column]?.(server, text) === true)),
    )
    .map((server) => ({ server, at }));
  return sorted(listed, query.get("sort") ?? "-id");
};
