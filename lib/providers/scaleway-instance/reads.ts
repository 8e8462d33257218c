import type { Connection } from "../../connection.ts";
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

/** Everything that can be read through at today's API, with the places of one connection. */
export const instanceReads = (root: string, connection: Pick<Connection, "zone">): readonly ReadRule[] => {
  const zone = connection.zone ?? "";
  const at = (path: string, key: string): ReadPlace => ({
    root,
    path: `instance/v1/zones/${zone}/${path}`,
    key,
  });
  const block = (path: string, key: string | null): ReadPlace => ({
    root,
    path: `block/v1/zones/${zone}/${path}`,
    key,
  });
  const list = (
    path: string,
    key: string,
    filters: readonly string[],
    query: Readonly<Record<string, string>> = {},
  ): ReadRule => ({
    path,
    filters,
    form: "list",
    place: at(path, key),
    shape: "things",
    paging: "per_page",
    query,
  });
  const item = (path: string, ...places: readonly ReadPlace[]): ReadRule => ({
    path,
    filters: [],
    form: "item",
    places,
  });
  const words = (path: string, key: string): ReadRule => ({
    path,
    filters: [],
    form: "list",
    place: at(path, key),
    shape: "words",
    paging: "whole",
  });
  const map = (path: string): ReadRule => ({
    path,
    filters: [],
    form: "list",
    place: at(path, "servers"),
    shape: "map",
    paging: "per_page",
  });
  return [
    // Oldest first, so that a server made meanwhile doesn't push one onto the next page that was shown already.
    list("servers", "servers", serverFilters, { order: "creation_date_asc" }),
    item("servers/:id", at("servers/:id", "server")),
    words("servers/:id/action", "actions"),
    words("servers/:id/user_data", "user_data"),
    {
      path: "servers/:id/user_data/:id",
      filters: [],
      form: "text",
      place: at("servers/:id/user_data/:id", ""),
    },
    list("volumes", "volumes", [...ownerFilters, "volume_type"]),
    item("volumes/:id", at("volumes/:id", "volume"), block("volumes/:id", null)),
    {
      path: "block_volumes",
      filters: ["name", "tags", "project_id", "organization_id", "order_by"],
      form: "list",
      place: block("volumes", "volumes"),
      shape: "things",
      paging: "page_size",
    },
    item("block_volumes/:id", block("volumes/:id", null)),
    list("ips", "ips", ownerFilters),
    item("ips/:id", at("ips/:id", "ip")),
    list("images", "images", [...ownerFilters, "public", "arch"]),
    item("images/:id", at("images/:id", "image")),
    list("snapshots", "snapshots", [...ownerFilters, "base_volume_id"]),
    item("snapshots/:id", at("snapshots/:id", "snapshot")),
    list("security_groups", "security_groups", ownerFilters),
    item("security_groups/:id", at("security_groups/:id", "security_group")),
    list("security_groups/:id/rules", "rules", []),
    list("placement_groups", "placement_groups", ownerFilters),
    item("placement_groups/:id", at("placement_groups/:id", "placement_group")),
    map("products/servers"),
    map("products/servers/availability"),
    {
      path: "local-images",
      filters: ["image_label", "image_id", "version_id", "type", "arch", "order_by"],
      form: "list",
      place: { root, path: "marketplace/v2/local-images", key: "local_images" },
      shape: "things",
      paging: "page_size",
      query: { zone },
    },
    item("local-images/:id", { root, path: "marketplace/v2/local-images/:id", key: null }),
  ];
};
