import * as z from "zod";

/** Which tokens are taken, as it stands in the configuration under `access.jwt`. */
export const tokenSettingsSchema = z.strictObject({
  issuer: z.string().min(1).max(500),
  audience: z.string().min(1).max(500),
  jwks_url: z.url({ protocol: /^https$/ }),
  /** The claim with the scopes: a list, or words separated by blanks. Words that are none of ours are passed over. */
  scope_claim: z.string().min(1).max(200).default("scope"),
  /** The claim with the connections. Left out: tokens are not limited. Set: a token without it may see none. */
  connections_claim: z.string().min(1).max(200).optional(),
});
export type TokenSettings = z.infer<typeof tokenSettingsSchema>;
