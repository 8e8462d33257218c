import * as z from "zod";
import type { Context } from "../context.ts";
import { listSome } from "../list-some.ts";
import { operationSchema, operationView } from "../operation.ts";
import { countOption, segment, verb, plainVerb, type Group } from "../verb.ts";
import { endLine, mustHaveSucceeded, readOperations, waitForOperations } from "../wait-operations.ts";

const viewNow = ({ world }: Context) => operationView(world.nowMilliseconds());

const list = verb({
  usage: "list",
  summary: "operations, newest first",
  flags: [
    ["--state <state>", "accepted, starting, following, succeeded, failed, cancelled, needs_attention"],
    ["--kind <kind>", "server.create, server.stop, …"],
    ["--connection <name>", "of one connection"],
    ["--bulk-job <id>", "of one bulk job"],
    ["--limit <count>", "at most so many; 0 for all (default: 100)"],
  ],
  examples: [
    "switchyard operation list --state failed",
    "switchyard operation list --bulk-job blk_7Q2M -o jsonl",
  ],
  options: z.object({
    state: z.string().optional(),
    kind: z.string().optional(),
    connection: z.string().optional(),
    bulkJob: z.string().optional(),
    limit: countOption(0).default(100),
  }),
  run: (context, _operands, { limit, bulkJob, ...filters }) =>
    listSome(context, viewNow(context), limit, (query) =>
      context.api.pages(operationSchema, "/v1/operations", { ...filters, bulk_job: bulkJob, ...query }),
    ),
});

const get = plainVerb({
  usage: "get <id>",
  summary: "one operation",
  run: async (context, [id = ""]) => {
    const [operation] = await readOperations(context, [id]);
    if (operation !== undefined) context.print.one(viewNow(context), operation);
  },
});

/** Waits, shows the ends, and fails when one of them is not a success. */
const follow = async (context: Context, ids: readonly string[]): Promise<void> => {
  const ended = await waitForOperations(context, await readOperations(context, ids));
  if (context.print.isHuman)
    for (const one of ended) context.print.line(endLine(one, context.world.nowMilliseconds()));
  else context.print.many(viewNow(context), ended);
  mustHaveSucceeded(ended);
};

const watch = plainVerb({
  usage: "watch <id>",
  summary: "shows how an operation goes on, until its end",
  run: follow,
});

const wait = plainVerb({
  usage: "wait <id...>",
  summary: "waits until operations are over; exit 8 when one did not succeed",
  examples: ["switchyard operation wait op_123 op_456 --timeout 10m"],
  run: follow,
});

const cancel = plainVerb({
  usage: "cancel <id...>",
  summary: "cancels operations that have not begun",
  run: async (context, ids) => {
    for (const id of ids) {
      const path = `/v1/operations/${segment(id, "The operation's id")}/cancel`;
      const operation = await context.change(operationSchema, { method: "POST", path });
      if (operation !== null) context.print.each(viewNow(context), operation);
    }
  },
});

const resolve = verb({
  usage: "resolve <id>",
  summary: "decides about an operation that needs attention",
  flags: [
    ["--as <decision>", "adopt (it is done, the resource is ours), abandon, or retry"],
    ["--resource-id <id>", "the resource to adopt"],
  ],
  options: z.object({
    as: z.enum(["adopt", "abandon", "retry"], { error: "is adopt, abandon or retry" }),
    resourceId: z.string().optional(),
  }),
  run: async (context, [id = ""], { as, resourceId }) => {
    await context.confirm(`Resolve ${id} as ${as}?`);
    const operation = await context.change(operationSchema, {
      method: "POST",
      path: `/v1/operations/${segment(id, "The operation's id")}/resolve`,
      json: { as, ...(resourceId === undefined ? {} : { resource_id: resourceId }) },
    });
    if (operation !== null) context.print.one(viewNow(context), operation);
  },
});

export const operationGroup: Group = {
  name: "operation",
  alias: "op",
  summary: "requested changes, each followed to its end",
  verbs: [list, get, watch, wait, cancel, resolve],
};
