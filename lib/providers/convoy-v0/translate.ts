import type { JsonObject } from "../../operation/json.ts";
import type { Marker } from "../../operation/marker.ts";
import type { Observation, Phase } from "../../operation/observation.ts";
import { without } from "../input-parts.ts";
import { makerInName, markedName, renamed } from "../name-marker.ts";
import type { PanelServer, Specifications } from "./wire.ts";

/** Characters that a server's name may have at the panel. */
export const nameLimit = 40;

/** The unit in which the panel takes memory, though it shows bytes: MiB. */
export const memoryUnitBytes = 1024 * 1024;

/** What `installing` says by itself: a job at work (or one that failed, which looks the same), or none. */
export type Flag = "working" | "idle" | "unknown";

const working: ReadonlySet<unknown> = new Set([1, true, "1"]);
const idle: ReadonlySet<unknown> = new Set([null, 0, false, "0"]);

export const flagOf = ({ installing }: PanelServer): Flag => {
  if (working.has(installing)) return "working";
  return idle.has(installing) ? "idle" : "unknown";
};

const details: Readonly<Partial<Record<Phase, string>>> = {
  moving: "being built, or its build has failed: the panel shows both alike",
};

/** The phase of a server whose build nobody waits for; the panel has no word for whether its machine runs. */
export const phaseOf = (server: PanelServer): Phase => {
  switch (flagOf(server)) {
    case "working":
      return "moving";
    case "idle":
      return "on";
    case "unknown":
      return "unknown";
  }
};

/** `installing` in words, for people; one that is known to nobody as it stands. */
export const stateOf = (installing: unknown): string => {
  if (installing === null || installing === undefined) return "queued";
  if (working.has(installing)) return "installing";
  if (idle.has(installing)) return "not installing";
  return `installing ${JSON.stringify(installing)}`;
};

/** A look at a server. */
export const observationOf = (
  server: PanelServer,
  requestId: string | null,
  phase: Phase = phaseOf(server),
  detail: string | null = details[phase] ?? null,
): Observation => ({
  phase,
  state: stateOf(server.installing),
  detail,
  name: server.name ?? null,
  modified: null,
  is_protected: false,
  made_by: makerInName(server.name ?? ""),
  volumes: [],
  task: null,
  request_id: requestId,
});

/** Whether specifications are those of a machine at all. That they are those of this one can't be seen from them. */
export const looksLikeMachine = (specifications: Specifications | null): boolean =>
  (specifications?.node ?? "") !== "" &&
  (specifications?.cores ?? 0) > 0 &&
  (specifications?.memory ?? 0) > 0 &&
  (specifications?.disks ?? []).length > 0;

/** Body of POST /servers. There are no tags, so the marker ends the name where it has room. */
export const serverBodyOf = (input: JsonObject, marker: Marker): JsonObject => {
  const name = typeof input["name"] === "string" ? input["name"] : "";
  return { ...input, name: markedName(name, marker, nameLimit) ?? name };
};

/** What a PUT demands. */
const demanded = ["node_id", "user_id", "vmid"] as const;

/** Whether an update says everything that a PUT demands. */
export const isWhole = (input: JsonObject): boolean => demanded.every((name) => input[name] !== undefined);

/** Body of PUT /servers/{id}: what the caller left out is as the server has it, and so is the marker in its name. */
export const updateBodyOf = (input: JsonObject, server: PanelServer): JsonObject => {
  const { name } = input;
  return {
    ...Object.fromEntries(demanded.map((field) => [field, server[field] ?? null])),
    ...input,
    ...(typeof name === "string" ? { name: renamed(name, server.name ?? "", nameLimit) } : {}),
  };
};

/** Body of PATCH /servers/{id}/specifications: the only place where bytes become MiB. */
export const specificationsBodyOf = (input: JsonObject): JsonObject => {
  const { memory, lock_ips: lockIps } = input;
  return {
    ...without(input, ["memory", "lock_ips"]),
    ...(typeof memory === "number" ? { memory: memory / memoryUnitBytes } : {}),
    ...(lockIps === undefined ? {} : { lockIps }),
  };
};
