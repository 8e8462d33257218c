import type { Marked } from "../../operation/marked.ts";
import type { Observation, Volume } from "../../operation/observation.ts";
import type { Resource } from "../../operation/operation.ts";
import type { Answer, Found } from "../../ports/provider.ts";
import { idOutside } from "./zone-id.ts";

/** The zone of what is told, and the connection's own. */
export interface Place {
  readonly zone: string;
  readonly home: string;
}

const resourceOutside = ({ type, id }: Resource, { zone, home }: Place): Resource => ({
  type,
  id: idOutside(id, zone, home),
});

const volumesOutside = (volumes: readonly Volume[], { zone, home }: Place): Volume[] =>
  volumes.map((volume) => ({ ...volume, id: idOutside(volume.id, zone, home) }));

/** The same things as a zone tells them, under the ids by which they are known outside it. */
export const observationOutside = (seen: Observation | null, place: Place): Observation | null =>
  seen === null ? null : { ...seen, volumes: volumesOutside(seen.volumes, place) };

export const answerOutside = (answer: Answer, place: Place): Answer => ({
  ...answer,
  resource: answer.resource === null ? null : resourceOutside(answer.resource, place),
  observation: observationOutside(answer.observation, place),
});

export const foundOutside = (found: Found, place: Place): Found => ({
  ...found,
  resource: resourceOutside(found.resource, place),
  observation: { ...found.observation, volumes: volumesOutside(found.observation.volumes, place) },
});

export const markedOutside = (thing: Marked, place: Place): Marked => ({
  ...thing,
  resource: resourceOutside(thing.resource, place),
  usedBy: thing.usedBy === null ? null : idOutside(thing.usedBy, place.zone, place.home),
  volumes: volumesOutside(thing.volumes, place),
});
