import type { Faults } from "../faults.ts";
import type { World } from "../world.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Holdings, ServerRecord } from "./records.ts";

/** A server as a list shows it, and the instant as of which it is shown. */
export interface ListedServer {
  server: ServerRecord;
  at: number;
}

const orders: Record<string, (one: ServerRecord, other: ServerRecord) => number> = {
  creation_date_desc: (one, other) => other.createdAt - one.createdAt,
  creation_date_asc: (one, other) => one.createdAt - other.createdAt,
  modification_date_desc: (one, other) => other.modifiedAt - one.modifiedAt,
  modification_date_asc: (one, other) => one.modifiedAt - other.modifiedAt,
};

/** The orders that a list can be asked for. */
export const listOrders: readonly string[] = Object.keys(orders);

const commaSeparated = (text: string | null): string[] | undefined =>
  text === null || text === "" ? undefined : text.split(",");

type Keeps = (listed: ListedServer) => boolean;

/** The filters of a query as conditions that must all hold. */
const filtersOf = (query: URLSearchParams, lifecycle: Lifecycle, holdings: Holdings): Keeps[] => {
  const filters: Keeps[] = [];
  const equals = (name: string, of: (server: ServerRecord) => string) => {
    const wanted = query.get(name);
    if (wanted !== null && wanted !== "") {
      filters.push(({ server }) => of(server) === wanted);
    }
  };
  equals("project", (server) => server.project);
  equals("organization", (server) => server.organization);
  equals("commercial_type", (server) => server.commercialType);
  equals("type", (server) => server.commercialType);
  const name = query.get("name");
  if (name !== null) {
    filters.push(({ server }) => server.name.includes(name));
  }
  const tags = commaSeparated(query.get("tags"));
  if (tags !== undefined) {
    filters.push(({ server }) => tags.every((tag) => server.tags.includes(tag)));
  }
  const ids = commaSeparated(query.get("servers"));
  if (ids !== undefined) {
    const wanted = new Set(ids);
    filters.push(({ server }) => wanted.has(server.id));
  }
  const state = query.get("state");
  if (state !== null && state !== "") {
    filters.push(({ server, at }) => lifecycle.shown(server, at).state === state);
  }
  const withIp = query.get("with_ip");
  const withoutIp = query.get("without_ip");
  if (withIp !== null || withoutIp === "true") {
    const addressesOf = (server: ServerRecord) => [
      ...(server.dynamicIp === null ? [] : [server.dynamicIp.address]),
      ...holdings.ips
        .values()
        .filter((ip) => ip.serverId === server.id)
        .map((ip) => ip.address),
    ];
    filters.push(({ server }) => {
      const addresses = addressesOf(server);
      return withIp === null ? addresses.length === 0 : addresses.includes(withIp);
    });
  }
  return filters;
};

/**
 * Servers that a list answers with: newest first unless it is told otherwise. With the fault `stale_list`, servers
 * and states are those of some time ago.
 */
export const listServers = (
  parts: { world: World; faults: Faults; holdings: Holdings; lifecycle: Lifecycle },
  query: URLSearchParams,
  zone: string,
): ListedServer[] => {
  const stale = parts.faults.switched("stale_list");
  const at = parts.world.clock.now() - (stale === undefined ? 0 : (stale.milliseconds ?? 5000));
  const filters = filtersOf(query, parts.lifecycle, parts.holdings);
  const listed = parts.holdings.servers
    .values()
    .toReversed()
    .map((server) => ({ server, at }))
    .filter(({ server }) => server.zone === zone && server.createdAt <= at)
    .filter((each) => filters.every((keeps) => keeps(each)));
  const order = orders[query.get("order") ?? "creation_date_desc"];
  // Those made in the same millisecond stay newest first, or oldest first when the order is ascending.
  const base = query.get("order")?.endsWith("_asc") === true ? listed.toReversed() : listed;
  return order === undefined ? base : base.toSorted((one, other) => order(one.server, other.server));
};
