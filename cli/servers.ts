import * as z from "zod";
import type { Context } from "./context.ts";
import { CliFailure, misused, missing } from "./failure.ts";
import type { View } from "./printer.ts";
import { segment } from "./verb.ts";

export const serverSchema = z.looseObject({
  id: z.string(),
  name: z.string().optional(),
  state: z.string().optional(),
  tags: z.array(z.string()).optional(),
});
/** A server, as it is read through a connection. */
export type Server = z.infer<typeof serverSchema> & { readonly connection: string };

const connectionSchema = z.looseObject({
  name: z.string(),
  kinds: z.array(z.string()),
  collections: z.array(z.looseObject({ path: z.string(), filters: z.array(z.string()) })),
});
type Connection = z.infer<typeof connectionSchema>;

export const serverView: View<Server> = {
  columns: [
    { name: "id", value: ({ id }) => id, isWhole: true },
    { name: "name", value: ({ name }) => name ?? "" },
    { name: "state", value: ({ state }) => state ?? "" },
    { name: "tags", value: ({ tags }) => (tags ?? []).filter((tag) => !tag.startsWith("swy:")).join(", ") },
    { name: "connection", value: ({ connection }) => connection },
  ],
  more: [{ name: "all_tags", value: ({ tags }) => (tags ?? []).join(", ") }],
  id: ({ id }) => id,
};

const allConnections = async ({ api }: Context): Promise<readonly Connection[]> => {
  const found: Connection[] = [];
  for await (const page of api.pages(connectionSchema, "/v1/connections", { limit: "100" }))
    found.push(...page);
  return found;
};

/** The connection that was named, or the only one there is. @throws CliFailure */
export const connectionFor = async (context: Context, named: string | undefined): Promise<Connection> => {
  if (named !== undefined)
    return context.api.get(connectionSchema, `/v1/connections/${segment(named, "--connection")}`);
  const all = await allConnections(context);
  const [only] = all;
  if (only === undefined)
    throw missing("There is no connection", "Write one into switchyard.yaml: docs/connections.md");
  if (all.length > 1)
    throw misused(
      `Which connection? There are ${all.length}`,
      `--connection ${all.map(({ name }) => name).join(" | ")}`,
    );
  return only;
};

export interface ServerFilter {
  readonly tags: readonly string[];
  readonly name?: string | undefined;
  readonly state?: string | undefined;
}

const fits = (server: z.infer<typeof serverSchema>, { tags, name, state }: ServerFilter): boolean =>
  tags.every((tag) => server.tags?.includes(tag) === true) &&
  (name === undefined || server.name === name) &&
  (state === undefined || server.state === state);

/** Pages of servers that fit; the provider narrows them where it can, and each is compared here. */
export async function* serverPages(
  { api }: Context,
  connection: Connection,
  filter: ServerFilter,
  page: Readonly<Record<string, string>> = { limit: "100" },
): AsyncGenerator<readonly Server[]> {
  const offered = connection.collections.find(({ path }) => path === "servers")?.filters ?? [];
  const query = {
    ...page,
    ...(filter.tags.length > 0 && offered.includes("tags") ? { tags: filter.tags.join(",") } : {}),
    ...(filter.name !== undefined && offered.includes("name") ? { name: filter.name } : {}),
    ...(filter.state !== undefined && offered.includes("state") ? { state: filter.state } : {}),
  };
  const path = `/v1/connections/${segment(connection.name, "--connection")}/servers`;
  for await (const servers of api.pages(serverSchema, path, query))
    yield servers
      .filter((server) => fits(server, filter))
      .map((server) => Object.assign(server, { connection: connection.name }));
}

/** All connections, or the one that was named. */
export const connectionsFor = async (
  context: Context,
  named: string | undefined,
): Promise<readonly Connection[]> =>
  named === undefined ? allConnections(context) : [await connectionFor(context, named)];

const gather = async (
  context: Context,
  connection: Connection,
  filter: ServerFilter,
): Promise<readonly Server[]> => {
  const found: Server[] = [];
  for await (const page of serverPages(context, connection, filter)) found.push(...page);
  return found;
};

/** One server by its id; null when there is none, or that can't be an id. */
const byId = async (context: Context, connection: string, id: string): Promise<Server | null> => {
  const path = `/v1/connections/${segment(connection, "--connection")}/servers/${segment(id, "The server")}`;
  try {
    return { ...(await context.api.get(serverSchema, path)), connection };
  } catch (error) {
    const isNone = error instanceof CliFailure && /NOT_FOUND|INVALID|PROVIDER_REFUSED/.test(error.code);
    if (isNone) return null;
    throw error;
  }
};

const looksLikeId = (text: string): boolean =>
  /^(?:\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(text);

const selected = async (
  context: Context,
  connection: Connection,
  selector: string,
): Promise<readonly Server[]> => {
  if (selector.startsWith("tag=")) {
    const tag = selector.slice(4);
    if (tag.trim() === "")
      throw misused("tag= is empty", "An empty filter would mean every server; name a tag.");
    return gather(context, connection, { tags: [tag] });
  }
  segment(selector, "The server");
  const first = looksLikeId(selector) ? await byId(context, connection.name, selector) : null;
  if (first !== null) return [first];
  const named = await gather(context, connection, { tags: [], name: selector });
  if (named.length > 1)
    throw misused(
      `${named.length} servers are called ${selector}`,
      `Use an id: ${named.map(({ id }) => id).join(", ")}`,
    );
  if (named.length > 0 || looksLikeId(selector)) return named;
  const last = await byId(context, connection.name, selector);
  return last === null ? [] : [last];
};

/** What was typed, with `-` replaced by the lines of standard input. */
const readSelectors = async ({ world }: Context, given: readonly string[]): Promise<readonly string[]> => {
  if (!given.includes("-")) return given;
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of world.input.bytes()) text += decoder.decode(chunk, { stream: true });
  const lines = text.split(/\s+/).filter((line) => line !== "");
  if (lines.length === 0) throw misused("Standard input names no server");
  return given.flatMap((one) => (one === "-" ? lines : [one]));
};

/**
 * Servers by id, name or `tag=`, each once. @throws CliFailure when one of the selectors fits none, or is empty
 */
export const selectServers = async (
  context: Context,
  connection: Connection,
  given: readonly string[],
): Promise<readonly Server[]> => {
  const found = new Map<string, Server>();
  for (const selector of await readSelectors(context, given)) {
    const servers = await selected(context, connection, selector);
    if (servers.length === 0)
      throw missing(
        selector.startsWith("tag=")
          ? `No server of ${connection.name} bears the tag ${selector.slice(4)}`
          : `There is no server ${selector} at ${connection.name}`,
        `switchyard server list --connection ${connection.name}`,
      );
    for (const server of servers) found.set(server.id, server);
  }
  return [...found.values()];
};
