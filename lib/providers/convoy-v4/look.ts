import type { Connection } from "../../connection.ts";
import type { Observation } from "../../operation/observation.ts";
import { fewCalls, gather, joined, lookEach, type Sight } from "../looking.ts";
import { findInList } from "../scaleway-pages.ts";
import type { PanelCalls } from "./panel-calls.ts";
import { observationOf } from "./translate.ts";

/** From this many servers on, the list is read instead of one after the other. */
const many = 5;

/** Both names of a server: whoever asks for an operation may have used either. */
const observed = async (
  calls: PanelCalls,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Observation>> => {
  const found = await findInList(
    async (page) => {
      const { items, total, requestId } = await calls.page(page);
      return {
        total,
        items: items.map((server) => ({
          id: server.uuid != null && ids.has(server.uuid) ? server.uuid : server.id,
          seen: observationOf(server, requestId),
        })),
      };
    },
    ({ id }) => id,
    ids,
  );
  return new Map([...found].map(([id, { seen }]) => [id, seen] as const));
};

/** Looks at servers: a few by themselves, many through the list. What a list does not show is asked for. */
export const lookAtServers = async (
  calls: PanelCalls,
  ids: readonly string[],
  connection: Connection,
): Promise<Sight> => {
  if (ids.length < many) return lookEach(ids, (id) => calls.see(id));
  const listed = await gather([observed(calls, new Set(ids))]);
  if (listed.failure !== null) return listed;
  const missing = ids.filter((id) => !listed.seen.has(id)).slice(0, fewCalls(connection));
  return joined(listed, await lookEach(missing, (id) => calls.see(id)));
};
