import type { Connection } from "../../connection.ts";
import type { Dialect } from "../../ports/provider.ts";
import { instanceKinds } from "./catalogue.ts";
import { collectionOf } from "../read-rules.ts";
import { instanceReads } from "./reads.ts";

const zonePattern = /^[a-z]{2}-[a-z]{3}-\d{1,2}$/;

const checkConnection = (connection: Connection): { field: string; detail: string } | null => {
  if (connection.zone === undefined) return { field: "zone", detail: "is required, for example fr-par-1" };
  if (!zonePattern.test(connection.zone)) {
    return { field: "zone", detail: "must be a zone such as fr-par-1, nl-ams-1 or pl-waw-2" };
  }
  if (connection.project === undefined && connection.organization === undefined) {
    return { field: "project", detail: "is required: the id of the project that owns the servers" };
  }
  if (connection.project !== undefined && connection.organization !== undefined) {
    return { field: "organization", detail: "leave it out: the provider takes a project or an organization" };
  }
  return null;
};

/** Today's Instance API as data. */
export const instanceDialect: Dialect = {
  name: "scaleway-instance",
  kinds: instanceKinds,
  collections: instanceReads("", {}).map(collectionOf),
  checkConnection,
};
