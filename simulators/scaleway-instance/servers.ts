import { Hono } from "hono";
import type { SimulatorEnv } from "../dialect.ts";
import { cutPage } from "../scaleway/paging.ts";
import { listOrders, listServers } from "../scaleway/server-list.ts";
import type { ServerRecord } from "../scaleway/records.ts";
import { userDataRoutes } from "../scaleway/user-data-routes.ts";
import { empty, json, pathParameter } from "../wire.ts";
import { actionRoutes } from "./actions.ts";
import { createServer, createServerBody } from "./create-server.ts";
import { invalidArguments, notFound, preconditionFailed } from "./errors.ts";
import type { InstanceParts } from "./parts.ts";
import { pagingOf, queryOf, readBody } from "./request.ts";
import { serverBody, serverNow } from "./server-body.ts";
import { replaceServerBody, updateServer, updateServerBody } from "./update-server.ts";

/** The server of that id in that zone. @throws Refusal 404 not_found. */
export const findServer = (parts: InstanceParts, zone: string, id: string): ServerRecord => {
  const server = parts.holdings.servers.get(id);
  if (server === undefined || server.zone !== zone) {
    throw notFound("instance_server", id);
  }
  return server;
};

const checkOrder = (query: URLSearchParams): void => {
  const order = query.get("order");
  if (order !== null && !listOrders.includes(order)) {
    throw invalidArguments([
      { argument_name: "order", reason: "constraint", help_message: `${order} is not a valid order` },
    ]);
  }
};

const remove = (parts: InstanceParts, server: ServerRecord): void => {
  const { state } = parts.lifecycle.shown(server, parts.world.clock.now());
  if (state !== "stopped") {
    throw preconditionFailed(parts.settings, "resource_still_in_use", "instance should be powered off");
  }
  // Even a protected one; all volumes are kept, local ones too.
  parts.lifecycle.remove(server, false);
};

/** `/servers` and below. */
export const serverRoutes = (parts: InstanceParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const one = (server: ServerRecord) => json(200, { server: serverNow(parts, server) });
  routes.get("/", (c) => {
    const query = queryOf(c);
    checkOrder(query);
    const listed = listServers(parts, query, pathParameter(c, "zone"));
    const page = cutPage(listed, "/servers", query, pagingOf(query, parts.faults));
    return json(200, { servers: page.items.map((each) => serverBody(parts, each)) }, page.headers);
  });
  routes.post("/", async (c) => {
    const body = await readBody(c, createServerBody);
    const zone = pathParameter(c, "zone");
    const server = createServer(parts, zone, body);
    const location = `https://api.scaleway.com/instance/v1/zones/${zone}/servers/${server.id}`;
    return json(201, { server: serverNow(parts, server) }, { Location: location });
  });
  routes.get("/:id", (c) => one(findServer(parts, pathParameter(c, "zone"), c.req.param("id"))));
  routes.patch("/:id", async (c) => {
    const body = await readBody(c, updateServerBody);
    const server = findServer(parts, pathParameter(c, "zone"), c.req.param("id"));
    return one(updateServer(parts, server, body));
  });
  routes.put("/:id", async (c) => {
    const { name, tags, protected: isProtected } = await readBody(c, replaceServerBody);
    const server = findServer(parts, pathParameter(c, "zone"), c.req.param("id"));
    return one(parts.lifecycle.change(server, { name, tags, protected: isProtected ?? server.protected }));
  });
  routes.delete("/:id", (c) => {
    remove(parts, findServer(parts, pathParameter(c, "zone"), c.req.param("id")));
    return empty(204, { "Content-Type": "application/json" });
  });
  routes.route("/:id", actionRoutes(parts));
  const keptData = userDataRoutes({
    find: (c) => findServer(parts, pathParameter(c, "zone"), pathParameter(c, "id")),
    keep: (server, userData) => parts.holdings.servers.put({ ...server, userData }),
  });
  routes.route("/:id/user_data", keptData);
  routes.get("/:id/private_nics", (c) => {
    findServer(parts, pathParameter(c, "zone"), c.req.param("id"));
    return json(200, { private_nics: [] }, { "X-Total-Count": "0" });
  });
  return routes;
};
