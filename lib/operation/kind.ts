import * as z from "zod";

/** Every kind of change that some dialect can be asked for; what a dialect offers is in its catalogue. */
export const kinds = [
  "server.create",
  "server.update",
  "server.delete",
  "server.start",
  "server.stop",
  "server.reboot",
  "server.action",
  "volume.create",
  "volume.delete",
  "container.create",
  "container.update",
  "container.delete",
  "object.create",
  "object.update",
  "object.delete",
  "tag.create",
  "tag.update",
  "tag.delete",
  "tag_metadata.create",
  "tag_metadata.update",
  "tag_metadata.delete",
  "server_tag.attach",
  "server_tag.detach",
  "organization.create",
  "organization.update",
  "organization.delete",
  "specifications.update",
] as const;

export const kindSchema = z.enum(kinds);
export type Kind = z.infer<typeof kindSchema>;

const makers: ReadonlySet<Kind> = new Set<Kind>([
  "server.create",
  "volume.create",
  "container.create",
  "tag.create",
  "organization.create",
]);

/**
 * The kinds that make a resource with an id that the provider chooses. All others act on one that exists, or on a part of
 * it that the caller names (an object of a container, a key of a tag).
 */
export const creates = (kind: Kind): boolean => makers.has(kind);

/** The kinds after which a part of a resource is no more; they have succeeded where it was gone before. */
export const removesPart = (kind: Kind): boolean =>
  kind === "object.delete" || kind === "tag_metadata.delete" || kind === "server_tag.detach";

/** Type of the resource that a kind makes or acts on: `server` of `server.create`. */
export const resourceTypeOf = (kind: Kind): string => kind.slice(0, kind.indexOf("."));
