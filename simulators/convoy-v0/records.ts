import * as z from "zod";
import type { Collection, World } from "../world.ts";
import { firstGuests } from "./inventory.ts";

const disk = z.object({ disk: z.string(), size: z.string(), pending: z.boolean() });

/** The job that clones a template. Instants in milliseconds since the epoch; null: that never happens. */
const buildRecord = z.object({
  pickedAt: z.number().nullable(),
  endsAt: z.number().nullable(),
  /** A failed job leaves the server as it was while it ran. */
  fails: z.boolean(),
  /** Whether its guest has been put on the node. */
  landed: z.boolean(),
});

const serverRecord = z.object({
  /** The number in the panel's database, as text. */
  id: z.string(),
  vmid: z.number(),
  name: z.string().nullable(),
  userId: z.number(),
  nodeId: z.number(),
  templateId: z.number().nullable(),
  addresses: z.array(z.number()),
  isTemplate: z.boolean(),
  isVisible: z.boolean(),
  createdAt: z.number(),
  /** Null for a server that was there before the panel knew of it. */
  build: buildRecord.nullable(),
  /** Specifications that were sent while it was being built, and came to nothing. */
  lostPatches: z.number(),
});

/** A virtual machine on a node, whether the panel knows of it or not. */
const guestRecord = z.object({
  /** `{node id}/{vmid}`. */
  id: z.string(),
  nodeId: z.number(),
  vmid: z.number(),
  cores: z.number(),
  memoryBytes: z.number(),
  disks: z.array(disk),
  lockedIps: z.array(z.string()),
});

const counter = z.object({ id: z.string(), last: z.number() });

export type BuildRecord = z.infer<typeof buildRecord>;
export type ServerRecord = z.infer<typeof serverRecord>;
export type GuestRecord = z.infer<typeof guestRecord>;

/** Everything that the panel and its nodes hold. */
export interface Holdings {
  servers: Collection<ServerRecord>;
  guests: Collection<GuestRecord>;
  /** The next number of the database: never one that a deleted server had. */
  nextNumber(): number;
  /** A number that no machine and no server has. */
  freeVmid(): number;
}

export const guestId = (nodeId: number, vmid: number): string => `${nodeId}/${vmid}`;

/** The world's collections; a new world has the guests that were on the nodes before the panel. */
export const openHoldings = (world: World): Holdings => {
  const servers = world.collection("servers", serverRecord);
  const guests = world.collection("guests", guestRecord);
  const counters = world.collection("counters", counter);
  const draw = world.random("vmid");
  const freeVmid = (): number => {
    const vmid = 100 + Math.floor(draw() * 1_000_000);
    const isTaken = [...guests.values(), ...servers.values()].some((each) => each.vmid === vmid);
    return isTaken ? freeVmid() : vmid;
  };
  const counted = (): number => counters.get("servers")?.last ?? 0;
  if (counters.get("servers") === undefined) {
    counters.put({ id: "servers", last: 0 });
    for (const guest of firstGuests) {
      guests.put({ ...guest, id: guestId(guest.nodeId, guest.vmid) });
    }
  }
  return {
    servers,
    guests,
    nextNumber: () => counters.put({ id: "servers", last: counted() + 1 }).last,
    freeVmid,
  };
};
