import { Hono } from "hono";
import type { SimulatorEnv } from "../dialect.ts";
import { isFor, isGeneral } from "../faults.ts";
import { cutPage } from "../scaleway/paging.ts";
import { instanceTypes, type ServerType } from "../scaleway/server-types.ts";
import { json, pathParameter } from "../wire.ts";
import type { InstanceParts } from "./parts.ts";
import { pagingOf, queryOf } from "./request.ts";

const hoursAMonth = 730;

const productBody = (type: ServerType): object => ({
  alt_names: [],
  arch: type.arch,
  ncpus: type.cores,
  ram: type.memory,
  gpu: 0,
  gpu_info: null,
  mig_profile: null,
  volumes_constraint: { min_size: type.localMin, max_size: type.localMax },
  per_volume_constraint: {
    l_ssd: { min_size: type.localMax === 0 ? 0 : 1_000_000_000, max_size: type.localMax },
  },
  scratch_storage_max_size: 0,
  scratch_storage_max_volumes_count: 0,
  baremetal: false,
  monthly_price: type.hourlyPrice * hoursAMonth,
  hourly_price: type.hourlyPrice,
  capabilities: {
    boot_types: ["local", "rescue"],
    placement_groups: 1,
    block_storage: true,
    hot_snapshots_local_volume: true,
    private_network: 8,
    max_file_systems: 0,
  },
  network: {
    interfaces: [],
    sum_internal_bandwidth: 400_000_000,
    sum_internet_bandwidth: 400_000_000,
    ipv6_support: true,
  },
  block_bandwidth: 41_943_040,
  end_of_service: type.endOfService,
});

/** `/products/servers`: a map, and yet paginated. */
export const productRoutes = (parts: InstanceParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const answer = (url: URLSearchParams, path: string, body: (type: ServerType) => object) => {
    const page = cutPage(Object.entries(instanceTypes), path, url, pagingOf(url, parts.faults));
    const servers = Object.fromEntries(page.items.map(([name, type]) => [name, body(type)]));
    return json(200, { servers }, page.headers);
  };
  routes.get("/servers", (c) => answer(queryOf(c), "/products/servers", productBody));
  routes.get("/servers/availability", (c) => {
    const path = `/instance/v1/zones/${pathParameter(c, "zone")}/servers`;
    const short = (["capacity_failure", "out_of_stock"] as const).some((name) => {
      const fault = parts.faults.switched(name);
      return isGeneral(fault) && isFor(fault, "POST", path);
    });
    return answer(queryOf(c), "/products/servers/availability", () => ({
      availability: short ? "shortage" : "available",
    }));
  });
  return routes;
};
