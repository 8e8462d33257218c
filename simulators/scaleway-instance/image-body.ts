import { publicImages, type PublicImage } from "../scaleway/public-images.ts";
import type { ImageRecord } from "../scaleway/records.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { uuidOf } from "../randomness.ts";
import type { InstanceParts } from "./parts.ts";

const publisher = "51b656e3-4865-41e8-adbc-0c45bdd780db";
const published = Date.UTC(2026, 4, 4, 8, 30);

const imagesByZone = new Map<string, Map<string, { image: PublicImage; body: object }>>();

const publicBody = (image: PublicImage, zone: string): object => ({
  id: image.id,
  name: image.name,
  organization: publisher,
  project: publisher,
  root_volume: {
    id: uuidOf(`root/${image.id}`),
    name: image.name,
    size: image.storage === "instance_sbs" ? 0 : image.size,
    volume_type: image.storage === "instance_sbs" ? "sbs_snapshot" : "l_ssd",
  },
  extra_volumes: {},
  public: true,
  arch: image.arch,
  creation_date: toWireTime(published),
  modification_date: toWireTime(published),
  default_bootscript: null,
  from_server: null,
  state: "available",
  tags: [],
  zone,
});

/** The public images of a zone by id, made once: every server's body holds one. */
export const publicImagesOf = (zone: string): Map<string, { image: PublicImage; body: object }> => {
  const known = imagesByZone.get(zone);
  if (known !== undefined) {
    return known;
  }
  const fresh = new Map(
    publicImages(zone).map((image) => [image.id, { image, body: publicBody(image, zone) }]),
  );
  imagesByZone.set(zone, fresh);
  return fresh;
};

/** An image that was made here. */
export const ownImageBody = (image: ImageRecord, now: number): object => ({
  id: image.id,
  name: image.name,
  organization: image.organization,
  project: image.project,
  root_volume: {
    id: image.rootVolume.id,
    name: image.rootVolume.name,
    size: image.rootVolume.size,
    volume_type: image.rootVolume.volumeType,
  },
  extra_volumes: {},
  public: image.public,
  arch: image.arch,
  creation_date: toWireTime(image.createdAt),
  modification_date: toWireTime(image.createdAt),
  default_bootscript: null,
  from_server: image.fromServer,
  state: now < image.readyAt ? "creating" : "available",
  tags: image.tags,
  zone: image.zone,
});

/** The image of that id, public or made here; null when there is none. */
export const imageBody = (parts: InstanceParts, zone: string, id: string): object | null => {
  const own = parts.holdings.images.get(id);
  return own === undefined
    ? (publicImagesOf(zone).get(id)?.body ?? null)
    : ownImageBody(own, parts.world.clock.now());
};
