import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as z from "zod";
import type { Context } from "../context.ts";
import { misused } from "../failure.ts";
import { readFields, type Fields } from "../fields.ts";
import { operationSchema, operationView, type Operation } from "../operation.ts";
import { connectionFor, selectServers, type Server } from "../servers.ts";
import { verb, type Flag, type Verb } from "../verb.ts";
import { endLine, mustHaveSucceeded, waitForOperations } from "../wait-operations.ts";

const connectionFlag: Flag = ["--connection <name>", "the connection (default: the only one)"];
const mostNamed = 5;
const asksAtOnce = 8;

interface Asked {
  readonly connection: string;
  readonly kind: string;
  readonly resource?: { readonly type: "server"; readonly id: string };
  readonly input?: Fields;
}

/** Shows what was accepted, and with `--wait` how it ends. */
const tell = async (context: Context, accepted: readonly Operation[], isOne: boolean): Promise<void> => {
  const { print, flags, world } = context;
  const ended = flags.wait ? await waitForOperations(context, accepted) : accepted;
  const view = operationView(world.nowMilliseconds());
  const [first] = ended;
  if (print.isHuman && flags.wait) for (const one of ended) print.line(endLine(one, world.nowMilliseconds()));
  else if (isOne && !print.isHuman && first !== undefined) print.one(view, first);
  else print.many(view, ended);
  if (flags.wait) mustHaveSucceeded(ended);
};

/** Asks for all of them, a few at a time, each under a key of its own. */
const request = async (context: Context, asked: readonly Asked[]): Promise<void> => {
  const key = context.key();
  context.sayKey(key);
  const accepted: Operation[] = [];
  for (let at = 0; at < asked.length; at += asksAtOnce) {
    const some = await Promise.all(
      asked.slice(at, at + asksAtOnce).map((one) =>
        context.change(operationSchema, {
          method: "POST",
          path: "/v1/operations",
          json: one,
          idempotencyKey: asked.length === 1 ? key : `${key}-${one.resource?.id ?? ""}`,
        }),
      ),
    );
    accepted.push(...some.filter((operation) => operation !== null));
  }
  if (accepted.length > 0) await tell(context, accepted, asked[0]?.kind === "server.create");
};

const cloudInit = ({ world }: Context, file: string | undefined): Fields => {
  if (file === undefined) return {};
  try {
    return { cloud_init: readFileSync(resolve(world.folder, file), "utf8") };
  } catch (cause) {
    throw misused(`${file} can't be read`, cause instanceof Error ? cause.message : String(cause));
  }
};

const create = verb({
  usage: "create [fields...]",
  summary: "makes a server: type=DEV1-S image=ubuntu_noble, or by flags",
  flags: [
    connectionFlag,
    ["--name <name>", "its name"],
    ["--type <type>", "its type"],
    ["--image <image>", "its image"],
    ["--tag <tag>", "a tag; may be repeated", "many"],
    ["--no-start", "leave it switched off"],
    ["--cloud-init <file>", "the file with its cloud-init"],
  ],
  examples: [
    "switchyard server create name=web-1 type=DEV1-S image=ubuntu_noble tags=env=dev --wait",
    "switchyard server create --name web-2 --type DEV1-S --image ubuntu_noble volumes.0.size:=20",
  ],
  options: z.object({
    connection: z.string().optional(),
    name: z.string().optional(),
    type: z.string().optional(),
    image: z.string().optional(),
    tag: z.array(z.string()).optional(),
    start: z.boolean().default(true),
    cloudInit: z.string().optional(),
  }),
  run: async (context, operands, { connection, tag, start, cloudInit: file, ...named }) => {
    const { name } = await connectionFor(context, connection);
    const flags = Object.fromEntries(
      Object.entries(named).filter(([field]) => ["name", "type", "image"].includes(field)),
    );
    const input: Fields = {
      ...flags,
      ...(tag === undefined ? {} : { tags: tag }),
      ...(start ? {} : { start: false }),
      ...cloudInit(context, file),
      ...readFields(operands),
    };
    await request(context, [{ connection: name, kind: "server.create", input }]);
  },
});

const namesOf = (servers: readonly Server[]): string => {
  const names = servers.slice(0, mostNamed).map(({ name, id }) => name ?? id);
  const more = servers.length - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
};

const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** A verb that changes servers that exist. `asks`: whether a person has to agree, of one server or only of several. */
const changeVerb = (
  name: "delete" | "start" | "stop" | "reboot",
  words: {
    readonly summary: string;
    readonly asks: "always" | "several" | "never";
    readonly flags?: readonly Flag[];
  },
): Verb =>
  verb({
    usage: `${name} <server...>`,
    summary: words.summary,
    flags: [connectionFlag, ...(words.flags ?? [])],
    examples: [`switchyard server ${name} web-1 --wait`, `switchyard server ${name} tag=env=dev --yes`],
    options: z.object({
      connection: z.string().optional(),
      withVolumes: z.boolean().optional(),
      purge: z.boolean().optional(),
    }),
    run: async (context, selectors, { connection, withVolumes, purge }) => {
      const found = await connectionFor(context, connection);
      const servers = await selectServers(context, found, selectors);
      const count = `${servers.length} ${servers.length === 1 ? "server" : "servers"}`;
      if (words.asks === "always" || (words.asks === "several" && servers.length > 1))
        await context.confirm(`${capital(name)} ${count} at ${found.name} (${namesOf(servers)})?`);
      const input = {
        ...(withVolumes === undefined ? {} : { with_volumes: withVolumes }),
        ...(purge === undefined ? {} : { purge }),
      };
      const common = {
        connection: found.name,
        kind: `server.${name}`,
        ...(Object.keys(input).length === 0 ? {} : { input }),
      };
      await request(
        context,
        servers.map(({ id }) => Object.assign({ resource: { type: "server" as const, id } }, common)),
      );
    },
  });

export const changeVerbs: readonly Verb[] = [
  create,
  changeVerb("delete", {
    summary: "deletes servers, from any state; asks first",
    asks: "always",
    flags: [
      ["--with-volumes", "with their volumes"],
      ["--purge", "Convoy: the machine too, not the record only"],
    ],
  }),
  changeVerb("start", { summary: "switches servers on", asks: "never" }),
  changeVerb("stop", { summary: "switches servers off; asks when there are several", asks: "several" }),
  changeVerb("reboot", { summary: "restarts servers; asks when there are several", asks: "several" }),
];
