import type { Connection } from "../../connection.ts";
import type { Json, JsonObject } from "../../operation/json.ts";
import type { Marked } from "../../operation/marked.ts";
import { madeBy, peoplesTags, withMarker, type Marker } from "../../operation/marker.ts";
import { bareObservation, type Observation, type Phase, type Volume } from "../../operation/observation.ts";
import { listOf, without } from "../input-parts.ts";
import { volumeEntrySchema, type DraftServer } from "./wire.ts";

/** The flag as a phase; anything but true or false is `unknown`. */
export const phaseOf = ({ running }: DraftServer): Phase => {
  if (running === true) return "on";
  return running === false ? "off" : "unknown";
};

/** The flag as a word, for people. */
export const stateOf = ({ running }: DraftServer): string => {
  if (running === true) return "running";
  return running === false ? "stopped" : `running: ${JSON.stringify(running ?? null)}`;
};

/** The ids in a server's list of volumes; an entry without one can't be acted on and is left out. */
const volumesOf = ({ volumes }: DraftServer): Volume[] =>
  (volumes ?? []).flatMap((entry) => {
    const volume = volumeEntrySchema.safeParse(entry);
    return volume.success ? [{ id: volume.data.id, store: "local" }] : [];
  });

/** What a look at a server says. There is no time of change and no task here. */
export const observationOf = (server: DraftServer, requestId: string | null): Observation => ({
  ...bareObservation(phaseOf(server), requestId, null),
  state: stateOf(server),
  name: server.name ?? null,
  made_by: madeBy(server.tags ?? []),
  tags: peoplesTags(server.tags ?? []),
  volumes: volumesOf(server),
});

/** As the sweeper sees it: without its volumes, which nobody can look at or delete through this API. */
export const markedServer = (server: DraftServer): Marked => ({
  resource: { type: "server", id: server.id },
  name: server.name ?? null,
  tags: server.tags ?? [],
  createdAt: null,
  phase: phaseOf(server),
  state: stateOf(server),
  isProtected: false,
  usedBy: null,
  volumes: [],
});

/**
 * Body of POST /servers. `volumes` stands among the required parameters, so it is there even when it is empty; our
 * marker is among the tags.
 */
export const serverBodyOf = (connection: Connection, input: JsonObject, marker: Marker): JsonObject => ({
  volumes: [],
  ...without(input, ["start"]),
  organization: connection.organization ?? null,
  tags: withMarker(listOf(input["tags"]), marker),
});

const ours = /^swy:/;

/** The volumes that were asked for, as they stand in the server's list where they do. */
const volumesWith = (server: DraftServer, wanted: readonly string[]): Json[] =>
  wanted.map(
    (id) =>
      (server.volumes ?? []).find((entry) => volumeEntrySchema.safeParse(entry).data?.id === id) ?? { id },
  );

/**
 * Body of PUT /servers/{id}: the whole object as it was just read, whatever else it holds, with the changes. The
 * caller's tags take the place of the caller's, never of our marker.
 */
export const replacementOf = (server: DraftServer, changes: JsonObject): JsonObject => {
  const { tags, volumes } = changes;
  const marks = (server.tags ?? []).filter((tag) => ours.test(tag));
  const whole: Record<string, Json | undefined> = {
    ...server,
    ...changes,
    ...(tags === undefined ? {} : { tags: [...listOf(tags), ...marks] }),
    ...(volumes === undefined ? {} : { volumes: volumesWith(server, listOf(volumes)) }),
  };
  return Object.fromEntries(
    Object.entries(whole).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
};
