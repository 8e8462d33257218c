import type { ReadRule } from "../read-through.ts";
import { itemRule, listRule } from "../read-rules.ts";

const servers = "api/application/servers";

/** What can be read of this panel. Its filters search within texts; numbers are compared again by us. */
export const panelReads = (root: string): readonly ReadRule[] => [
  listRule("servers", { root, path: servers, key: "data" }, [
    "name",
    "user_id",
    "node_id",
    "vmid",
    "description",
    "installing",
    "sort",
  ]),
  itemRule("servers/:id", { root, path: `${servers}/:id`, key: "data" }),
  itemRule("servers/:id/specifications", { root, path: `${servers}/:id/specifications`, key: "data" }),
];
