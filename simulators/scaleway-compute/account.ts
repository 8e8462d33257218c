import { Hono } from "hono";
import type { SimulatorEnv } from "../dialect.ts";
import { uuidOf } from "../randomness.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { json } from "../wire.ts";
import { unknownResource } from "./errors.ts";
import type { ComputeParts } from "./parts.ts";
import { listAnswer } from "./request.ts";

const began = toWireTime(Date.UTC(2014, 4, 22, 7, 55));

/** The organization of the documents' examples. */
const organization = {
  id: "000a115d-2852-4b0a-9ce8-47f1134ba95a",
  name: "Simulated organization",
  creation_date: began,
  modification_date: began,
  currency: "EUR",
  locale: "en_US",
  users: [],
};

const quotas = { servers: 10, images: 100, ips: 10, snapshots: 25, volumes: 20, security_groups: 100 };

/** The token that was presented: the only one there is. */
const tokenBody = (token: string): object => ({
  id: token,
  user_id: uuidOf("user"),
  description: "simulated",
  creation_date: began,
  expires: null,
  access_key: "SCWSIMULATED00000000",
  creation_ip: "127.0.0.1",
  inherits_user_perms: true,
  roles: { organization: null, role: null },
});

/** The reads of the account host, which has the same root here. */
export const accountRoutes = (parts: ComputeParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.get("/organizations", (c) => listAnswer(parts, c, "organizations", [organization], (each) => each));
  routes.get("/organizations/:id", (c) => {
    if (c.req.param("id") !== organization.id) {
      throw unknownResource("other", c.req.param("id"));
    }
    return json(200, { organization });
  });
  routes.get("/organizations/:id/quotas", () => json(200, { quotas }));
  routes.get("/tokens", (c) => {
    const token = c.req.header("X-Auth-Token") ?? "";
    return listAnswer(parts, c, "tokens", [token], tokenBody);
  });
  routes.get("/tokens/:id", (c) => {
    if (c.req.param("id") !== c.req.header("X-Auth-Token")) {
      throw unknownResource("other", c.req.param("id"));
    }
    return json(200, { token: tokenBody(c.req.param("id")) });
  });
  return routes;
};
