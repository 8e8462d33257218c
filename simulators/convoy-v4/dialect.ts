import { Hono } from "hono";
import type { Context, MiddlewareHandler } from "hono";
import { commonErrorAnswer, commonErrorTypes, noSuchRoute, refused } from "../convoy/answers.ts";
import { throttle } from "../convoy/throttle.ts";
import type {
  Dialect,
  DialectContext,
  HumanEdit,
  ServerGlance,
  SimulatorEnv,
  WireAnswer,
} from "../dialect.ts";
import type { CallKind } from "../timings.ts";
import { unreachableNode } from "./change-server.ts";
import { panelSettings, panelSettingValues, type PanelParts } from "./parts.ts";
import { openHoldings, serverStatus } from "./records.ts";
import { serverRoutes } from "./servers.ts";
import { openTimeline } from "./timeline.ts";

const forbidden = () => refused(403, "This action is unauthorized.");
const unauthenticated = () => refused(401, "Unauthenticated.");

/** A bearer token of a root admin; the word before it in any case. */
const authenticated = (parts: PanelParts): MiddlewareHandler<SimulatorEnv> => {
  return async (context, next) => {
    const given = /^bearer (.+)$/i.exec(context.req.header("Authorization") ?? "")?.[1];
    if (given === undefined || (parts.secret !== undefined && given !== parts.secret)) {
      throw unauthenticated();
    }
    if (parts.settings.token_of === "user") {
      throw forbidden();
    }
    await next();
  };
};

const page = (url: string): string =>
  `<!DOCTYPE html>\n<html>\n<head><meta http-equiv="refresh" content="0;url='${url}'" />` +
  `<title>Redirecting to ${url}</title></head>\n<body>Redirecting to <a href="${url}">${url}</a>.</body>\n</html>\n`;

const redirect = (context: Context<SimulatorEnv>): Response => {
  const url = `${new URL(context.req.url).origin}/auth/login`;
  return new Response(page(url), {
    status: 302,
    headers: { "Content-Type": "text/html; charset=utf-8", Location: url },
  });
};

/** Whoever does not ask for JSON is taken for a browser. */
const asBrowser = (parts: PanelParts): MiddlewareHandler<SimulatorEnv> => {
  return async (context, next) => {
    const accept = context.req.header("Accept") ?? "";
    if (accept.includes("/json") || accept.includes("+json")) {
      await next();
    } else if (parts.settings.without_accept === "redirect") {
      return redirect(context);
    } else {
      await next();
      if ([401, 422].includes(context.res.status)) {
        context.res = undefined;
        context.res = redirect(context);
      }
    }
    return undefined;
  };
};

const callKind = (method: string, path: string): CallKind => {
  switch (method) {
    case "POST":
      return path.endsWith("/servers") ? "create" : "action";
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
  routes.use(asBrowser(parts));
  routes.use(throttle({ ...parts, limit }));
  routes.use(authenticated(parts));
  routes.route("/api/application/servers", serverRoutes(parts));
  routes.all("*", (c) => {
    throw noSuchRoute(c.req.path);
  });
  return routes;
};

/** What a human does in the panel, behind the back of every client of its API. */
const humanHand = ({ holdings, timeline, world }: PanelParts) => ({
  servers: (): ServerGlance[] =>
    holdings.servers
      .values()
      .filter((server) => timeline.isThere(server, world.clock.now()))
      .map((server) => ({
        id: server.id,
        name: server.name,
        state: timeline.statusAt(server, world.clock.now()) ?? "ready",
        tags: [],
        record: { ...server, guest: holdings.guests.get(`${server.nodeId}/${server.vmid}`) ?? null },
      })),
  removeServer(id: string): boolean {
    const found = holdings.servers.get(id) !== undefined;
    holdings.servers.remove(id);
    return found;
  },
  editServer(id: string, edit: HumanEdit): boolean {
    const server = holdings.servers.get(id);
    if (server === undefined) {
      return false;
    }
    const renamed = { ...server, name: edit.name ?? server.name };
    const status = serverStatus.parse(edit.state === "ready" ? null : (edit.state ?? null));
    holdings.servers.put(edit.state === undefined ? renamed : timeline.forced(renamed, status));
    return true;
  },
});

const ownErrors: Record<string, () => WireAnswer> = {
  unauthenticated: () => unauthenticated().answer,
  forbidden: () => forbidden().answer,
  conflict: () => refused(409, "This server is being deleted.").answer,
  refused: () => refused(400, "This template is not available on the node that was selected.").answer,
  unreachable_node: () => unreachableNode().answer,
};

const open = (context: DialectContext) => {
  const holdings = openHoldings(context.world);
  const settings = panelSettings.parse(context.settings);
  const timeline = openTimeline({
    ...context,
    holdings,
    overwrites: settings.delete_while_building === "overwritten",
    countsAsGone: settings.unreachable_node_deletes === "counted_as_gone",
  });
  const parts: PanelParts = { ...context, holdings, timeline, settings };
  return {
    routes: routesOf(parts),
    settle: () => timeline.settle(),
    callKind,
    errorAnswer: (type: string) =>
      Object.hasOwn(ownErrors, type) ? ownErrors[type]?.() : commonErrorAnswer(type),
    commonHeaders: (): Record<string, string> => ({}),
    ...humanHand(parts),
  };
};

/** Convoy's application API of version 4: UUIDs as ids, one `status`, deletions that take their time. */
export const convoyV4: Dialect = {
  name: "convoy-v4",
  settings: panelSettingValues,
  errorTypes: [...Object.keys(ownErrors), ...commonErrorTypes],
  open,
};
