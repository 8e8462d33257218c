import type { Connection } from "../../connection.ts";
import type { Dialect } from "../../ports/provider.ts";
import { commercialTypeOf } from "../commercial-type.ts";
import { onlyInV1 } from "../kind-words.ts";
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
  system: "Scaleway compute API of cp-par1 and cp-ams1",
  documents: ["000", "004"],
  signs: {
    on: "`state` is `running`",
    off: "`state` is `stopped`",
    standby: "`state` is `stopped in place`",
    gone: "404 with the type `unknown_resource`",
    changed: "`modification_date` or the task tells of a change, and `state` is `running` again",
  },
  cannot: [
    onlyInV1,
    { what: "specifications.update", why: "A server's size is its type, which is chosen when it is made." },
    {
      what: "PUT /servers/{id}",
      why: "It replaces the whole server, so that what was read a moment ago undoes what others have changed; server.update sends PATCH with the fields that it names.",
    },
    { what: "tags on volumes", why: "The document has none; our marker stands in a volume's name." },
    { what: "tokens", why: "Their ids are the secrets themselves; they are neither made nor shown." },
  ],
  assumed: [
    "PATCH /servers/{id}, tasks and user data are not in the documents; every known client used them.",
    "A task is a hint: some stay pending after their server is gone, and some hosts have no tasks any more. The server itself decides.",
    "A server's type is sent as `commercial_type`, as the API took it; `type_field: type` sends the document's `type`.",
    "A 404 without a type is not taken as gone: it may come from a wrong path or a gateway.",
  ],
  kinds: computeKinds,
  collections: computeReads("", "").map(collectionOf),
  typeOf: commercialTypeOf,
  checkConnection,
};
