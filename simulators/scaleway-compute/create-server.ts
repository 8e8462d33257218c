import * as z from "zod";
import { defaultSecurityGroup, stoppedServer, type Owner } from "../scaleway/new-server.ts";
import { isUuid } from "../scaleway/public-images.ts";
import type { GroupRecord, IpRecord, ServerRecord, VolumeRecord } from "../scaleway/records.ts";
import { computeTypes, type ServerType } from "../scaleway/server-types.ts";
import { invalidRequest, unknownResource, validationError } from "./errors.ts";
import type { ComputeParts } from "./parts.ts";
import { imageBody } from "./server-body.ts";

const uuid = z.string().refine(isUuid, "value is not a UUID");

const volumeWish = z.union([
  z.string(),
  z.strictObject({
    id: z.string().nullish(),
    name: z.string().nullish(),
    organization: z.string().nullish(),
    size: z.int().positive().nullish(),
    volume_type: z.literal("l_ssd").nullish(),
    base_snapshot: z.string().nullish(),
  }),
]);

/** Places to volumes: an id, a new one, or (place 0) the size of the image's own. */
export const volumeWishes = z.record(z.string(), volumeWish);

const common = z.strictObject({
  name: z.string().min(1),
  organization: uuid,
  image: uuid,
  volumes: volumeWishes.nullish(),
  tags: z.array(z.string()).nullish(),
  enable_ipv6: z.boolean().nullish(),
  dynamic_ip_required: z.boolean().nullish(),
  dynamic_public_ip: z.boolean().nullish(),
  public_ip: z.string().nullish(),
  security_group: z.string().nullish(),
  bootscript: z.string().nullish(),
  boot_type: z.enum(["local", "bootscript"]).nullish(),
});

/** The body of a create, by the setting that names the type's field. */
export const createServerBody = {
  commercial_type: common.extend({ commercial_type: z.string().nullish() }),
  type: common.extend({ type: z.string().nullish() }),
};

type CreateServer = z.infer<typeof common>;
type VolumeWish = z.infer<typeof volumeWish>;

/** An existing, free volume. @throws Refusal 404, or 400 when it is attached to another server. */
export const findFreeVolume = (parts: ComputeParts, id: string, serverId: string): VolumeRecord => {
  const volume = parts.holdings.volumes.get(id);
  if (volume === undefined) {
    throw unknownResource("Volume", id);
  }
  if (volume.serverId !== null && volume.serverId !== serverId) {
    throw invalidRequest(`volume ${id} is already attached to a server`);
  }
  return volume;
};

const idOf = (wish: VolumeWish): string | undefined =>
  typeof wish === "string" ? wish : (wish.id ?? undefined);

interface Placing {
  serverId: string;
  owner: Owner;
  type: ServerType;
  rootName: string;
  wishes: Record<string, VolumeWish>;
}

const imageSize = 10_000_000_000;

interface Making {
  place: string;
  /** Bytes. */
  size: number;
  make: () => VolumeRecord;
}

/** What one place is to hold; nothing is made yet. */
const planVolume = (
  parts: ComputeParts,
  placing: Placing,
  place: string,
  wish: VolumeWish | undefined,
): Making => {
  const id = wish === undefined ? undefined : idOf(wish);
  if (id !== undefined) {
    const free = findFreeVolume(parts, id, placing.serverId);
    return { place, size: free.size, make: () => free };
  }
  const wanted = typeof wish === "object" ? wish : undefined;
  const isRoot = place === "0";
  const size = wanted?.size ?? (isRoot ? imageSize : undefined);
  if (size === undefined) {
    throw validationError({ volumes: [`volume ${place}: required key not provided: size`] });
  }
  const name = wanted?.name ?? (isRoot ? placing.rootName : `volume-${place}`);
  return {
    place,
    size,
    make: () => parts.volumes.create({ name, volumeType: "l_ssd", size }, placing.owner),
  };
};

/** Checks everything, then makes the volumes and attaches them. */
const placeVolumes = (parts: ComputeParts, placing: Placing): Record<string, string> => {
  const { wishes, type } = placing;
  const places = ["0", ...Object.keys(wishes).filter((place) => place !== "0")];
  const makings = places.map((place) => planVolume(parts, placing, place, wishes[place]));
  const total = makings.reduce((sum, { size }) => sum + size, 0);
  if (total < type.localMin || total > type.localMax) {
    const [low, high] = [type.localMin, type.localMax].map((bytes) => bytes / 1_000_000_000);
    throw invalidRequest(`The total volume size should be between ${low} GB and ${high} GB`);
  }
  return Object.fromEntries(
    makings.map(({ place, make }) => [place, parts.volumes.attach(make(), placing.serverId).id]),
  );
};

const groupOf = (parts: ComputeParts, body: CreateServer, owner: Owner): GroupRecord => {
  if (body.security_group == null) {
    return defaultSecurityGroup(parts, owner);
  }
  const wanted = parts.holdings.securityGroups.get(body.security_group);
  if (wanted === undefined) {
    throw unknownResource("Security group", body.security_group);
  }
  return wanted;
};

const ipOf = (parts: ComputeParts, id: string): IpRecord => {
  const ip = parts.holdings.ips.get(id);
  if (ip === undefined) {
    throw unknownResource("other", id);
  }
  return ip;
};

/**
 * Makes a stopped server of that type (default VC1S).
 *
 * @throws Refusal 400 or 404; nothing is made then.
 */
export const createServer = (
  parts: ComputeParts,
  body: CreateServer,
  typeName: string | null | undefined,
): ServerRecord => {
  const commercialType = typeName ?? "VC1S";
  const type = Object.hasOwn(computeTypes, commercialType) ? computeTypes[commercialType] : undefined;
  if (type === undefined) {
    throw validationError({ [parts.settings.type_field]: [`${commercialType} is not a valid value`] });
  }
  if (imageBody(parts, body.image) === undefined) {
    throw unknownResource("other", body.image);
  }
  const owner = { zone: parts.settings.region, organization: body.organization, project: body.organization };
  const group = groupOf(parts, body, owner);
  const ip = body.public_ip == null ? undefined : ipOf(parts, body.public_ip);
  const id = parts.world.newId();
  const volumes = placeVolumes(parts, {
    serverId: id,
    owner,
    type,
    rootName: `snapshot-${body.image}`,
    wishes: body.volumes ?? {},
  });
  if (ip !== undefined) {
    parts.holdings.ips.put({ ...ip, serverId: id });
  }
  const server = stoppedServer(
    {
      id,
      ...owner,
      name: body.name,
      commercialType,
      arch: type.arch,
      tags: body.tags ?? [],
      imageId: body.image,
      bootType: body.boot_type ?? "bootscript",
      bootscript: body.bootscript ?? null,
      dynamicIpRequired: body.dynamic_ip_required ?? body.dynamic_public_ip ?? true,
      enableIpv6: body.enable_ipv6 ?? false,
      protected: false,
      securityGroup: group.id,
      placementGroup: null,
      volumes,
    },
    parts.world.clock.now(),
  );
  return parts.holdings.servers.put(server);
};
