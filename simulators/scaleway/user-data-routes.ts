import { Hono } from "hono";
import type { Context } from "hono";
import type { SimulatorEnv } from "../dialect.ts";
import { empty, json } from "../wire.ts";
import type { ServerRecord } from "./records.ts";

/** What user data needs of a dialect: to find a server, and to keep what changed. */
interface UserDataParts {
  find(context: Context<SimulatorEnv>): ServerRecord;
  keep(server: ServerRecord, userData: Record<string, string>): void;
}

/** `/servers/{id}/user_data`: keys with raw text, the same in both Scaleway dialects. */
export const userDataRoutes = (parts: UserDataParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.get("/", (c) => json(200, { user_data: Object.keys(parts.find(c).userData) }));
  routes.get("/:key", (c) => {
    const content = parts.find(c).userData[c.req.param("key")];
    // An unknown key is a 404 without any body.
    return content === undefined
      ? empty(404)
      : new Response(content, { status: 200, headers: { "Content-Type": "text/plain" } });
  });
  routes.patch("/:key", async (c) => {
    const content = await c.req.text();
    const server = parts.find(c);
    parts.keep(server, { ...server.userData, [c.req.param("key")]: content });
    return empty(204, { "Content-Type": "application/json" });
  });
  routes.delete("/:key", (c) => {
    const server = parts.find(c);
    const key = c.req.param("key");
    if (!Object.hasOwn(server.userData, key)) {
      return empty(404);
    }
    parts.keep(server, Object.fromEntries(Object.entries(server.userData).filter(([name]) => name !== key)));
    return empty(204, { "Content-Type": "application/json" });
  });
  return routes;
};
