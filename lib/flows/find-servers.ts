import type { Ports } from "../ports/ports.ts";
import type { ReadItem } from "../ports/provider.ts";
import { readThrough } from "./read-through.ts";
import { RequestRefused } from "./request-refused.ts";

/** Which servers are meant: the one of a name, or all that bear a tag. */
export type Wanted = { readonly name: string } | { readonly tag: string };

/** The servers' ids, or why there are none that could be meant. */
export type ServersFound =
  | { readonly ids: readonly string[]; readonly fault: null }
  | { readonly ids: null; readonly fault: string };

const pageLimit = 100;
const mostPages = 50;

/** Where a provider has no place for tags, our marker stands behind the name. */
const isCalled = (item: ReadItem, name: string): boolean =>
  item.name === name ||
  (item.name?.startsWith(`${name}-op_`) === true && /^-op_[0-9a-z]{26}$/.test(item.name.slice(name.length)));

const isMeant = (item: ReadItem, wanted: Wanted): boolean =>
  "name" in wanted ? isCalled(item, wanted.name) : (item.tags ?? []).includes(wanted.tag);

/** What the provider itself can leave out; the rest is left out by us. */
const filtersFor = (wanted: Wanted, known: readonly string[]): Record<string, string> => {
  if ("name" in wanted) return known.includes("name") ? { name: wanted.name } : {};
  // With a comma in it, it would be two tags.
  return known.includes("tags") && !wanted.tag.includes(",") ? { tags: wanted.tag } : {};
};

const meantIn = async (
  connection: string,
  wanted: Wanted,
  { providers }: Pick<Ports, "providers">,
): Promise<Set<string>> => {
  const configured = providers.connection(connection);
  const collections = configured === null ? [] : providers.dialect(configured).collections;
  const filters = filtersFor(wanted, collections.find(({ path }) => path === "servers")?.filters ?? []);
  const ids = new Set<string>();
  let cursor: string | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const request = { path: ["servers"], filters, limit: pageLimit, cursor };
    const answer = await readThrough(connection, request, { providers });
    if (answer.form === "item") return ids;
    for (const item of answer.items) if (isMeant(item, wanted)) ids.add(item.id);
    cursor = answer.next;
    if (cursor === null) return ids;
  }
  throw new RequestRefused({
    status: 422,
    code: "TOO_MANY_SERVERS",
    title: "There are too many servers to look through",
    detail: `Connection ${connection} has more than ${mostPages * pageLimit} servers; name the one that is meant by its id.`,
  });
};

const choose = (ids: readonly string[], wanted: Wanted, most: number): ServersFound => {
  const isOne = "name" in wanted;
  const what = isOne ? `called "${wanted.name}"` : `tagged "${wanted.tag}"`;
  if (ids.length === 0) return { ids: null, fault: `no server of this connection is ${what}` };
  if (isOne && ids.length > 1) return { ids: null, fault: `${ids.length} servers are ${what}; one is meant` };
  return ids.length > most
    ? { ids: null, fault: `${ids.length} servers are ${what}; one webhook starts at most ${most} operations` }
    : { ids, fault: null };
};

/**
 * Looks for servers at the provider, in the order of their ids: exactly one of a name, or one to `most` of a tag. Names
 * and tags are compared exactly.
 * @throws RequestRefused 502 and 503 when the provider does not answer: nothing is known then
 */
export const findServers = async (
  connection: string,
  wanted: Wanted,
  most: number,
  ports: Pick<Ports, "providers">,
): Promise<ServersFound> => {
  try {
    return choose([...(await meantIn(connection, wanted, ports))].toSorted(), wanted, most);
  } catch (error) {
    if (!(error instanceof RequestRefused) || error.status >= 500) throw error;
    return { ids: null, fault: error.message };
  }
};
