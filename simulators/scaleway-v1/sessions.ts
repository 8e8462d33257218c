import { Hono } from "hono";
import type { SimulatorEnv } from "../dialect.ts";
import type { ServerRecord } from "../scaleway/records.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { json, pathParameter } from "../wire.ts";
import { listed } from "./answers.ts";
import { badParameter, notFound } from "./errors.ts";
import { findServer } from "./find-server.ts";
import type { V1Parts } from "./parts.ts";
import type { SessionRecord } from "./records.ts";

const sessionsOf = (parts: V1Parts, server: ServerRecord): SessionRecord[] =>
  parts.holdings.sessions.values().filter(({ serverId }) => serverId === server.id);

/** When a session ended: by a call, or when its server went off by itself. Null while it lasts. */
const endOf = (server: ServerRecord, session: SessionRecord): number | null =>
  session.endedAt ?? (server.transition === null && server.state !== "running" ? server.stateSince : null);

/** Ends the session that lasts, if one does. */
export const endSession = (parts: V1Parts, server: ServerRecord): void => {
  for (const session of sessionsOf(parts, server)) {
    if (session.endedAt === null) {
      const endedAt = endOf(server, session) ?? parts.world.clock.now();
      parts.holdings.sessions.put({ ...session, endedAt });
    }
  }
};

/** A server that is switched on has a session, until it is switched off. To be called before it is. */
export const beginSession = (parts: V1Parts, server: ServerRecord): void => {
  endSession(parts, server);
  parts.holdings.sessions.put({
    id: `Session-${parts.world.newId()}`,
    serverId: server.id,
    startedAt: parts.world.clock.now(),
    endedAt: null,
  });
};

const sessionBody = (server: ServerRecord, session: SessionRecord) => {
  const end = endOf(server, session);
  return {
    id: session.id,
    server_id: server.id,
    active: end === null,
    started_at: toWireTime(session.startedAt),
    ended_at: end === null ? null : toWireTime(end),
  };
};

const isWanted = (parts: V1Parts, active: string | undefined): ((isActive: boolean) => boolean) => {
  switch (active ?? "false") {
    case "true":
    case "1":
      return (isActive) => isActive;
    case "false":
    case "0":
      return (isActive) => parts.settings.inactive_sessions === "all" || !isActive;
    default:
      throw badParameter("active", "The parameter active is true or false.");
  }
};

/** `/servers/{id}/sessions` and below. */
export const sessionRoutes = (parts: V1Parts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.get("/", (c) => {
    const server = findServer(parts, c);
    const wanted = isWanted(parts, c.req.query("active"));
    return listed(parts, c, {
      name: "sessions",
      all: sessionsOf(parts, server).filter((each) => wanted(endOf(server, each) === null)),
      body: (each) => sessionBody(server, each),
      limit: 100,
    });
  });
  routes.get("/:session", (c) => {
    const server = findServer(parts, c);
    const id = pathParameter(c, "session");
    const session = sessionsOf(parts, server).find((each) => each.id === id);
    if (session === undefined) {
      throw notFound("session_id", id);
    }
    return json(200, { session: sessionBody(server, session) });
  });
  return routes;
};
