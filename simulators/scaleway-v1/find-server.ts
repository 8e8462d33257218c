import type { Context } from "hono";
import type { SimulatorEnv } from "../dialect.ts";
import type { ServerRecord } from "../scaleway/records.ts";
import { pathParameter } from "../wire.ts";
import { notFound } from "./errors.ts";
import type { V1Parts } from "./parts.ts";

/** The server whose id stands in the path. @throws Refusal 404 */
export const findServer = (parts: V1Parts, context: Context<SimulatorEnv>): ServerRecord => {
  const id = pathParameter(context, "id");
  const server = parts.holdings.machines.servers.get(id);
  if (server === undefined) {
    throw notFound("server_id", id);
  }
  return server;
};
