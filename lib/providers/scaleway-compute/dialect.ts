import type { Connection } from "../../connection.ts";
import type { Dialect } from "../../ports/provider.ts";
import { computeKinds } from "./catalogue.ts";
import { collectionOf } from "../read-rules.ts";
import { computeReads } from "./reads.ts";

const checkConnection = (connection: Connection): { field: string; detail: string } | null => {
  if (connection.organization === undefined) {
    return { field: "organization", detail: "is required: the id of the organization that owns the servers" };
  }
  if (connection.region === undefined && connection.api_url === undefined) {
    return { field: "region", detail: "is required: par1 or ams1 (or an api_url)" };
  }
  return null;
};

/** The older compute API as data. */
export const computeDialect: Dialect = {
  name: "scaleway-compute",
  kinds: computeKinds,
  collections: computeReads("", "").map(collectionOf),
  checkConnection,
};
