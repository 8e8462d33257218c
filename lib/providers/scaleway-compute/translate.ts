import type { Connection } from "../../connection.ts";
import { isObject, type Json, type JsonObject } from "../../operation/json.ts";
import { withMarker, type Marker } from "../../operation/marker.ts";
import { bareObservation, type Observation, type Phase, type Task } from "../../operation/observation.ts";
import { listOf, without } from "../input-parts.ts";
import { serverStates } from "../scaleway-server.ts";
import { markedName } from "../scaleway-volume.ts";

/** Every state word of the older compute API (providers.md 1.3); any other is `unknown`. */
export const serverPhases: ReadonlyMap<string, Phase> = new Map([...serverStates, ["pending", "moving"]]);

/** Whether a task has come to its end. `retry`, `pending`, `started` and words that we don't know have not. */
export const isTaskOver = (task: Task): boolean => task.status === "success" || task.status === "failure";

/** What a task under way says of its server: on its way, and nothing else. */
export const movingObservation = (
  task: Task,
  description: string | null,
  requestId: string | null,
): Observation => ({ ...bareObservation("moving", requestId, task), detail: description });

/** The document has two names for one field; the API itself takes the older one. */
const withWireNames = (input: JsonObject): JsonObject => {
  const asked = input["dynamic_public_ip"];
  const rest = without(input, ["dynamic_public_ip"]);
  return asked === undefined ? rest : { ...rest, dynamic_ip_required: asked };
};

/** New volumes belong to somebody too; the caller need not repeat the connection's organization. */
const ownedVolumes = (connection: Connection, volumes: Json | undefined): JsonObject =>
  isObject(volumes)
    ? {
        volumes: Object.fromEntries(
          Object.entries(volumes).map(([place, volume]) => [
            place,
            isObject(volume) && volume["name"] !== undefined
              ? { organization: connection.organization ?? null, ...volume }
              : volume,
          ]),
        ),
      }
    : {};

/** Body of POST /servers: the type under the name that this connection's provider takes, our marker among the tags. */
export const serverBodyOf = (connection: Connection, input: JsonObject, marker: Marker): JsonObject => ({
  ...withWireNames(without(input, ["type", "commercial_type", "start", "cloud_init"])),
  ...ownedVolumes(connection, input["volumes"]),
  [connection.type_field]: input["type"] ?? input["commercial_type"] ?? null,
  organization: connection.organization ?? null,
  tags: withMarker(listOf(input["tags"]), marker),
});

/** Fields of PATCH /servers/{id}. */
export const serverPatchOf = (input: JsonObject): JsonObject => withWireNames(input);

/** Body of POST /volumes. Volumes have no tags here, so the marker is a word of the name. */
export const volumeBodyOf = (connection: Connection, input: JsonObject, marker: Marker): JsonObject => ({
  ...input,
  name: markedName(typeof input["name"] === "string" ? input["name"] : "", marker),
  organization: connection.organization ?? null,
});
