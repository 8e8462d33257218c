import * as z from "zod";

/**
 * A server as the panel shows it. `installing` is null in the answer to a create, then 0 or 1; whatever else stands
 * there is kept as it is, and known to nobody.
 */
export const serverSchema = z.looseObject({
  id: z.union([z.int().positive(), z.string().regex(/^\d+$/)]).transform(String),
  vmid: z.number().nullish(),
  installing: z.union([z.number(), z.boolean(), z.string()]).nullish(),
  name: z.string().nullish(),
  user_id: z.number().nullish(),
  node_id: z.number().nullish(),
});
export type PanelServer = z.infer<typeof serverSchema>;

/** Answer of every call on one server. */
export const serverEnvelope = z.looseObject({ data: serverSchema });

/**
 * Specifications as the panel shows them, memory in bytes. Without a machine the parts may be null, or those of
 * another machine; `disk` is null whatever there is.
 */
export const specificationsSchema = z.looseObject({
  node: z.string().nullish(),
  cores: z.number().nullish(),
  memory: z.number().nullish(),
  disks: z.array(z.looseObject({ disk: z.string(), size: z.string().nullish() })).nullish(),
});
export type Specifications = z.infer<typeof specificationsSchema>;

/** Answer of `specifications`, read or changed. */
export const specificationsEnvelope = z.looseObject({ data: specificationsSchema.nullable() });
