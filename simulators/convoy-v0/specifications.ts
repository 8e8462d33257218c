import type { Context } from "hono";
import * as z from "zod";
import { serverError } from "../convoy/answers.ts";
import { array, checkInput, ipAddress, numeric, readInput, required, string } from "../convoy/input.ts";
import type { SimulatorEnv } from "../dialect.ts";
import { nodeName } from "./inventory.ts";
import type { PanelParts } from "./parts.ts";
import { guestId, type GuestRecord, type ServerRecord } from "./records.ts";

const mebibyte = 1024 * 1024;

const rules = {
  cores: [numeric],
  memory: [numeric],
  disks: [array],
  "disks.*.disk": [string, required],
  "disks.*.size": [string, required],
  ipconfig: [string],
  lockIps: [array],
  "lockIps.*": [ipAddress, required],
};

const patch = z.object({
  cores: z.coerce.number().default(0),
  memory: z.coerce.number().default(0),
  disks: z.array(z.object({ disk: z.string(), size: z.string() })).default([]),
  lockIps: z.array(z.string()).optional(),
});

/** `disk` is null whatever the machine has: the panel reads a key that it never sets. */
const bodyOf = (guest: GuestRecord): object => ({
  data: {
    node: nodeName(guest.nodeId),
    cores: guest.cores,
    memory: guest.memoryBytes,
    disk: null,
    disks: guest.disks,
    ipconfig: { key: "ipconfig0", value: " " },
  },
});

/** Its machine, once the build is over and while it is on the node. */
const guestOf = (parts: PanelParts, server: ServerRecord): GuestRecord | undefined =>
  parts.builds.stateAt(server, parts.world.clock.now()) === "ready"
    ? parts.holdings.guests.get(guestId(server.nodeId, server.vmid))
    : undefined;

/** What stands first on the node: shown in the place of a machine that is not found. */
const firstOnNode = (parts: PanelParts, server: ServerRecord): GuestRecord => {
  const first = parts.holdings.guests.values().find(({ nodeId }) => nodeId === server.nodeId);
  if (first === undefined) {
    throw serverError();
  }
  return first;
};

/** What a read of the specifications answers. @throws Refusal 500 */
export const readSpecifications = (parts: PanelParts, server: ServerRecord): object => {
  const guest = guestOf(parts, server);
  if (guest !== undefined) {
    return bodyOf(guest);
  }
  switch (parts.settings.specifications_while_building) {
    case "other_guest":
      return bodyOf(firstOnNode(parts, server));
    case "nulls":
      return {
        data: {
          node: nodeName(server.nodeId),
          cores: null,
          memory: null,
          disk: null,
          disks: [],
          ipconfig: null,
        },
      };
    case "error":
      throw serverError();
  }
};

const unitBytes: Record<string, number> = {
  K: 1024,
  M: mebibyte,
  G: 1024 * mebibyte,
  T: 1024 * 1024 * mebibyte,
};

/** Bytes of a size such as `5324M`, or undefined when it is none. */
const sizeBytes = (size: string): number | undefined => {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([KMGT])?$/.exec(size) ?? [];
  return digits === undefined ? undefined : Number(digits) * (unitBytes[unit ?? ""] ?? 1);
};

/** Disks only grow: a smaller size changes nothing. A disk that is not there, or a size that is none: 500. */
const grown = (guest: GuestRecord, wishes: readonly { disk: string; size: string }[]) =>
  wishes.reduce((disks, wish) => {
    const wanted = sizeBytes(wish.size);
    const present = disks.find(({ disk }) => disk === wish.disk);
    if (wanted === undefined || present === undefined) {
      throw serverError();
    }
    return wanted <= (sizeBytes(present.size) ?? 0)
      ? disks
      : disks.map((each) => (each === present ? { ...each, size: wish.size } : each));
  }, guest.disks);

/**
 * Changes the machine and answers as a read does. Memory is taken as MiB though it is shown in bytes, zeros change
 * nothing, and `ipconfig` is checked, then forgotten.
 *
 * @throws Refusal 422, 500
 */
export const patchSpecifications = async (
  parts: PanelParts,
  context: Context<SimulatorEnv>,
  server: ServerRecord,
): Promise<object> => {
  const input = await readInput(context);
  checkInput(input, rules);
  const wanted = patch.parse(input);
  const guest = guestOf(parts, server);
  if (guest === undefined) {
    parts.holdings.servers.put({ ...server, lostPatches: server.lostPatches + 1 });
    if (parts.settings.patch_while_building === "error") {
      throw serverError();
    }
    return readSpecifications(parts, server);
  }
  return bodyOf(
    parts.holdings.guests.put({
      ...guest,
      cores: wanted.cores === 0 ? guest.cores : wanted.cores,
      memoryBytes: wanted.memory === 0 ? guest.memoryBytes : wanted.memory * mebibyte,
      disks: grown(guest, wanted.disks),
      lockedIps: wanted.lockIps ?? guest.lockedIps,
    }),
  );
};
