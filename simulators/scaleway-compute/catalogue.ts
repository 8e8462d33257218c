import { Hono } from "hono";
import type { Context } from "hono";
import type { SimulatorEnv } from "../dialect.ts";
import { isGeneral } from "../faults.ts";
import { defaultSecurityGroupId } from "../scaleway/new-server.ts";
import { cutPage, readPaging } from "../scaleway/paging.ts";
import type { GroupRecord, SnapshotRecord } from "../scaleway/records.ts";
import { computeTypes, type ServerType } from "../scaleway/server-types.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { json } from "../wire.ts";
import { unknownResource, validationError } from "./errors.ts";
import type { ComputeParts } from "./parts.ts";
import { listAnswer } from "./request.ts";
import { bootscripts, imageBodies, imageBody } from "./server-body.ts";

const groupBody = (parts: ComputeParts, group: GroupRecord): object => ({
  id: group.id,
  name: group.name,
  description: group.description,
  organization: group.organization,
  enable_default_security: true,
  organization_default: group.id === defaultSecurityGroupId(group),
  servers: parts.holdings.servers
    .values()
    .filter((server) => server.securityGroup === group.id)
    .map((server) => ({ id: server.id, name: server.name })),
});

const snapshotBody = (parts: ComputeParts, snapshot: SnapshotRecord): object => ({
  id: snapshot.id,
  name: snapshot.name,
  organization: snapshot.organization,
  size: snapshot.size,
  volume_type: snapshot.volumeType,
  state: parts.world.clock.now() < snapshot.readyAt ? "snapshotting" : "available",
  base_volume: snapshot.volumeId === null ? null : { id: snapshot.volumeId, name: snapshot.volumeName },
  creation_date: toWireTime(snapshot.createdAt),
  modification_date: toWireTime(snapshot.createdAt),
});

const productBody = (type: ServerType): object => ({
  alt_names: [],
  arch: type.arch,
  ncpus: type.cores,
  ram: type.memory,
  baremetal: false,
  volumes_constraint: { min_size: type.localMin, max_size: type.localMax },
  monthly_price: type.hourlyPrice * 730,
  hourly_price: type.hourlyPrice,
});

const productPage = (
  parts: ComputeParts,
  c: Context<SimulatorEnv>,
  body: (type: ServerType) => object,
): Response => {
  const query = new URL(c.req.url).searchParams;
  const cap = parts.faults.switched("page_size_cap");
  const paging = readPaging(query, cap === undefined ? undefined : (cap.items ?? 10));
  if ("wrong" in paging) {
    throw validationError({ [paging.wrong]: [paging.why] });
  }
  const page = cutPage(Object.entries(computeTypes), c.req.path, query, paging);
  return json(
    200,
    { servers: Object.fromEntries(page.items.map(([name, type]) => [name, body(type)])) },
    page.headers,
  );
};

const orUnknown = <T>(found: T | undefined, kind: "Security group" | "other", id: string): T => {
  if (found === undefined) {
    throw unknownResource(kind, id);
  }
  return found;
};

/** What can only be read: images, bootscripts, snapshots, security groups, products. */
export const catalogueRoutes = (parts: ComputeParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const { holdings } = parts;
  routes.get("/images", (c) => listAnswer(parts, c, "images", imageBodies(parts), (image) => image));
  routes.get("/images/:id", (c) => {
    const id = c.req.param("id");
    return json(200, { image: orUnknown(imageBody(parts, id), "other", id) });
  });
  routes.get("/bootscripts", (c) => listAnswer(parts, c, "bootscripts", bootscripts, (each) => each));
  routes.get("/bootscripts/:id", (c) => {
    const id = c.req.param("id");
    const bootscript = bootscripts.find((each) => each.id === id);
    return json(200, { bootscript: orUnknown(bootscript, "other", id) });
  });
  routes.get("/snapshots", (c) =>
    listAnswer(parts, c, "snapshots", holdings.snapshots.values(), (each) => snapshotBody(parts, each)),
  );
  routes.get("/snapshots/:id", (c) => {
    const id = c.req.param("id");
    return json(200, { snapshot: snapshotBody(parts, orUnknown(holdings.snapshots.get(id), "other", id)) });
  });
  routes.get("/security_groups", (c) =>
    listAnswer(parts, c, "security_groups", holdings.securityGroups.values(), (each) =>
      groupBody(parts, each),
    ),
  );
  routes.get("/security_groups/:id", (c) => {
    const id = c.req.param("id");
    const group = orUnknown(holdings.securityGroups.get(id), "Security group", id);
    return json(200, { security_group: groupBody(parts, group) });
  });
  routes.get("/products/servers", (c) => productPage(parts, c, productBody));
  routes.get("/products/servers/availability", (c) => {
    const short = isGeneral(parts.faults.switched("capacity_failure"));
    return productPage(parts, c, () => ({ availability: short ? "shortage" : "available" }));
  });
  return routes;
};
