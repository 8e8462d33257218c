import * as z from "zod";
import type { ServerRecord } from "../scaleway/records.ts";
import { instanceTypes } from "../scaleway/server-types.ts";
import { invalidArguments, notFound, preconditionFailed, transientState } from "./errors.ts";
import type { InstanceParts } from "./parts.ts";
import { findFreeVolume, volumeTemplates } from "./volume-templates.ts";

/** The body of a PATCH. */
export const updateServerBody = z.strictObject({
  name: z.string().min(1).nullish(),
  tags: z.array(z.string()).nullish(),
  volumes: volumeTemplates.nullish(),
  protected: z.boolean().nullish(),
  commercial_type: z.string().nullish(),
  dynamic_ip_required: z.boolean().nullish(),
  routed_ip_enabled: z.boolean().nullish(),
  enable_ipv6: z.boolean().nullish(),
  public_ips: z.array(z.string()).nullish(),
  boot_type: z.string().nullish(),
  bootscript: z.string().nullish(),
  security_group: z.object({ id: z.string(), name: z.string().nullish() }).nullish(),
  placement_group: z.string().nullish(),
  private_nics: z.array(z.unknown()).nullish(),
  admin_password_encryption_ssh_key_id: z.string().nullish(),
});

/** The body of a PUT, which wants the whole object; what is not a server's to change is read over. */
export const replaceServerBody = z.looseObject({
  name: z.string().min(1),
  commercial_type: z.string(),
  tags: z.array(z.string()),
  volumes: z.record(z.string(), z.unknown()),
  protected: z.boolean().optional(),
});

type UpdateServer = z.infer<typeof updateServerBody>;

const newType = (parts: InstanceParts, server: ServerRecord, wanted: string): string => {
  if (!Object.hasOwn(instanceTypes, wanted)) {
    throw invalidArguments([
      {
        argument_name: "commercial_type",
        reason: "constraint",
        help_message: `${wanted} is not a valid commercial type`,
      },
    ]);
  }
  const { state } = parts.lifecycle.shown(server, parts.world.clock.now());
  if (wanted !== server.commercialType && state !== "stopped") {
    throw preconditionFailed(parts.settings, "resource_not_usable", "server should be stopped");
  }
  return wanted;
};

/** The places that a PATCH asks for; what it does not name is detached. */
const newVolumes = (
  parts: InstanceParts,
  server: ServerRecord,
  wanted: NonNullable<UpdateServer["volumes"]>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(wanted).map(([place, template]) => {
      if (template.id == null) {
        throw invalidArguments([
          {
            argument_name: `volumes.${place}.id`,
            reason: "required",
            help_message: "required key not provided",
          },
        ]);
      }
      return [place, findFreeVolume(parts, template.id, server.id).id];
    }),
  );

const moveIps = (parts: InstanceParts, server: ServerRecord, wanted: readonly string[]): void => {
  const missing = wanted.find((id) => parts.holdings.ips.get(id) === undefined);
  if (missing !== undefined) {
    throw notFound("instance_ip", missing);
  }
  for (const ip of parts.holdings.ips.values()) {
    if (wanted.includes(ip.id)) {
      parts.holdings.ips.put({ ...ip, serverId: server.id });
    } else if (ip.serverId === server.id) {
      parts.holdings.ips.put({ ...ip, serverId: null });
    }
  }
};

/** Refuses while the server is between two states. @throws Refusal 409 transient_state. */
export const refuseWhileMoving = (parts: InstanceParts, server: ServerRecord): void => {
  const { state } = parts.lifecycle.shown(server, parts.world.clock.now());
  if (state === "starting" || state === "stopping") {
    throw transientState(server.id, state);
  }
};

/**
 * Applies a PATCH.
 *
 * @throws Refusal 400, 404, 409 or 412; nothing is changed then.
 */
export const updateServer = (
  parts: InstanceParts,
  server: ServerRecord,
  body: UpdateServer,
): ServerRecord => {
  const commercialType =
    body.commercial_type == null ? server.commercialType : newType(parts, server, body.commercial_type);
  if (
    body.placement_group != null &&
    parts.holdings.placementGroups.get(body.placement_group) === undefined
  ) {
    throw notFound("instance_placement_group", body.placement_group);
  }
  if (body.volumes != null) {
    refuseWhileMoving(parts, server);
  }
  const wanted = body.volumes == null ? undefined : newVolumes(parts, server, body.volumes);
  if (body.public_ips != null) {
    moveIps(parts, server, body.public_ips);
  }
  return parts.lifecycle.change(server, {
    commercialType,
    name: body.name ?? server.name,
    tags: body.tags ?? server.tags,
    protected: body.protected ?? server.protected,
    dynamicIpRequired: body.dynamic_ip_required ?? server.dynamicIpRequired,
    enableIpv6: body.enable_ipv6 ?? server.enableIpv6,
    bootType: body.boot_type ?? server.bootType,
    securityGroup: body.security_group?.id ?? server.securityGroup,
    placementGroup: body.placement_group === undefined ? server.placementGroup : body.placement_group,
    volumes: wanted === undefined ? server.volumes : parts.volumes.rearrange(server, wanted),
  });
};
