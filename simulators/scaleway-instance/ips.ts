import { Hono } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { octetsOf } from "../randomness.ts";
import { cutPage } from "../scaleway/paging.ts";
import type { IpRecord } from "../scaleway/records.ts";
import { empty, json, pathParameter } from "../wire.ts";
import { invalidArguments, notFound } from "./errors.ts";
import type { InstanceParts } from "./parts.ts";
import { pagingOf, queryOf, readBody } from "./request.ts";

const ipBody = (parts: InstanceParts, ip: IpRecord): object => {
  const server = ip.serverId === null ? undefined : parts.holdings.servers.get(ip.serverId);
  return {
    id: ip.id,
    address: ip.address,
    prefix: ip.type === "routed_ipv6" ? `${ip.address}/64` : null,
    reverse: ip.reverse,
    server: server === undefined ? null : { id: server.id, name: server.name },
    organization: ip.organization,
    project: ip.project,
    zone: ip.zone,
    tags: ip.tags,
    type: ip.type,
    state: server === undefined ? "detached" : "attached",
    ipam_id: ip.id,
  };
};

const newIp = z.strictObject({
  organization: z.string().nullish(),
  project: z.string().nullish(),
  type: z.enum(["routed_ipv4", "routed_ipv6"]).default("routed_ipv4"),
  server: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
});

const ipUpdate = z.strictObject({
  reverse: z.string().nullish(),
  server: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  type: z.string().nullish(),
});

const addressOf = (id: string, type: IpRecord["type"]): string => {
  const octets = octetsOf(id, 5);
  return type === "routed_ipv4"
    ? `163.${octets.slice(0, 3).join(".")}`
    : `2001:bc8:${octets.map((octet) => octet.toString(16)).join(":")}::`;
};

const checkServer = (parts: InstanceParts, id: string): string => {
  if (parts.holdings.servers.get(id) === undefined) {
    throw notFound("instance_server", id);
  }
  return id;
};

const create = (parts: InstanceParts, zone: string, body: z.infer<typeof newIp>): IpRecord => {
  const project = body.project ?? body.organization;
  if (project == null) {
    throw invalidArguments([
      { argument_name: "project", reason: "required", help_message: "required key not provided" },
    ]);
  }
  const serverId = body.server == null ? null : checkServer(parts, body.server);
  const id = parts.world.newId();
  return parts.holdings.ips.put({
    id,
    zone,
    address: addressOf(id, body.type),
    type: body.type,
    reverse: null,
    serverId,
    organization: body.organization ?? project,
    project,
    tags: body.tags ?? [],
    createdAt: parts.world.clock.now(),
  });
};

/** `/ips`: reserved addresses, by id or by address. */
export const ipRoutes = (parts: InstanceParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const find = (zone: string, idOrAddress: string): IpRecord => {
    const found =
      parts.holdings.ips.get(idOrAddress) ??
      parts.holdings.ips.values().find((ip) => ip.address === idOrAddress);
    if (found === undefined || found.zone !== zone) {
      throw notFound("instance_ip", idOrAddress);
    }
    return found;
  };
  const one = (status: number, ip: IpRecord) => json(status, { ip: ipBody(parts, ip) });
  routes.get("/", (c) => {
    const query = queryOf(c);
    const tags = query.get("tags")?.split(",") ?? [];
    const ips = parts.holdings.ips
      .values()
      .filter((ip) => ip.zone === pathParameter(c, "zone"))
      .filter((ip) => query.get("project") === null || ip.project === query.get("project"))
      .filter((ip) => tags.every((tag) => ip.tags.includes(tag)))
      .toReversed();
    const page = cutPage(ips, "/ips", query, pagingOf(query, parts.faults));
    return json(200, { ips: page.items.map((ip) => ipBody(parts, ip)) }, page.headers);
  });
  routes.post("/", async (c) => one(201, create(parts, pathParameter(c, "zone"), await readBody(c, newIp))));
  routes.get("/:ip", (c) => one(200, find(pathParameter(c, "zone"), c.req.param("ip"))));
  routes.patch("/:ip", async (c) => {
    const body = await readBody(c, ipUpdate);
    const ip = find(pathParameter(c, "zone"), c.req.param("ip"));
    const server = body.server == null ? null : checkServer(parts, body.server);
    return one(
      200,
      parts.holdings.ips.put({
        ...ip,
        serverId: body.server === undefined ? ip.serverId : server,
        reverse: body.reverse === undefined ? ip.reverse : body.reverse,
        tags: body.tags ?? ip.tags,
      }),
    );
  });
  routes.delete("/:ip", (c) => {
    parts.holdings.ips.remove(find(pathParameter(c, "zone"), c.req.param("ip")).id);
    return empty(204, { "Content-Type": "application/json" });
  });
  return routes;
};
