import * as z from "zod";
import type { Collection, World } from "../world.ts";

/** What a server's `status` may be; null is ready. */
export const serverStatus = z
  .enum([
    "installing",
    "install_failed",
    "suspended",
    "restoring_backup",
    "restoring_snapshot",
    "deleting",
    "deletion_failed",
  ])
  .nullable();

/** Bytes, but for `cpu` (cores) and the counts of snapshots and backups; null is unlimited. */
const limits = z.object({
  cpu: z.number(),
  memory: z.number(),
  disk: z.number(),
  snapshots: z.number().nullable(),
  backups: z.number().nullable(),
  bandwidth: z.number().nullable(),
});

const serverRecord = z.object({
  /** The first 8 characters of the UUID. */
  id: z.string(),
  uuid: z.string(),
  /** The number in the panel's database. */
  number: z.number(),
  nodeId: z.number(),
  userId: z.number(),
  vmid: z.number(),
  hostname: z.string(),
  name: z.string(),
  limits,
  /** What its machine is built with, when that is not what the record has come to say meanwhile. */
  buildLimits: limits.nullable(),
  addressIds: z.array(z.number()),
  createdAt: z.number(),
  /** By instant, in milliseconds since the epoch; those to come are what jobs will write. */
  statuses: z.array(z.object({ at: z.number(), status: serverStatus })),
  /** When its machine is on the node; null: it is there already, or never will be. */
  landsAt: z.number().nullable(),
  startsOnCompletion: z.boolean(),
  /** When a deletion takes the record off the panel. */
  goneAt: z.number().nullable(),
  /** Whether the machine outlives its record. */
  leavesGuest: z.boolean(),
});

/** A virtual machine on a node, whether the panel knows of it or not. */
const guestRecord = z.object({
  /** `{node id}/{vmid}`. */
  id: z.string(),
  isRunning: z.boolean(),
  cpu: z.number(),
  memory: z.number(),
  disk: z.number(),
});

const counter = z.object({ id: z.string(), last: z.number() });

export type ServerStatus = z.infer<typeof serverStatus>;

export type ServerRecord = z.infer<typeof serverRecord>;
export type GuestRecord = z.infer<typeof guestRecord>;

/** Everything that the panel and its nodes hold. */
export interface Holdings {
  servers: Collection<ServerRecord>;
  guests: Collection<GuestRecord>;
  /** The next number of the database: never one that a deleted server had. */
  nextNumber(): number;
  /** A UUID whose first 8 characters no server has. */
  freeUuid(): string;
  /** A number that no machine and no server has. */
  freeVmid(): number;
}

/** The id of a server's machine. */
export const guestIdOf = (server: Pick<ServerRecord, "nodeId" | "vmid">): string =>
  `${server.nodeId}/${server.vmid}`;

/** The world's collections. */
export const openHoldings = (world: World): Holdings => {
  const servers = world.collection("servers", serverRecord);
  const guests = world.collection("guests", guestRecord);
  const counters = world.collection("counters", counter);
  const draw = world.random("vmid");
  const freeVmid = (): number => {
    const vmid = 100 + Math.floor(draw() * 999_999_900);
    const isTaken =
      servers.values().some((server) => server.vmid === vmid) ||
      guests.values().some((guest) => guest.id.endsWith(`/${vmid}`));
    return isTaken ? freeVmid() : vmid;
  };
  const freeUuid = (): string => {
    const uuid = world.newId();
    return servers.get(uuid.slice(0, 8)) === undefined ? uuid : freeUuid();
  };
  return {
    servers,
    guests,
    nextNumber: () => counters.put({ id: "servers", last: (counters.get("servers")?.last ?? 0) + 1 }).last,
    freeUuid,
    freeVmid,
  };
};
