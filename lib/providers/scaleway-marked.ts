import * as z from "zod";
import type { Connection } from "../connection.ts";
import { deploymentTag } from "../operation/marker.ts";
import type { Marked } from "../operation/marked.ts";
import type { Phase } from "../operation/observation.ts";
import { volumesOf, type ScalewayServer } from "./scaleway-server.ts";
import { phaseOfVolume, type ScalewayVolume } from "./scaleway-volume.ts";

/** Whose a thing is: today's API says the project, the block API `project_id`, the older one the organization. */
const ownerSchema = z.looseObject({
  project: z.string().nullish(),
  project_id: z.string().nullish(),
  organization: z.string().nullish(),
});

/** Whether the thing belongs where the connection does; a key may see more than one project. */
export const isOfConnection = (thing: unknown, { project, organization }: Connection): boolean => {
  const owner = ownerSchema.safeParse(thing);
  if (!owner.success) return false;
  const said = owner.data.project ?? owner.data.project_id ?? null;
  if (project !== undefined && said !== null) return said === project;
  const group = owner.data.organization ?? null;
  return organization === undefined || group === null || group === organization;
};

/** Whether the tags name the deployment, letter by letter: providers filter as they please. */
export const namesDeployment = ({ tags }: Marked, deployment: string): boolean =>
  tags.includes(deploymentTag(deployment));

export const markedServer = (server: ScalewayServer, phases: ReadonlyMap<string, Phase>): Marked => ({
  resource: { type: "server", id: server.id },
  name: server.name ?? null,
  tags: server.tags ?? [],
  createdAt: server.creation_date ?? null,
  changedAt: server.modification_date ?? null,
  phase: phases.get(server.state) ?? "unknown",
  state: server.state,
  isProtected: server.protected ?? false,
  usedBy: null,
  volumes: volumesOf(server.volumes),
});

const referenceSchema = z.looseObject({ product_resource_id: z.string() });

/** Who has the volume; a reference that can't be read is somebody all the same. */
const userOf = ({ server, references }: ScalewayVolume): string | null => {
  if (server !== null && server !== undefined) return server.id;
  const [first] = references ?? [];
  if (first === undefined) return null;
  return referenceSchema.safeParse(first).data?.product_resource_id ?? "somebody";
};

/** `marks`: where the volume may bear a marker. */
export const markedVolume = (volume: ScalewayVolume, marks: readonly string[]): Marked => ({
  resource: { type: "volume", id: volume.id },
  name: volume.name ?? null,
  tags: marks,
  createdAt: volume.creation_date ?? volume.created_at ?? null,
  phase: phaseOfVolume(volume),
  state: volume.state ?? volume.status ?? null,
  isProtected: false,
  usedBy: userOf(volume),
  volumes: [],
});

/** An address as both APIs send it; the older one has no tags and no state. */
export const addressSchema = z.looseObject({
  id: z.string().min(1),
  address: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  state: z.string().nullish(),
  server: z.looseObject({ id: z.string() }).nullish(),
});
export type ScalewayAddress = z.infer<typeof addressSchema>;
export const addressEnvelope = z.looseObject({ ip: addressSchema });
export const addressListEnvelope = z.looseObject({ ips: z.array(addressSchema) });

const phaseOfAddress = ({ server, state }: ScalewayAddress): Phase => {
  if (server !== null && server !== undefined) return "on";
  return (state ?? "detached") === "detached" ? "off" : "unknown";
};

/** Neither API says when an address was reserved. */
export const markedAddress = (ip: ScalewayAddress): Marked => ({
  resource: { type: "ip", id: ip.id },
  name: ip.address ?? null,
  tags: ip.tags ?? [],
  createdAt: null,
  phase: phaseOfAddress(ip),
  state: ip.state ?? (ip.server == null ? "detached" : "attached"),
  isProtected: false,
  usedBy: ip.server?.id ?? null,
  volumes: [],
});
