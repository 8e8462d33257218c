import type { Connection } from "../../connection.ts";
import type { Dialect } from "../../ports/provider.ts";
import { collectionOf } from "../read-rules.ts";
import { draftKinds } from "./catalogue.ts";
import { draftReads } from "./reads.ts";

const checkConnection = ({ organization }: Connection): { field: string; detail: string } | null =>
  organization === undefined
    ? { field: "organization", detail: "is required: the id of the organization that owns the servers" }
    : null;

/** The servers resource of April 2014 (seed 001) as data. */
export const draftDialect: Dialect = {
  name: "scaleway-draft",
  mayOmitIds: true,
  kinds: draftKinds,
  collections: draftReads("").map(collectionOf),
  // Between off and on nothing can be seen, and a power-on took up to two minutes (providers.md 1.3).
  graceSeconds: 180,
  checkConnection,
};
