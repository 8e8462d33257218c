import { Hono } from "hono";
import * as z from "zod";
import { methodNotAllowed, noSuchRecord, serverError } from "../convoy/answers.ts";
import {
  boolean,
  checkInput,
  existing,
  maxLength,
  minLength,
  nullable,
  numeric,
  readInput,
  required,
} from "../convoy/input.ts";
import { pageAnswer } from "../convoy/pagination.ts";
import type { SimulatorEnv } from "../dialect.ts";
import { empty, json } from "../wire.ts";
import { createServer } from "./create-server.ts";
import { rows } from "./inventory.ts";
import { listServers, serverBody } from "./list-servers.ts";
import type { PanelParts } from "./parts.ts";
import { guestId, type ServerRecord } from "./records.ts";
import { patchSpecifications, readSpecifications } from "./specifications.ts";

/** The host of the links in the document. */
const documentOrigin = "http://tw-west.performave.com";

const updateRules = {
  name: [minLength(1), maxLength(40)],
  node_id: [existing(rows.node), required],
  user_id: [existing(rows.user), required],
  vmid: [numeric, required],
};

const updateFields = z.object({
  name: z.string().optional(),
  node_id: z.coerce.number(),
  user_id: z.coerce.number(),
  vmid: z.coerce.number(),
});

const findServer = (parts: PanelParts, id: string): ServerRecord => {
  const server = parts.holdings.servers.get(id);
  if (server === undefined) {
    throw noSuchRecord("Server", id);
  }
  return server;
};

/**
 * Takes the record off the panel; with `purge` the machine off its node first, at once.
 *
 * @throws Refusal 500 when there is no machine to purge, or it is locked; nothing is deleted then.
 */
const remove = (parts: PanelParts, server: ServerRecord, purge: boolean): void => {
  if (purge) {
    const isReady = parts.builds.stateAt(server, parts.world.clock.now()) === "ready";
    const id = guestId(server.nodeId, server.vmid);
    if (parts.settings.purge_while_building === "error" && !(isReady && parts.holdings.guests.get(id))) {
      throw serverError();
    }
    parts.holdings.guests.remove(id);
  } else {
    parts.builds.orphan(server);
  }
  parts.holdings.servers.remove(server.id);
};

/** `/api/application/servers` and below. */
export const serverRoutes = (parts: PanelParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const seenNow = (server: ServerRecord) => ({ server, at: parts.world.clock.now() });
  routes.get("/", (c) => {
    const listed = listServers(parts, new URL(c.req.url).searchParams);
    const cap = parts.faults.switched("page_size_cap");
    return pageAnswer(c, listed, (seen) => serverBody(parts, seen), {
      linkOrigin: parts.settings.links === "foreign" ? documentOrigin : undefined,
      cap: cap === undefined ? undefined : (cap.items ?? 10),
    });
  });
  // The panel routes this path to its create, whatever the id.
  routes.on("POST", ["/", "/:id"], async (c) => {
    const { server, isBuilt } = await createServer(parts, c);
    return json(200, { data: serverBody(parts, seenNow(server), isBuilt ? null : 0) });
  });
  routes.get("/:id", (c) =>
    json(200, { data: serverBody(parts, seenNow(findServer(parts, c.req.param("id")))) }),
  );
  if (parts.settings.update_route === "documented") {
    routes.put("/:id", async (c) => {
      const server = findServer(parts, c.req.param("id"));
      const input = await readInput(c);
      checkInput(input, updateRules);
      const { name = server.name, vmid, ...ids } = updateFields.parse(input);
      const changes = { name, vmid, nodeId: ids.node_id, userId: ids.user_id };
      const changed = parts.holdings.servers.put({ ...server, ...changes });
      return json(200, { data: serverBody(parts, seenNow(changed)) });
    });
  }
  routes.delete("/:id", async (c) => {
    const server = findServer(parts, c.req.param("id"));
    const input = await readInput(c);
    checkInput(input, { purge: [boolean, nullable] });
    remove(parts, server, input.purge === true);
    return empty(204);
  });
  routes.get("/:id/specifications", (c) =>
    json(200, readSpecifications(parts, findServer(parts, c.req.param("id")))),
  );
  routes.patch("/:id/specifications", async (c) =>
    json(200, await patchSpecifications(parts, c, findServer(parts, c.req.param("id")))),
  );
  routes.all("/", (c) => {
    throw methodNotAllowed(c.req.method, ["GET", "HEAD", "POST"]);
  });
  routes.all("/:id", (c) => {
    throw methodNotAllowed(c.req.method, ["GET", "HEAD", "POST", "DELETE"]);
  });
  routes.all("/:id/specifications", (c) => {
    throw methodNotAllowed(c.req.method, ["GET", "HEAD", "PATCH"]);
  });
  return routes;
};
