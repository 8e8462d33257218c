import type { IpRecord, ServerRecord } from "../scaleway/records.ts";
import type { ListedServer } from "../scaleway/server-list.ts";
import type { DraftParts } from "./parts.ts";
import { doingOf } from "./plan.ts";

/** The reserved address that a server has, if any. */
export const reservedIpOf = (parts: DraftParts, server: ServerRecord): IpRecord | undefined =>
  parts.holdings.ips.values().find((ip) => ip.serverId === server.id);

const publicIpOf = (parts: DraftParts, server: ServerRecord): unknown => {
  const reserved = reservedIpOf(parts, server);
  const ip = reserved ?? server.dynamicIp;
  if (ip === null) return null;
  switch (parts.settings.public_ip_shape) {
    case "object":
      return { id: ip.id, address: ip.address, dynamic: reserved === undefined };
    case "text":
      return ip.address;
  }
};

/** All that this API tells of a server's state. One that is being switched off runs until it is off. */
const isRunning = (parts: DraftParts, { server, at }: ListedServer): boolean => {
  const doing = doingOf(parts.lifecycle.shown(server, at));
  switch (doing) {
    case "resetting":
      return parts.settings.reset_flag === "stays";
    case "running":
    case "stopping":
      return true;
    case "stopped":
    case "starting":
      return false;
  }
};

/** A server as it was at an instant, in the ten fields of the document; `image` is null in all of its examples. */
export const serverBody = (parts: DraftParts, listed: ListedServer): object => {
  const { server } = listed;
  return {
    dynamic_public_ip: server.dynamicIpRequired,
    id: server.id,
    image: null,
    name: server.name,
    organization: server.organization,
    private_ip: server.privateIp,
    public_ip: publicIpOf(parts, server),
    running: isRunning(parts, listed),
    tags: server.tags,
    volumes: Object.values(server.volumes).flatMap((id) => {
      const volume = parts.holdings.volumes.get(id);
      return volume === undefined ? [] : [{ id, name: volume.name }];
    }),
  };
};
