import type { Connection } from "../../connection.ts";
import type { Dialect } from "../../ports/provider.ts";
import { commercialTypeOf } from "../commercial-type.ts";
import { onlyInV1 } from "../kind-words.ts";
import { instanceKinds } from "./catalogue.ts";
import { collectionOf } from "../read-rules.ts";
import { instanceReads } from "./reads.ts";

const zonePattern = /^[a-z]{2}-[a-z]{3}-\d{1,2}$/;

const checkConnection = (connection: Connection): { field: string; detail: string } | null => {
  if (connection.zone === undefined) return { field: "zone", detail: "is required, for example fr-par-1" };
  if (!zonePattern.test(connection.zone)) {
    return { field: "zone", detail: "must be a zone such as fr-par-1, nl-ams-1 or pl-waw-2" };
  }
  const odd = connection.fallback_zones?.find((zone) => !zonePattern.test(zone));
  if (odd !== undefined)
    return { field: "fallback_zones", detail: `${odd.slice(0, 40)} is no zone such as nl-ams-1` };
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
  system: "Scaleway Instance API v1, with its block volumes and the marketplace",
  documents: ["the provider's public API description and recorded traffic of 2025 and 2026"],
  signs: {
    on: "`state` is `running`",
    off: "`state` is `stopped`",
    standby: "`state` is `stopped in place`",
    gone: "404 with the type `not_found`",
    built: "the image's `state` is `available`",
    changed: "`modification_date` or the state tells of a change, and `state` is `running` again",
  },
  cannot: [
    onlyInV1,
    {
      what: "specifications.update",
      why: "A server's size is its type: server.update with commercial_type, while it is stopped.",
    },
    {
      what: "tasks",
      why: "Every action answers with the same task that never ends; the server itself is looked at, and task is null (a backup shows its image there).",
    },
  ],
  assumed: [
    "No rate limit is published and no header tells one; the ceiling of the connection is all there is.",
    "A power-on that falls back to stopped has failed; the reason is in `state_detail` where there is one.",
    "The quota of a server type is `cp_servers_type_` and its name with underscores, at the IAM API (`quota`). A key that may not read it works without: the provider's own refusal tells then. It counts every server of the type that exists, on or off; a create is refused unsent only where the provider lists as many in that zone as the limit allows.",
    "A 404 without a type is not taken as gone: it may come from a wrong path or a gateway.",
  ],
  kinds: instanceKinds,
  collections: instanceReads("", {}).map(collectionOf),
  typeOf: commercialTypeOf,
  checkConnection,
};
