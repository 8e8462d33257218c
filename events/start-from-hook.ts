import * as z from "zod";
import { draftSchema } from "../lib/hook/draft.ts";
import { hookNamePattern, mostOperations } from "../lib/hook/hook.ts";

/**
 * Message on the provisioning queue: what a webhook asked for, whose servers are still to be looked for by name or tag.
 * `key` tells it from every other webhook of the hook.
 */
export const startFromHookSchema = z.strictObject({
  v: z.literal(1),
  hook: z.string().regex(hookNamePattern),
  rule: z.string().min(1).max(40),
  key: z.string().min(1),
  request_id: z.string().max(200),
  drafts: z.array(draftSchema).min(1).max(mostOperations),
});
export type StartFromHook = z.infer<typeof startFromHookSchema>;

/** The message as it is sent: JSON in ASCII, because some characters that a webhook may hold are taken by no queue. */
export const startFromHookText = (work: StartFromHook): string =>
  JSON.stringify(work).replaceAll(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
