import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { invalidRequest, unknownResource, validationError } from "../scaleway-compute/errors.ts";
import { readBody } from "../scaleway-compute/request.ts";
import { cutPage, readPaging } from "../scaleway/paging.ts";
import { listServers } from "../scaleway/server-list.ts";
import type { ServerRecord } from "../scaleway/records.ts";
import { empty, json, pathParameter } from "../wire.ts";
import { createServer, createServerBody } from "./create-server.ts";
import { onlyZone, type DraftParts } from "./parts.ts";
import { begunBy, doingOf, draftActions, refusalOf, type Doing } from "./plan.ts";
import { replaceServer, replaceServerBody } from "./replace-server.ts";
import { serverBody } from "./server-body.ts";

/** The document leaves out how an action is named; this is how the API that followed had it. */
const actionBody = z.strictObject({
  action: z.enum(draftActions, { error: (issue) => `${String(issue.input)} is not a valid value` }),
});

const findServer = (parts: DraftParts, c: Context<SimulatorEnv>): ServerRecord => {
  const id = pathParameter(c, "id");
  const server = parts.holdings.servers.get(id);
  if (server === undefined) {
    throw unknownResource("other", id);
  }
  return server;
};

const doingNow = (parts: DraftParts, server: ServerRecord): Doing =>
  doingOf(parts.lifecycle.shown(server, parts.world.clock.now()));

/**
 * All servers, the oldest first, whatever the query asks for: there is no filter and no paging. The fault
 * `page_size_cap` pages it all the same, as the API that followed kept the right to do without warning.
 */
const list = (parts: DraftParts, c: Context<SimulatorEnv>): Response => {
  const order = new URLSearchParams({ order: "creation_date_asc" });
  const servers = listServers(parts, order, onlyZone).map((listed) => serverBody(parts, listed));
  const cap = parts.faults.switched("page_size_cap");
  if (cap === undefined) {
    return json(200, { servers });
  }
  const query = new URL(c.req.url).searchParams;
  const paging = readPaging(query, cap.items ?? 10);
  if ("wrong" in paging) {
    throw validationError({ [paging.wrong]: [paging.why] });
  }
  const page = cutPage(servers, c.req.path, query, paging);
  return json(200, { servers: page.items }, page.headers);
};

const act = async (parts: DraftParts, c: Context<SimulatorEnv>): Promise<Response> => {
  const { action } = await readBody(c, actionBody);
  const server = findServer(parts, c);
  const doing = doingNow(parts, server);
  const refusal = parts.settings.untimely_action === "refuse" ? refusalOf(doing, action) : undefined;
  if (refusal !== undefined) {
    throw invalidRequest(refusal);
  }
  const begun = begunBy(doing, action);
  if (begun !== null) {
    const occasion = { method: "POST", path: c.req.path };
    parts.lifecycle.begin(server, begun, `/servers/${server.id}/action`, occasion);
  }
  const status = Number(parts.settings.action_status);
  return status === 204 ? empty(204) : json(status, {});
};

const remove = (parts: DraftParts, c: Context<SimulatorEnv>): Response => {
  const server = findServer(parts, c);
  if (doingNow(parts, server) !== "stopped" && parts.settings.delete_running === "refuse") {
    throw invalidRequest("server should be stopped");
  }
  parts.lifecycle.remove(server, false);
  return empty(204);
};

/** `/servers` and below: all that the document has. */
export const serverRoutes = (parts: DraftParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.get("/", (c) => list(parts, c));
  routes.post("/", async (c) => {
    createServer(parts, await readBody(c, createServerBody));
    return json(201, {});
  });
  routes.get("/:id", (c) => {
    const server = findServer(parts, c);
    return json(200, { server: serverBody(parts, { server, at: parts.world.clock.now() }) });
  });
  routes.put("/:id", async (c) => {
    const body = await readBody(c, replaceServerBody[parts.settings.partial_put]);
    replaceServer(parts, findServer(parts, c), body);
    return json(200, {});
  });
  routes.delete("/:id", (c) => remove(parts, c));
  routes.get("/:id/action", (c) => {
    findServer(parts, c);
    return json(200, { actions: draftActions });
  });
  routes.post("/:id/action", (c) => act(parts, c));
  return routes;
};
