import type { BulkSelect } from "../../events/bulk-request.ts";
import { isLike } from "../hook/glob.ts";
import type { Ports } from "../ports/ports.ts";
import type { ReadItem } from "../ports/provider.ts";
import { readThrough } from "./read-through.ts";

const pageLimit = 100;

/** Whether a server is selected: all of the tags, none of the others, one of the names, one of the ids. */
export const isSelected = ({ id, name, tags = [] }: ReadItem, select: BulkSelect): boolean =>
  (select.tags ?? []).every((tag) => tags.includes(tag)) &&
  !(select.not_tags ?? []).some((tag) => tags.includes(tag)) &&
  (select.names === undefined || select.names.some((glob) => isLike(name ?? "", glob))) &&
  (select.ids === undefined || select.ids.includes(id));

/** The servers of a connection, page by page, as the provider lists them. @throws RequestRefused 502, 503 */
export async function* serversOf(
  connection: string,
  ports: Pick<Ports, "providers">,
): AsyncGenerator<readonly ReadItem[], void, void> {
  let cursor: string | null = null;
  do {
    const request = { path: ["servers"], filters: {}, limit: pageLimit, cursor };
    const answer = await readThrough(connection, request, ports);
    if (answer.form === "item") return;
    yield answer.items;
    cursor = answer.next;
  } while (cursor !== null);
}

/** The selected servers, in the order of their ids, each once. @throws RequestRefused 502, 503 */
export const selectServers = async (
  connection: string,
  select: BulkSelect,
  ports: Pick<Ports, "providers">,
): Promise<readonly ReadItem[]> => {
  const found = new Map<string, ReadItem>();
  for await (const page of serversOf(connection, ports))
    for (const server of page) if (isSelected(server, select)) found.set(server.id, server);
  return [...found.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1));
};
