import { Hono } from "hono";
import type { Context } from "hono";
import type { SimulatorEnv } from "../dialect.ts";
import type { ServerRecord } from "../scaleway/records.ts";
import { json } from "../wire.ts";
import { changed, listed, listInstant, made, removed } from "./answers.ts";
import { createServer, createServerBody } from "./create-server.ts";
import { badParameter } from "./errors.ts";
import { findServer } from "./find-server.ts";
import type { V1Parts } from "./parts.ts";
import { readBody } from "./request.ts";
import { addressOf, serverBody, stateAt, type SeenServer } from "./server-body.ts";
import { actionRoutes } from "./server-actions.ts";
import { serverTagRoutes } from "./server-tags.ts";
import { endSession, sessionRoutes } from "./sessions.ts";

/** The filters of the document under both of the names that it has for them. */
const filters: Record<string, (server: ServerRecord) => string | null> = {
  organization: ({ organization }) => organization,
  organization_id: ({ organization }) => organization,
  image: ({ imageId }) => imageId,
  image_id: ({ imageId }) => imageId,
  ip: addressOf,
};

const listedServers = (parts: V1Parts, query: URLSearchParams): SeenServer[] => {
  const at = listInstant(parts);
  return parts.holdings.machines.servers
    .values()
    .filter((server) => server.createdAt <= at)
    .filter((server) =>
      Object.entries(filters).every(([name, of]) => {
        const wanted = query.get(name);
        return wanted === null || wanted === "" || of(server) === wanted;
      }),
    )
    .map((server) => ({ server, at }));
};

const seenNow = (parts: V1Parts, server: ServerRecord): SeenServer => ({
  server,
  at: parts.world.clock.now(),
});

const remove = (parts: V1Parts, c: Context<SimulatorEnv>): Response => {
  const server = findServer(parts, c);
  const isOff = stateAt(parts, seenNow(parts, server)) === "stopped";
  if (!isOff && parts.settings.delete_running === "refuse") {
    throw badParameter("server_id", "The server is not off.", "server_not_off");
  }
  endSession(parts, server);
  parts.lifecycle.remove(server, false);
  return removed(parts);
};

/** `/servers` and below. */
export const serverRoutes = (parts: V1Parts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const body = (server: ServerRecord) => serverBody(parts, seenNow(parts, server));
  routes.get("/", (c) =>
    listed(parts, c, {
      name: "servers",
      all: listedServers(parts, new URL(c.req.url).searchParams),
      body: (seen) => serverBody(parts, seen),
      limit: 100,
    }),
  );
  routes.post("/", async (c) => {
    const wanted = await readBody(parts, c, createServerBody);
    return made(parts, "server", body(createServer(parts, wanted)));
  });
  routes.get("/:id", (c) => json(200, { server: body(findServer(parts, c)) }));
  routes.put("/:id", async (c) => {
    const { name } = await readBody(parts, c, { name: createServerBody.name });
    return changed(parts, "server", body(parts.lifecycle.change(findServer(parts, c), { name })));
  });
  routes.delete("/:id", (c) => remove(parts, c));
  routes.route("/:id/action", actionRoutes(parts));
  routes.route("/:id/sessions", sessionRoutes(parts));
  routes.route("/:id/tags", serverTagRoutes(parts));
  return routes;
};
