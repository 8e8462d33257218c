import type { Connection } from "../../connection.ts";
import { isObject, type Json, type JsonObject } from "../../operation/json.ts";
import { withMarker, type Marker } from "../../operation/marker.ts";
import type { Phase, Task } from "../../operation/observation.ts";
import { listOf, without } from "../input-parts.ts";
import { backupTask } from "./backup-task.ts";
import { serverStates, taskOf, type ScalewayTask } from "../scaleway-server.ts";

/** Every state word of today's Instance API (providers.md 4.2); any other is `unknown`. */
export const serverPhases: ReadonlyMap<string, Phase> = new Map(serverStates);

/** Since 2026-07 every action answers with this id and never-ending `pending`: there is no task behind it. */
const fakeTask = "00000000-0000-0000-0000-000000000000";

/** The task as a hint for people, a backup's as the image that it makes; null for the fake one. */
export const realTaskOf = (task: ScalewayTask): Task | null => {
  // What a backup makes can be followed, whatever its task is; only its answer names it.
  const image = /\/?images\/([^/]+)$/.exec(task.href_result ?? "")?.[1];
  if (image !== undefined) return backupTask(image);
  return task.id === fakeTask ? null : taskOf(task);
};

/** Whose the new thing is: exactly one of the two may be sent. */
export const ownerOf = (connection: Connection): JsonObject =>
  connection.project === undefined
    ? { organization: connection.organization ?? null }
    : { project: connection.project };

/** A volume that is made anew has to have a name; the image's own is called by the provider. */
const namedVolumes = (volumes: JsonObject, name: string, hasImage: boolean): JsonObject =>
  Object.fromEntries(
    Object.entries(volumes).map(([place, volume]) => {
      const isNew = isObject(volume) && volume["id"] === undefined && volume["name"] === undefined;
      const isOfImage = place === "0" && hasImage;
      return [place, isNew && !isOfImage ? { ...volume, name: `${name}-${place}`.slice(0, 255) } : volume];
    }),
  );

const volumesOfBody = (input: JsonObject): JsonObject => {
  const { volumes, name } = input;
  if (!isObject(volumes)) return {};
  return {
    volumes: namedVolumes(volumes, typeof name === "string" ? name : "volume", input["image"] !== undefined),
  };
};

/** Addresses that are new come later, each with the marker; only those that exist can be named here. */
const addressesOfBody = (input: JsonObject): JsonObject => {
  const existing = listOf(input["public_ips"]);
  return existing.length === 0 ? {} : { public_ips: existing };
};

/** Body of POST /servers: the caller's fields under the wire's names, our marker among the tags. */
export const serverBodyOf = (connection: Connection, input: JsonObject, marker: Marker): JsonObject => ({
  ...without(input, ["type", "start", "cloud_init", "fallback", "public_ips", "volumes"]),
  ...volumesOfBody(input),
  ...addressesOfBody(input),
  commercial_type: input["type"] ?? input["commercial_type"] ?? null,
  ...ownerOf(connection),
  tags: withMarker(listOf(input["tags"]), marker),
});

/** Fields of PATCH /servers/{id}. */
export const serverPatchOf = (input: JsonObject): JsonObject => {
  const { type, security_group: group } = input;
  return {
    ...without(input, ["type"]),
    ...(type === undefined ? {} : { commercial_type: type }),
    // A create takes its id alone, a PATCH wants an object.
    ...(typeof group === "string" ? { security_group: { id: group } } : {}),
  };
};

/** Whether a volume of this type is made by the block API. */
export const isBlockType = (volumeType: Json | undefined): boolean =>
  typeof volumeType === "string" && volumeType.startsWith("sbs");

/** Body of POST …/instance/v1/…/volumes. */
export const localVolumeBodyOf = (connection: Connection, input: JsonObject, marker: Marker): JsonObject => ({
  ...input,
  ...ownerOf(connection),
  tags: withMarker(listOf(input["tags"]), marker),
});

/** Operations a second of the block volume types; `sbs_volume` alone means the smaller one. */
const speeds: ReadonlyMap<Json | undefined, number> = new Map<Json | undefined, number>([
  ["sbs_volume", 5000],
  ["sbs_5k", 5000],
  ["sbs_15k", 15_000],
]);

/** Body of POST …/block/v1/…/volumes, whose names differ from those of the instance API. */
export const blockVolumeBodyOf = (connection: Connection, input: JsonObject, marker: Marker): JsonObject => {
  const snapshot = input["base_snapshot"];
  const size = input["size"];
  const sized: JsonObject = size === undefined ? {} : { size };
  return {
    name: input["name"] ?? null,
    // The block API knows projects only; the default project of an organization bears its id.
    project_id: connection.project ?? connection.organization ?? null,
    perf_iops: input["perf_iops"] ?? speeds.get(input["volume_type"]) ?? 5000,
    ...(snapshot === undefined
      ? { from_empty: sized }
      : { from_snapshot: { ...sized, snapshot_id: snapshot } }),
    tags: withMarker(listOf(input["tags"]), marker),
  };
};
