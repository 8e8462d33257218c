import * as z from "zod";
import type { OperationRequest } from "../../events/operation-request.ts";
import { jsonObjectSchema } from "../operation/json.ts";
import { kindSchema } from "../operation/kind.ts";

const textSchema = z.string().min(1).max(500);

/**
 * What an operation of a rule acts on: a thing by its id, or, looked for when the webhook comes, the one server of that
 * name, or all servers that bear a tag.
 */
const targetSchema = z
  .strictObject({
    type: z.string().max(40),
    id: textSchema.exactOptional(),
    name: textSchema.exactOptional(),
    tag: textSchema.exactOptional(),
  })
  .superRefine(({ type, id, name, tag }, context) => {
    if ([id, name, tag].filter((one) => one !== undefined).length !== 1)
      context.addIssue({ code: "custom", path: [], message: "must have one of id, name and tag" });
    else if (id === undefined && type !== "server")
      context.addIssue({ code: "custom", path: ["type"], message: 'must be "server" beside name or tag' });
  });
export type Target = z.infer<typeof targetSchema>;

/**
 * The body of `POST /v1/operations` with placeholders in its texts. Connection and kind are fixed: what a webhook holds
 * never chooses them.
 */
export const draftSchema = z.strictObject({
  connection: z.string().regex(/^[a-z0-9-]{1,40}$/, {
    error: "must be the name of a connection; a webhook can't choose it",
  }),
  kind: kindSchema,
  resource: targetSchema.exactOptional(),
  input: jsonObjectSchema.exactOptional(),
});
export type Draft = z.infer<typeof draftSchema>;

/** In the place of the id of a server that is still to be looked for, where a request is only checked. */
const unknownId = "known-when-it-is-looked-for";

/** The request that a draft is, about this server where it names none by its id. */
export const requestOf = ({ resource, ...rest }: Draft, id: string | null = null): OperationRequest => ({
  ...rest,
  ...(resource === undefined
    ? {}
    : { resource: { type: resource.type, id: resource.id ?? id ?? unknownId } }),
});
