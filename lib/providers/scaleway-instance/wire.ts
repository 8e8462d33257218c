import * as z from "zod";
import { volumeSchema } from "../scaleway-volume.ts";

/** `GET` and `POST …/instance/v1/…/volumes/{id}`. */
export const volumeEnvelope = z.looseObject({ volume: volumeSchema });

/** A list of volumes of either API; the block API counts in the body, the instance API in a header. */
export const volumeListEnvelope = z.looseObject({
  volumes: z.array(volumeSchema),
  total_count: z.number().optional(),
});

/** `GET` and `POST …/block/v1/…/volumes/{id}`: no envelope. */
export const blockVolumeSchema = volumeSchema;
