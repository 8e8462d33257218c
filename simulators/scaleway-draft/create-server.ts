import * as z from "zod";
import { octetsOf } from "../randomness.ts";
import { invalidRequest, unknownResource, validationError } from "../scaleway-compute/errors.ts";
import { stoppedServer, type Owner } from "../scaleway/new-server.ts";
import { isUuid } from "../scaleway/public-images.ts";
import type { IpRecord, ServerRecord, VolumeRecord } from "../scaleway/records.ts";
import { onlyZone, type DraftParts } from "./parts.ts";

const uuid = z.string().refine(isUuid, "value is not a UUID");

/** The body of a create: the document's seven parameters. */
export const createServerBody = z.strictObject({
  name: z.string().min(1),
  organization: uuid,
  image: uuid,
  volumes: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
  public_ip: z.string().min(1).nullish(),
  dynamic_public_ip: z.boolean().optional(),
});

/** An existing, free volume. @throws Refusal 404, or 400 when it is attached to another server. */
export const findFreeVolume = (parts: DraftParts, id: string, serverId: string): VolumeRecord => {
  const volume = parts.holdings.volumes.get(id);
  if (volume === undefined) {
    throw unknownResource("Volume", id);
  }
  if (volume.serverId !== null && volume.serverId !== serverId) {
    throw invalidRequest(`volume ${id} is already attached to a server`);
  }
  return volume;
};

/**
 * The reserved address of that id, free or this server's. No endpoint of this API reserves one, so any id is taken
 * to have been reserved elsewhere.
 *
 * @throws Refusal 400 when another server has it.
 */
export const findFreeIp = (parts: DraftParts, id: string, serverId: string, owner: Owner): IpRecord => {
  const known = parts.holdings.ips.get(id);
  if (known !== undefined && known.serverId !== null && known.serverId !== serverId) {
    throw invalidRequest(`IP address ${id} is already attached to a server`);
  }
  return (
    known ?? {
      id,
      zone: owner.zone,
      organization: owner.organization,
      project: owner.project,
      address: `212.${octetsOf(id, 3).join(".")}`,
      type: "routed_ipv4",
      reverse: null,
      serverId: null,
      tags: [],
      createdAt: parts.world.clock.now(),
    }
  );
};

const rootBytes = 10_000_000_000;

/**
 * Makes a stopped server with a root volume of its own, and the volumes that were asked for after it.
 *
 * @throws Refusal 400 or 404; nothing is made then.
 */
export const createServer = (parts: DraftParts, body: z.infer<typeof createServerBody>): ServerRecord => {
  if (body.volumes === undefined && parts.settings.volumes_parameter === "required") {
    throw validationError({ volumes: ["required key not provided"] });
  }
  const owner = { zone: onlyZone, organization: body.organization, project: body.organization };
  const id = parts.world.newId();
  const wanted = [...new Set(body.volumes)].map((volume) => findFreeVolume(parts, volume, id));
  const ip = body.public_ip == null ? undefined : findFreeIp(parts, body.public_ip, id, owner);
  const root = parts.volumes.create(
    { name: `Volume-${body.name}-0`, volumeType: "l_ssd", size: rootBytes },
    owner,
  );
  const attached = [root, ...wanted].map((volume) => parts.volumes.attach(volume, id).id);
  if (ip !== undefined) {
    parts.holdings.ips.put({ ...ip, serverId: id });
  }
  const server = stoppedServer(
    {
      id,
      ...owner,
      name: body.name,
      commercialType: "C1",
      arch: "arm",
      tags: body.tags ?? [],
      imageId: body.image,
      bootType: "local",
      bootscript: null,
      dynamicIpRequired: body.dynamic_public_ip ?? parts.settings.dynamic_ip_default === "true",
      enableIpv6: false,
      protected: false,
      securityGroup: "",
      placementGroup: null,
      volumes: Object.fromEntries(attached.map((volume, place) => [String(place), volume])),
    },
    parts.world.clock.now(),
  );
  return parts.holdings.servers.put(server);
};
