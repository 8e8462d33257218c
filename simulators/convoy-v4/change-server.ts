import type { Context } from "hono";
import * as z from "zod";
import { refused } from "../convoy/answers.ts";
import { array, checkInput, nullable, oneOf, present, readInput } from "../convoy/input.ts";
import type { SimulatorEnv } from "../dialect.ts";
import { hostnameRules, nameRules, userRules, vmidRules } from "./create-server.ts";
import { checkRoom, limitRules } from "./limits.ts";
import type { PanelParts } from "./parts.ts";
import { guestIdOf, serverStatus, type ServerRecord } from "./records.ts";

/** 503 of a node that the panel could not reach. */
export const unreachableNode = () => refused(503, "The node that hosts this server could not be reached.");

/** Whether the panel fails to reach the node on behalf of a call. */
export const isUnreachable = (
  parts: PanelParts,
  context: Context<SimulatorEnv>,
  server: ServerRecord,
): boolean =>
  parts.faults.strikes("capacity_failure", {
    method: context.req.method,
    path: context.req.path,
    subject: server.name,
  }) !== undefined;

const updateRules = {
  name: nameRules,
  hostname: hostnameRules,
  user_id: userRules,
  vmid: vmidRules,
  status: [nullable, oneOf(serverStatus.unwrap().options)],
};

const updateFields = z.object({
  name: z.string().optional(),
  hostname: z.string().optional(),
  user_id: z.coerce.number().optional(),
  vmid: z.union([z.null(), z.coerce.number()]).optional(),
  status: serverStatus.optional(),
});

/**
 * Changes what the panel records of a server, and pushes a new hostname to its node.
 *
 * @throws Refusal 422; 503 when the hostname cannot be pushed.
 */
export const updateServer = async (
  parts: PanelParts,
  context: Context<SimulatorEnv>,
  server: ServerRecord,
): Promise<ServerRecord> => {
  const input = await readInput(context);
  checkInput(input, updateRules);
  const { user_id: userId, vmid, status, name, hostname } = updateFields.parse(input);
  const recorded = {
    ...server,
    name: name ?? server.name,
    hostname: hostname ?? server.hostname,
    userId: userId ?? server.userId,
    vmid: vmid ?? server.vmid,
  };
  const changed = status === undefined ? recorded : parts.timeline.withStatus(recorded, status);
  if (hostname !== undefined && isUnreachable(parts, context, server)) {
    if (parts.settings.unreachable_node_keeps === "recorded") {
      parts.holdings.servers.put(changed);
    }
    throw unreachableNode();
  }
  return parts.holdings.servers.put(changed);
};

const buildRules = limitRules({
  prefix: "",
  counts: ["snapshot_limit", "backup_limit", "bandwidth_limit"],
  addresses: [present, array],
});

const nullableNumber = z.union([z.null(), z.coerce.number()]);

const buildFields = z.object({
  cpu: z.coerce.number(),
  memory: z.coerce.number(),
  disk: z.coerce.number(),
  address_ids: z.array(z.coerce.number()).nullable(),
  snapshot_limit: nullableNumber,
  backup_limit: nullableNumber,
  bandwidth_limit: nullableNumber,
});

/** Gives a machine what its record says; false when it isn't there. Disks only grow. */
const applyLimits = (parts: PanelParts, { limits, ...server }: ServerRecord): boolean => {
  const guest = parts.holdings.guests.get(guestIdOf(server));
  if (guest === undefined) {
    return false;
  }
  const { cpu, memory, disk } = limits;
  parts.holdings.guests.put({ ...guest, cpu, memory, disk: Math.max(disk, guest.disk) });
  return true;
};

/**
 * Changes what a server may use. The answer does not tell whether the node took it.
 *
 * @throws Refusal 422
 */
export const updateBuild = async (
  parts: PanelParts,
  context: Context<SimulatorEnv>,
  server: ServerRecord,
): Promise<ServerRecord> => {
  const input = await readInput(context);
  checkInput(input, buildRules);
  const {
    address_ids: ids,
    snapshot_limit,
    backup_limit,
    bandwidth_limit,
    ...sizes
  } = buildFields.parse(input);
  const addressIds = ids ?? [];
  checkRoom(parts, { ...sizes, nodeId: server.nodeId, addressIds }, { prefix: "", self: server });
  const limits = {
    ...sizes,
    snapshots: snapshot_limit,
    backups: backup_limit,
    bandwidth: bandwidth_limit,
  };
  const changed = { ...server, limits, addressIds };
  if (parts.timeline.isBuilding(server)) {
    const isTaken = parts.settings.settings_while_building === "applied";
    return parts.holdings.servers.put({
      ...changed,
      buildLimits: isTaken ? null : (server.buildLimits ?? server.limits),
    });
  }
  const isApplied = !isUnreachable(parts, context, server) && applyLimits(parts, changed);
  return isApplied || parts.settings.unreachable_node_keeps === "recorded"
    ? parts.holdings.servers.put(changed)
    : server;
};

/**
 * Kills a server and marks it, or unmarks and starts it; nothing when it is so already.
 *
 * @throws Refusal 503 when the machine cannot be killed or started.
 */
export const suspend = (
  parts: PanelParts,
  context: Context<SimulatorEnv>,
  server: ServerRecord,
  wanted: "suspended" | null,
): void => {
  const isSuspended = parts.timeline.statusAt(server, parts.world.clock.now()) === "suspended";
  if (isSuspended === (wanted === "suspended")) {
    return;
  }
  const guest = parts.holdings.guests.get(guestIdOf(server));
  const isHarmless = guest === undefined && parts.settings.suspend_while_building === "overwritten";
  if (isUnreachable(parts, context, server) || (guest === undefined && !isHarmless)) {
    throw unreachableNode();
  }
  if (guest !== undefined) {
    parts.holdings.guests.put({ ...guest, isRunning: wanted === null });
  }
  parts.holdings.servers.put(parts.timeline.withStatus(server, wanted));
};
