import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { json, pathParameter } from "../wire.ts";
import { changed, knownByNow, listed, made, removed } from "./answers.ts";
import { notFound } from "./errors.ts";
import type { V1Parts } from "./parts.ts";
import { organizationFields, type OrganizationRecord } from "./records.ts";
import { readBody } from "./request.ts";

const wholeFields = z.object(organizationFields);

/** An edit may leave out what stays; the id may come along. */
const editFields = {
  ...wholeFields.partial().shape,
  id: z.string().optional(),
};

const organizationBody = ({ id, level, fields, createdAt }: OrganizationRecord) => ({
  id,
  level,
  ...fields,
  creation_date: toWireTime(createdAt),
});

const findOrganization = (parts: V1Parts, c: Context<SimulatorEnv>): OrganizationRecord => {
  const id = pathParameter(c, "id");
  const organization = parts.holdings.organizations.get(id);
  if (organization === undefined) {
    throw notFound("id", id);
  }
  return organization;
};

/** `/organizations` and below. */
export const organizationRoutes = (parts: V1Parts): Hono<SimulatorEnv> => {
  const { organizations } = parts.holdings;
  const routes = new Hono<SimulatorEnv>();
  const known = () => knownByNow(parts, organizations.values());
  routes.get("/", (c) =>
    listed(parts, c, { name: "organizations", all: known(), body: organizationBody, limit: 25 }),
  );
  routes.get("/summary", (c) =>
    listed(parts, c, {
      name: parts.settings.summary_envelope,
      all: known(),
      body: ({ id, level, fields }) => ({ id, name: fields.name, level }),
      limit: 25,
    }),
  );
  routes.post("/", async (c) => {
    const fields = await readBody(parts, c, organizationFields);
    const createdAt = parts.world.clock.now();
    const organization = organizations.put({ id: parts.world.newId(), level: 1, fields, createdAt });
    return made(parts, "organization", organizationBody(organization));
  });
  routes.get("/:id", (c) => json(200, { organization: organizationBody(findOrganization(parts, c)) }));
  routes.put("/:id", async (c) => {
    const { id: _, ...edited } = await readBody(parts, c, editFields);
    const old = findOrganization(parts, c);
    const organization = organizations.put({
      ...old,
      fields: wholeFields.parse({ ...old.fields, ...edited }),
    });
    return changed(parts, "organization", organizationBody(organization));
  });
  routes.delete("/:id", (c) => {
    organizations.remove(findOrganization(parts, c).id);
    return removed(parts);
  });
  return routes;
};
