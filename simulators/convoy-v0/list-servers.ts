import { filtersOf, refuseUnknown } from "../convoy/query.ts";
import type { PanelParts } from "./parts.ts";
import type { ServerRecord } from "./records.ts";

/** A server as it is seen at an instant, which a list that lags puts into the past. */
export interface SeenServer {
  server: ServerRecord;
  at: number;
}

/** 0 or 1, as the database holds it: a queued build is 0, a failed one stays 1. */
export const installingOf = (parts: PanelParts, { server, at }: SeenServer): 0 | 1 => {
  switch (parts.builds.stateAt(server, at)) {
    case "queued":
    case "ready":
      return 0;
    case "building":
    case "failed":
      return 1;
  }
};

/** A server as the panel shows it. `installing` is null right after a build was queued. */
export const serverBody = (
  parts: PanelParts,
  seen: SeenServer,
  installing: 0 | 1 | null = installingOf(parts, seen),
) => ({
  id: Number(seen.server.id),
  vmid: seen.server.vmid,
  installing,
  name: seen.server.name,
  user_id: seen.server.userId,
  node_id: seen.server.nodeId,
});

const columns = {
  id: ({ id }) => Number(id),
  user_id: ({ userId }) => userId,
  node_id: ({ nodeId }) => nodeId,
  vmid: ({ vmid }) => vmid,
} satisfies Record<string, (server: ServerRecord) => number>;

const filterNames = ["user_id", "node_id", "vmid", "name", "description", "installing"];

/** What a filter, which is a search, looks at: `1` finds 10 as well. */
const textOf = (parts: PanelParts, seen: SeenServer, column: string): string => {
  const body: Record<string, string | number | null> = serverBody(parts, seen);
  return String(body[column] ?? "").toLowerCase();
};

const sorted = (listed: readonly SeenServer[], sort: string | null): SeenServer[] => {
  const name = (sort ?? "id").replace(/^-/, "");
  refuseUnknown("sort", [name], Object.keys(columns));
  const column = Object.entries(columns).find(([each]) => each === name)?.[1] ?? columns.id;
  const sign = sort?.startsWith("-") === true ? -1 : 1;
  return listed.toSorted((one, other) => sign * (column(one.server) - column(other.server)));
};

/**
 * Servers that a list answers with, by number unless it is told otherwise. With the fault `stale_list`, servers and
 * their builds are those of some time ago.
 *
 * @throws Refusal 400 for a filter or an order that the panel does not have.
 */
export const listServers = (parts: PanelParts, query: URLSearchParams): SeenServer[] => {
  const stale = parts.faults.switched("stale_list");
  const at = parts.world.clock.now() - (stale === undefined ? 0 : (stale.milliseconds ?? 5000));
  const filters = filtersOf(query);
  refuseUnknown(
    "filter",
    filters.map(({ column }) => column),
    filterNames,
  );
  const listed = parts.holdings.servers
    .values()
    .filter(({ createdAt }) => createdAt <= at)
    .map((server) => ({ server, at }))
    .filter((seen) =>
      filters.every(({ column, texts }) => texts.some((text) => textOf(parts, seen, column).includes(text))),
    );
  return sorted(listed, query.get("sort"));
};
