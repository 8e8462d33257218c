import type { Context } from "hono";
import * as z from "zod";
import type { RunningDialect, SimulatorEnv } from "./dialect.ts";
import { readJson } from "./wire.ts";

const named = z.looseObject({ name: z.string() });

/**
 * The name that a fault's `subject` is compared with: of a call below `servers/{id}` that server's, of any other call
 * the `name` in its body, which is what a create asks for. Undefined where there is neither.
 */
export const subjectOf = async (
  context: Context<SimulatorEnv>,
  dialect: RunningDialect,
): Promise<string | undefined> => {
  const id = /\/servers\/([^/]+)/.exec(context.req.path)?.[1];
  if (id !== undefined) return dialect.servers().find((server) => server.id === id)?.name;
  return named.safeParse((await readJson(context))?.value).data?.name;
};
