import { findAddress, findNode } from "./inventory.ts";
import type { PanelParts } from "./parts.ts";
import type { ServerRecord } from "./records.ts";

/** A server as it is seen at an instant, which a list that lags puts into the past. */
export interface SeenServer {
  server: ServerRecord;
  at: number;
}

/** A server with what belongs to it, as `include` asks for: its user, its node. */
export type Include = "user" | "node";

const addressesBody = ({ addressIds, number }: ServerRecord) => {
  const bodies = addressIds
    .map(findAddress)
    .filter((address) => address !== undefined)
    .map(({ id, poolId, type, address, cidr, gateway }) => ({
      id,
      address_pool_id: poolId,
      server_id: number,
      type,
      address,
      cidr,
      gateway,
      mac_address: null,
    }));
  return {
    ipv4: bodies.filter(({ type }) => type === "ipv4"),
    ipv6: bodies.filter(({ type }) => type === "ipv6"),
  };
};

const userBody = (id: number) => ({
  id,
  name: `User ${id}`,
  email: `user-${id}@example.com`,
  root_admin: id === 1,
});

const nodeBody = (id: number) => {
  const node = findNode(id);
  return {
    id,
    name: node?.name ?? "",
    fqdn: node?.fqdn ?? "",
    memory: node?.memoryBytes ?? 0,
    disk: node?.diskBytes ?? 0,
  };
};

/** The envelope's `data` of one server; bytes throughout. */
export const serverBody = (parts: PanelParts, seen: SeenServer, includes: readonly Include[] = []) => {
  const { server, at } = seen;
  const { cpu, memory, disk, snapshots, backups, bandwidth } = server.limits;
  return {
    id: server.id,
    internal_id: server.number,
    uuid: server.uuid,
    node_id: server.nodeId,
    user_id: server.userId,
    vmid: server.vmid,
    hostname: server.hostname,
    name: server.name,
    description: null,
    status: parts.timeline.statusAt(server, at),
    usages: { bandwidth: 0 },
    limits: {
      cpu,
      memory,
      disk,
      snapshots,
      backups,
      bandwidth,
      addresses: addressesBody(server),
      mac_address: null,
    },
    ...(includes.includes("user") ? { user: { data: userBody(server.userId) } } : {}),
    ...(includes.includes("node") ? { node: { data: nodeBody(server.nodeId) } } : {}),
  };
};

/** What `include=user,node` asks for; other words ask for nothing. */
export const includesOf = (query: URLSearchParams): Include[] => {
  const asked = (query.get("include") ?? "").split(",");
  return (["user", "node"] as const).filter((each) => asked.includes(each));
};
