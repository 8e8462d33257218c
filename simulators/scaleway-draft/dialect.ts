import { Hono } from "hono";
import type { MiddlewareHandler } from "hono";
import type { Dialect, DialectContext, HumanEdit, SimulatorEnv, WireAnswer } from "../dialect.ts";
import {
  computeErrorAnswer,
  computeErrorTypes,
  invalidAuth,
  unknownResource,
} from "../scaleway-compute/errors.ts";
import { humanHand } from "../scaleway/human-hand.ts";
import { createLifecycle } from "../scaleway/lifecycle.ts";
import { openHoldings } from "../scaleway/records.ts";
import { createVolumeRoom } from "../scaleway/volume-room.ts";
import { computeDurations, type CallKind } from "../timings.ts";
import { Refusal, toResponse } from "../wire.ts";
import { draftSettings, draftSettingsSchema, worded, type DraftParts } from "./parts.ts";
import { draftPlan } from "./plan.ts";
import { serverRoutes } from "./servers.ts";

/** The document says nothing of how a caller is known: as in the API that followed. */
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

const routesOf = (parts: DraftParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.use(authenticated(parts.secret));
  routes.route("/servers", serverRoutes(parts));
  routes.all("*", (c) => {
    throw unknownResource("other", c.req.path);
  });
  routes.onError((error) => {
    if (error instanceof Refusal) {
      return toResponse(worded(parts.settings, error.answer));
    }
    throw error;
  });
  return routes;
};

/** Behind the flag there are but these two states to be put into. */
const checkEdit = (edit: HumanEdit): void => {
  if (edit.state !== undefined && edit.state !== "running" && edit.state !== "stopped") {
    throw new Error(`A server can be put into running or stopped, not ${JSON.stringify(edit.state)}`);
  }
};

const open = (context: DialectContext) => {
  const holdings = openHoldings(context.world);
  const volumes = createVolumeRoom({ ...context, holdings, detachDuration: computeDurations.detach });
  const lifecycle = createLifecycle({ ...context, holdings, volumes, plan: draftPlan });
  const settings = draftSettingsSchema.parse(context.settings);
  const { world, faults, secret } = context;
  const hand = humanHand({ world, holdings, lifecycle });
  return {
    routes: routesOf({ world, faults, secret, holdings, volumes, lifecycle, settings }),
    settle: () => lifecycle.settle(),
    callKind,
    errorAnswer(type: string): WireAnswer | undefined {
      const answer = computeErrorAnswer(type);
      return answer === undefined ? undefined : worded(settings, answer);
    },
    commonHeaders: (): Record<string, string> => ({}),
    ...hand,
    editServer(id: string, edit: HumanEdit): boolean {
      checkEdit(edit);
      return hand.editServer(id, edit);
    },
  };
};

/** The draft of April 2014 (seed 001): servers only, empty answers, a flag instead of a state. */
export const scalewayDraft: Dialect = {
  name: "scaleway-draft",
  settings: draftSettings,
  errorTypes: computeErrorTypes,
  open,
};
