import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { json, pathParameter, readJson } from "../wire.ts";
import { changed, knownByNow, listed, made, removed } from "./answers.ts";
import { badParameter, badRequest, notFound } from "./errors.ts";
import type { V1Parts } from "./parts.ts";
import type { ContainerRecord, ObjectRecord } from "./records.ts";

type FindContainer = (context: Context<SimulatorEnv>) => ContainerRecord;

/** What an object is sent with: the document names nothing but its path, so anything goes. */
const fieldsSchema = z.looseObject({ object_id: z.string().min(1).optional() });

/** The objects of a container, oldest first. */
export const objectsOf = (parts: V1Parts, containerId: string): ObjectRecord[] =>
  parts.holdings.objects.values().filter((object) => object.containerId === containerId);

const objectBody = (object: ObjectRecord) => ({
  ...object.fields,
  id: object.path,
  container_id: object.containerId,
  creation_date: toWireTime(object.createdAt),
  modification_date: toWireTime(object.modifiedAt),
});

const readFields = async (context: Context<SimulatorEnv>) => {
  const body = await readJson(context);
  const parsed = fieldsSchema.safeParse(body?.value);
  if (!parsed.success) {
    throw badRequest("The body is not a JSON object.");
  }
  return parsed.data;
};

const keyOf = (container: ContainerRecord, path: string): string => `${container.id}/${path}`;

const createObject = async (
  parts: V1Parts,
  context: Context<SimulatorEnv>,
  find: FindContainer,
): Promise<Response> => {
  const { object_id: path, ...fields } = await readFields(context);
  if (path === undefined) {
    throw badParameter("object_id", "The parameter object_id is missing.", "missing_parameter");
  }
  const container = find(context);
  const id = keyOf(container, path);
  const now = parts.world.clock.now();
  const existing = parts.holdings.objects.get(id);
  if (existing !== undefined && parts.settings.existing_object === "refuse") {
    throw badParameter("object_id", `The object ${path} is there already.`, "object_exists");
  }
  const createdAt = existing?.createdAt ?? now;
  const object = { id, containerId: container.id, path, fields, createdAt, modifiedAt: now };
  return made(parts, "object", objectBody(parts.holdings.objects.put(object)));
};

/** `/containers/{id}/objects` and below. An object's id is a path: its slashes may come encoded or as they are. */
export const objectRoutes = (parts: V1Parts, find: FindContainer): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const findObject = (c: Context<SimulatorEnv>): ObjectRecord => {
    const container = find(c);
    const path = pathParameter(c, "object");
    const object = parts.holdings.objects.get(keyOf(container, path));
    if (object === undefined) {
      throw notFound("object_id", path);
    }
    return object;
  };
  routes.get("/", (c) => {
    const all = knownByNow(parts, objectsOf(parts, find(c).id));
    return listed(parts, c, { name: "objects", all, body: objectBody, limit: 10 });
  });
  routes.post("/", (c) => createObject(parts, c, find));
  routes.get("/:object{.+}", (c) => json(200, { object: objectBody(findObject(c)) }));
  routes.put("/:object{.+}", async (c) => {
    const { object_id: _, ...fields } = await readFields(c);
    const old = findObject(c);
    const modifiedAt = parts.world.clock.now();
    const object = parts.holdings.objects.put({
      ...old,
      fields: { ...old.fields, ...fields },
      modifiedAt,
    });
    return changed(parts, "object", objectBody(object));
  });
  routes.delete("/:object{.+}", (c) => {
    parts.holdings.objects.remove(findObject(c).id);
    return removed(parts);
  });
  return routes;
};
