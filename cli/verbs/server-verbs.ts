import * as z from "zod";
import type { Context, Work } from "../context.ts";
import { CliFailure, misused } from "../failure.ts";
import { listSome } from "../list-some.ts";
import {
  connectionFor,
  connectionsFor,
  selectServers,
  serverPages,
  serverView,
  type Server,
} from "../servers.ts";
import { clockText } from "../duration.ts";
import { untilOver } from "../until-over.ts";
import { countOption, verb, type Flag, type Group } from "../verb.ts";
import { changeVerbs } from "./server-changes.ts";

const connectionFlag: Flag = ["--connection <name>", "the connection (default: the only one)"];
const connectionOption = z.object({ connection: z.string().optional() });

const nonEmpty = (text: string | undefined, flag: string): void => {
  if (text !== undefined && text.trim() === "") throw misused(`${flag} is empty`);
};

const list = verb({
  usage: "list",
  summary: "servers, as the providers show them",
  flags: [
    ["--connection <name>", "of one connection (default: of all)"],
    ["--tag <tag>", "that bear this tag; may be repeated", "many"],
    ["--name <name>", "of exactly this name"],
    ["--state <state>", "in this state, in the provider's words"],
    ["--limit <count>", "at most so many; 0 for all (default: 100)"],
  ],
  examples: ["switchyard server list --tag env=dev --state running -o id"],
  options: z.object({
    connection: z.string().optional(),
    tag: z.array(z.string()).default([]),
    name: z.string().optional(),
    state: z.string().optional(),
    limit: countOption(0).default(100),
  }),
  run: async (context, _operands, { connection, tag, name, state, limit }) => {
    for (const [text, flag] of [...tag.map((one) => [one, "--tag"] as const), [name, "--name"] as const])
      nonEmpty(text, flag);
    const connections = await connectionsFor(context, connection);
    await listSome(context, serverView, limit, async function* pages(page) {
      for (const one of connections) yield* serverPages(context, one, { tags: tag, name, state }, page);
    });
  },
});

const get = verb({
  usage: "get <server>",
  summary: "one server, by id or name",
  flags: [connectionFlag],
  options: connectionOption,
  run: async (context, selectors, { connection }) => {
    const servers = await selectServers(context, await connectionFor(context, connection), selectors);
    const [server] = servers;
    if (servers.length === 1 && server !== undefined) context.print.one(serverView, server);
    else context.print.many(serverView, servers);
  },
});

const pollMilliseconds = 3_000;
/** Providers have more than one word for the same state. */
const sameState = (state: string | undefined, wanted: string): boolean => {
  const words =
    wanted === "running" ? ["running", "on"] : wanted === "stopped" ? ["stopped", "off"] : [wanted];
  return state !== undefined && words.includes(state);
};

const readAgain = async (context: Context, connection: string, server: Server): Promise<Server | null> => {
  try {
    const [fresh] = await selectServers(context, await connectionFor(context, connection), [server.id]);
    return fresh ?? null;
  } catch (error) {
    if (error instanceof CliFailure && error.code === "NOT_FOUND") return null;
    throw error;
  }
};

const waitForState = async (context: Context, servers: readonly Server[], wanted: string): Promise<void> => {
  const names = servers.map(({ name, id }) => name ?? id).join(" ");
  const work: Work = {
    name: names,
    resume: `switchyard server wait ${names} --for ${wanted}`,
    cancel: null,
  };
  const since = context.world.nowMilliseconds();
  let latest: readonly (Server | null)[] = servers;
  const reached = (server: Server | null): boolean =>
    server === null ? wanted === "gone" : sameState(server.state, wanted);
  await untilOver(context, work, {
    read: async () => {
      const read: (Server | null)[] = [];
      for (const server of servers) read.push(await readAgain(context, server.connection, server));
      latest = read;
      return latest;
    },
    isOver: (read) => read.every(reached),
    show: (read, progress) => {
      const states = read.map((server) => server?.state ?? "gone").join(", ");
      const plain = `[${clockText(context.world.nowMilliseconds() - since)}] ${names}: ${states}`;
      progress.show({ lines: [`  ${plain}`], plain, state: states });
    },
    everyMilliseconds: pollMilliseconds,
  });
  context.print.many(
    serverView,
    latest.filter((server) => server !== null),
  );
};

const wait = verb({
  usage: "wait <server...>",
  summary: "waits until servers are in a state",
  flags: [
    connectionFlag,
    ["--for <state>", "running, stopped, gone, or a word of the provider (default: running)"],
  ],
  examples: ["switchyard server wait web-1 --for running --timeout 5m"],
  options: connectionOption.extend({ for: z.string().min(1).default("running") }),
  run: async (context, selectors, { connection, for: wanted }) => {
    const servers = await selectServers(context, await connectionFor(context, connection), selectors);
    await waitForState(context, servers, wanted);
  },
});

export const serverGroup: Group = {
  name: "server",
  summary: "servers: by id, name or tag=, or - for those on standard input",
  verbs: [list, get, ...changeVerbs, wait],
};
