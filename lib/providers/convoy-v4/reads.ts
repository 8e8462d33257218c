import { itemRule, listRule } from "../read-rules.ts";
import type { ReadItem } from "../../ports/provider.ts";
import { isObject } from "../../operation/json.ts";
import type { ReadRule } from "../read-through.ts";

const path = "api/application/servers";

/** The filters of the panel, without its brackets; it answers 400 to any other. */
const filters = ["*", "name", "node_id", "user_id", "address_pool_id"];

/** What can be read through: the panel's servers. */
export const v4Reads = (root: string): readonly ReadRule[] => [
  listRule("servers", { root, path, key: "data" }, filters),
  itemRule("servers/:id", { root, path: `${path}/:id`, key: "data" }),
];

/** A server whose status is null is ready: a reader is told so in a word. */
export const mendServer = (item: ReadItem): ReadItem =>
  isObject(item.raw) && item.raw["status"] === null ? { ...item, state: "ready" } : item;
