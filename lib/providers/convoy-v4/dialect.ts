import type { Dialect } from "../../ports/provider.ts";
import { checkPanelUrl } from "../convoy-transport.ts";
import { collectionOf } from "../read-rules.ts";
import { v4Kinds } from "./catalogue.ts";
import { v4Reads } from "./reads.ts";

/** Convoy's application API of version 4 as data. */
export const convoyV4Dialect: Dialect = {
  name: "convoy-v4",
  kinds: v4Kinds,
  collections: v4Reads("").map(collectionOf),
  checkConnection: checkPanelUrl,
};
