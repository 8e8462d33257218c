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

const limitFields = {
  limit: z.number().nonnegative().nullish(),
  unlimited: z.boolean().nullish(),
};

/** A quota of the IAM API (`Quotum`): today a limit for each place, before one for all of them. */
export const quotumSchema = z.looseObject({
  name: z.string(),
  ...limitFields,
  limits: z
    .array(
      z.looseObject({
        zone: z.string().nullish(),
        region: z.string().nullish(),
        global: z.boolean().nullish(),
        ...limitFields,
      }),
    )
    .nullish(),
});
export type Quotum = z.infer<typeof quotumSchema>;

/** `GET /iam/v1alpha1/quota`. */
export const quotaListSchema = z.looseObject({ quota: z.array(quotumSchema) });

/** A server, where only whose it is and of which type matters. */
export const serverOwnerSchema = z.looseObject({
  commercial_type: z.string().nullish(),
  organization: z.string().nullish(),
  project: z.string().nullish(),
});

/** `GET …/servers`, read for the owners. */
export const serverOwnersSchema = z.looseObject({ servers: z.array(serverOwnerSchema) });
