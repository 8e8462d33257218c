import { Hono } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { uuidOf } from "../randomness.ts";
import { defaultSecurityGroupId } from "../scaleway/new-server.ts";
import { cutPage } from "../scaleway/paging.ts";
import type { GroupRecord } from "../scaleway/records.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { empty, json, pathParameter } from "../wire.ts";
import type { Collection } from "../world.ts";
import { notFound } from "./errors.ts";
import type { InstanceParts } from "./parts.ts";
import { pagingOf, queryOf, readBody } from "./request.ts";

const groupBody = z.object({
  name: z.string().min(1),
  description: z.string().nullish(),
  organization: z.string().nullish(),
  project: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  policy_mode: z.string().nullish(),
  policy_type: z.string().nullish(),
});

const newGroup = (
  parts: InstanceParts,
  id: string,
  zone: string,
  body: z.infer<typeof groupBody>,
): GroupRecord => ({
  id,
  zone,
  name: body.name,
  description: body.description ?? "",
  organization: body.organization ?? body.project ?? "",
  project: body.project ?? body.organization ?? "",
  tags: body.tags ?? [],
  policyMode: body.policy_mode ?? "optional",
  policyType: body.policy_type ?? "max_availability",
  createdAt: parts.world.clock.now(),
});

const securityGroupBody = (parts: InstanceParts, group: GroupRecord): object => ({
  id: group.id,
  name: group.name,
  description: group.description,
  organization: group.organization,
  project: group.project,
  tags: group.tags,
  inbound_default_policy: "accept",
  outbound_default_policy: "accept",
  enable_default_security: true,
  project_default: group.id === defaultSecurityGroupId(group),
  organization_default: false,
  stateful: true,
  state: "available",
  servers: parts.holdings.servers
    .values()
    .filter((server) => server.securityGroup === group.id)
    .map((server) => ({ id: server.id, name: server.name })),
  creation_date: toWireTime(group.createdAt),
  modification_date: toWireTime(group.createdAt),
  zone: group.zone,
});

const placementGroupBody = (_parts: InstanceParts, group: GroupRecord): object => ({
  id: group.id,
  name: group.name,
  organization: group.organization,
  project: group.project,
  tags: group.tags,
  policy_mode: group.policyMode,
  policy_type: group.policyType,
  policy_respected: true,
  zone: group.zone,
});

interface Kind {
  plural: string;
  singular: string;
  collection: Collection<GroupRecord>;
  body: (parts: InstanceParts, group: GroupRecord) => object;
}

const routesOf = (parts: InstanceParts, kind: Kind): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const find = (id: string): GroupRecord => {
    const group = kind.collection.get(id);
    if (group === undefined) {
      throw notFound(`instance_${kind.singular}`, id);
    }
    return group;
  };
  const one = (status: number, group: GroupRecord) =>
    json(status, { [kind.singular]: kind.body(parts, group) });
  routes.get("/", (c) => {
    const query = queryOf(c);
    const groups = kind.collection
      .values()
      .filter((group) => group.zone === pathParameter(c, "zone"))
      .filter((group) => query.get("project") === null || group.project === query.get("project"))
      .filter((group) => group.name.includes(query.get("name") ?? ""))
      .toReversed();
    const page = cutPage(groups, `/${kind.plural}`, query, pagingOf(query, parts.faults));
    return json(200, { [kind.plural]: page.items.map((group) => kind.body(parts, group)) }, page.headers);
  });
  routes.post("/", async (c) => {
    const body = await readBody(c, groupBody);
    return one(
      201,
      kind.collection.put(newGroup(parts, parts.world.newId(), pathParameter(c, "zone"), body)),
    );
  });
  routes.get("/:id", (c) => one(200, find(c.req.param("id"))));
  routes.patch("/:id", async (c) => {
    const group = find(c.req.param("id"));
    const { name, description, tags } = await readBody(c, groupBody.partial());
    return one(
      200,
      kind.collection.put({
        ...group,
        name: name ?? group.name,
        description: description ?? group.description,
        tags: tags ?? group.tags,
      }),
    );
  });
  routes.delete("/:id", (c) => {
    kind.collection.remove(find(c.req.param("id")).id);
    return empty(204, { "Content-Type": "application/json" });
  });
  return routes;
};

const mailPorts = [25, 465, 587];

/** The rules that every group has by default: no mail leaves. They can't be edited. */
const ruleBodies = (group: GroupRecord): object[] =>
  ["0.0.0.0/0", "::/0"]
    .flatMap((range) => mailPorts.map((port) => ({ range, port })))
    .map(({ range, port }, index) => ({
      id: uuidOf(`security-group-rule/${group.id}/${index}`),
      protocol: "TCP",
      direction: "outbound",
      action: "drop",
      ip_range: range,
      dest_port_from: port,
      dest_port_to: null,
      position: index + 1,
      editable: false,
      zone: group.zone,
    }));

/** `/security_groups` */
export const securityGroupRoutes = (parts: InstanceParts): Hono<SimulatorEnv> => {
  const collection = parts.holdings.securityGroups;
  const routes = routesOf(parts, {
    plural: "security_groups",
    singular: "security_group",
    collection,
    body: securityGroupBody,
  });
  routes.get("/:id/rules", (c) => {
    const id = c.req.param("id");
    const group = collection.get(id);
    if (group === undefined) {
      throw notFound("instance_security_group", id);
    }
    const query = queryOf(c);
    const path = `/security_groups/${id}/rules`;
    const page = cutPage(ruleBodies(group), path, query, pagingOf(query, parts.faults));
    return json(200, { rules: page.items }, page.headers);
  });
  return routes;
};

/** `/placement_groups` */
export const placementGroupRoutes = (parts: InstanceParts): Hono<SimulatorEnv> =>
  routesOf(parts, {
    plural: "placement_groups",
    singular: "placement_group",
    collection: parts.holdings.placementGroups,
    body: placementGroupBody,
  });
