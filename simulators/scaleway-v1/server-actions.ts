import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import type { ServerRecord } from "../scaleway/records.ts";
import { json } from "../wire.ts";
import { begun } from "./answers.ts";
import { badParameter, launchFailed } from "./errors.ts";
import { findServer } from "./find-server.ts";
import type { V1Parts } from "./parts.ts";
import { actionWord, availableIn, v1Actions, type V1Action } from "./plan.ts";
import { readBody } from "./request.ts";
import { serverBody, stateAt } from "./server-body.ts";
import { beginSession, endSession } from "./sessions.ts";

const availableNow = (parts: V1Parts, server: ServerRecord): readonly V1Action[] =>
  availableIn(stateAt(parts, { server, at: parts.world.clock.now() }));

/** A launch that fails at once; a failure that shows later is the lifecycle's. */
const refuseLaunch = (parts: V1Parts, server: ServerRecord, path: string): void => {
  const occasion = { method: "POST", path, subject: server.name };
  if (
    parts.settings.launch_failure === "402" &&
    parts.faults.strikes("capacity_failure", occasion) !== undefined
  ) {
    throw launchFailed();
  }
};

const begin = (parts: V1Parts, server: ServerRecord, action: V1Action, path: string): void => {
  if (action === "poweron") {
    refuseLaunch(parts, server, path);
    beginSession(parts, server);
  } else if (action !== "reboot") {
    endSession(parts, server);
  }
  parts.lifecycle.begin(server, action, path, { method: "POST", path });
};

const act = async (parts: V1Parts, c: Context<SimulatorEnv>): Promise<Response> => {
  const { action: word } = await readBody(parts, c, { action: z.string() });
  const server = findServer(parts, c);
  const action = v1Actions.find((each) => actionWord(parts.settings, each) === word);
  if (action === undefined) {
    throw badParameter("action", `The action ${word} is unknown.`, "unknown_action");
  }
  if (availableNow(parts, server).includes(action)) {
    begin(parts, server, action, c.req.path);
  } else if (parts.settings.untimely_action === "refuse") {
    throw badParameter("action", `The action ${word} is not available now.`, "action_not_available");
  }
  const at = parts.world.clock.now();
  const after = parts.holdings.machines.servers.get(server.id) ?? server;
  return begun(parts, "server", serverBody(parts, { server: after, at }));
};

/** `/servers/{id}/action`. */
export const actionRoutes = (parts: V1Parts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.get("/", (c) => {
    const server = findServer(parts, c);
    const actions = parts.settings.listed_actions === "all" ? v1Actions : availableNow(parts, server);
    return json(200, { actions: actions.map((action) => actionWord(parts.settings, action)) });
  });
  routes.post("/", (c) => act(parts, c));
  return routes;
};
