import { itemRule, listRule, mapRule, textRule, wordsRule } from "../read-rules.ts";
import type { ReadPlace, ReadRule } from "../read-through.ts";

/** Everything that can be read through at the older compute API. Tokens are left out: their ids are secrets. */
export const computeReads = (root: string, accountRoot: string): readonly ReadRule[] => {
  const at = (path: string, key: string | null): ReadPlace => ({ root, path, key });
  const account = (path: string, key: string): ReadPlace => ({ root: accountRoot, path, key });
  return [
    listRule("servers", at("servers", "servers"), ["state", "name"]),
    itemRule("servers/:id", at("servers/:id", "server")),
    wordsRule("servers/:id/action", at("servers/:id/action", "actions")),
    wordsRule("servers/:id/user_data", at("servers/:id/user_data", "user_data")),
    textRule("servers/:id/user_data/:id", at("servers/:id/user_data/:id", null)),
    mapRule("products/servers", at("products/servers", "servers")),
    mapRule("products/servers/availability", at("products/servers/availability", "servers")),
    listRule("tasks", at("tasks", "tasks")),
    itemRule("tasks/:id", at("tasks/:id", "task")),
    listRule("volumes", at("volumes", "volumes"), ["name"]),
    itemRule("volumes/:id", at("volumes/:id", "volume")),
    listRule("ips", at("ips", "ips")),
    itemRule("ips/:id", at("ips/:id", "ip")),
    listRule("images", at("images", "images"), ["name", "arch"]),
    itemRule("images/:id", at("images/:id", "image")),
    listRule("snapshots", at("snapshots", "snapshots"), ["name"]),
    itemRule("snapshots/:id", at("snapshots/:id", "snapshot")),
    listRule("security_groups", at("security_groups", "security_groups"), ["name"]),
    itemRule("security_groups/:id", at("security_groups/:id", "security_group")),
    listRule("bootscripts", at("bootscripts", "bootscripts"), ["arch"]),
    itemRule("bootscripts/:id", at("bootscripts/:id", "bootscript")),
    listRule("organizations", account("organizations", "organizations")),
    itemRule("organizations/:id", account("organizations/:id", "organization")),
  ];
};
