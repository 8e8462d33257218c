import * as z from "zod";
import { stoppedServer } from "../scaleway/new-server.ts";
import type { ServerRecord } from "../scaleway/records.ts";
import { badParameter } from "./errors.ts";
import type { V1Parts } from "./parts.ts";
import { ownOrganization } from "./records.ts";
import { volumesOf } from "./server-body.ts";

/** The body of a create: `volumes` is the document's; the rest is what its answer and its filters show to be there. */
export const createServerBody = {
  name: z.string().min(1).max(255),
  image: z.string().min(1).optional(),
  image_id: z.string().min(1).optional(),
  organization: z.string().min(1).optional(),
  organization_id: z.string().min(1).optional(),
  volumes: z.array(z.string()).optional(),
};

/** Volumes that are there and free. @throws Refusal 400 that says which is not. */
const checkVolumes = (parts: V1Parts, ids: readonly string[]): void => {
  const taken = new Set(parts.holdings.machines.servers.values().flatMap(volumesOf));
  for (const id of ids) {
    if (parts.holdings.volumes.get(id) === undefined) {
      throw badParameter("volumes", `The volume ${id} doesn't exist.`, "volume_not_found");
    }
    if (taken.has(id)) {
      throw badParameter("volumes", `The volume ${id} is attached to a server.`, "volume_attached");
    }
  }
};

/** The tag that comes with a server. */
const defaultTag = (parts: V1Parts, serverId: string) =>
  parts.holdings.tags.put({
    id: `Tag-${parts.world.newId()}`,
    name: "default",
    type: "server",
    cameWith: serverId,
    metadatas: {},
    createdAt: parts.world.clock.now(),
  });

/**
 * Makes a server that is off, with its default tag.
 *
 * @throws Refusal 400; nothing is made then.
 */
export const createServer = (
  parts: V1Parts,
  body: z.infer<z.ZodObject<typeof createServerBody>>,
): ServerRecord => {
  if (body.volumes === undefined && parts.settings.volumes_parameter === "required") {
    throw badParameter("volumes", "The parameter volumes is missing.", "missing_parameter");
  }
  const volumes = [...new Set(body.volumes)];
  checkVolumes(parts, volumes);
  const id = `Server-${parts.world.newId()}`;
  const organization = body.organization ?? body.organization_id ?? ownOrganization;
  const server = stoppedServer(
    {
      id,
      zone: "v1",
      organization,
      project: organization,
      name: body.name,
      commercialType: "C1",
      arch: "arm",
      tags: [defaultTag(parts, id).id],
      imageId: body.image ?? body.image_id ?? null,
      bootType: "local",
      bootscript: null,
      dynamicIpRequired: true,
      enableIpv6: false,
      protected: false,
      securityGroup: "",
      placementGroup: null,
      volumes: Object.fromEntries(volumes.map((volume, place) => [String(place), volume])),
    },
    parts.world.clock.now(),
  );
  return parts.holdings.machines.servers.put(server);
};
