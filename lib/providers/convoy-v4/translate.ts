import type { Json, JsonObject } from "../../operation/json.ts";
import type { Marked } from "../../operation/marked.ts";
import type { Marker } from "../../operation/marker.ts";
import type { Observation, Phase } from "../../operation/observation.ts";
import type { Found } from "../../ports/provider.ts";
import { textOfInput } from "../input-parts.ts";
import { makerInName, markedName, renamed } from "../name-marker.ts";
import type { PanelLimits, PanelServer } from "./wire.ts";

/** The longest name that the panel takes. */
export const nameLimit = 40;

/** How somebody gets rid of a server whose deletion has failed: the panel refuses a second DELETE (providers.md 5.2). */
export const escapeFromFailedDeletion =
  'send server.update with {"status": null}, then server.delete again; look at its machine on the node first';

const phases: ReadonlyMap<string, Phase> = new Map<string, Phase>([
  ["installing", "moving"],
  ["install_failed", "failed"],
  ["suspended", "off"],
  ["restoring_backup", "moving"],
  ["restoring_snapshot", "moving"],
  ["deleting", "moving"],
  ["deletion_failed", "failed"],
]);

/**
 * What a status means. Null is ready, and as much of "on" as the panel tells: whether the machine runs is not to be had
 * from this API. A status that is left out or that we have no word for is no end.
 */
export const phaseOf = (status: string | null | undefined): Phase =>
  status === null ? "on" : (phases.get(status ?? "") ?? "unknown");

/** The panel's word for a status; null is its word for ready. */
const wordOf = (status: string | null | undefined): string =>
  status === null ? "ready" : (status ?? "no status");

const detailOf = (status: string | null | undefined): string | null =>
  status === "deletion_failed" ? escapeFromFailedDeletion : null;

/** A look at a server. */
export const observationOf = (server: PanelServer, requestId: string | null): Observation => ({
  phase: phaseOf(server.status),
  state: wordOf(server.status),
  detail: detailOf(server.status),
  name: server.name ?? null,
  modified: null,
  is_protected: false,
  made_by: makerInName(server.name ?? ""),
  volumes: [],
  task: null,
  request_id: requestId,
});

/** The last millisecond that there is a date for. */
const lastInstant = 8_640_000_000_000_000;

/** The panel does not say when it made a server, but it counts: the number as an instant, to choose the oldest by. */
const orderOf = ({ internal_id: number }: PanelServer): string =>
  new Date(Math.min(number ?? 0, lastInstant)).toISOString();

export const foundOf = (server: PanelServer): Found => ({
  resource: { type: "server", id: server.id },
  createdAt: orderOf(server),
  observation: observationOf(server, null),
});

/** There is no place for tags: whose a server is, its name cannot say beyond doubt. */
export const markedOf = (server: PanelServer): Marked => ({
  resource: { type: "server", id: server.id },
  name: server.name ?? null,
  tags: [],
  createdAt: null,
  phase: phaseOf(server.status),
  state: wordOf(server.status),
  isProtected: false,
  usedBy: null,
  volumes: [],
});

/**
 * The body of a create, with the marker at the end of the name where it has room. `password` is the value, which the
 * input only refers to.
 */
export const createBodyOf = (input: JsonObject, marker: Marker, password: string): JsonObject => {
  const name = textOfInput(input, "name");
  return { ...input, name: markedName(name, marker, nameLimit) ?? name, account_password: password };
};

/** The body of an update: a new name keeps the marker that the present one bears. */
export const updateBodyOf = (input: JsonObject, { name: present }: PanelServer): JsonObject => {
  const { name } = input;
  return typeof name === "string" ? { ...input, name: renamed(name, present ?? "", nameLimit) } : input;
};

/** A server's settings under the names that a change of them has. What the panel does not show is left out. */
const settingsIn = ({
  addresses,
  cpu,
  memory,
  disk,
  ...limits
}: PanelLimits): Record<string, Json | undefined> => ({
  cpu: cpu ?? undefined,
  memory: memory ?? undefined,
  disk: disk ?? undefined,
  address_ids:
    addresses == null
      ? undefined
      : [...(addresses.ipv4 ?? []), ...(addresses.ipv6 ?? [])].map(({ id }) => id),
  snapshot_limit: limits.snapshots,
  backup_limit: limits.backups,
  bandwidth_limit: limits.bandwidth,
});

/** What the panel wants with every change of settings: what is left out stays as the server has it now. */
export const settingsOf = (input: JsonObject, now: PanelLimits): Record<string, Json | undefined> => ({
  ...settingsIn(now),
  ...input,
});

const asText = (value: Json | undefined): string => {
  if (Array.isArray(value)) return value.length === 0 ? "empty" : value.map(String).toSorted().join(", ");
  if (value === undefined) return "not told";
  return value === null ? "unlimited" : JSON.stringify(value);
};

/** What was sent and is not what the server has: field by field, in words. */
export const notApplied = (sent: JsonObject, limits: PanelLimits): string[] => {
  const now = settingsIn(limits);
  return Object.entries(sent)
    .filter(([field, value]) => asText(value) !== asText(now[field]))
    .map(([field, value]) => `${field} is ${asText(now[field])}, not ${asText(value)}`);
};

/** The body of a delete: without `purge` the machine stays on its node. */
export const deleteBodyOf = (input: JsonObject): JsonObject => ({ no_purge: input["purge"] !== true });
