import * as z from "zod";

/** The folder of the audit trail. */
export const auditFolder = "audit";

/** Seconds that an entry is kept. */
export const auditKeptSeconds = 90 * 86_400;

/** Who did what, and how it was answered. Nothing of a request's body is in it. */
export const auditEntrySchema = z
  .strictObject({
    at: z.string(),
    actor: z.string().meta({
      description: "`key_…`, `bootstrap`, `jwt:{subject}`, or whatever else has asked, such as a hook.",
    }),
    action: z.string().meta({ description: "`operationId` of the route in this description." }),
    target: z.string().meta({ description: "Path of what was changed or made." }),
    connection: z.string().nullable(),
    status: z.int(),
    request_id: z.string().nullable(),
  })
  .meta({ id: "AuditEntry" });
export type AuditEntry = z.infer<typeof auditEntrySchema>;

const lastMillisecond = 9_999_999_999_999;

/** The name of an entry: later ones come first in the order of names. `suffix` keeps those of one instant apart. */
export const auditNameOf = (now: number, suffix: string): string =>
  `${String(lastMillisecond - now).padStart(13, "0")}-${suffix}`;
