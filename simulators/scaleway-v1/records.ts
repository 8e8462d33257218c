import * as z from "zod";
import { openHoldings as openServerHoldings, type Holdings as ServerHoldings } from "../scaleway/records.ts";
import type { Collection, World } from "../world.ts";

const milliseconds = z.number();

const tagRecord = z.object({
  id: z.string(),
  name: z.string(),
  /** `server` for the tag that comes with a server, null for one that was added. */
  type: z.string().nullable(),
  /** The server that it came with. */
  cameWith: z.string().nullable(),
  /** Values by key. */
  metadatas: z.record(z.string(), z.string()),
  createdAt: milliseconds,
});

const volumeRecord = z.object({
  id: z.string(),
  size: z.number(),
  type: z.string(),
  baseVolume: z.string().nullable(),
  baseSnapshot: z.string().nullable(),
  createdAt: milliseconds,
});

const containerRecord = z.object({ id: z.string(), name: z.string(), createdAt: milliseconds });

const objectRecord = z.object({
  /** `{container id}/{path}`. */
  id: z.string(),
  containerId: z.string(),
  /** What the API calls the object's id. */
  path: z.string(),
  /** Whatever it was sent with: the document has no fields. */
  fields: z.record(z.string(), z.unknown()),
  createdAt: milliseconds,
  modifiedAt: milliseconds,
});

const sessionRecord = z.object({
  id: z.string(),
  serverId: z.string(),
  startedAt: milliseconds,
  /** Null: not ended by a call. */
  endedAt: milliseconds.nullable(),
});

/** The document's parameters of an organization, with the two that an address may lack. */
export const organizationFields = {
  name: z.string().min(1),
  address_line1: z.string(),
  address_line2: z.string().optional(),
  address_zip: z.string(),
  address_state: z.string().optional(),
  address_city: z.string(),
  address_country: z.string(),
  technical_contacts: z.array(z.string()),
  administrative_contacts: z.array(z.string()),
  billing_contacts: z.array(z.string()),
};

const organizationRecord = z.object({
  id: z.string(),
  level: z.number(),
  fields: z.object(organizationFields),
  createdAt: milliseconds,
});

export type TagRecord = z.infer<typeof tagRecord>;
export type VolumeRecord = z.infer<typeof volumeRecord>;
export type ContainerRecord = z.infer<typeof containerRecord>;
export type ObjectRecord = z.infer<typeof objectRecord>;
export type SessionRecord = z.infer<typeof sessionRecord>;
export type OrganizationRecord = z.infer<typeof organizationRecord>;

/**
 * Everything that this API holds. Of a server's record, `tags` are the ids of attached tags, and `volumes` the ids
 * of volumes by their place.
 */
export interface Holdings {
  /** Where servers are kept, in the form that the lifecycle works on. */
  machines: ServerHoldings;
  tags: Collection<TagRecord>;
  volumes: Collection<VolumeRecord>;
  containers: Collection<ContainerRecord>;
  objects: Collection<ObjectRecord>;
  sessions: Collection<SessionRecord>;
  organizations: Collection<OrganizationRecord>;
}

/** The organization that the caller belongs to; every new world has it. */
export const ownOrganization = "000a115d-2852-4b0a-9ce8-47f1134ba95a";

/** The world's collections. */
export const openHoldings = (world: World): Holdings => {
  const organizations = world.collection("v1 organizations", organizationRecord);
  if (organizations.size === 0) {
    organizations.put({
      id: ownOrganization,
      level: 0,
      fields: {
        name: "Own organization",
        address_line1: "8 rue de la Ville",
        address_zip: "75008",
        address_city: "Paris",
        address_country: "FR",
        technical_contacts: [],
        administrative_contacts: [],
        billing_contacts: [],
      },
      createdAt: 0,
    });
  }
  return {
    machines: openServerHoldings(world),
    tags: world.collection("v1 tags", tagRecord),
    volumes: world.collection("v1 volumes", volumeRecord),
    containers: world.collection("v1 containers", containerRecord),
    objects: world.collection("v1 objects", objectRecord),
    sessions: world.collection("v1 sessions", sessionRecord),
    organizations,
  };
};
