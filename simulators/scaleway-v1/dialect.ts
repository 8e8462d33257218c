import { Hono } from "hono";
import type { MiddlewareHandler } from "hono";
import type { Dialect, DialectContext, HumanEdit, ServerGlance, SimulatorEnv } from "../dialect.ts";
import type { Faults } from "../faults.ts";
import { createLifecycle } from "../scaleway/lifecycle.ts";
import { restStates } from "../scaleway/records.ts";
import { createVolumeRoom } from "../scaleway/volume-room.ts";
import { computeDurations, type CallKind } from "../timings.ts";
import { Refusal, toResponse } from "../wire.ts";
import { dressed } from "./answers.ts";
import { containerRoutes } from "./containers.ts";
import { noApiKey, noSuchPath, requestFailed, v1ErrorAnswer, v1ErrorTypes, worded } from "./errors.ts";
import { organizationRoutes } from "./organizations.ts";
import { v1Settings, v1SettingsSchema, versionPath, type V1Parts, type V1SettingValues } from "./parts.ts";
import { stateWord, v1Plan } from "./plan.ts";
import { openRateWindow, type RateWindow } from "./rate-window.ts";
import { openHoldings } from "./records.ts";
import { stateAt } from "./server-body.ts";
import { serverRoutes } from "./servers.ts";
import { beginSession, endSession } from "./sessions.ts";
import { removeLeftTags, tagRoutes } from "./tags.ts";
import { volumeRoutes } from "./volumes.ts";

const overLimit = (settings: V1SettingValues): Refusal => {
  switch (settings.over_limit) {
    case "bare":
      return new Refusal({ status: 429 });
    case "typed":
      return new Refusal(v1ErrorAnswer("too_many_requests") ?? { status: 429 });
    case "402":
      return requestFailed("rate_limit", "The limit of requests is used up.");
  }
};

const limited = (window: RateWindow, settings: V1SettingValues): MiddlewareHandler<SimulatorEnv> => {
  return async (_, next) => {
    if (!window.take()) {
      throw overLimit(settings);
    }
    await next();
  };
};

/** The document speaks of an API key and not of where it stands: as in the APIs that followed. */
const authenticated = (secret: string | undefined): MiddlewareHandler<SimulatorEnv> => {
  return async (context, next) => {
    const token = context.req.header("X-Auth-Token") ?? "";
    if (token === "" || (secret !== undefined && token !== secret)) {
      throw noApiKey();
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
      // Behind the version, collections and things alternate.
      return path.split("/").filter((part) => part !== "").length % 2 === 0 ? "list" : "read";
    default:
      return "change";
  }
};

const routesOf = (parts: V1Parts, window: RateWindow): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.use(dressed);
  routes.use(limited(window, parts.settings));
  routes.use(authenticated(parts.secret));
  routes.route(`${versionPath}/servers`, serverRoutes(parts));
  routes.route(`${versionPath}/tags`, tagRoutes(parts));
  routes.route(`${versionPath}/volumes`, volumeRoutes(parts));
  routes.route(`${versionPath}/containers`, containerRoutes(parts));
  routes.route(`${versionPath}/organizations`, organizationRoutes(parts));
  routes.all("*", (c) => {
    throw noSuchPath(c.req.path);
  });
  routes.onError((error) => {
    if (error instanceof Refusal) {
      return toResponse(worded(parts.settings, error.answer));
    }
    throw error;
  });
  return routes;
};

/** What a human does behind the back of the clients; tags are things of their own here. */
const humanHand = (parts: V1Parts) => {
  const { servers } = parts.holdings.machines;
  return {
    servers: (): ServerGlance[] =>
      servers.values().map((server) => ({
        id: server.id,
        name: server.name,
        state: stateWord(parts.settings, stateAt(parts, { server, at: parts.world.clock.now() })),
        tags: server.tags.flatMap((id) => parts.holdings.tags.get(id)?.name ?? []),
        record: server,
      })),
    removeServer(id: string): boolean {
      const server = servers.get(id);
      if (server !== undefined) {
        parts.lifecycle.remove(server, false);
      }
      return server !== undefined;
    },
    editServer(id: string, edit: HumanEdit): boolean {
      const server = servers.get(id);
      if (server === undefined) {
        return false;
      }
      const state = restStates.find((each) => edit.state === stateWord(parts.settings, each));
      if (edit.tags !== undefined || (edit.state !== undefined && state === undefined)) {
        const words = restStates.map((each) => stateWord(parts.settings, each));
        throw new Error(`A server can be given a name and one of the states ${words.join(", ")}`);
      }
      const changed = parts.lifecycle.change(server, { name: edit.name ?? server.name });
      if (state !== undefined) {
        (state === "running" ? beginSession : endSession)(parts, changed);
        parts.lifecycle.force(changed, state);
      }
      return true;
    },
  };
};

/** Where a launch is refused at once, none that is taken falls back. */
const faultsOfLifecycle = (faults: Faults, settings: V1SettingValues): Faults => ({
  ...faults,
  strikes: (name, occasion) =>
    name === "capacity_failure" && settings.launch_failure === "402"
      ? undefined
      : faults.strikes(name, occasion),
});

const open = (context: DialectContext) => {
  const { world, faults, speed, secret } = context;
  const settings = v1SettingsSchema.parse(context.settings);
  const holdings = openHoldings(world);
  const { machines } = holdings;
  const volumes = createVolumeRoom({
    ...context,
    holdings: machines,
    detachDuration: computeDurations.detach,
  });
  const lifecycle = createLifecycle({
    world,
    speed,
    volumes,
    holdings: machines,
    plan: v1Plan,
    faults: faultsOfLifecycle(faults, settings),
  });
  const parts: V1Parts = { world, faults, holdings, lifecycle, settings, secret };
  const [limit, windowSeconds] = [Number(settings.rate_limit), Number(settings.rate_window)];
  const window = openRateWindow({ clock: world.clock, speed, limit, windowSeconds });
  return {
    routes: routesOf(parts, window),
    settle(): void {
      lifecycle.settle();
      removeLeftTags(parts);
    },
    callKind,
    errorAnswer(type: string) {
      const answer = v1ErrorAnswer(type);
      return answer === undefined ? undefined : worded(settings, answer);
    },
    commonHeaders: () => window.headers(),
    ...humanHand(parts),
  };
};

/** `api.scaleway.com/v1` as of January 2014 (seed 002): servers, tags, volumes, containers, organizations. */
export const scalewayV1: Dialect = {
  name: "scaleway-v1",
  settings: v1Settings,
  errorTypes: v1ErrorTypes,
  open,
};
