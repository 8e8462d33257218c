import * as z from "zod";
import type { JsonObject } from "../../operation/json.ts";
import type { Kind } from "../../operation/kind.ts";
import type { KindOffer, PlannedStep } from "../../ports/provider.ts";
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
import { withWords, type KindWords } from "../kind-words.ts";
import {
  deleteFields,
  scalewayOffers,
  serverActionSteps,
  serverCreateSteps,
  serverDeleteSteps,
  type OwnParts,
} from "../scaleway-steps.ts";
import { addressTypes, newAddressesIn } from "./addresses.ts";
import { checkFallback } from "./choices.ts";

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

/** An address that exists, by its id, or a new one. */
const publicIpSchema = z.union([uuidSchema, z.strictObject({ type: z.enum(addressTypes) })], {
  error: `must be the id of an address, or {"type": "${addressTypes.join('" | "')}"} for a new one`,
});

/** What create and update have in common. */
const serverFields = {
  tags: tagsSchema.exactOptional(),
  volumes: volumesSchema.exactOptional(),
  dynamic_ip_required: z.boolean().exactOptional(),
  public_ips: z.array(publicIpSchema).max(20).exactOptional(),
  placement_group: uuidSchema.exactOptional(),
  boot_type: z.enum(["local", "rescue", "bootscript"]).exactOptional(),
  protected: z.boolean().exactOptional(),
  enable_ipv6: z.boolean().exactOptional(),
  routed_ip_enabled: z.boolean().exactOptional(),
  admin_password_encryption_ssh_key_id: uuidSchema.exactOptional(),
};

const alternativeSchema = z
  .strictObject({
    type: textOf(1, 60).exactOptional(),
    /** The connection's own, or one of its `fallback_zones`. */
    zone: textOf(1, 20).exactOptional(),
  })
  .refine(({ type, zone }) => type !== undefined || zone !== undefined, {
    error: "must say another type, another zone, or both",
  });

const serverCreateInput = z
  .strictObject({
    ...newServerFields,
    /** A label (`ubuntu_noble`) or an id. */
    image: textOf(1, 255).exactOptional(),
    ...serverFields,
    security_group: uuidSchema.exactOptional(),
    public_ip: uuidSchema.exactOptional(),
    /** What may be made instead, in that order, where the provider says that it has none, or no quota for it. */
    fallback: z.array(alternativeSchema).min(1).max(10).exactOptional(),
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
    security_group: z
      .union([uuidSchema, z.strictObject({ id: uuidSchema, name: textOf(1, 255).exactOptional() })], {
        error: "must be the id of a security group, or {id, name?}",
      })
      .exactOptional(),
    /** Taken out and put in one by one; `volumes` says all of them at once. */
    attach_volumes: z.array(uuidSchema).min(1).max(16).exactOptional(),
    detach_volumes: z.array(uuidSchema).min(1).max(16).exactOptional(),
    /** Given back: they are gone then, and cost nothing any more. */
    release_public_ips: z.array(uuidSchema).min(1).max(20).exactOptional(),
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

const words: Readonly<Partial<Record<Kind, KindWords>>> = {
  "server.create": {
    example: { name: "web-1", type: "DEV1-S", image: "ubuntu_noble", tags: ["env=dev"] },
    money:
      "The server bills by the hour, an hour at least for each start; its volumes and addresses bill as long as they exist. dynamic_ip_required is true unless it is set to false.",
    note: "An image's label makes a block volume, an image's id makes a local one of the type's largest size. With fallback, other types or zones are tried in their order when the provider says that it has none; what is made in another zone bears the zone in its id, and choice tells which was taken.",
  },
  "server.update": {
    example: { name: "web-2", tags: ["env=prod"] },
    note: "commercial_type can change only while the server is stopped. attach_volumes and detach_volumes move single volumes; an address of public_ips that says only its type is made anew, and release_public_ips gives addresses back.",
  },
  "server.delete": {
    money:
      "All volumes stay and bill unless with_volumes is true, which deletes block volumes too; reserved addresses stay and bill; those that were made with the server go when with_public_ips is true.",
    note: "A server that is protected is refused: take the protection away first (server.update protected: false).",
  },
  "server.stop": {
    money:
      "Off is not free: volumes and addresses go on billing. In standby (the action stop_in_place, or a guest that halts itself) the server bills as if it ran.",
  },
  "server.action": {
    example: { action: "backup" },
    money:
      "terminate deletes local volumes and leaves block volumes, which bill on; stop_in_place leaves the server billing; backup makes an image and snapshots, which bill.",
    note: "A backup ends when its image is available; the image is the operation's task: images/{id}.",
  },
  "volume.create": {
    example: { name: "data-1", size: 20_000_000_000 },
    money: "A volume bills from its creation to its deletion, attached or not.",
  },
  "volume.delete": {
    note: "A block volume that was just detached is in use for some seconds more, and is asked for again.",
  },
};

const serverDeleteInput = z.strictObject({
  ...deleteFields,
  /** The addresses that operations have made for the server as well; never one that was only attached. */
  with_public_ips: z.boolean().default(false),
});

/** New addresses are made between the create and the first boot, attached to what they are for. */
const createSteps = (input: JsonObject): readonly PlannedStep[] =>
  serverCreateSteps(input, input["cloud_init"] !== undefined || newAddressesIn(input).length > 0);

/** An address that goes too soon would be lost to a server that stays: so only when the server is gone. */
const deleteSteps = (input: JsonObject): readonly PlannedStep[] => {
  const [remove, ...rest] = serverDeleteSteps(input);
  if (remove === undefined || input["with_public_ips"] !== true) return serverDeleteSteps(input);
  return [remove, { name: "remove_addresses", mode: "repeat", goal: "answered" }, ...rest];
};

/** A backup is over when its image can be used; the answer names the image, which becomes the operation's task. */
const actionSteps = (input: JsonObject): readonly PlannedStep[] =>
  input["action"] === "backup"
    ? [...serverActionSteps(input), { name: "build", mode: "watch", goal: "on" }]
    : serverActionSteps(input);

const own: OwnParts = {
  "server.create": {
    steps: createSteps,
    check: checkFallback,
    variants: [{ input: { public_ips: [{ type: "routed_ipv4" }] }, when: "public_ips holds a new address" }],
  },
  "server.delete": {
    input: serverDeleteInput,
    steps: deleteSteps,
    variants: [{ input: { with_public_ips: true }, when: "with_public_ips is true" }],
  },
  "server.action": { steps: actionSteps },
};

/** What today's API offers, kind by kind. */
export const instanceKinds: ReadonlyMap<Kind, KindOffer> = withWords(
  scalewayOffers(
    {
      serverCreate: serverCreateInput,
      serverUpdate: serverUpdateInput,
      volumeCreate: volumeCreateInput,
    },
    own,
  ),
  words,
);
