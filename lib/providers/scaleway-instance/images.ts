import * as z from "zod";
import type { Clock } from "../../ports/clock.ts";
import { isObject } from "../../operation/json.ts";
import { bareObservation, type Observation, type Phase } from "../../operation/observation.ts";
import { ProviderDoubt, ProviderRefusal } from "../../ports/provider.ts";
import type { Pace } from "../pace.ts";
import { saysGone } from "../scaleway-refusal.ts";
import { patience, type Transport } from "../transport.ts";
import { backupTask } from "./backup-task.ts";
import { beforeCreate } from "./before-create.ts";
import { isUuid, type Order } from "./choices.ts";

/** Which storage an image's root is for. */
type ImageStorage = "instance_sbs" | "instance_local";

/** How long the image behind a label is taken as the same, in milliseconds: new ones come every few weeks. */
const keptFor = 300_000;

const localImagesSchema = z.looseObject({
  local_images: z.array(
    z.looseObject({ id: z.string().min(1), compatible_commercial_types: z.array(z.string()) }),
  ),
});
type LocalImages = z.infer<typeof localImagesSchema>["local_images"];

/** What an image is wanted for. */
export interface ImageWish {
  readonly label: string;
  readonly zone: string;
  readonly type: string;
  readonly storage: ImageStorage;
}

/** The image that an order names by its label, or null. A label means block storage unless the root says otherwise. */
export const imageWishOf = ({ input, zone, type }: Order): ImageWish | null => {
  const label = input["image"];
  if (typeof label !== "string" || isUuid(label)) return null;
  const volumes = isObject(input["volumes"]) ? input["volumes"] : {};
  const root = isObject(volumes["0"]) ? volumes["0"] : {};
  const isLocal = root["volume_type"] === "l_ssd" || root["volume_type"] === "scratch";
  return { label, zone, type, storage: isLocal ? "instance_local" : "instance_sbs" };
};

/** The marketplace: which image a label means in a zone, for a type of server and a kind of storage. */
export class Marketplace {
  readonly #transport: Transport;
  readonly #root: string;
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #kept = new Map<string, { readonly until: number; readonly images: LocalImages }>();
  readonly #looks = new Map<string, Promise<LocalImages | null>>();

  constructor(transport: Transport, root: string, clock: Clock, pace: Pace = beforeCreate) {
    this.#transport = transport;
    this.#root = root;
    this.#clock = clock;
    this.#pace = pace;
  }

  /**
   * The image's id; null when the marketplace can't be asked now (the instance API takes the label as well).
   * @throws ProviderRefusal INVALID_INPUT when there is no such image
   */
  async imageFor(wish: ImageWish): Promise<string | null> {
    const images = await this.#imagesOf(wish);
    if (images === null) return null;
    const fitting = images.find((image) => image.compatible_commercial_types.includes(wish.type));
    if (fitting !== undefined) return fitting.id;
    const { label, zone, type } = wish;
    const why =
      images.length === 0
        ? `The marketplace has no image ${label} in ${zone}.`
        : `The image ${label} of ${zone} is not made for ${type}.`;
    throw new ProviderRefusal("INVALID_INPUT", why, { status: null, param: "image" });
  }

  forget(): void {
    this.#kept.clear();
  }

  /** One look serves all who ask while it is under way. */
  #imagesOf(wish: ImageWish): Promise<LocalImages | null> {
    const key = `${wish.zone}/${wish.label}/${wish.storage}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#clock.now() < kept.until) return Promise.resolve(kept.images);
    const underWay = this.#looks.get(key);
    if (underWay !== undefined) return underWay;
    const look = this.#lookAnew(wish, key).finally(() => this.#looks.delete(key));
    this.#looks.set(key, look);
    return look;
  }

  async #lookAnew({ label, zone, storage }: ImageWish, key: string): Promise<LocalImages | null> {
    try {
      const { value } = await this.#transport.call(
        {
          method: "GET",
          root: this.#root,
          path: ["marketplace", "v2", "local-images"],
          query: { image_label: label, zone, type: storage, page_size: "100" },
          ...this.#pace,
        },
        localImagesSchema,
      );
      const images = value.local_images;
      if (images.length > 0) this.#kept.set(key, { until: this.#clock.now() + keptFor, images });
      return images;
    } catch (error) {
      if (error instanceof ProviderRefusal || error instanceof ProviderDoubt) return null;
      throw error;
    }
  }
}

const imageSchema = z.looseObject({ image: z.looseObject({ id: z.string(), state: z.string().nullish() }) });

const phases: ReadonlyMap<string, Phase> = new Map<string, Phase>([
  ["available", "off"],
  ["creating", "moving"],
  ["error", "failed"],
]);

/** Seconds for which an image that was just begun may be missing. */
const invisibleFor = 60;

/** One look at an image that a backup makes. */
export const seeImage = async (
  transport: Transport,
  place: { readonly root: string; readonly path: readonly string[] },
  imageId: string,
  ageSeconds: number,
): Promise<Observation> => {
  const task = backupTask(imageId);
  const call = {
    method: "GET" as const,
    root: place.root,
    path: [...place.path, imageId],
    patience: patience.look,
  };
  try {
    const { value, requestId } = await transport.call(call, imageSchema);
    const status = value.image.state ?? "unknown";
    const phase = phases.get(status) ?? "unknown";
    const progress = phase === "off" ? 100 : null;
    return { ...bareObservation(phase, requestId, { ...task, status, progress }), state: status };
  } catch (error) {
    if (!saysGone(error)) throw error;
    const requestId = error.provider.request_id ?? null;
    return bareObservation(ageSeconds < invisibleFor ? "unknown" : "gone", requestId, task);
  }
};
