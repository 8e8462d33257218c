import type { Connection } from "../../connection.ts";
import type { Dialect } from "../../ports/provider.ts";
import { collectionOf } from "../read-rules.ts";
import { onlyInV1 } from "../kind-words.ts";
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
  system: "Scaleway servers resource of April 2014",
  documents: ["001"],
  signs: { on: "`running` is true", off: "`running` is false", gone: "404 in the provider's words" },
  cannot: [
    onlyInV1,
    { what: "volume.*", why: "The document has no volumes of their own; a server names those that it has." },
    { what: "specifications.update", why: "The document has no types; a server's size can't be changed." },
    { what: "cloud_init", why: "The document has no user data." },
    { what: "filters", why: "GET /servers takes none: the whole list is read." },
  ],
  assumed: [
    "The key is sent as X-Auth-Token, and errors have a type and a message, as the APIs that followed had them.",
    "Between off and on nothing can be seen: only time tells that a power action had no effect, so it is asked for again after 180 seconds.",
    "`resetsoft`, `resethard`, `backup` and `restore` have no end that can be seen, and succeed when they are accepted.",
  ],
  kinds: draftKinds,
  collections: draftReads("").map(collectionOf),
  // Between off and on nothing can be seen, and a power-on took up to two minutes (providers.md 1.3).
  graceSeconds: 180,
  checkConnection,
};
