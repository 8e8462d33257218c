import { Hono } from "hono";
import type { SimulatorEnv } from "../dialect.ts";
import { isFor, type ActiveFault } from "../faults.ts";
import type { Owner } from "../scaleway/new-server.ts";
import { instanceTypes } from "../scaleway/server-types.ts";
import { json } from "../wire.ts";
import { invalidArguments, notFound, quotasExceeded } from "./errors.ts";
import { zones, type InstanceParts } from "./parts.ts";
import { pagingOf, queryOf } from "./request.ts";

const usualLimit = 10;

const nameOf = (type: string): string => `cp_servers_type_${type.replaceAll("-", "_")}`;

/** The switch `server_quota` for a type in a zone; without one there is no limit. */
const switchFor = ({ faults }: InstanceParts, zone: string, type: string): ActiveFault | undefined =>
  faults
    .list()
    .find(
      (fault) =>
        fault.name === "server_quota" &&
        (fault.type ?? type) === type &&
        isFor(fault, "POST", `/instance/v1/zones/${zone}/servers`),
    );

const limitOf = (parts: InstanceParts, zone: string, type: string): number | null => {
  const fault = switchFor(parts, zone, type);
  return fault === undefined ? null : (fault.items ?? usualLimit);
};

/** @throws Refusal 403 quotas_exceeded when the zone has as many servers of the type as it may. */
export const checkQuota = (parts: InstanceParts, { zone, organization }: Owner, type: string): void => {
  const limit = limitOf(parts, zone, type);
  if (limit === null) {
    return;
  }
  const current = parts.holdings.servers
    .values()
    .filter(
      (server) =>
        server.zone === zone && server.commercialType === type && server.organization === organization,
    ).length;
  if (current >= limit) {
    throw quotasExceeded(nameOf(type), limit, current, organization);
  }
};

const quotumBody = (parts: InstanceParts, type: string): object => ({
  name: nameOf(type),
  // Deprecated by the API for what stands in `limits`.
  limit: null,
  unlimited: null,
  pretty_name: `${type} Instances`,
  unit: "instance",
  description: "",
  locality_type: "zone",
  limits: zones.map((zone) => {
    const limit = limitOf(parts, zone, type);
    return limit === null ? { zone, unlimited: true } : { zone, limit };
  }),
});

const organizationOf = (query: URLSearchParams): string => {
  const organization = query.get("organization_id");
  if (organization === null || organization === "") {
    throw invalidArguments([
      { argument_name: "organization_id", reason: "required", help_message: "required key not provided" },
    ]);
  }
  return organization;
};

/** `/iam/v1alpha1/quota`: the limits of an organization, for each type of server. Use is not told. */
export const quotaRoutes = (parts: InstanceParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const types = Object.keys(instanceTypes);
  routes.get("/", (c) => {
    const query = queryOf(c);
    organizationOf(query);
    const wanted = query.getAll("quotum_names");
    const found = types.filter((type) => wanted.length === 0 || wanted.includes(nameOf(type)));
    query.set("per_page", query.get("page_size") ?? "50");
    const { page, perPage } = pagingOf(query, parts.faults);
    const shown = found.slice((page - 1) * perPage, page * perPage);
    return json(200, { quota: shown.map((type) => quotumBody(parts, type)), total_count: found.length });
  });
  routes.get("/:name", (c) => {
    organizationOf(queryOf(c));
    const type = types.find((each) => nameOf(each) === c.req.param("name"));
    if (type === undefined) {
      throw notFound("quotum", c.req.param("name"));
    }
    return json(200, quotumBody(parts, type));
  });
  return routes;
};
