import type { ListedServer } from "../scaleway/server-list.ts";
import type { ImageRecord, ServerRecord, VolumeRecord } from "../scaleway/records.ts";
import { legacyImages } from "../scaleway/public-images.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { uuidOf } from "../randomness.ts";
import type { ComputeParts } from "./parts.ts";

const publisher = "51b656e3-4865-41e8-adbc-0c45bdd780db";
const published = toWireTime(Date.UTC(2018, 3, 20, 12, 0));

/** The one bootscript of each architecture. */
export const bootscripts = ["x86_64", "arm"].map((architecture) => ({
  id: uuidOf(`bootscript/${architecture}`),
  title: `${architecture} mainline 4.4 rev1`,
  architecture,
  bootcmdargs: "LINUX_COMMON scaleway boot=local",
  default: true,
  dtb: "",
  initrd: "http://169.254.42.24/initrd/initrd-Linux-v3.14.6.gz",
  kernel: "http://169.254.42.24/kernel/mainline-4.4-rev1/vmlinuz-4.4",
  organization: publisher,
  public: true,
}));

const ownImageBody = (image: ImageRecord): object => ({
  id: image.id,
  name: image.name,
  arch: image.arch,
  organization: image.organization,
  public: image.public,
  root_volume: {
    id: image.rootVolume.id,
    name: image.rootVolume.name,
    size: image.rootVolume.size,
    volume_type: image.rootVolume.volumeType,
  },
  extra_volumes: [],
  default_bootscript: null,
  from_server: image.fromServer,
  state: "available",
  creation_date: toWireTime(image.createdAt),
  modification_date: toWireTime(image.createdAt),
});

const publicImageBodies = new Map(
  legacyImages.map((image) => [
    image.id,
    {
      id: image.id,
      name: image.name,
      arch: image.arch,
      organization: publisher,
      public: true,
      root_volume: {
        id: uuidOf(`root/${image.id}`),
        name: image.name,
        size: image.size,
        volume_type: "l_ssd",
      },
      extra_volumes: [],
      default_bootscript: null,
      from_server: null,
      state: "available",
      creation_date: published,
      modification_date: published,
    },
  ]),
);

/** Every image, those made here first. */
export const imageBodies = (parts: ComputeParts): object[] => [
  ...parts.holdings.images.values().map(ownImageBody),
  ...publicImageBodies.values(),
];

/** The image of that id, or undefined. */
export const imageBody = (parts: ComputeParts, id: string): object | undefined => {
  const own = parts.holdings.images.get(id);
  return own === undefined ? publicImageBodies.get(id) : ownImageBody(own);
};

/** A volume, in a server or on its own. */
export const volumeBody = (parts: ComputeParts, volume: VolumeRecord): object => {
  const server = volume.serverId === null ? undefined : parts.holdings.servers.get(volume.serverId);
  return {
    id: volume.id,
    name: volume.name,
    organization: volume.organization,
    server: server === undefined ? null : { id: server.id, name: server.name },
    size: volume.size,
    volume_type: volume.volumeType,
    export_uri: null,
    state: "available",
    creation_date: toWireTime(volume.createdAt),
    modification_date: toWireTime(volume.modifiedAt),
  };
};

const publicIpOf = (parts: ComputeParts, server: ServerRecord): object | null => {
  const reserved = parts.holdings.ips.values().find((ip) => ip.serverId === server.id);
  if (reserved !== undefined) {
    return { id: reserved.id, address: reserved.address, dynamic: false };
  }
  return server.dynamicIp === null ? null : { ...server.dynamicIp, dynamic: true };
};

const locationOf = (parts: ComputeParts, server: ServerRecord): object | null => {
  const [cluster, hypervisor, node] = server.node?.split(".") ?? [];
  return server.node === null
    ? null
    : {
        platform_id: "13",
        hypervisor_id: hypervisor,
        node_id: node,
        cluster_id: cluster,
        zone_id: parts.settings.region,
      };
};

const volumesOf = (parts: ComputeParts, server: ServerRecord): Record<string, object> =>
  Object.fromEntries(
    Object.entries(server.volumes).flatMap(([place, id]) => {
      const volume = parts.holdings.volumes.get(id);
      return volume === undefined ? [] : [[place, volumeBody(parts, volume)]];
    }),
  );

/** A server as it was at an instant, in the field names of the wire of 2018. */
export const serverBody = (parts: ComputeParts, { server, at }: ListedServer): object => {
  const { state, detail } = parts.lifecycle.shown(server, at);
  const group = parts.holdings.securityGroups.get(server.securityGroup);
  return {
    arch: server.arch,
    boot_type: server.bootType,
    bootscript: bootscripts.find((each) => each.id === server.bootscript) ?? null,
    [parts.settings.type_field]: server.commercialType,
    creation_date: toWireTime(server.createdAt),
    dynamic_ip_required: server.dynamicIpRequired,
    enable_ipv6: server.enableIpv6,
    extra_networks: [],
    hostname: server.name,
    id: server.id,
    image: server.imageId === null ? null : (imageBody(parts, server.imageId) ?? null),
    ipv6: server.ipv6 === null ? null : { address: server.ipv6, gateway: "fe80::1", netmask: "127" },
    location: locationOf(parts, server),
    maintenances: [],
    modification_date: toWireTime(server.modifiedAt),
    name: server.name,
    organization: server.organization,
    private_ip: server.privateIp,
    protected: server.protected,
    public_ip: publicIpOf(parts, server),
    security_group: { id: server.securityGroup, name: group?.name ?? "Default security group" },
    state,
    state_detail: detail,
    tags: server.tags,
    volumes: volumesOf(parts, server),
  };
};
