import * as z from "zod";
import { madeBy, type Marker } from "../operation/marker.ts";
import type { Observation, Phase, Task } from "../operation/observation.ts";

const word = z.string().nullish();

/**
 * A volume as the compute APIs (`state`, `server`, `creation_date`) and the block API (`status`, `references`,
 * `created_at`) send it.
 */
export const volumeSchema = z.looseObject({
  id: z.string().min(1),
  name: word,
  state: word,
  status: word,
  tags: z.array(z.string()).nullish(),
  volume_type: word,
  server: z.looseObject({ id: z.string() }).nullish(),
  references: z.array(z.unknown()).nullish(),
  creation_date: word,
  created_at: word,
  modification_date: word,
  updated_at: word,
});
export type ScalewayVolume = z.infer<typeof volumeSchema>;

/** Words of a volume that is neither at rest nor in use. */
const movingWords: ReadonlySet<string> = new Set([
  "creating",
  "deleting",
  "attaching",
  "detaching",
  "resizing",
  "updating",
  "snapshotting",
  "fetching",
  "saving",
  "hotsyncing",
]);

const isAttached = (volume: ScalewayVolume): boolean =>
  (volume.server !== null && volume.server !== undefined) || (volume.references ?? []).length > 0;

/** `off` is a volume at rest that can be deleted (a broken one too), `on` one that a server uses. */
export const phaseOfVolume = (volume: ScalewayVolume): Phase => {
  const said = volume.state ?? volume.status ?? "available";
  switch (said) {
    case "available":
      return isAttached(volume) ? "on" : "off";
    case "in_use":
      return "on";
    case "error":
      return "off";
    case "locked":
      return "locked";
    default:
      return movingWords.has(said) ? "moving" : "unknown";
  }
};

/** Where a volume may bear a marker: among its tags, or as a word of its name where there are no tags. */
export const marksOf = (volume: ScalewayVolume): string[] => [
  ...(volume.tags ?? []),
  ...(volume.name ?? "").split(" "),
];

/** The name of a volume where there is no place for tags: the caller's, then our marker as a word of its own. */
export const markedName = (name: string, marker: Marker): string => `${name} ${marker.operation}`;

/** What a look at a volume says. */
export const volumeObservation = (
  volume: ScalewayVolume,
  task: Task | null,
  requestId: string | null,
): Observation => ({
  phase: phaseOfVolume(volume),
  state: volume.state ?? volume.status ?? null,
  detail: null,
  name: volume.name ?? null,
  modified: volume.modification_date ?? volume.updated_at ?? null,
  is_protected: false,
  made_by: madeBy(marksOf(volume)),
  volumes: [],
  task,
  request_id: requestId,
});
