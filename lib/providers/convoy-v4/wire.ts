import * as z from "zod";

const countSchema = z.number().nullish();
const addressSchema = z.looseObject({ id: z.number() });

/** What a server may use, as the panel shows it: bytes, but for cores and counts; null is unlimited. */
const limitsSchema = z.looseObject({
  cpu: countSchema,
  memory: countSchema,
  disk: countSchema,
  snapshots: countSchema,
  backups: countSchema,
  bandwidth: countSchema,
  addresses: z
    .looseObject({ ipv4: z.array(addressSchema).nullish(), ipv6: z.array(addressSchema).nullish() })
    .nullish(),
});
export type PanelLimits = z.infer<typeof limitsSchema>;

/** A server as the panel sends it. */
export const serverSchema = z.looseObject({
  /** The first 8 characters of the UUID. */
  id: z.string().min(1),
  /** The number in the panel's database: it only grows. */
  internal_id: z.int().nonnegative().nullish(),
  uuid: z.string().nullish(),
  name: z.string().nullish(),
  hostname: z.string().nullish(),
  /** Null is ready; left out, nothing is known. */
  status: z.string().nullish(),
  limits: limitsSchema.nullish(),
});
export type PanelServer = z.infer<typeof serverSchema>;

export const serverEnvelope = z.looseObject({ data: serverSchema });
