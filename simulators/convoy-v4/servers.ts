import { Hono } from "hono";
import type { Context } from "hono";
import { methodNotAllowed, noSuchRecord, refused } from "../convoy/answers.ts";
import { boolean, checkInput, nullable, readInput } from "../convoy/input.ts";
import { pageAnswer } from "../convoy/pagination.ts";
import type { SimulatorEnv } from "../dialect.ts";
import { empty, json, pathParameter } from "../wire.ts";
import { suspend, updateBuild, updateServer } from "./change-server.ts";
import { createServer } from "./create-server.ts";
import { listServers } from "./list-servers.ts";
import type { PanelParts } from "./parts.ts";
import type { ServerRecord } from "./records.ts";
import { includesOf, serverBody, type Include } from "./server-body.ts";

const foreignOrigin = "https://panel.example.com";

/** The server of a path, by its UUID or the first 8 characters of it. @throws Refusal 404 */
const findServer = (parts: PanelParts, context: Context<SimulatorEnv>): ServerRecord => {
  const id = pathParameter(context, "id");
  const server = parts.holdings.servers.get(id.slice(0, 8));
  const isNamed = server !== undefined && (id === server.id || id === server.uuid);
  if (!isNamed || !parts.timeline.isThere(server, parts.world.clock.now())) {
    throw noSuchRecord("Server", id);
  }
  return server;
};

/** The same, for a call that a server under deletion refuses. @throws Refusal 404, 409 */
const findChangeable = (parts: PanelParts, context: Context<SimulatorEnv>): ServerRecord => {
  const server = findServer(parts, context);
  const status = parts.timeline.statusAt(server, parts.world.clock.now());
  if (status === "deleting" || status === "deletion_failed") {
    throw refused(409, "This server is being deleted, or could not be: it cannot be changed.");
  }
  return server;
};

const addServerRoute = (parts: PanelParts, routes: Hono<SimulatorEnv>): void => {
  const both: Include[] = ["user", "node"];
  const shown = (server: ServerRecord, includes: readonly Include[]): Response =>
    json(200, { data: serverBody(parts, { server, at: parts.world.clock.now() }, includes) });
  routes.get("/:id", (c) => shown(findServer(parts, c), includesOf(new URL(c.req.url).searchParams)));
  routes.patch("/:id", async (c) => shown(await updateServer(parts, c, findServer(parts, c)), both));
  routes.delete("/:id", async (c) => {
    const server = findChangeable(parts, c);
    const input = await readInput(c);
    checkInput(input, { no_purge: [nullable, boolean] });
    const keeps = [true, 1, "1"].some((each) => each === input["no_purge"]);
    parts.holdings.servers.put(parts.timeline.deleted(server, !keeps));
    return empty(204);
  });
  routes.patch("/:id/settings/build", async (c) =>
    shown(await updateBuild(parts, c, findChangeable(parts, c)), both),
  );
  routes.post("/:id/settings/suspend", (c) => {
    suspend(parts, c, findChangeable(parts, c), "suspended");
    return empty(204);
  });
  routes.post("/:id/settings/unsuspend", (c) => {
    suspend(parts, c, findChangeable(parts, c), null);
    return empty(204);
  });
};

/** Methods by path, for the answer to any other. */
const supported = {
  "/": ["GET", "HEAD", "POST"],
  "/:id": ["GET", "HEAD", "PATCH", "DELETE"],
  "/:id/settings/build": ["PATCH"],
  "/:id/settings/suspend": ["POST"],
  "/:id/settings/unsuspend": ["POST"],
};

/** `/api/application/servers` and below. */
export const serverRoutes = (parts: PanelParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.get("/", (c) => {
    const query = new URL(c.req.url).searchParams;
    const cap = parts.faults.switched("page_size_cap");
    return pageAnswer(c, listServers(parts, query), (seen) => serverBody(parts, seen, includesOf(query)), {
      linkOrigin: parts.settings.links === "foreign" ? foreignOrigin : undefined,
      maximum: 100,
      cap: cap === undefined ? undefined : (cap.items ?? 10),
    });
  });
  routes.post("/", async (c) => {
    const server = await createServer(parts, c);
    return json(200, { data: serverBody(parts, { server, at: server.createdAt }, ["user", "node"]) });
  });
  addServerRoute(parts, routes);
  for (const [path, methods] of Object.entries(supported)) {
    routes.all(path, (c) => {
      throw methodNotAllowed(c.req.method, methods);
    });
  }
  return routes;
};
