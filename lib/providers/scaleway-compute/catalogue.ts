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
  uuidSchema,
  volumeMapOf,
} from "../input-parts.ts";
import { withWords, type KindWords } from "../kind-words.ts";
import { scalewayOffers } from "../scaleway-steps.ts";

const volumeForms =
  "must be the id of a volume, or {name, size, volume_type, organization} for a new one, or {size} for the image's own";

/** A volume of a new server: an existing one by its id, a new one, or another size of the image's own. */
const newServerVolumeSchema = z.union(
  [
    uuidSchema,
    z.strictObject({
      name: textOf(1, 255).exactOptional(),
      organization: uuidSchema.exactOptional(),
      size: sizeBytesSchema.exactOptional(),
      volume_type: textOf(1, 40).exactOptional(),
      base_snapshot: uuidSchema.exactOptional(),
    }),
  ],
  { error: volumeForms },
);

/** A volume of a server that exists: most fields have to be left unset for a PATCH to succeed. */
const keptVolumeSchema = z.strictObject({ id: uuidSchema, name: textOf(1, 255).exactOptional() });

const checkOneIpField = (
  input: { readonly dynamic_ip_required?: boolean; readonly dynamic_public_ip?: boolean },
  context: z.RefinementCtx,
): void => {
  if (input.dynamic_ip_required === undefined || input.dynamic_public_ip === undefined) return;
  const message = "means the same as dynamic_ip_required; give one of the two";
  context.addIssue({ code: "custom", path: ["dynamic_public_ip"], message });
};

const serverFields = {
  tags: tagsSchema.exactOptional(),
  enable_ipv6: z.boolean().exactOptional(),
  dynamic_ip_required: z.boolean().exactOptional(),
  /** What the document calls it in half of its examples. */
  dynamic_public_ip: z.boolean().exactOptional(),
  bootscript: uuidSchema.exactOptional(),
};

const serverCreateInput = z
  .strictObject({
    ...newServerFields,
    image: uuidSchema,
    ...serverFields,
    volumes: volumeMapOf(newServerVolumeSchema).exactOptional(),
    public_ip: uuidSchema.exactOptional(),
    security_group: uuidSchema.exactOptional(),
    boot_type: z.enum(["local", "bootscript"]).exactOptional(),
  })
  .superRefine(checkOneType)
  .superRefine(checkOneIpField);

const serverUpdateInput = z
  .strictObject({
    name: textOf(1, 255).exactOptional(),
    ...serverFields,
    volumes: volumeMapOf(keptVolumeSchema).exactOptional(),
    security_group: z.strictObject({ id: uuidSchema, name: textOf(1, 255).exactOptional() }).exactOptional(),
  })
  .refine(...somethingToChange)
  .superRefine(checkOneIpField);

const sources = ["size", "base_volume", "base_snapshot"] as const;

const volumeCreateInput = z
  .strictObject({
    /** Our marker is added as a word of its own. */
    name: textOf(1, 200),
    volume_type: z.enum(["l_ssd"], { error: "must be l_ssd, the only type here" }).default("l_ssd"),
    size: sizeBytesSchema.exactOptional(),
    base_volume: uuidSchema.exactOptional(),
    base_snapshot: uuidSchema.exactOptional(),
  })
  .superRefine((input, context) => {
    const given = sources.filter((source) => input[source] !== undefined);
    if (given.length === 1) return;
    const message =
      given.length === 0
        ? "is required: bytes (or give base_volume or base_snapshot)"
        : `only one of ${sources.join(", ")}`;
    context.addIssue({ code: "custom", path: [given[1] ?? "size"], message });
  });

const words: Readonly<Partial<Record<Kind, KindWords>>> = {
  "server.create": {
    example: {
      name: "web-1",
      type: "VC1S",
      image: "85917034-46b0-4cc5-8b48-f0a2245e357e",
      tags: ["env=dev"],
    },
    money:
      "The server and its volumes bill from here on; dynamic_ip_required is true unless it is set to false.",
    note: "A type that is out of stock is accepted, and falls back to stopped when it is started: OUT_OF_STOCK or START_FAILED.",
  },
  "server.update": { example: { name: "web-2", tags: ["env=prod"] } },
  "server.delete": {
    money:
      "Volumes stay and bill unless with_volumes is true; a reserved address stays and bills in any case.",
    note: "A server that runs is stopped first, which copies its disks out and takes minutes; with_volumes skips that.",
  },
  "server.stop": { money: "Volumes and a reserved address bill while the server is off." },
  "server.action": {
    example: { action: "backup" },
    money: "terminate deletes the server's volumes with it.",
    note: "The document lists poweron, poweroff and reboot; terminate exists as well.",
  },
  "volume.create": {
    example: { name: "data-1", size: 10_000_000_000 },
    money: "A volume bills from its creation to its deletion, attached or not.",
    note: "Volumes have no tags here: our marker is a word of the name.",
  },
};

/** What the older compute API offers, kind by kind. */
export const computeKinds: ReadonlyMap<Kind, KindOffer> = withWords(
  scalewayOffers({
    serverCreate: serverCreateInput,
    serverUpdate: serverUpdateInput,
    volumeCreate: volumeCreateInput,
  }),
  words,
);
