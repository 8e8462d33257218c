import * as z from "zod";
import { defaultSecurityGroup, stoppedServer, type Owner } from "../scaleway/new-server.ts";
import { isUuid } from "../scaleway/public-images.ts";
import type { GroupRecord, IpRecord, ServerRecord } from "../scaleway/records.ts";
import { instanceTypes, type ServerType } from "../scaleway/server-types.ts";
import { invalidArguments, notFound, type ArgumentDetail } from "./errors.ts";
import { publicImagesOf } from "./image-body.ts";
import type { InstanceParts } from "./parts.ts";
import { checkQuota } from "./quota.ts";
import { placeVolumes, volumeTemplates, type RootImage } from "./volume-templates.ts";

const uuid = z.string().refine(isUuid, "value is not a UUID");

/** The body of a create; whatever is not in it is refused. */
export const createServerBody = z.strictObject({
  name: z.string().min(1),
  commercial_type: z.string(),
  image: z.string().min(1).nullish(),
  volumes: volumeTemplates.nullish(),
  organization: uuid.nullish(),
  project: uuid.nullish(),
  tags: z.array(z.string()).nullish(),
  dynamic_ip_required: z.boolean().nullish(),
  routed_ip_enabled: z.boolean().nullish(),
  enable_ipv6: z.boolean().nullish(),
  public_ip: z.string().nullish(),
  public_ips: z.array(z.string()).nullish(),
  boot_type: z.enum(["local", "bootscript", "rescue"]).nullish(),
  bootscript: z.string().nullish(),
  security_group: z.string().nullish(),
  placement_group: z.string().nullish(),
  protected: z.boolean().nullish(),
  admin_password_encryption_ssh_key_id: z.string().nullish(),
  filesystems: z.array(z.unknown()).nullish(),
});

type CreateServer = z.infer<typeof createServerBody>;

const imageNeeded = (name: string): ArgumentDetail => ({
  argument_name: name,
  reason: "required",
  help_message: "an image or volumes are required",
});

const complaintsOf = (body: CreateServer): ArgumentDetail[] => {
  const details: ArgumentDetail[] = [];
  if (body.organization == null && body.project == null) {
    details.push({ argument_name: "project", reason: "required", help_message: "required key not provided" });
  }
  if (body.organization != null && body.project != null) {
    details.push({
      argument_name: "project",
      reason: "constraint",
      help_message: "only one of organization and project can be given",
    });
  }
  if (body.image == null && Object.keys(body.volumes ?? {}).length === 0) {
    details.push(imageNeeded("image"), imageNeeded("volumes"));
  }
  if (!Object.hasOwn(instanceTypes, body.commercial_type)) {
    details.push({
      argument_name: "commercial_type",
      reason: "constraint",
      help_message: `${body.commercial_type} is not a valid commercial type`,
    });
  }
  return details;
};

/** A label means today's block storage; an id, whatever storage that image is for. */
const findImage = (parts: InstanceParts, zone: string, wanted: string, type: ServerType): RootImage => {
  const own = parts.holdings.images.get(wanted);
  if (own !== undefined) {
    return {
      id: own.id,
      name: own.name,
      size: own.rootVolume.size,
      onBlockStorage: own.rootVolume.volumeType !== "l_ssd",
    };
  }
  const images = publicImagesOf(zone);
  if (isUuid(wanted)) {
    const found = images.get(wanted)?.image;
    if (found === undefined) {
      throw notFound("instance_image", wanted);
    }
    return { ...found, onBlockStorage: found.storage === "instance_sbs" || type.localMax === 0 };
  }
  for (const { image } of images.values()) {
    if (image.label === wanted && image.storage === "instance_sbs" && image.arch === type.arch) {
      return { ...image, onBlockStorage: true };
    }
  }
  throw invalidArguments([
    { argument_name: "image", reason: "constraint", help_message: `no image has the label ${wanted}` },
  ]);
};

const findIps = (parts: InstanceParts, body: CreateServer): IpRecord[] => {
  const wanted = [...(body.public_ips ?? []), ...(body.public_ip == null ? [] : [body.public_ip])];
  return wanted.map((id) => {
    const ip = parts.holdings.ips.get(id);
    if (ip === undefined) {
      throw notFound("instance_ip", id);
    }
    return ip;
  });
};

/** The security group that it is to be in; a placement group that is asked for must exist as well. */
const findGroup = (parts: InstanceParts, body: CreateServer, owner: Owner): GroupRecord => {
  if (
    body.placement_group != null &&
    parts.holdings.placementGroups.get(body.placement_group) === undefined
  ) {
    throw notFound("instance_placement_group", body.placement_group);
  }
  if (body.security_group == null) {
    return defaultSecurityGroup(parts, owner);
  }
  const group = parts.holdings.securityGroups.get(body.security_group);
  if (group === undefined) {
    throw notFound("instance_security_group", body.security_group);
  }
  return group;
};

/**
 * Makes a stopped server.
 *
 * @throws Refusal 400 invalid_arguments, 403 quotas_exceeded, 404 not_found.
 */
export const createServer = (parts: InstanceParts, zone: string, body: CreateServer): ServerRecord => {
  const complaints = complaintsOf(body);
  const type = instanceTypes[body.commercial_type];
  if (complaints.length > 0 || type === undefined) {
    throw invalidArguments(complaints);
  }
  // The default project of an organization bears its id.
  const project = body.project ?? body.organization ?? "";
  const owner = { zone, organization: body.organization ?? project, project };
  checkQuota(parts, owner, body.commercial_type);
  const image = body.image == null ? undefined : findImage(parts, zone, body.image, type);
  const group = findGroup(parts, body, owner);
  const id = parts.world.newId();
  const ips = findIps(parts, body);
  const volumes = placeVolumes(parts, { id, owner, image, type, templates: body.volumes ?? {} });
  for (const ip of ips) {
    parts.holdings.ips.put({ ...ip, serverId: id });
  }
  const server = stoppedServer(
    {
      id,
      ...owner,
      name: body.name,
      commercialType: body.commercial_type,
      arch: type.arch,
      tags: body.tags ?? [],
      imageId: image?.id ?? null,
      bootType: body.boot_type ?? "local",
      bootscript: null,
      dynamicIpRequired: body.dynamic_ip_required ?? true,
      enableIpv6: body.enable_ipv6 ?? false,
      protected: body.protected ?? false,
      securityGroup: group.id,
      placementGroup: body.placement_group ?? null,
      volumes,
    },
    parts.world.clock.now(),
  );
  return parts.holdings.servers.put(server);
};
