import type { Connection } from "../../connection.ts";
import { itemRule, listRule, mapRule, textRule, wordsRule } from "../read-rules.ts";
import type { ReadPlace, ReadRule } from "../read-through.ts";

const serverFilters = [
  "name",
  "state",
  "tags",
  "commercial_type",
  "servers",
  "project",
  "organization",
  "private_network",
  "private_networks",
  "with_ip",
  "without_ip",
  "order",
] as const;
const ownerFilters = ["name", "tags", "project", "organization"] as const;
const imageFilters = ["image_label", "image_id", "version_id", "type", "arch", "order_by"] as const;

type PlaceOf = (path: string, key: string | null) => ReadPlace;

const serverReads = (at: PlaceOf): readonly ReadRule[] => [
  // Oldest first, so that a server made meanwhile doesn't push one that was shown onto the next page.
  listRule("servers", at("servers", "servers"), serverFilters, { query: { order: "creation_date_asc" } }),
  itemRule("servers/:id", at("servers/:id", "server")),
  wordsRule("servers/:id/action", at("servers/:id/action", "actions")),
  wordsRule("servers/:id/user_data", at("servers/:id/user_data", "user_data")),
  textRule("servers/:id/user_data/:id", at("servers/:id/user_data/:id", null)),
  mapRule("products/servers", at("products/servers", "servers")),
  mapRule("products/servers/availability", at("products/servers/availability", "servers")),
];

/** Volumes live in two APIs; a single one is looked for in both. */
const volumeReads = (at: PlaceOf, block: PlaceOf): readonly ReadRule[] => [
  listRule("volumes", at("volumes", "volumes"), [...ownerFilters, "volume_type"]),
  itemRule("volumes/:id", at("volumes/:id", "volume"), block("volumes/:id", null)),
  listRule(
    "block_volumes",
    block("volumes", "volumes"),
    ["name", "tags", "project_id", "organization_id", "order_by"],
    { paging: "page_size" },
  ),
  itemRule("block_volumes/:id", block("volumes/:id", null)),
];

const otherReads = (at: PlaceOf): readonly ReadRule[] => [
  listRule("ips", at("ips", "ips"), ownerFilters),
  itemRule("ips/:id", at("ips/:id", "ip")),
  listRule("images", at("images", "images"), [...ownerFilters, "public", "arch"]),
  itemRule("images/:id", at("images/:id", "image")),
  listRule("snapshots", at("snapshots", "snapshots"), [...ownerFilters, "base_volume_id"]),
  itemRule("snapshots/:id", at("snapshots/:id", "snapshot")),
  listRule("security_groups", at("security_groups", "security_groups"), ownerFilters),
  itemRule("security_groups/:id", at("security_groups/:id", "security_group")),
  listRule("security_groups/:id/rules", at("security_groups/:id/rules", "rules")),
  listRule("placement_groups", at("placement_groups", "placement_groups"), ownerFilters),
  itemRule("placement_groups/:id", at("placement_groups/:id", "placement_group")),
];

/** Everything that can be read through at today's API, with the places of one connection. */
export const instanceReads = (root: string, connection: Pick<Connection, "zone">): readonly ReadRule[] => {
  const zone = connection.zone ?? "";
  const below =
    (prefix: string): PlaceOf =>
    (path, key) => ({ root, path: `${prefix}/${path}`, key });
  const instance = below(`instance/v1/zones/${zone}`);
  const market = below("marketplace/v2");
  return [
    ...serverReads(instance),
    ...volumeReads(instance, below(`block/v1/zones/${zone}`)),
    ...otherReads(instance),
    listRule("local-images", market("local-images", "local_images"), imageFilters, {
      paging: "page_size",
      query: { zone },
      // Without one of them the marketplace answers 400: it lists the images of a label, of an image, or of a version.
      needsOneOf: ["image_label", "image_id", "version_id"],
    }),
    itemRule("local-images/:id", market("local-images/:id", null)),
  ];
};
