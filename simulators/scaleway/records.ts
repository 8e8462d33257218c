import * as z from "zod";
import type { Collection, World } from "../world.ts";

/** The states between which an action leads, and the two that are only ever passed through. */
export const restStates = ["stopped", "running", "stopped in place", "locked"] as const;
export type RestState = (typeof restStates)[number];
export type ShownState = RestState | "starting" | "stopping";

/** What changes a server's state. */
const stateActions = ["poweron", "poweroff", "reboot", "stop_in_place", "terminate"] as const;
export type StateAction = (typeof stateActions)[number];

const milliseconds = z.number();

const transition = z.object({
  action: z.enum(stateActions),
  startedAt: milliseconds,
  /** Null: it never ends. */
  endsAt: milliseconds.nullable(),
  /** The end is a fall back to `stopped`, as when the zone has no room. */
  fails: z.boolean(),
  taskId: z.string(),
});

const address = z.object({ id: z.string(), address: z.string() });

const serverRecord = z.object({
  id: z.string(),
  zone: z.string(),
  name: z.string(),
  organization: z.string(),
  project: z.string(),
  commercialType: z.string(),
  arch: z.string(),
  tags: z.array(z.string()),
  imageId: z.string().nullable(),
  bootType: z.string(),
  bootscript: z.string().nullable(),
  dynamicIpRequired: z.boolean(),
  enableIpv6: z.boolean(),
  protected: z.boolean(),
  securityGroup: z.string(),
  placementGroup: z.string().nullable(),
  /** Volume ids by their place: "0" is the root. */
  volumes: z.record(z.string(), z.string()),
  /** What it holds only while it is on. */
  dynamicIp: address.nullable(),
  privateIp: z.string().nullable(),
  ipv6: z.string().nullable(),
  node: z.string().nullable(),
  userData: z.record(z.string(), z.string()),
  /** The cloud-init text that the first boot found; undefined before it, null when there was none. */
  firstBootCloudInit: z.string().nullable().optional(),
  createdAt: milliseconds,
  modifiedAt: milliseconds,
  state: z.enum(restStates),
  stateDetail: z.string(),
  stateSince: milliseconds,
  /** The transition that led here, for lists that are behind. */
  cameFrom: z.object({ state: z.enum(["starting", "stopping"]), detail: z.string() }).nullable(),
  transition: transition.nullable(),
});

const volumeRecord = z.object({
  id: z.string(),
  zone: z.string(),
  name: z.string(),
  organization: z.string(),
  project: z.string(),
  volumeType: z.enum(["l_ssd", "scratch", "sbs_volume"]),
  size: z.number(),
  iops: z.number(),
  serverId: z.string().nullable(),
  tags: z.array(z.string()),
  snapshotId: z.string().nullable(),
  createdAt: milliseconds,
  modifiedAt: milliseconds,
  detachedAt: milliseconds.nullable(),
  /** A block volume that was just detached stays `in_use` until then. */
  busyUntil: milliseconds.nullable(),
});

const ipRecord = z.object({
  id: z.string(),
  zone: z.string(),
  address: z.string(),
  type: z.enum(["routed_ipv4", "routed_ipv6"]),
  reverse: z.string().nullable(),
  serverId: z.string().nullable(),
  organization: z.string(),
  project: z.string(),
  tags: z.array(z.string()),
  createdAt: milliseconds,
});

const taskRecord = z.object({
  id: z.string(),
  zone: z.string(),
  description: z.string(),
  hrefFrom: z.string(),
  hrefResult: z.string().nullable(),
  serverId: z.string().nullable(),
  startedAt: milliseconds,
  /** Null: it never ends. */
  endsAt: milliseconds.nullable(),
  fails: z.boolean(),
});

const snapshotRecord = z.object({
  id: z.string(),
  zone: z.string(),
  name: z.string(),
  organization: z.string(),
  project: z.string(),
  tags: z.array(z.string()),
  volumeId: z.string().nullable(),
  volumeName: z.string(),
  volumeType: z.string(),
  size: z.number(),
  createdAt: milliseconds,
  readyAt: milliseconds,
});

/** An image that was made here; public ones are not stored. */
const imageRecord = z.object({
  id: z.string(),
  zone: z.string(),
  name: z.string(),
  arch: z.string(),
  organization: z.string(),
  project: z.string(),
  public: z.boolean(),
  tags: z.array(z.string()),
  fromServer: z.string().nullable(),
  rootVolume: z.object({ id: z.string(), name: z.string(), size: z.number(), volumeType: z.string() }),
  createdAt: milliseconds,
  readyAt: milliseconds,
});

const groupRecord = z.object({
  id: z.string(),
  zone: z.string(),
  name: z.string(),
  description: z.string(),
  organization: z.string(),
  project: z.string(),
  tags: z.array(z.string()),
  policyMode: z.string(),
  policyType: z.string(),
  createdAt: milliseconds,
});

export type ServerRecord = z.infer<typeof serverRecord>;
export type VolumeRecord = z.infer<typeof volumeRecord>;
export type IpRecord = z.infer<typeof ipRecord>;
export type TaskRecord = z.infer<typeof taskRecord>;
export type SnapshotRecord = z.infer<typeof snapshotRecord>;
export type ImageRecord = z.infer<typeof imageRecord>;
/** A security group or a placement group. */
export type GroupRecord = z.infer<typeof groupRecord>;

/** What a Scaleway zone holds, in either of its dialects. */
export interface Holdings {
  servers: Collection<ServerRecord>;
  volumes: Collection<VolumeRecord>;
  ips: Collection<IpRecord>;
  tasks: Collection<TaskRecord>;
  snapshots: Collection<SnapshotRecord>;
  images: Collection<ImageRecord>;
  securityGroups: Collection<GroupRecord>;
  placementGroups: Collection<GroupRecord>;
}

export const openHoldings = (world: World): Holdings => ({
  servers: world.collection("server", serverRecord),
  volumes: world.collection("volume", volumeRecord),
  ips: world.collection("ip", ipRecord),
  tasks: world.collection("task", taskRecord),
  snapshots: world.collection("snapshot", snapshotRecord),
  images: world.collection("image", imageRecord),
  securityGroups: world.collection("security_group", groupRecord),
  placementGroups: world.collection("placement_group", groupRecord),
});
