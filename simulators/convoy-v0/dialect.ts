import { Hono } from "hono";
import type { MiddlewareHandler } from "hono";
import { commonErrorAnswer, commonErrorTypes, noSuchRoute, refused } from "../convoy/answers.ts";
import { throttle } from "../convoy/throttle.ts";
import type { Dialect, DialectContext, HumanEdit, ServerGlance, SimulatorEnv } from "../dialect.ts";
import type { CallKind } from "../timings.ts";
import { openBuilds } from "./builds.ts";
import { panelSettings, panelSettingValues, type PanelParts } from "./parts.ts";
import { openHoldings } from "./records.ts";
import { serverRoutes } from "./servers.ts";

/** The header is compared as a whole: no `Bearer` before the secret. */
const authenticated = (secret: string | undefined): MiddlewareHandler<SimulatorEnv> => {
  return async (context, next) => {
    const given = context.req.header("Authorization") ?? "";
    if (given === "" || (secret !== undefined && given !== secret)) {
      throw refused(401, "Unauthorized");
    }
    await next();
  };
};

const callKind = (method: string, path: string): CallKind => {
  switch (method) {
    case "POST":
      return "create";
    case "GET":
    case "HEAD":
      return path.endsWith("/servers") ? "list" : "read";
    default:
      return "change";
  }
};

const routesOf = (parts: PanelParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const limit = parts.settings.throttle === "off" ? undefined : Number(parts.settings.throttle);
  routes.use(throttle({ ...parts, limit }));
  routes.use(authenticated(parts.secret));
  routes.route("/api/application/servers", serverRoutes(parts));
  routes.all("*", (c) => {
    throw noSuchRoute(c.req.path);
  });
  return routes;
};

/** What a human does in the panel, behind the back of every client of its API. */
const humanHand = (parts: PanelParts) => ({
  servers: (): ServerGlance[] =>
    parts.holdings.servers.values().map((record) => ({
      id: record.id,
      name: record.name ?? "",
      state: parts.builds.stateAt(record, parts.world.clock.now()),
      tags: [],
      record: { ...record, guest: parts.holdings.guests.get(`${record.nodeId}/${record.vmid}`) ?? null },
    })),
  removeServer(id: string): boolean {
    const found = parts.holdings.servers.get(id) !== undefined;
    parts.holdings.servers.remove(id);
    return found;
  },
  editServer(id: string, edit: HumanEdit): boolean {
    const server = parts.holdings.servers.get(id);
    if (server === undefined) {
      return false;
    }
    if (edit.state !== undefined && edit.state !== "ready" && edit.state !== "failed") {
      throw new Error(`A build can be made ready or failed, not ${JSON.stringify(edit.state)}`);
    }
    const changed = parts.holdings.servers.put({ ...server, name: edit.name ?? server.name });
    if (edit.state !== undefined) {
      parts.builds.force(changed, edit.state);
    }
    return true;
  },
});

const open = (context: DialectContext) => {
  const holdings = openHoldings(context.world);
  const settings = panelSettings.parse(context.settings);
  const builds = openBuilds({ ...context, holdings, pace: settings.queue });
  const parts: PanelParts = { ...context, holdings, builds, settings };
  return {
    routes: routesOf(parts),
    settle: () => builds.settle(),
    callKind,
    errorAnswer: (type: string) =>
      type === "unauthorized" ? refused(401, "Unauthorized").answer : commonErrorAnswer(type),
    commonHeaders: (): Record<string, string> => ({}),
    ...humanHand(parts),
  };
};

/** Convoy's application API of 2022-08: numbers as ids, a build that is told by `installing`, specifications. */
export const convoyV0: Dialect = {
  name: "convoy-v0",
  settings: panelSettingValues,
  errorTypes: ["unauthorized", ...commonErrorTypes],
  open,
};
