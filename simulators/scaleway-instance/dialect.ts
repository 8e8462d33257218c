import { Hono } from "hono";
import type { MiddlewareHandler } from "hono";
import type { Dialect, DialectContext, SimulatorEnv } from "../dialect.ts";
import { humanHand } from "../scaleway/human-hand.ts";
import { createLifecycle } from "../scaleway/lifecycle.ts";
import { openHoldings } from "../scaleway/records.ts";
import { createVolumeRoom } from "../scaleway/volume-room.ts";
import { instanceDurations, type CallKind } from "../timings.ts";
import { json, pathParameter } from "../wire.ts";
import { blockRoutes } from "./block.ts";
import { deniedAuthentication, instanceErrorAnswer, instanceErrorTypes, notFound } from "./errors.ts";
import { placementGroupRoutes, securityGroupRoutes } from "./groups.ts";
import { ipRoutes } from "./ips.ts";
import { marketplaceRoutes } from "./marketplace.ts";
import { instanceSettings, zones, type InstanceParts } from "./parts.ts";
import { instancePlan } from "./plan.ts";
import { productRoutes } from "./products.ts";
import { quotaRoutes } from "./quota.ts";
import { serverRoutes } from "./servers.ts";
import { imageRoutes, snapshotRoutes } from "./snapshots.ts";
import { localVolumeRoutes } from "./volumes.ts";

const authenticated = (secret: string | undefined): MiddlewareHandler<SimulatorEnv> => {
  return async (context, next) => {
    const token = context.req.header("X-Auth-Token") ?? "";
    if (token === "") {
      throw deniedAuthentication("invalid_argument");
    }
    if (secret !== undefined && token !== secret) {
      throw deniedAuthentication("not_found");
    }
    await next();
  };
};

const knownZone: MiddlewareHandler<SimulatorEnv> = async (context, next) => {
  const zone = pathParameter(context, "zone");
  if (!zones.includes(zone)) {
    throw notFound("zone", zone);
  }
  await next();
};

const callKind = (method: string, path: string): CallKind => {
  const inZone = path.replace(/^.*\/zones\/[^/]+/, "");
  switch (method) {
    case "POST":
      return inZone.endsWith("/action") ? "action" : "create";
    case "GET":
      return /^\/[a-z_]+\/[^/]+/.test(inZone) ? "read" : "list";
    default:
      return "change";
  }
};

const routesOf = (parts: InstanceParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  for (const root of ["/instance/v1/zones/:zone", "/block/v1/zones/:zone"]) {
    routes.use(`${root}/*`, authenticated(parts.secret), knownZone);
  }
  const instance = "/instance/v1/zones/:zone";
  routes.route(`${instance}/servers`, serverRoutes(parts));
  routes.route(`${instance}/volumes`, localVolumeRoutes(parts));
  routes.route(`${instance}/ips`, ipRoutes(parts));
  routes.route(`${instance}/snapshots`, snapshotRoutes(parts));
  routes.route(`${instance}/images`, imageRoutes(parts));
  routes.route(`${instance}/security_groups`, securityGroupRoutes(parts));
  routes.route(`${instance}/placement_groups`, placementGroupRoutes(parts));
  routes.route(`${instance}/products`, productRoutes(parts));
  routes.route("/block/v1/zones/:zone/volumes", blockRoutes(parts));
  routes.use("/iam/v1alpha1/*", authenticated(parts.secret));
  routes.route("/iam/v1alpha1/quota", quotaRoutes(parts));
  routes.route("/marketplace/v2", marketplaceRoutes(parts));
  routes.all("*", (c) =>
    json(404, {
      type: "not_found",
      message: "resource is not found",
      resource: "path",
      resource_id: c.req.path,
    }),
  );
  return routes;
};

const open = (context: DialectContext) => {
  const holdings = openHoldings(context.world);
  const volumes = createVolumeRoom({ ...context, holdings, detachDuration: instanceDurations.detach });
  const lifecycle = createLifecycle({ ...context, holdings, volumes, plan: instancePlan });
  const settings = instanceSettings.parse(context.settings);
  const parts: InstanceParts = { ...context, holdings, volumes, lifecycle, settings };
  return {
    routes: routesOf(parts),
    settle: () => lifecycle.settle(),
    callKind,
    errorAnswer: instanceErrorAnswer,
    commonHeaders: () => ({}),
    ...humanHand({ world: context.world, holdings, lifecycle }),
  };
};

/** Today's Instance API v1, with the block and marketplace APIs of the same host. */
export const scalewayInstance: Dialect = {
  name: "scaleway-instance",
  settings: { task_mode: ["fake", "real"], precondition_shape: ["400-full", "412-bare"] },
  errorTypes: instanceErrorTypes,
  open,
};
