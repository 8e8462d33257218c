import type { Dialect } from "../../ports/provider.ts";
import { collectionOf } from "../read-rules.ts";
import { v1Kinds } from "./catalogue.ts";
import { v1Reads } from "./reads.ts";

/** The API of seed 002 as data. */
export const v1Dialect: Dialect = {
  name: "scaleway-v1",
  mayOmitIds: true,
  system: "Scaleway API v1 of January 2014 (api.scaleway.com/v1)",
  documents: ["002"],
  signs: {
    on: "`state` is `on` or `running`",
    off: "`state` is `off` or `stopped`",
    gone: "404 with a `type` of the document's",
  },
  cannot: [
    { what: "volume.delete", why: "The document has no DELETE for volumes." },
    { what: "specifications.update", why: "The document has no specifications." },
    {
      what: "tags in server.create",
      why: "A create has no place for them; attach them with server_tag.attach.",
    },
    { what: "cloud_init", why: "The document has no user data." },
    {
      what: "orphans",
      why: "A name tells of an operation and not of the installation that it belongs to, so servers without an owner are not looked for.",
    },
  ],
  assumed: [
    "The key is sent as X-Auth-Token, as the APIs that followed took it.",
    "Envelopes are named after what they hold: `server`, `tags`; a list may be an object by ids, as in the document's example of tags.",
    "Power actions are those words of servers/{id}/action that the APIs that followed had, or their plain forms (start, stop, restart).",
    "`off` and `stopped` mean the same, `on` and `running` too; any state that we have no word for is neither end.",
    "A name has at most 255 letters. A tag, a container and an organization are made with the marker in their names, and renamed to what was asked for right after.",
    "`X-RateLimit-Reset` is an instant in seconds since the epoch; nothing is sent between Remaining: 0 and it.",
    "A 404 without a type is not taken as gone: it may come from a wrong path or a gateway.",
  ],
  kinds: v1Kinds,
  collections: v1Reads("", "v1").map(collectionOf),
  // What lies between off and on may have no word that we know, and a power-on took up to two minutes (providers.md 1.3).
  graceSeconds: 180,
  // One host, one version; `organization` may be given, and is sent with a create then.
  checkConnection: () => null,
};
