import {
  array,
  atLeast,
  existing,
  integer,
  nullable,
  present,
  required,
  type Rule,
  type Rules,
} from "../convoy/input.ts";
import { invalidInput } from "../convoy/answers.ts";
import { findAddress, findNode } from "./inventory.ts";
import type { PanelParts } from "./parts.ts";
import type { ServerRecord } from "./records.ts";

const leastMemoryBytes = 16_777_216;

const count: readonly Rule[] = [present, nullable, integer, atLeast(0)];

/** Rules of what a server may use, under the names that a create or the build settings have for it. */
export const limitRules = (names: {
  prefix: string;
  counts: readonly string[];
  addresses: readonly Rule[];
}): Rules => ({
  [`${names.prefix}cpu`]: [integer, atLeast(1), required],
  [`${names.prefix}memory`]: [integer, atLeast(leastMemoryBytes), required],
  [`${names.prefix}disk`]: [integer, atLeast(1), required],
  ...Object.fromEntries(names.counts.map((name) => [`${names.prefix}${name}`, count])),
  [`${names.prefix}address_ids`]: [...names.addresses, nullable, array],
  [`${names.prefix}address_ids.*`]: [integer, existing((id) => findAddress(id) !== undefined)],
});

/** Servers that count: not the one that is about to change. */
const others = (parts: PanelParts, self: ServerRecord | undefined): ServerRecord[] =>
  parts.holdings.servers
    .values()
    .filter((server) => server.id !== self?.id && parts.timeline.isThere(server, parts.world.clock.now()));

/**
 * Checks that addresses are free, and that the node has what is asked for.
 *
 * @throws Refusal 422
 */
export const checkRoom = (
  parts: PanelParts,
  asked: { nodeId: number; memory: number; disk: number; addressIds: readonly number[] },
  where: { prefix: string; self?: ServerRecord },
): void => {
  const neighbours = others(parts, where.self);
  const node = findNode(asked.nodeId);
  const onNode = neighbours.filter((server) => server.nodeId === asked.nodeId);
  const left = (total: number, used: (server: ServerRecord) => number): number =>
    onNode.reduce((sum, server) => sum - used(server), total);
  const errors: Record<string, string[]> = {};
  if (asked.addressIds.some((id) => neighbours.some((server) => server.addressIds.includes(id)))) {
    errors[`${where.prefix}address_ids`] = ["One or more of the selected addresses are already in use"];
  }
  if (asked.memory > left(node?.memoryBytes ?? 0, ({ limits }) => limits.memory)) {
    errors[`${where.prefix}memory`] = ["The memory value exceeds the node's limit."];
  }
  if (asked.disk > left(node?.diskBytes ?? 0, ({ limits }) => limits.disk)) {
    errors[`${where.prefix}disk`] = ["The disk value exceeds the node's limit."];
  }
  if (Object.keys(errors).length > 0) {
    throw invalidInput(errors);
  }
};
