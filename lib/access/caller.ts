/** What a key may do. `operate` may also read; `admin` may do everything. */
export const scopes = ["read", "operate", "admin"] as const;
export type Scope = (typeof scopes)[number];

/** Who asks, as far as the key told. */
export interface Caller {
  /** `key_…`, `bootstrap`, or `jwt:{subject}`: what stands in the audit trail. */
  readonly id: string;
  /** The client whose key it is; null for the first key, which belongs to the installation itself. */
  readonly client: string | null;
  readonly scopes: ReadonlySet<Scope>;
  /** Connections that it may know of; null: all. */
  readonly connections: ReadonlySet<string> | null;
}

/** The key that the installation is set up with: it may do everything. */
export const bootstrapCaller: Caller = {
  id: "bootstrap",
  client: null,
  scopes: new Set(scopes),
  connections: null,
};

/** Whoever asks where no key is needed: allowed nothing, so that a route that forgets itself shows nothing. */
export const nobody: Caller = { id: "nobody", client: null, scopes: new Set(), connections: new Set() };

/** Whether the caller's scopes cover what a route asks for. */
export const mayDo = ({ scopes: has }: Caller, needed: Scope): boolean =>
  has.has("admin") || has.has(needed) || (needed === "read" && has.has("operate"));

/** Whether the caller may know of the connection. */
export const maySee = ({ connections }: Caller, connection: string): boolean =>
  connections === null || connections.has(connection);

/**
 * The key under which a request is known: callers that are limited to connections have a space of their own, so that
 * they neither meet nor can guess what others have asked for. Others share one, as ever. The separator can't be in a key.
 */
export const keyInSpaceOf = ({ client, id, connections }: Caller, idempotencyKey: string): string =>
  connections === null ? idempotencyKey : `${client ?? id}\n${idempotencyKey}`;
