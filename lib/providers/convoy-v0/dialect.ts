import type { Dialect } from "../../ports/provider.ts";
import { checkPanelUrl } from "../convoy-transport.ts";
import { collectionOf } from "../read-rules.ts";
import { panelKinds } from "./catalogue.ts";
import { panelReads } from "./reads.ts";

/** Convoy's application API of 2022-08 as data. */
export const convoyV0Dialect: Dialect = {
  name: "convoy-v0",
  system: "Convoy panel, application API of 2022-08 (v0.1.0-beta)",
  documents: ["003"],
  signs: {
    on: "`installing` is 0 after it was seen as 1, or has been 0 for longer than a build waits for an idle worker while no other is being built, and there are specifications",
    gone: '404 "No query results for model"',
    failed: "the panel does not say (`installing` stays 1 until the deadline)",
  },
  cannot: [
    {
      what: "server.start, server.stop, server.reboot, server.action",
      why: "The application API has no power: machines are switched in the panel or at Proxmox.",
    },
    { what: "volume.*", why: "Disks belong to their server: specifications.update lets them grow." },
    {
      what: "container.*, object.*, tag.*, tag_metadata.*, server_tag.*, organization.*",
      why: "The panel has servers and nothing else.",
    },
    { what: "tags", why: "The panel has none; our marker stands at the end of a server's name." },
    {
      what: "orphans",
      why: "A name has no room for the deployment beside the operation, so the sweep takes nothing for its own.",
    },
  ],
  assumed: [
    "The panel shows memory in bytes and takes it in MiB.",
    "A 404 that does not name the server (a route, a proxy's page) is not taken as gone.",
    "The panel allows 60 calls a minute: `rate_per_second: 1` keeps a connection from waiting for the next one.",
    "A worker that has stopped can't be told from one that was never needed: such a server counts as built when other specifications stand in for its own.",
  ],
  kinds: panelKinds,
  collections: panelReads("").map(collectionOf),
  checkConnection: checkPanelUrl,
};
