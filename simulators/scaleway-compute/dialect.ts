import { Hono } from "hono";
import type { MiddlewareHandler } from "hono";
import type { Dialect, DialectContext, SimulatorEnv } from "../dialect.ts";
import { humanHand } from "../scaleway/human-hand.ts";
import { createLifecycle } from "../scaleway/lifecycle.ts";
import { openHoldings } from "../scaleway/records.ts";
import { createVolumeRoom } from "../scaleway/volume-room.ts";
import { computeDurations, type CallKind } from "../timings.ts";
import { accountRoutes } from "./account.ts";
import { catalogueRoutes } from "./catalogue.ts";
import { computeErrorAnswer, computeErrorTypes, invalidAuth, unknownResource } from "./errors.ts";
import { ipRoutes } from "./ips.ts";
import { computeSettings, type ComputeParts } from "./parts.ts";
import { computePlan } from "./plan.ts";
import { serverRoutes } from "./servers.ts";
import { taskRoutes } from "./tasks.ts";
import { volumeRoutes } from "./volumes.ts";

const authenticated = (secret: string | undefined): MiddlewareHandler<SimulatorEnv> => {
  return async (context, next) => {
    const token = context.req.header("X-Auth-Token") ?? "";
    if (token === "") {
      throw invalidAuth("The header 'X-Auth-Token' is missing");
    }
    if (secret !== undefined && token !== secret) {
      throw invalidAuth("The token is not valid");
    }
    await next();
  };
};

const callKind = (method: string, path: string): CallKind => {
  switch (method) {
    case "POST":
      return path.endsWith("/action") ? "action" : "create";
    case "GET":
    case "HEAD":
      return path.split("/").filter((part) => part !== "").length > 1 ? "read" : "list";
    default:
      return "change";
  }
};

const routesOf = (parts: ComputeParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.use(authenticated(parts.secret));
  routes.route("/servers", serverRoutes(parts));
  routes.route("/tasks", taskRoutes(parts));
  routes.route("/volumes", volumeRoutes(parts));
  routes.route("/ips", ipRoutes(parts));
  routes.route("/", catalogueRoutes(parts));
  routes.route("/", accountRoutes(parts));
  routes.all("*", (c) => {
    throw unknownResource("other", c.req.path);
  });
  return routes;
};

const open = (context: DialectContext) => {
  const holdings = openHoldings(context.world);
  const volumes = createVolumeRoom({ ...context, holdings, detachDuration: computeDurations.detach });
  const lifecycle = createLifecycle({ ...context, holdings, volumes, plan: computePlan });
  const parts: ComputeParts = {
    ...context,
    holdings,
    volumes,
    lifecycle,
    settings: computeSettings.parse(context.settings),
  };
  const warning = `299 - "Deprecated API please use https://api.scaleway.com/instance/v1/zones/fr-par-1/"`;
  return {
    routes: routesOf(parts),
    settle: () => lifecycle.settle(),
    callKind,
    errorAnswer: computeErrorAnswer,
    commonHeaders: (): Record<string, string> =>
      context.faults.switched("deprecated_warning") === undefined ? {} : { Warning: warning },
    ...humanHand({ world: context.world, holdings, lifecycle }),
  };
};

/** The legacy compute API of `cp-par1` and `cp-ams1`, with its tasks and the reads of its account host. */
export const scalewayCompute: Dialect = {
  name: "scaleway-compute",
  settings: { type_field: ["commercial_type", "type"], region: ["par1", "ams1"] },
  errorTypes: computeErrorTypes,
  open,
};
