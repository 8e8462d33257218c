import type { Connection } from "../../connection.ts";
import type { JsonObject } from "../../operation/json.ts";
import type { Kind } from "../../operation/kind.ts";
import type { Marked } from "../../operation/marked.ts";
import type { Marker } from "../../operation/marker.ts";
import { bareObservation, type Observation, type Phase, type Volume } from "../../operation/observation.ts";
import { without } from "../input-parts.ts";
import { makerInName, markedName, noteOfName, renamed } from "../name-marker.ts";
import type { V1Server, V1Thing } from "./wire.ts";

/** The longest name that is sent. The document says none; the APIs that followed took 255 letters. */
const nameLimit = 255;

/** Where the things of a type are, and under which key a single one comes. */
export interface Shelf {
  readonly type: string;
  readonly collection: string;
}

const shelves: ReadonlyMap<string, Shelf> = new Map(
  ["server", "volume", "container", "tag", "organization"].map((type) => [
    type,
    { type, collection: `${type}s` },
  ]),
);

/** The shelf of a type; null where this API has no such things. */
export const shelfOf = (type: string): Shelf | null => shelves.get(type) ?? null;

/**
 * The provider's words for a state (the document has `off` alone), and what they mean. Any other is `unknown`: neither
 * end.
 */
const serverPhases: ReadonlyMap<string, Phase> = new Map([
  ["off", "off"],
  ["stopped", "off"],
  ["on", "on"],
  ["running", "on"],
  ["starting", "moving"],
  ["booting", "moving"],
  ["stopping", "moving"],
  ["rebooting", "moving"],
  ["locked", "locked"],
]);

const phaseOf = ({ state }: V1Server): Phase => serverPhases.get(state ?? "") ?? "unknown";

const textIn = (entry: unknown): string | null => {
  if (typeof entry === "string") return entry;
  return typeof entry === "object" && entry !== null && "id" in entry && typeof entry.id === "string"
    ? entry.id
    : null;
};

const volumesOf = ({ volumes }: V1Server): Volume[] =>
  Object.values(volumes ?? {}).flatMap((entry) => {
    const id = textIn(entry);
    return id === null || id === "" ? [] : [{ id, store: "local" as const }];
  });

/** What a look at a server says. */
export const serverObservation = (server: V1Server, requestId: string | null): Observation => ({
  ...bareObservation(phaseOf(server), requestId, null),
  state: server.state ?? null,
  name: server.name ?? null,
  made_by: makerInName(server.name ?? ""),
  volumes: volumesOf(server),
});

/** What a look at anything else says: that it is there, at rest. */
export const thingObservation = (thing: V1Thing, requestId: string | null): Observation => ({
  ...bareObservation("off", requestId, null),
  name: thing.name ?? null,
  made_by: makerInName(thing.name ?? ""),
});

/** When it was made, as the provider wrote it; empty where it does not say. */
export const createdAtOf = (thing: V1Thing): string => thing.creation_date ?? thing.created_at ?? "";

/** A thing as the sweeper is shown it. There are no tags in it: what is attached to a server are things of their own. */
export const markedThing = (type: string, thing: V1Thing, seen: Observation): Marked => ({
  resource: { type, id: thing.id },
  name: thing.name ?? null,
  tags: [],
  createdAt: createdAtOf(thing) === "" ? null : createdAtOf(thing),
  phase: seen.phase,
  state: seen.state,
  isProtected: false,
  usedBy: null,
  volumes: seen.volumes,
});

const nameOf = (input: JsonObject): string => (typeof input["name"] === "string" ? input["name"] : "");

/** Whether the name leaves room for the marker. */
export const hasRoomForMarker = (input: JsonObject): boolean => {
  const longestMarker = { operation: `swy:op=op_${"0".repeat(26)}`, deployment: "" };
  return markedName(nameOf(input), longestMarker, nameLimit) !== null;
};

/** What the step of a new name says. */
export const noteOf = ({ name }: JsonObject): { readonly note?: string } => noteOfName(name, nameLimit);

/** Body of PUT /servers/{id}: the new name, with the marker that the present one bears. */
export const renamedBody = (input: JsonObject, { name: present }: V1Thing): JsonObject => ({
  ...input,
  name: renamed(nameOf(input), present ?? "", nameLimit),
});

const named = (input: JsonObject, marker: Marker): JsonObject => ({
  ...input,
  name: markedName(nameOf(input), marker, nameLimit) ?? nameOf(input),
});

/**
 * Body of POST /servers. There is no place for tags in it, so the marker is in the name. `volumes` is the one parameter
 * that the document has, and "required".
 */
const serverBodyOf = (connection: Connection, input: JsonObject, marker: Marker): JsonObject => ({
  ...without(named(input, marker), ["start"]),
  volumes: input["volumes"] ?? [],
  ...(connection.organization === undefined ? {} : { organization: connection.organization }),
});

/** Body of the POST that makes a thing; the marker is in its name, but for volumes, which have none. */
export const bodyOf = (connection: Connection, kind: Kind, input: JsonObject, marker: Marker): JsonObject => {
  if (kind === "server.create") return serverBodyOf(connection, input, marker);
  return kind === "volume.create" ? input : named(input, marker);
};
