import type { Connection } from "../connection.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { selects } from "../schedule/selector.ts";
import { inParallel } from "./in-parallel.ts";
import { readThrough } from "./read-through.ts";
import { RequestRefused, type RequestFault } from "./request-refused.ts";
import { selectableOf } from "./schedule-questions.ts";
import type { SchedulePorts } from "./schedules.ts";
import { serversOf } from "./select-servers.ts";
import { ServerRows } from "./server-rows.ts";

/** Up to so many are asked for one by one; of more, the list is read. */
const mostAsked = 5;
const readsAtOnce = 16;

/** Those of these servers of which ticks have left something behind. */
const remembered = async (
  schedules: readonly Schedule[],
  ids: readonly string[],
  ports: SchedulePorts,
): Promise<ReadonlySet<string>> => {
  const found = await inParallel(schedules, readsAtOnce, async (schedule) => {
    const rows = new ServerRows(schedule, ports);
    await rows.load(ids);
    return ids.filter((id) => rows.knows(id));
  });
  return new Set(found.flat());
};

const isTaken = (schedules: readonly Schedule[], server: ReturnType<typeof selectableOf>): boolean =>
  schedules.some(({ select }) => selects(select, server));

const selectedOf = async (
  connection: Connection,
  schedules: readonly Schedule[],
  ids: readonly string[],
  ports: SchedulePorts,
): Promise<readonly string[]> => {
  if (ids.length > mostAsked) {
    const found: string[] = [];
    for await (const page of serversOf(connection.name, ports))
      for (const item of page)
        if (ids.includes(item.id) && isTaken(schedules, selectableOf(item, connection))) found.push(item.id);
    return found;
  }
  const asked = await inParallel(ids, mostAsked, async (id) => {
    try {
      const request = { path: ["servers", id], filters: {}, limit: 1, cursor: null };
      const answer = await readThrough(connection.name, request, ports);
      const isOne = answer.form === "item" && isTaken(schedules, selectableOf(answer.item, connection));
      return isOne ? [id] : [];
    } catch (error) {
      if (error instanceof RequestRefused && error.status < 500 && error.status !== 429) return [];
      throw error;
    }
  });
  return asked.flat();
};

/**
 * What is wrong with servers that somebody names: none of the schedules selects them. What ticks have seen is known; of
 * the others the provider is asked. Where it does not answer they are taken as they are: an exception that keeps servers
 * on must not hang on it.
 */
export const faultsOfServers = async (
  schedules: readonly Schedule[],
  servers: readonly string[],
  ports: SchedulePorts,
): Promise<readonly RequestFault[]> => {
  const known = new Set(await remembered(schedules, servers, ports));
  for (const [name, own] of Map.groupBy(schedules, ({ connection }) => connection)) {
    const open = servers.filter((id) => !known.has(id));
    const connection = ports.providers.connection(name);
    if (open.length === 0 || connection === null) continue;
    try {
      for (const id of await selectedOf(connection, own, open, ports)) known.add(id);
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      ports.log.warn("servers that were named are not checked, as the provider does not answer", {
        connection: name,
        error: error.message,
      });
      return [];
    }
  }
  const [only] = schedules;
  const whose =
    schedules.length === 1 ? `schedule ${only?.name ?? ""} does not select` : "no schedule selects";
  return servers.flatMap((id, index) =>
    known.has(id) ? [] : [{ pointer: `/servers/${index}`, detail: `${whose} a server "${id.slice(0, 64)}"` }],
  );
};
