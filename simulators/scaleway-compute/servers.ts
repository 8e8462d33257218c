import { Hono } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { listServers } from "../scaleway/server-list.ts";
import type { ServerRecord } from "../scaleway/records.ts";
import { userDataRoutes } from "../scaleway/user-data-routes.ts";
import { empty, json, pathParameter } from "../wire.ts";
import { createServer, createServerBody, findFreeVolume, volumeWishes } from "./create-server.ts";
import { invalidRequest, unknownResource } from "./errors.ts";
import { hostUrl, type ComputeParts } from "./parts.ts";
import { computeActions, refusalOf } from "./plan.ts";
import { listAnswer, readBody } from "./request.ts";
import { serverBody } from "./server-body.ts";
import { taskBody } from "./tasks.ts";

const anyGroup = z.union([z.string(), z.looseObject({ id: z.string() })]);

const updateServerBody = z.strictObject({
  name: z.string().min(1).optional(),
  tags: z.array(z.string()).optional(),
  volumes: volumeWishes.optional(),
  bootscript: z.string().nullish(),
  boot_type: z.string().optional(),
  dynamic_ip_required: z.boolean().optional(),
  dynamic_public_ip: z.boolean().optional(),
  enable_ipv6: z.boolean().optional(),
  security_group: anyGroup.optional(),
  hostname: z.string().optional(),
  protected: z.boolean().optional(),
});

/** A PUT wants the whole object back; what a client cannot change is read over. */
const replaceServerBody = z.looseObject({
  id: z.string(),
  name: z.string().min(1),
  organization: z.string(),
  image: z.unknown().refine((image) => image !== undefined, "required key not provided"),
  state: z.string(),
  tags: z.array(z.string()),
  volumes: z.record(z.string(), z.unknown()),
  bootscript: z.unknown(),
  dynamic_ip_required: z.boolean().optional(),
  dynamic_public_ip: z.boolean().optional(),
  enable_ipv6: z.boolean().optional(),
});

const actionBody = z.strictObject({
  action: z.enum(computeActions, { error: (issue) => `${String(issue.input)} is not a valid value` }),
});

const findServer = (parts: ComputeParts, id: string): ServerRecord => {
  const server = parts.holdings.servers.get(id);
  if (server === undefined) {
    throw unknownResource("other", id);
  }
  return server;
};

const stateOf = (parts: ComputeParts, server: ServerRecord) =>
  parts.lifecycle.shown(server, parts.world.clock.now()).state;

const update = (
  parts: ComputeParts,
  server: ServerRecord,
  body: z.infer<typeof updateServerBody>,
): ServerRecord => {
  const group = typeof body.security_group === "string" ? body.security_group : body.security_group?.id;
  if (group !== undefined && parts.holdings.securityGroups.get(group) === undefined) {
    throw unknownResource("Security group", group);
  }
  if (body.volumes !== undefined && stateOf(parts, server) !== "stopped") {
    throw invalidRequest("server should be stopped");
  }
  const wanted = Object.entries(body.volumes ?? {}).map(([place, wish]): [string, string] => {
    const id = typeof wish === "string" ? wish : (wish.id ?? "");
    return [place, findFreeVolume(parts, id, server.id).id];
  });
  return parts.lifecycle.change(server, {
    name: body.name ?? server.name,
    tags: body.tags ?? server.tags,
    bootscript: body.bootscript === undefined ? server.bootscript : body.bootscript,
    bootType: body.boot_type ?? server.bootType,
    dynamicIpRequired: body.dynamic_ip_required ?? body.dynamic_public_ip ?? server.dynamicIpRequired,
    enableIpv6: body.enable_ipv6 ?? server.enableIpv6,
    securityGroup: group ?? server.securityGroup,
    protected: body.protected ?? server.protected,
    volumes:
      body.volumes === undefined
        ? server.volumes
        : parts.volumes.rearrange(server, Object.fromEntries(wanted)),
  });
};

const create = async (parts: ComputeParts, c: Parameters<typeof pathParameter>[0]): Promise<ServerRecord> => {
  switch (parts.settings.type_field) {
    case "commercial_type": {
      const { commercial_type: type, ...body } = await readBody(c, createServerBody.commercial_type);
      return createServer(parts, body, type);
    }
    case "type": {
      const { type, ...body } = await readBody(c, createServerBody.type);
      return createServer(parts, body, type);
    }
  }
};

const act = async (parts: ComputeParts, c: Parameters<typeof pathParameter>[0]): Promise<Response> => {
  const { action } = await readBody(c, actionBody);
  const server = findServer(parts, pathParameter(c, "id"));
  const refusal = refusalOf(stateOf(parts, server), action);
  if (refusal !== undefined) {
    throw invalidRequest(refusal);
  }
  const hrefFrom = `/servers/${server.id}/action`;
  const task = parts.lifecycle.begin(server, action, hrefFrom, { method: "POST", path: c.req.path });
  return json(202, { task: taskBody(parts, task) }, { Location: hostUrl(parts, `/tasks/${task.id}`) });
};

/** `/servers` and below. HEAD answers with the headers of GET. */
export const serverRoutes = (parts: ComputeParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const one = (status: number, server: ServerRecord, headers: Record<string, string> = {}) =>
    json(status, { server: serverBody(parts, { server, at: parts.world.clock.now() }) }, headers);
  routes.get("/", (c) => {
    const query = new URL(c.req.url).searchParams;
    const listed = listServers(parts, query, parts.settings.region);
    return listAnswer(parts, c, "servers", listed, (each) => serverBody(parts, each));
  });
  routes.post("/", async (c) => {
    const server = await create(parts, c);
    return one(201, server, { Location: hostUrl(parts, `/servers/${server.id}`) });
  });
  routes.get("/:id", (c) => one(200, findServer(parts, c.req.param("id"))));
  routes.patch("/:id", async (c) => {
    const body = await readBody(c, updateServerBody);
    return one(200, update(parts, findServer(parts, c.req.param("id")), body));
  });
  routes.put("/:id", async (c) => {
    const { name, tags, ...rest } = await readBody(c, replaceServerBody);
    const server = findServer(parts, c.req.param("id"));
    const dynamic = rest.dynamic_ip_required ?? rest.dynamic_public_ip ?? server.dynamicIpRequired;
    const enableIpv6 = rest.enable_ipv6 ?? server.enableIpv6;
    return one(200, parts.lifecycle.change(server, { name, tags, dynamicIpRequired: dynamic, enableIpv6 }));
  });
  routes.delete("/:id", (c) => {
    const server = findServer(parts, c.req.param("id"));
    if (stateOf(parts, server) !== "stopped") {
      throw invalidRequest("server should be stopped");
    }
    parts.lifecycle.remove(server, false);
    return empty(204);
  });
  routes.get("/:id/action", (c) => {
    findServer(parts, c.req.param("id"));
    return json(200, { actions: computeActions });
  });
  routes.post("/:id/action", (c) => act(parts, c));
  const keptData = userDataRoutes({
    find: (c) => findServer(parts, pathParameter(c, "id")),
    keep: (server, userData) => parts.holdings.servers.put({ ...server, userData }),
  });
  routes.route("/:id/user_data", keptData);
  return routes;
};
