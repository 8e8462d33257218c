import type { Connection } from "../../connection.ts";
import type { Json, JsonObject } from "../../operation/json.ts";
import { withMarker, type Marker } from "../../operation/marker.ts";
import type { Phase, Task } from "../../operation/observation.ts";
import { listOf, without } from "../input-parts.ts";
import { serverStates, taskOf, type ScalewayTask } from "../scaleway-server.ts";

/** Every state word of today's Instance API (providers.md 4.2); any other is `unknown`. */
export const serverPhases: ReadonlyMap<string, Phase> = new Map(serverStates);

/** Since 2026-07 every action answers with this id and never-ending `pending`: there is no task behind it. */
const fakeTask = "00000000-0000-0000-0000-000000000000";

/** The task as a hint for people; null for the fake one. */
export const realTaskOf = (task: ScalewayTask): Task | null => (task.id === fakeTask ? null : taskOf(task));

/** Whose the new thing is: exactly one of the two may be sent. */
const ownerOf = (connection: Connection): JsonObject =>
  connection.project === undefined
    ? { organization: connection.organization ?? null }
    : { project: connection.project };

/** Body of POST /servers: the caller's fields under the wire's names, our marker among the tags. */
export const serverBodyOf = (connection: Connection, input: JsonObject, marker: Marker): JsonObject => ({
  ...without(input, ["type", "start", "cloud_init"]),
  commercial_type: input["type"] ?? input["commercial_type"] ?? null,
  ...ownerOf(connection),
  tags: withMarker(listOf(input["tags"]), marker),
});

/** Fields of PATCH /servers/{id}. */
export const serverPatchOf = (input: JsonObject): JsonObject => {
  const type = input["type"];
  return type === undefined ? input : { ...without(input, ["type"]), commercial_type: type };
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
    project_id: connection.project ?? null,
    perf_iops: input["perf_iops"] ?? speeds.get(input["volume_type"]) ?? 5000,
    ...(snapshot === undefined
      ? { from_empty: sized }
      : { from_snapshot: { ...sized, snapshot_id: snapshot } }),
    tags: withMarker(listOf(input["tags"]), marker),
  };
};
