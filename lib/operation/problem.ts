import * as z from "zod";

/** What the provider itself said when it refused, for support tickets. No secret, no request body. */
export const providerDetailSchema = z.strictObject({
  status: z.number().int().nullable(),
  type: z.string().optional(),
  code: z.string().optional(),
  param: z.string().optional(),
  message: z.string().optional(),
  fields: z.record(z.string(), z.array(z.string())).optional(),
  request_id: z.string().optional(),
});
export type ProviderDetail = z.infer<typeof providerDetailSchema>;

/** Something that was seen at an instant and that a person needs to settle a doubt. */
export const evidenceSchema = z.strictObject({
  at: z.string(),
  what: z.string(),
  request_id: z.string().optional(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/** Problem details (RFC 9457) of an operation that failed or needs attention. */
export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  hint: z.string().optional(),
  request_id: z.string().optional(),
  provider: providerDetailSchema.optional(),
  evidence: z.array(evidenceSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

interface ProblemWords {
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly hint?: string | undefined;
  readonly provider?: ProviderDetail | undefined;
  readonly evidence?: readonly Evidence[] | undefined;
}

/** A problem whose type is made from its code, with absent parts left out. */
export const problem = (words: ProblemWords): Problem => ({
  type: `urn:switchyard:problem:${words.code}`,
  title: words.title,
  status: words.status,
  detail: words.detail,
  code: words.code,
  ...(words.hint === undefined ? {} : { hint: words.hint }),
  ...(words.provider?.request_id === undefined ? {} : { request_id: words.provider.request_id }),
  ...(words.provider === undefined ? {} : { provider: words.provider }),
  ...(words.evidence === undefined || words.evidence.length === 0 ? {} : { evidence: [...words.evidence] }),
});
