import { itemRule, wholeListRule, wordsRule } from "../read-rules.ts";
import type { ReadPlace, ReadRule } from "../read-through.ts";

/** Everything that can be read through at the draft: servers and their actions. */
export const draftReads = (root: string): readonly ReadRule[] => {
  const at = (path: string, key: string): ReadPlace => ({ root, path, key });
  return [
    wholeListRule("servers", at("servers", "servers")),
    itemRule("servers/:id", at("servers/:id", "server")),
    wordsRule("servers/:id/action", at("servers/:id/action", "actions")),
  ];
};
