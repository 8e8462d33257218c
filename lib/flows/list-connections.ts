import * as z from "zod";
import type { Connection } from "../connection.ts";
import { limitsSchema, pricesSchema } from "../limits/limits.ts";
import { kindSchema } from "../operation/kind.ts";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import type { Collection, KindOffer } from "../ports/provider.ts";
import { cursorOf, positionOf, type Listing } from "./cursor.ts";
import { notFound } from "./request-refused.ts";

/** A collection as the API shows it. */
export const collectionViewSchema = z.strictObject({
  path: z.string(),
  filters: z.array(z.string()),
  /** Where it stands, at least one of these filters has to be said. */
  needs_one_of: z.array(z.string()).exactOptional(),
});

/** `:id` of our rules is `{id}` outside. */
export const collectionViewOf = ({
  path,
  filters,
  needsOneOf,
}: Collection): z.infer<typeof collectionViewSchema> => ({
  path: path.replaceAll(":id", "{id}"),
  filters: [...filters],
  ...(needsOneOf === undefined ? {} : { needs_one_of: [...needsOneOf] }),
});

/** A connection as the API shows it: all its settings but its secret, and where that is. */
export const connectionViewSchema = z
  .strictObject({
    name: z.string(),
    provider: z.string(),
    zone: z.string().nullable(),
    region: z.string().nullable(),
    /** Null: the provider's own. */
    api_url: z.string().nullable(),
    /** Null: that of `api_url`, or the provider's own. */
    account_url: z.string().nullable(),
    project: z.string().nullable(),
    organization: z.string().nullable(),
    /** Where else a create may try its luck, by `fallback` in its input. */
    fallback_zones: z.array(z.string()),
    type_field: z.string(),
    suspend_is_stop: z.boolean(),
    assume: z.strictObject({
      lands_within_seconds: z.number(),
      listed_within_seconds: z.number(),
      builds_begin_within_seconds: z.number().nullable(),
    }),
    /** Seconds by kind; others have the dialect's. */
    confirm_over: z.int().meta({ description: "A bulk job of more items than that waits to be confirmed." }),
    deadlines: z.partialRecord(kindSchema, z.number().int()),
    /** What references in inputs must begin with. */
    input_secrets: z.array(z.string()),
    rate_per_second: z.number(),
    /** Null: nothing is limited. */
    limits: limitsSchema.nullable(),
    prices: pricesSchema.nullable(),
    orphans: z.strictObject({ delete: z.boolean(), most_per_run: z.number().int() }),
    kinds: z.array(kindSchema),
    collections: z.array(collectionViewSchema),
  })
  .meta({ id: "Connection" });
export type ConnectionView = z.infer<typeof connectionViewSchema>;

/** How it stands with the calls of a connection; it changes by the second. */
const rateViewSchema = z.strictObject({
  ceiling_per_second: z.number(),
  allowed_per_second: z.number().meta({
    description: "What the provider is believed to take: halved by its 429s, grown back by and by.",
  }),
  held_until: z.string().nullable().meta({ description: "No call leaves before; null: none is held." }),
  circuits: z
    .array(z.strictObject({ zone: z.string(), open_until: z.string() }))
    .meta({ description: "Zones whose calls wait, since too many had no clear outcome." }),
});

/** One connection as the API shows it by itself. */
export const connectionDetailSchema = connectionViewSchema
  .extend({ rate: rateViewSchema })
  .meta({ id: "ConnectionDetail" });
export type ConnectionDetail = z.infer<typeof connectionDetailSchema>;

/** Without user information and query: people put keys there. */
const plainUrl = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return pathname === "/" ? origin : `${origin}${pathname}`;
};

/** Whether the connection allows the kind at all: what it would refuse at `/kind` is not shown as offered. */
const isAllowed = (connection: Connection, { check, example = {} }: KindOffer): boolean =>
  check?.(connection, { ...example })?.pointer !== "/kind";

const viewOf = (connection: Connection, { providers }: Pick<Ports, "providers">): ConnectionView => {
  const dialect = providers.dialect(connection);
  return {
    name: connection.name,
    provider: connection.provider,
    zone: connection.zone ?? null,
    region: connection.region ?? null,
    api_url: connection.api_url === undefined ? null : plainUrl(connection.api_url),
    account_url: connection.account_url === undefined ? null : plainUrl(connection.account_url),
    project: connection.project ?? null,
    organization: connection.organization ?? null,
    fallback_zones: [...(connection.fallback_zones ?? [])],
    type_field: connection.type_field,
    suspend_is_stop: connection.suspend_is_stop,
    assume: {
      ...connection.assume,
      builds_begin_within_seconds: connection.assume.builds_begin_within_seconds ?? null,
    },
    confirm_over: connection.confirm_over,
    deadlines: { ...connection.deadlines },
    input_secrets: [...connection.input_secrets],
    rate_per_second: connection.rate_per_second,
    limits: connection.limits ?? null,
    prices: connection.prices ?? null,
    orphans: { ...connection.orphans },
    kinds: [...dialect.kinds].flatMap(([kind, offer]) => (isAllowed(connection, offer) ? [kind] : [])),
    collections: dialect.collections.map(collectionViewOf),
  };
};

const byName = (one: { name: string }, other: { name: string }): number => (one.name < other.name ? -1 : 1);

/** The configured connections by name. @throws RequestRefused for a cursor that is not ours */
export const listConnections = (
  cursor: string | null,
  limit: number,
  ports: Pick<Ports, "providers">,
): Listing<ConnectionView> => {
  const after = cursor === null ? "" : positionOf(cursor, z.strictObject({ n: z.string() })).n;
  const behind = ports.providers
    .connections()
    .filter(({ name }) => name > after)
    .toSorted(byName);
  const shown = behind.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = behind.length > limit && last !== undefined ? cursorOf({ n: last.name }) : null;
  return { items: shown.map((connection) => viewOf(connection, ports)), nextCursor };
};

/** One connection, and how it stands with its calls; reads one cell. @throws RequestRefused 404 */
export const showConnection = async (
  name: string,
  ports: Pick<Ports, "providers" | "budget">,
): Promise<ConnectionDetail> => {
  const connection = ports.providers.connection(name);
  if (connection === null) throw notFound(`Connection ${name.slice(0, 64)}`);
  const { rate_per_second: ceiling } = connection;
  const { allowedPerSecond, heldUntil, circuits } = await ports.budget.standing(connection.name, ceiling);
  return {
    ...viewOf(connection, ports),
    rate: {
      ceiling_per_second: ceiling,
      allowed_per_second: allowedPerSecond,
      held_until: heldUntil === null ? null : instant(heldUntil),
      circuits: circuits.map(({ zone, openUntil }) => ({ zone, open_until: instant(openUntil) })),
    },
  };
};
