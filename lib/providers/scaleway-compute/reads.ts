import type { ReadPlace, ReadRule } from "../read-through.ts";

/** Everything that can be read through at the older compute API. Tokens are left out: their ids are secrets. */
export const computeReads = (root: string, accountRoot: string): readonly ReadRule[] => {
  const at = (path: string, key: string): ReadPlace => ({ root, path, key });
  const list = (path: string, key: string, filters: readonly string[] = []): ReadRule => ({
    path,
    filters,
    form: "list",
    place: at(path, key),
    shape: "things",
    paging: "per_page",
  });
  const item = (path: string, key: string): ReadRule => ({
    path,
    filters: [],
    form: "item",
    places: [at(path, key)],
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
    list("servers", "servers", ["state", "name"]),
    item("servers/:id", "server"),
    words("servers/:id/action", "actions"),
    words("servers/:id/user_data", "user_data"),
    {
      path: "servers/:id/user_data/:id",
      filters: [],
      form: "text",
      place: at("servers/:id/user_data/:id", ""),
    },
    list("tasks", "tasks"),
    item("tasks/:id", "task"),
    list("volumes", "volumes", ["name"]),
    item("volumes/:id", "volume"),
    list("ips", "ips"),
    item("ips/:id", "ip"),
    list("images", "images", ["name", "arch"]),
    item("images/:id", "image"),
    list("snapshots", "snapshots", ["name"]),
    item("snapshots/:id", "snapshot"),
    list("security_groups", "security_groups", ["name"]),
    item("security_groups/:id", "security_group"),
    list("bootscripts", "bootscripts", ["arch"]),
    item("bootscripts/:id", "bootscript"),
    map("products/servers"),
    map("products/servers/availability"),
    {
      path: "organizations",
      filters: [],
      form: "list",
      place: { root: accountRoot, path: "organizations", key: "organizations" },
      shape: "things",
      paging: "per_page",
    },
    {
      path: "organizations/:id",
      filters: [],
      form: "item",
      places: [{ root: accountRoot, path: "organizations/:id", key: "organization" }],
    },
  ];
};
