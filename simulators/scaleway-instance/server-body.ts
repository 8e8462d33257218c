import { octetsOf } from "../randomness.ts";
import type { ListedServer } from "../scaleway/server-list.ts";
import type { IpRecord, ServerRecord, VolumeRecord } from "../scaleway/records.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { imageBody } from "./image-body.ts";
import type { InstanceParts } from "./parts.ts";
import { allowedActions } from "./plan.ts";

/** A volume inside a server: of a block volume, only that it is there. */
const volumeInServer = (server: ServerRecord, volume: VolumeRecord): object => {
  if (volume.volumeType === "sbs_volume") {
    return { boot: false, id: volume.id, volume_type: "sbs_volume", state: "available", zone: volume.zone };
  }
  return {
    boot: false,
    id: volume.id,
    name: volume.name,
    volume_type: volume.volumeType,
    export_uri: null,
    organization: volume.organization,
    project: volume.project,
    server: { id: server.id, name: server.name },
    size: volume.size,
    state: "available",
    tags: volume.tags,
    zone: volume.zone,
    creation_date: toWireTime(volume.createdAt),
    modification_date: toWireTime(volume.modifiedAt),
  };
};

const volumesInServer = (parts: InstanceParts, server: ServerRecord): Record<string, object> =>
  Object.fromEntries(
    Object.entries(server.volumes).flatMap(([place, id]) => {
      const volume = parts.holdings.volumes.get(id);
      return volume === undefined ? [] : [[place, volumeInServer(server, volume)]];
    }),
  );

const ipInServer = (
  ip: { id: string; address: string },
  dynamic: boolean,
  rest: Partial<IpRecord>,
  up: boolean,
) => ({
  id: ip.id,
  address: ip.address,
  dynamic,
  gateway: rest.type === "routed_ipv6" ? "fe80::dc00:ff:fe20:186" : "62.210.0.1",
  netmask: rest.type === "routed_ipv6" ? "64" : "32",
  family: rest.type === "routed_ipv6" ? "inet6" : "inet",
  provisioning_mode: rest.type === "routed_ipv6" ? "slaac" : "dhcp",
  tags: rest.tags ?? [],
  state: up ? "attached" : "pending",
  ipam_id: null,
});

const ipsInServer = (parts: InstanceParts, server: ServerRecord, up: boolean) => [
  ...parts.holdings.ips
    .values()
    .filter((ip) => ip.serverId === server.id)
    .map((ip) => ipInServer(ip, false, ip, up)),
  ...(server.dynamicIp === null ? [] : [ipInServer(server.dynamicIp, true, {}, up)]),
];

const locationOf = (server: ServerRecord): object | null => {
  const [cluster, hypervisor, node] = server.node?.split(".") ?? [];
  return server.node === null
    ? null
    : {
        zone_id: server.zone,
        platform_id: "14",
        cluster_id: cluster,
        hypervisor_id: hypervisor,
        node_id: node,
      };
};

const macOf = (id: string): string =>
  `de:00:00:${octetsOf(id, 3)
    .map((octet) => octet.toString(16).padStart(2, "0"))
    .join(":")}`;

/** A server as it was at an instant, in the field names of the wire. */
export const serverBody = (parts: InstanceParts, { server, at }: ListedServer): object => {
  const { state, detail } = parts.lifecycle.shown(server, at);
  const ips = ipsInServer(parts, server, state === "running");
  const group = parts.holdings.securityGroups.get(server.securityGroup);
  return {
    id: server.id,
    name: server.name,
    arch: server.arch,
    commercial_type: server.commercialType,
    boot_type: server.bootType,
    organization: server.organization,
    project: server.project,
    hostname: server.name,
    image: server.imageId === null ? null : imageBody(parts, server.zone, server.imageId),
    volumes: volumesInServer(parts, server),
    tags: server.tags,
    state,
    protected: server.protected,
    state_detail: detail,
    public_ip: ips[0] ?? null,
    public_ips: ips,
    mac_address: macOf(server.id),
    routed_ip_enabled: true,
    ipv6: null,
    extra_networks: [],
    dynamic_ip_required: server.dynamicIpRequired,
    enable_ipv6: server.enableIpv6,
    private_ip: null,
    creation_date: toWireTime(server.createdAt),
    modification_date: toWireTime(server.modifiedAt),
    bootscript: null,
    security_group: { id: server.securityGroup, name: group?.name ?? "Default security group" },
    location: locationOf(server),
    maintenances: [],
    allowed_actions: allowedActions(server, state),
    placement_group: placementGroupOf(parts, server),
    private_nics: [],
    zone: server.zone,
    filesystems: [],
    end_of_service: false,
    admin_password_encryption_ssh_key_id: null,
    admin_password_encrypted_value: null,
  };
};

const placementGroupOf = (parts: InstanceParts, server: ServerRecord): object | null => {
  const group =
    server.placementGroup === null ? undefined : parts.holdings.placementGroups.get(server.placementGroup);
  return group === undefined
    ? null
    : {
        id: group.id,
        name: group.name,
        organization: group.organization,
        project: group.project,
        tags: group.tags,
        policy_mode: group.policyMode,
        policy_type: group.policyType,
        policy_respected: true,
        zone: group.zone,
      };
};

/** A server as it is now. */
export const serverNow = (parts: InstanceParts, server: ServerRecord): object =>
  serverBody(parts, { server, at: parts.world.clock.now() });
