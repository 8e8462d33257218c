import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { json, pathParameter } from "../wire.ts";
import { changed, knownByNow, listed, made, removed } from "./answers.ts";
import { badParameter, notFound } from "./errors.ts";
import { objectRoutes, objectsOf } from "./objects.ts";
import type { V1Parts } from "./parts.ts";
import type { ContainerRecord } from "./records.ts";
import { readBody } from "./request.ts";

const name = z.string().min(1).max(255);

const containerBody = (parts: V1Parts, container: ContainerRecord) => ({
  id: container.id,
  name: container.name,
  objects_count: objectsOf(parts, container.id).length,
  creation_date: toWireTime(container.createdAt),
});

const findContainer = (parts: V1Parts, c: Context<SimulatorEnv>): ContainerRecord => {
  const id = pathParameter(c, "id");
  const container = parts.holdings.containers.get(id);
  if (container === undefined) {
    throw notFound("container_id", id);
  }
  return container;
};

const removeContainer = (parts: V1Parts, container: ContainerRecord): void => {
  const objects = objectsOf(parts, container.id);
  if (objects.length > 0 && parts.settings.delete_full_container === "refuse") {
    throw badParameter("container_id", "The container holds objects.", "container_not_empty");
  }
  objects.forEach(({ id }) => parts.holdings.objects.remove(id));
  parts.holdings.containers.remove(container.id);
};

/** `/containers` and below. */
export const containerRoutes = (parts: V1Parts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const body = (container: ContainerRecord) => containerBody(parts, container);
  routes.get("/", (c) => {
    const all = knownByNow(parts, parts.holdings.containers.values());
    return listed(parts, c, { name: "containers", all, body, limit: 10 });
  });
  routes.post("/", async (c) => {
    const wanted = await readBody(parts, c, { name });
    const id = `Container-${parts.world.newId()}`;
    const createdAt = parts.world.clock.now();
    return made(
      parts,
      "container",
      body(parts.holdings.containers.put({ id, name: wanted.name, createdAt })),
    );
  });
  routes.get("/:id", (c) => json(200, { container: body(findContainer(parts, c)) }));
  routes.put("/:id", async (c) => {
    const wanted = await readBody(parts, c, { name });
    const container = { ...findContainer(parts, c), name: wanted.name };
    return changed(parts, "container", body(parts.holdings.containers.put(container)));
  });
  routes.delete("/:id", (c) => {
    removeContainer(parts, findContainer(parts, c));
    return removed(parts);
  });
  routes.route(
    "/:id/objects",
    objectRoutes(parts, (c) => findContainer(parts, c)),
  );
  return routes;
};
