import * as z from "zod";
import { scopes, type Caller } from "./caller.ts";
import { keyIdPattern } from "./key-text.ts";
import { networkSchema } from "./network.ts";

/** The folder of the keys; each stands under its id. */
export const keyFolder = "keys";

/** Whose key it is: a program, a person, a place. `ci` may have parts of its own: `ci.deploy`. */
export const keyNameSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,59}$/, {
  error: "must be 1 to 60 of a-z, 0-9, dot, _ and -, beginning with a letter or digit",
});

export const scopeListSchema = z
  .array(z.enum(scopes, { error: `must be one of ${scopes.join(", ")}` }))
  .min(1, { error: "must name at least one scope" })
  .max(scopes.length, { error: "names a scope twice" })
  .refine((all) => new Set(all).size === all.length, { error: "names a scope twice" });

/** Requests a minute where a key does not say its own. */
export const usualRequestsPerMinute = 600;

/** A key as it is kept: its hash, never its text. */
export const keySchema = z.strictObject({
  id: z.string().regex(keyIdPattern),
  name: keyNameSchema,
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: scopeListSchema,
  /** Connections that it may know of; null: all, those of tomorrow included. */
  connections: z.array(z.string()).nullable(),
  /** Networks that it may be used from; null: any. */
  networks: z.array(networkSchema).nullable(),
  requests_per_minute: z.int().positive(),
  expires_at: z.string().nullable(),
  created_at: z.string(),
  /** The caller who made it. */
  created_by: z.string(),
  /** A day, `2026-11-02`: enough to find keys that nobody uses, and one write a day. */
  last_used_on: z.string().nullable(),
  revoked_at: z.string().nullable(),
});
export type Key = z.infer<typeof keySchema>;

/** Keys of one name that may be live at once: the one in use, and its successor. */
export const mostLiveKeys = 2;

/** Whether the key is good at this instant (ms since the epoch). */
export const isLive = ({ revoked_at: revokedAt, expires_at: expiresAt }: Key, now: number): boolean =>
  revokedAt === null && (expiresAt === null || now < Date.parse(expiresAt));

const daysKept = 90;

/** When a key that is good no more is forgotten (s since the epoch): the audit trail is readable until then. */
export const forgottenAt = ({ revoked_at: revokedAt, expires_at: expiresAt }: Key): number | null => {
  const ends = [revokedAt, expiresAt].filter((at) => at !== null).map((at) => Date.parse(at));
  return ends.length === 0 ? null : Math.ceil(Math.min(...ends) / 1000) + daysKept * 86_400;
};

/** Who asks with this key. */
export const callerWith = ({ id, name, scopes: has, connections }: Key): Caller => ({
  id,
  client: name,
  scopes: new Set(has),
  connections: connections === null ? null : new Set(connections),
});

/**
 * Whether the caller may know of a key and change it: whoever is not limited all keys; whoever is, those of its own
 * name or below (`ci`, `ci.deploy`) that see no more than it does itself.
 */
export const mayGovern = ({ client, connections }: Caller, key: Pick<Key, "name" | "connections">): boolean =>
  connections === null ||
  (isNameBelow(client, key.name) &&
    key.connections !== null &&
    key.connections.every((connection) => connections.has(connection)));

/** Whether the name is the client's own or begins with it and a dot. */
export const isNameBelow = (client: string | null, name: string): boolean =>
  client !== null && (name === client || name.startsWith(`${client}.`));

/** A key as the API shows it. */
export const keyViewSchema = keySchema.omit({ hash: true }).meta({ id: "Key" });
export type KeyView = z.infer<typeof keyViewSchema>;
export const keyViewOf = ({ hash: _hash, ...view }: Key): KeyView => view;
