import { Hono } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { pathParameter } from "../wire.ts";
import { changed, listed, removed } from "./answers.ts";
import { badParameter, notFound } from "./errors.ts";
import { findServer } from "./find-server.ts";
import type { V1Parts } from "./parts.ts";
import { readBody } from "./request.ts";
import { tagBody } from "./tags.ts";

/** `/servers/{id}/tags`: which of the tags that there are a server bears. */
export const serverTagRoutes = (parts: V1Parts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.get("/", (c) => {
    const attached = findServer(parts, c).tags.flatMap((id) => parts.holdings.tags.get(id) ?? []);
    const keyed = parts.settings.server_tags === "object";
    const keyedBy = keyed ? ({ id }: { id: string }) => id : undefined;
    return listed(parts, c, {
      name: "tags",
      all: attached,
      body: (tag) => tagBody(parts, tag),
      limit: 100,
      keyedBy,
    });
  });
  routes.post("/", async (c) => {
    const { tag_id: id } = await readBody(parts, c, { tag_id: z.string() });
    const server = findServer(parts, c);
    const tag = parts.holdings.tags.get(id);
    if (tag === undefined) {
      throw badParameter("tag_id", `The tag ${id} doesn't exist.`, "tag_not_found");
    }
    parts.lifecycle.change(server, { tags: [...new Set([...server.tags, id])] });
    return changed(parts, "tag", tagBody(parts, tag));
  });
  routes.delete("/:tag", (c) => {
    const server = findServer(parts, c);
    const id = pathParameter(c, "tag");
    if (!server.tags.includes(id)) {
      throw notFound("tag_id", id);
    }
    parts.lifecycle.change(server, { tags: server.tags.filter((each) => each !== id) });
    return removed(parts);
  });
  return routes;
};
