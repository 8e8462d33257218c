import * as z from "zod";
import { tokenSettingsSchema } from "./access/token-settings.ts";
import { limitsSchema, pricesSchema } from "./limits/limits.ts";
import { usuallyAssumed } from "./operation/bounds.ts";
import { kindSchema } from "./operation/kind.ts";

/** The wire languages that we speak. */
export const dialectNames = [
  "scaleway-instance",
  "scaleway-compute",
  "scaleway-draft",
  "convoy-v0",
  "convoy-v4",
  "scaleway-v1",
] as const;
export const dialectNameSchema = z.enum(dialectNames);
export type DialectName = z.infer<typeof dialectNameSchema>;

/** Where a secret is, never what it is. */
export const secretReferenceSchema = z
  .string()
  .regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|ssm:\/[\w./-]+|secretsmanager:[\w./+=@-]+)$/, {
    error: "must be a reference: env:NAME, ssm:/path or secretsmanager:name",
  });

const uuidSchema = z.string().regex(/^[0-9a-fA-F-]{36}$/, { error: "must be a UUID" });

/** The beginning of references that inputs may name. Not of those that are Switchyard's own, or the function's role. */
const inputSecretPrefixSchema = z
  .string()
  .regex(/^(env:[A-Za-z_][A-Za-z0-9_]*_|ssm:\/(?:[\w.-]+\/)+)$/, {
    error: "must be the beginning of references, as far as a _ or a /: env:GUEST_ or ssm:/guests/",
  })
  .refine((prefix) => !/^env:(?:AWS_|SWITCHYARD_(?!INPUT_))/i.test(prefix), {
    error: "names secrets of Switchyard itself; choose another name, such as env:GUEST_",
  });

/** One account at one provider in one place, as it stands in the configuration document. */
export const connectionSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,40}$/, { error: "must be 1 to 40 of a-z, 0-9 and -" }),
  provider: dialectNameSchema,
  /** Root of the host; the dialect appends its own paths. */
  api_url: z.url({ protocol: /^https?$/ }).optional(),
  /** Root of the account host of the older Scaleway dialects (tokens, organizations). */
  account_url: z.url({ protocol: /^https?$/ }).optional(),
  zone: z.string().optional(),
  /**
   * Other zones in which a create may try its luck (`fallback` of scaleway-instance). A create in doubt is searched for
   * in all of them and the sweeper looks there, so take a zone away only when nothing of ours is left in it.
   */
  fallback_zones: z.array(z.string()).max(9).optional(),
  region: z.enum(["par1", "ams1"]).optional(),
  project: uuidSchema.optional(),
  organization: uuidSchema.optional(),
  secret: secretReferenceSchema,
  /**
   * What secrets that an input names (`account_password` of `convoy-v4`) must begin with. Whoever may send a request may
   * have each of them sent to the provider.
   */
  input_secrets: z.array(inputSecretPrefixSchema).max(20).default(["env:SWITCHYARD_INPUT_"]),
  /** Ceiling of calls a second to this provider, all functions together. */
  rate_per_second: z.number().positive().max(1000).default(5),
  /** What `scaleway-compute` calls a server's type on the wire; the real API took `commercial_type`. */
  type_field: z.enum(["commercial_type", "type"]).default("commercial_type"),
  /** Whether `server.stop` and `server.start` mean `suspend` and `unsuspend` at `convoy-v4`: a stop then kills the machine. */
  suspend_is_stop: z.boolean().default(false),
  /**
   * What is assumed of the provider; the time before a create in doubt is sent again follows from it. Assume too
   * little, and a request that lands late makes a second server (which is never switched on).
   */
  assume: z
    .strictObject({
      lands_within_seconds: z.number().positive().max(86_400).default(usuallyAssumed.landsWithin),
      listed_within_seconds: z.number().positive().max(86_400).default(usuallyAssumed.listedWithin),
      /** `convoy-v0`: how long a build may wait for an idle worker before it begins; left out: 60. */
      builds_begin_within_seconds: z.number().positive().max(86_400).optional(),
    })
    .prefault({}),
  /**
   * What becomes of things that bear our marker and have no owner. They are only reported, unless `delete` says
   * otherwise; what is tagged `swy:keep` or `keep` stays in any case.
   */
  orphans: z
    .strictObject({
      delete: z.boolean().default(false),
      /** Ceiling of removals in one sweep. */
      most_per_run: z.int().min(1).max(100).default(5),
    })
    .prefault({}),
  /** What may be caused through it, at most; without it nothing is limited. Deletes and power-offs never are. */
  limits: limitsSchema.exactOptional(),
  /** What the provider does not tell. */
  prices: pricesSchema.exactOptional(),
  /** A bulk job of more items than that waits to be confirmed. */
  confirm_over: z.int().min(0).max(1_000_000).default(1000),
  /** Seconds per kind after which an operation without an end needs attention. */
  deadlines: z.partialRecord(kindSchema, z.number().int().positive().max(604_800)).default({}),
});
export type Connection = z.infer<typeof connectionSchema>;

/** Where the calls of a connection go that name no other place; empty where the provider has none. */
export const homeOf = ({ zone, region }: Connection): string => zone ?? region ?? "";

/** The configuration document: `switchyard.yaml`, or the same in the parameter store. */
export const configDocumentSchema = z.strictObject({
  connections: z
    .array(connectionSchema)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
      error: "names must differ",
    }),
  /** Who may ask, beside whoever has a key. `jwt`: an issuer whose tokens are taken as keys are. */
  access: z.strictObject({ jwt: tokenSettingsSchema.exactOptional() }).prefault({}),
  /** Power schedules and calendars as code: `switchyard schedule diff` and `apply` read them, nothing else does. */
  schedules: z.record(z.string(), z.unknown()).exactOptional(),
  calendars: z.record(z.string(), z.unknown()).exactOptional(),
});
export type Configuration = z.infer<typeof configDocumentSchema>;
