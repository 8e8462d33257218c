import { itemRule, listRule, wordsRule } from "../read-rules.ts";
import type { ReadPlace, ReadRule } from "../read-through.ts";

type Filters = readonly string[];

/** Everything that the document can read. `version`: the first segment of every path. */
export const v1Reads = (root: string, version: string): readonly ReadRule[] => {
  const at = (path: string, key: string): ReadPlace => ({ root, path: `${version}/${path}`, key });
  const list = (path: string, key: string, filters: Filters = []): ReadRule =>
    listRule(path, at(path, key), filters, { paging: "limit", shape: "bag" });
  const item = (path: string, key: string): ReadRule => itemRule(path, at(path, key));
  return [
    // The document has two names for two of its filters.
    list("servers", "servers", ["organization", "organization_id", "image", "image_id", "ip"]),
    item("servers/:id", "server"),
    wordsRule("servers/:id/action", at("servers/:id/action", "actions")),
    list("servers/:id/sessions", "sessions", ["active"]),
    item("servers/:id/sessions/:id", "session"),
    list("servers/:id/tags", "tags"),
    list("volumes", "volumes"),
    item("volumes/:id", "volume"),
    list("tags", "tags", ["server_id", "name"]),
    item("tags/:id", "tag"),
    list("tags/:id/metadatas", "metadatas", ["key"]),
    list("containers", "containers"),
    item("containers/:id", "container"),
    list("containers/:id/objects", "objects"),
    item("containers/:id/objects/:id", "object"),
    list("organizations", "organizations"),
    list("organizations/summary", "organizations"),
    item("organizations/:id", "organization"),
  ];
};
