import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { json, pathParameter } from "../wire.ts";
import { changed, knownByNow, listed, made, removed } from "./answers.ts";
import { badParameter, notFound } from "./errors.ts";
import type { V1Parts } from "./parts.ts";
import type { TagRecord } from "./records.ts";
import { readBody } from "./request.ts";

const name = z.string().min(1).max(255);
const metadataKey = z.string().min(1);
const metadataValue = z.string();

const metadataBody = (parts: V1Parts, [key, value]: readonly [string, string]) =>
  parts.settings.metadata_fields === "key_value"
    ? { key, value }
    : { metadata_key: key, metadata_value: value };

/** A tag "and associated metadatas". */
export const tagBody = (parts: V1Parts, tag: TagRecord) => ({
  id: tag.id,
  name: tag.name,
  type: tag.type,
  metadatas: Object.entries(tag.metadatas).map((each) => metadataBody(parts, each)),
  creation_date: toWireTime(tag.createdAt),
});

const findTag = (parts: V1Parts, c: Context<SimulatorEnv>): TagRecord => {
  const id = pathParameter(c, "id");
  const tag = parts.holdings.tags.get(id);
  if (tag === undefined) {
    throw notFound("tag_id", id);
  }
  return tag;
};

const listedTags = (parts: V1Parts, c: Context<SimulatorEnv>): TagRecord[] => {
  const [serverId, wantedName] = [c.req.query("server_id"), c.req.query("name")];
  const attached =
    serverId === undefined ? undefined : (parts.holdings.machines.servers.get(serverId)?.tags ?? []);
  return knownByNow(parts, parts.holdings.tags.values()).filter(
    (tag) =>
      (attached === undefined || attached.includes(tag.id)) &&
      (wantedName === undefined || tag.name === wantedName),
  );
};

/** Takes a tag away, from every server that bears it too. */
const removeTag = (parts: V1Parts, tag: TagRecord): void => {
  for (const server of parts.holdings.machines.servers.values()) {
    if (server.tags.includes(tag.id)) {
      parts.lifecycle.change(server, { tags: server.tags.filter((each) => each !== tag.id) });
    }
  }
  parts.holdings.tags.remove(tag.id);
};

/** Takes away the default tags whose servers are gone, where they do not outlive them. */
export const removeLeftTags = (parts: V1Parts): void => {
  if (parts.settings.default_tag === "kept") {
    return;
  }
  for (const tag of parts.holdings.tags.values()) {
    if (tag.cameWith !== null && parts.holdings.machines.servers.get(tag.cameWith) === undefined) {
      removeTag(parts, tag);
    }
  }
};

const findMetadata = (tag: TagRecord, c: Context<SimulatorEnv>): string => {
  const key = pathParameter(c, "key");
  if (!Object.hasOwn(tag.metadatas, key)) {
    throw notFound("metadata_key", key);
  }
  return key;
};

const metadataRoutes = (parts: V1Parts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const put = (tag: TagRecord, metadatas: [string, string][]) =>
    parts.holdings.tags.put({ ...tag, metadatas: Object.fromEntries(metadatas) });
  routes.get("/", (c) => {
    const wanted = c.req.query("key");
    const all = Object.entries(findTag(parts, c).metadatas);
    return listed(parts, c, {
      name: "metadatas",
      all: all.filter(([key]) => wanted === undefined || key === wanted),
      body: (each) => metadataBody(parts, each),
      limit: 100,
    });
  });
  routes.post("/", async (c) => {
    const body = { metadata_key: metadataKey, metadata_value: metadataValue };
    const { metadata_key: key, metadata_value: value } = await readBody(parts, c, body);
    const tag = findTag(parts, c);
    if (Object.hasOwn(tag.metadatas, key)) {
      throw badParameter("metadata_key", `The metadata ${key} is there already.`, "metadata_exists");
    }
    put(tag, [...Object.entries(tag.metadatas), [key, value]]);
    return made(parts, "metadata", metadataBody(parts, [key, value]));
  });
  routes.put("/:key", async (c) => {
    const body = { metadata_key: metadataKey.optional(), metadata_value: metadataValue };
    const { metadata_value: value } = await readBody(parts, c, body);
    const tag = findTag(parts, c);
    const key = findMetadata(tag, c);
    put(
      tag,
      Object.entries(tag.metadatas).map(([each, old]) => [each, each === key ? value : old]),
    );
    return changed(parts, "metadata", metadataBody(parts, [key, value]));
  });
  routes.delete("/:key", (c) => {
    const tag = findTag(parts, c);
    const key = findMetadata(tag, c);
    put(
      tag,
      Object.entries(tag.metadatas).filter(([each]) => each !== key),
    );
    return removed(parts);
  });
  return routes;
};

/** `/tags` and below. */
export const tagRoutes = (parts: V1Parts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.get("/", (c) =>
    listed(parts, c, {
      name: "tags",
      all: listedTags(parts, c),
      body: (tag) => tagBody(parts, tag),
      limit: 100,
    }),
  );
  routes.post("/", async (c) => {
    const body = await readBody(parts, c, { name });
    const tag = parts.holdings.tags.put({
      id: `Tag-${parts.world.newId()}`,
      name: body.name,
      type: null,
      cameWith: null,
      metadatas: {},
      createdAt: parts.world.clock.now(),
    });
    return made(parts, "tag", tagBody(parts, tag));
  });
  routes.get("/:id", (c) => json(200, { tag: tagBody(parts, findTag(parts, c)) }));
  routes.put("/:id", async (c) => {
    const body = await readBody(parts, c, { name });
    const tag = parts.holdings.tags.put({ ...findTag(parts, c), name: body.name });
    return changed(parts, "tag", tagBody(parts, tag));
  });
  routes.delete("/:id", (c) => {
    removeTag(parts, findTag(parts, c));
    return removed(parts);
  });
  routes.route("/:id/metadatas", metadataRoutes(parts));
  return routes;
};
