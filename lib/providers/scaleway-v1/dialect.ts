import type { Dialect } from "../../ports/provider.ts";
import { collectionOf } from "../read-rules.ts";
import { v1Kinds } from "./catalogue.ts";
import { v1Reads } from "./reads.ts";

/** The API of seed 002 as data. */
export const v1Dialect: Dialect = {
  name: "scaleway-v1",
  kinds: v1Kinds,
  collections: v1Reads("", "v1").map(collectionOf),
  // What lies between off and on may have no word that we know, and a power-on took up to two minutes (providers.md 1.3).
  graceSeconds: 180,
  // One host, one version; `organization` may be given, and is sent with a create then.
  checkConnection: () => null,
};
