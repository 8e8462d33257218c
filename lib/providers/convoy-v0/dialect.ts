import type { Dialect } from "../../ports/provider.ts";
import { checkPanelUrl } from "../convoy-transport.ts";
import { collectionOf } from "../read-rules.ts";
import { panelKinds } from "./catalogue.ts";
import { panelReads } from "./reads.ts";

/** Convoy's application API of 2022-08 as data. */
export const convoyV0Dialect: Dialect = {
  name: "convoy-v0",
  kinds: panelKinds,
  collections: panelReads("").map(collectionOf),
  checkConnection: checkPanelUrl,
};
