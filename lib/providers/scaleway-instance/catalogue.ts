import * as z from "zod";
import type { Kind } from "../../operation/kind.ts";
import type { KindOffer } from "../../ports/provider.ts";
import {
  checkOneType,
  newServerFields,
  sizeBytesSchema,
  somethingToChange,
  tagsSchema,
  textOf,
  typeFields,
  uuidSchema,
  volumeMapOf,
} from "../input-parts.ts";
import { scalewayOffers } from "../scaleway-steps.ts";

/** A volume of a new server: from the image, from a snapshot, empty, or an existing one. */
const newServerVolumeSchema = z
  .strictObject({
    id: uuidSchema.exactOptional(),
    name: textOf(1, 255).exactOptional(),
    size: sizeBytesSchema.exactOptional(),
    volume_type: textOf(1, 40).exactOptional(),
    base_snapshot: uuidSchema.exactOptional(),
    boot: z.boolean().exactOptional(),
  })
  .refine((volume) => Object.keys(volume).length > 0, {
    error: "must say something: a size, a volume_type, a base_snapshot, or the id of an existing volume",
  });

const volumesSchema = volumeMapOf(newServerVolumeSchema);

/** What create and update have in common. */
const serverFields = {
  tags: tagsSchema.exactOptional(),
  volumes: volumesSchema.exactOptional(),
  dynamic_ip_required: z.boolean().exactOptional(),
  public_ips: z.array(uuidSchema).max(20).exactOptional(),
  placement_group: uuidSchema.exactOptional(),
  boot_type: z.enum(["local", "rescue", "bootscript"]).exactOptional(),
  protected: z.boolean().exactOptional(),
  enable_ipv6: z.boolean().exactOptional(),
  routed_ip_enabled: z.boolean().exactOptional(),
  admin_password_encryption_ssh_key_id: uuidSchema.exactOptional(),
};

const serverCreateInput = z
  .strictObject({
    ...newServerFields,
    /** A label (`ubuntu_noble`) or an id. */
    image: textOf(1, 255).exactOptional(),
    ...serverFields,
    security_group: uuidSchema.exactOptional(),
    public_ip: uuidSchema.exactOptional(),
  })
  .superRefine(checkOneType)
  .superRefine(({ image, volumes }, context) => {
    if (image !== undefined || (volumes !== undefined && Object.keys(volumes).length > 0)) return;
    const message = "is required: a label such as ubuntu_noble, or an id (or give volumes to boot from)";
    context.addIssue({ code: "custom", path: ["image"], message });
  });

const serverUpdateInput = z
  .strictObject({
    name: textOf(1, 255).exactOptional(),
    ...typeFields,
    ...serverFields,
    placement_group: uuidSchema.nullable().exactOptional(),
    security_group: z.strictObject({ id: uuidSchema, name: textOf(1, 255).exactOptional() }).exactOptional(),
  })
  .refine(...somethingToChange)
  .refine(({ type, commercial_type }) => type === undefined || commercial_type === undefined, {
    error: "means the same as type; give one of the two",
    path: ["commercial_type"],
  });

const blockTypes = ["sbs_volume", "sbs_5k", "sbs_15k"] as const;
const localTypes = ["l_ssd", "scratch"] as const;

const volumeCreateInput = z
  .strictObject({
    name: textOf(1, 255),
    volume_type: z
      .enum([...localTypes, ...blockTypes], {
        error: `must be one of ${[...localTypes, ...blockTypes].join(", ")}`,
      })
      .default("l_ssd"),
    size: sizeBytesSchema.exactOptional(),
    base_snapshot: uuidSchema.exactOptional(),
    /** Block volumes only. */
    perf_iops: z.int().positive().exactOptional(),
    tags: tagsSchema.exactOptional(),
  })
  .superRefine((input, context) => {
    if (input.size === undefined && input.base_snapshot === undefined) {
      context.addIssue({
        code: "custom",
        path: ["size"],
        message: "is required: bytes (or give a base_snapshot)",
      });
    }
    const isLocal = localTypes.some((type) => type === input.volume_type);
    if (isLocal && input.perf_iops !== undefined) {
      const message = "is for block volumes; leave it out, or set volume_type to sbs_volume";
      context.addIssue({ code: "custom", path: ["perf_iops"], message });
    }
  });

/** What today's API offers, kind by kind. */
export const instanceKinds: ReadonlyMap<Kind, KindOffer> = scalewayOffers({
  serverCreate: serverCreateInput,
  serverUpdate: serverUpdateInput,
  volumeCreate: volumeCreateInput,
});
