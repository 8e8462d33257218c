import { Hono } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { octetsOf } from "../randomness.ts";
import type { IpRecord } from "../scaleway/records.ts";
import { empty, json } from "../wire.ts";
import { invalidRequest, unknownResource } from "./errors.ts";
import { hostUrl, type ComputeParts } from "./parts.ts";
import { listAnswer, readBody } from "./request.ts";

const ipBody = (parts: ComputeParts, ip: IpRecord): object => {
  const server = ip.serverId === null ? undefined : parts.holdings.servers.get(ip.serverId);
  return {
    id: ip.id,
    address: ip.address,
    organization: ip.organization,
    reverse: ip.reverse,
    server: server === undefined ? null : { id: server.id, name: server.name },
  };
};

const serverReference = z.union([z.string(), z.looseObject({ id: z.string() })]).nullable();

const newIp = z.strictObject({ organization: z.string(), server: z.string().nullish() });

/** A PUT wants all five; a PATCH what is to change. */
const wholeIp = z.strictObject({
  address: z.string(),
  id: z.string(),
  organization: z.string(),
  server: serverReference,
  reverse: z.string().nullable(),
});

/** The server that an address is to be attached to. @throws Refusal 404, or 400 when it has one. */
const freeServer = (parts: ComputeParts, id: string, ipId: string | undefined): string => {
  if (parts.holdings.servers.get(id) === undefined) {
    throw unknownResource("other", id);
  }
  if (parts.holdings.ips.values().some((ip) => ip.serverId === id && ip.id !== ipId)) {
    throw invalidRequest(`Server '${id}' is already attached to an IP address`);
  }
  return id;
};

const change = (parts: ComputeParts, ip: IpRecord, body: Partial<z.infer<typeof wholeIp>>): IpRecord => {
  const wanted = typeof body.server === "object" ? (body.server?.id ?? null) : body.server;
  const serverId = wanted == null ? null : freeServer(parts, wanted, ip.id);
  return parts.holdings.ips.put({
    ...ip,
    serverId: wanted === undefined ? ip.serverId : serverId,
    reverse: body.reverse === undefined ? ip.reverse : body.reverse,
  });
};

const create = (parts: ComputeParts, body: z.infer<typeof newIp>): IpRecord => {
  const serverId = body.server == null ? null : freeServer(parts, body.server, undefined);
  const id = parts.world.newId();
  return parts.holdings.ips.put({
    id,
    zone: parts.settings.region,
    address: `212.${octetsOf(id, 3).join(".")}`,
    type: "routed_ipv4",
    reverse: null,
    serverId,
    organization: body.organization,
    project: body.organization,
    tags: [],
    createdAt: parts.world.clock.now(),
  });
};

/** `/ips` */
export const ipRoutes = (parts: ComputeParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const find = (id: string): IpRecord => {
    const ip = parts.holdings.ips.get(id);
    if (ip === undefined) {
      throw unknownResource("other", id);
    }
    return ip;
  };
  const one = (status: number, ip: IpRecord, headers: Record<string, string> = {}) =>
    json(status, { ip: ipBody(parts, ip) }, headers);
  routes.get("/", (c) =>
    listAnswer(parts, c, "ips", parts.holdings.ips.values().toReversed(), (ip) => ipBody(parts, ip)),
  );
  routes.post("/", async (c) => {
    const ip = create(parts, await readBody(c, newIp));
    return one(201, ip, { Location: hostUrl(parts, `/ips/${ip.id}`) });
  });
  routes.get("/:id", (c) => one(200, find(c.req.param("id"))));
  routes.put("/:id", async (c) => {
    const body = await readBody(c, wholeIp);
    return one(200, change(parts, find(c.req.param("id")), body));
  });
  routes.patch("/:id", async (c) => {
    const { server, reverse } = await readBody(c, wholeIp.partial());
    const wanted = {
      ...(server === undefined ? {} : { server }),
      ...(reverse === undefined ? {} : { reverse }),
    };
    return one(200, change(parts, find(c.req.param("id")), wanted));
  });
  routes.delete("/:id", (c) => {
    parts.holdings.ips.remove(find(c.req.param("id")).id);
    return empty(204);
  });
  return routes;
};
