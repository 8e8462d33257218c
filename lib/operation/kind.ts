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
] as const;

export const kindSchema = z.enum(kinds);
export type Kind = z.infer<typeof kindSchema>;

/** The kinds that make something new; all others act on a resource that exists. */
export const creates = (kind: Kind): boolean => kind.endsWith(".create");

/** Type of the resource that a kind makes or acts on: `server` of `server.create`. */
export const resourceTypeOf = (kind: Kind): string => kind.slice(0, kind.indexOf("."));
