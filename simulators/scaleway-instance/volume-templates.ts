import * as z from "zod";
import type { Owner } from "../scaleway/new-server.ts";
import type { VolumeRecord } from "../scaleway/records.ts";
import type { ServerType } from "../scaleway/server-types.ts";
import { invalidArguments, invalidRequest, notFound } from "./errors.ts";
import type { InstanceParts } from "./parts.ts";

/** The volumes of a create or an update: place → what should be there. */
const volumeTemplate = z.strictObject({
  id: z.string().nullish(),
  boot: z.boolean().nullish(),
  name: z.string().nullish(),
  size: z.number().int().nullish(),
  volume_type: z.enum(["l_ssd", "scratch", "sbs_volume", "b_ssd"]).nullish(),
  base_snapshot: z.string().nullish(),
  organization: z.string().nullish(),
  project: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
});

export const volumeTemplates = z.record(z.string().regex(/^\d+$/), volumeTemplate);

type VolumeTemplate = z.infer<typeof volumeTemplate>;

/** The image of a root volume. */
export interface RootImage {
  id: string;
  name: string;
  size: number;
  onBlockStorage: boolean;
}

/** Whose volumes are placed. */
export interface Placement {
  id: string;
  owner: Owner;
  image: RootImage | undefined;
  type: ServerType;
  templates: Record<string, VolumeTemplate>;
}

const wrong = (place: string, field: string, help: string) =>
  invalidArguments([
    { argument_name: `volumes.${place}.${field}`, reason: "constraint", help_message: help },
  ]);

const modernType = (type: VolumeTemplate["volume_type"]): VolumeRecord["volumeType"] | undefined =>
  type === "b_ssd" ? "sbs_volume" : (type ?? undefined);

const defaultBlockSize = 10_000_000_000;

/** What is checked first is made only when nothing else is wrong: a refused create leaves no volumes. */
type Making = () => VolumeRecord;

/** The volume that the image becomes. */
const planRoot = (parts: InstanceParts, placement: Placement, image: RootImage): Making => {
  const template = placement.templates["0"];
  const volumeType = modernType(template?.volume_type) ?? (image.onBlockStorage ? "sbs_volume" : "l_ssd");
  const size = volumeType === "sbs_volume" ? Math.max(image.size, defaultBlockSize) : placement.type.localMax;
  if (volumeType === "l_ssd" && placement.type.localMax === 0) {
    throw wrong("0", "volume_type", "this commercial type has no local storage");
  }
  const volume = { name: template?.name ?? image.name, volumeType, size: template?.size ?? size };
  return () => parts.volumes.create({ ...volume, tags: template?.tags ?? [] }, placement.owner);
};

/** An existing, free volume. @throws Refusal 404, or 400 when it is attached elsewhere. */
export const findFreeVolume = (parts: InstanceParts, id: string, serverId: string): VolumeRecord => {
  const volume = parts.holdings.volumes.get(id);
  if (volume === undefined) {
    throw notFound("instance_volume", id);
  }
  if (volume.serverId !== null && volume.serverId !== serverId) {
    throw invalidRequest(`volume ${id} is already attached to a server`);
  }
  return volume;
};

const planFromTemplate = (
  parts: InstanceParts,
  placement: Placement,
  place: string,
  template: VolumeTemplate,
): Making => {
  if (template.id != null) {
    const free = findFreeVolume(parts, template.id, placement.id);
    return () => free;
  }
  const snapshot =
    template.base_snapshot == null ? undefined : parts.holdings.snapshots.get(template.base_snapshot);
  if (template.base_snapshot != null && snapshot === undefined) {
    throw notFound("instance_snapshot", template.base_snapshot);
  }
  const size = template.size ?? snapshot?.size;
  if (size === undefined) {
    throw wrong(place, "size", "a new volume needs a size");
  }
  const volumeType = modernType(template.volume_type) ?? "l_ssd";
  const volume = {
    name: template.name ?? `volume-${place}`,
    volumeType,
    size,
    snapshotId: snapshot?.id ?? null,
  };
  return () => parts.volumes.create({ ...volume, tags: template.tags ?? [] }, placement.owner);
};

/** Makes or takes the volumes of a server and attaches them; returns its map of them. */
export const placeVolumes = (parts: InstanceParts, placement: Placement): Record<string, string> => {
  for (const [place, { size }] of Object.entries(placement.templates)) {
    if (size != null && size % 512 !== 0) {
      throw wrong(place, "size", "value must be a multiple of 512");
    }
  }
  const planned = Object.entries(placement.templates)
    .filter(([place, template]) => !(place === "0" && placement.image !== undefined && template.id == null))
    .map(([place, template]): [string, Making] => [
      place,
      planFromTemplate(parts, placement, place, template),
    ]);
  if (placement.image !== undefined && !planned.some(([place]) => place === "0")) {
    planned.unshift(["0", planRoot(parts, placement, placement.image)]);
  }
  return Object.fromEntries(
    planned.map(([place, make]) => [place, parts.volumes.attach(make(), placement.id).id]),
  );
};
