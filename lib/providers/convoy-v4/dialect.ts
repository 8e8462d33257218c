import type { Dialect } from "../../ports/provider.ts";
import { checkPanelUrl } from "../convoy-transport.ts";
import { collectionOf } from "../read-rules.ts";
import { v4Kinds } from "./catalogue.ts";
import { v4Reads } from "./reads.ts";

/** Convoy's application API of version 4 as data. */
export const convoyV4Dialect: Dialect = {
  name: "convoy-v4",
  system: "Convoy panel, application API of version 4",
  documents: ["the public source of version 4.6"],
  signs: {
    on: "`status` is null (ready; whether the machine runs is not told)",
    off: "`status` is `suspended`",
    gone: '404 "No query results for model"',
    failed: "`status` is `install_failed`, after a delete `deletion_failed`",
  },
  cannot: [
    {
      what: "server.reboot",
      why: "The application API has no power: a machine is rebooted from inside it or in the panel.",
    },
    { what: "volume.*", why: "Disks belong to their server: specifications.update lets them grow." },
    {
      what: "container.*, object.*, tag.*, tag_metadata.*, server_tag.*, organization.*",
      why: "The application API's servers are all that is spoken to.",
    },
    { what: "tags", why: "The panel has none; our marker stands at the end of a server's name." },
    {
      what: "orphans",
      why: "A name has no room for the deployment beside the operation, so the sweep takes nothing for its own.",
    },
  ],
  assumed: [
    "A status that is not known is no end of anything.",
    "A 404 that does not name the server (a route, a proxy's page) is not taken as gone.",
    "The panel records build settings before its node has taken them, so what it shows afterwards is its record; whether the machine has them is not to be had from this API.",
    "A deletion whose node can't be reached may take the record and leave the machine.",
    "A deletion that is asked for during a build may show `status` null once more before the server is gone.",
  ],
  kinds: v4Kinds,
  collections: v4Reads("").map(collectionOf),
  checkConnection: checkPanelUrl,
};
