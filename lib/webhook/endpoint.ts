import * as z from "zod";
import { eventSchema } from "../../events/event.ts";

/** What became of a check of the receiver. */
export const conformanceSchema = z.strictObject({
  requested_at: z.string(),
  ended_at: z.string().nullable(),
  findings: z.array(
    z.strictObject({
      probe: z.string(),
      passed: z.boolean(),
      expected: z.string(),
      got: z.string(),
      advice: z.string().nullable(),
    }),
  ),
});
export type Conformance = z.infer<typeof conformanceSchema>;

/** A part of the feed that is gone through again for one endpoint. */
export const catchUpSchema = z.strictObject({
  /** Tells it from another one that somebody asks for meanwhile. */
  asked_at: z.string(),
  from: z.string(),
  /** Null: to the end of the feed, wherever that is when it is reached. */
  to: z.string().nullable(),
  /** Whether events that were delivered before are left out. */
  only_missed: z.boolean(),
  /** Types asked for; empty: those that the endpoint wants. */
  types: z.array(z.string()),
  /** How far along the feed it has got; null: it has not begun. */
  position: z.number().int().nonnegative().nullable(),
});
export type CatchUp = z.infer<typeof catchUpSchema>;

/** A receiver of our webhooks, as its document stands. Its secrets are derived, never stored. */
export const endpointSchema = z.strictObject({
  /** `ep_…` */
  id: z.string(),
  url: z.string(),
  /** Types it wants; one may end in `*`. Empty: all. */
  types: z.array(z.string()),
  /** Only events whose data bears all of these tags; empty: all. */
  tags: z.array(z.string()),
  description: z.string().nullable(),
  /** Headers that each attempt carries beside ours. */
  headers: z.record(z.string(), z.string()),
  /** Only events of these connections; null: of all. */
  connections: z.array(z.string()).nullable(),
  state: z.enum(["enabled", "disabled"]),
  disabled_reason: z.string().nullable(),
  /** Events from then on are sent: of recovered endpoints what is appended late, too. */
  enabled_since: z.string(),
  /** The first failure since the last success; null when the last attempt went well. */
  failing_since: z.string().nullable(),
  /** When the others were warned of it. */
  warned_at: z.string().nullable(),
  /** The secret in use is derived from this number. */
  generation: z.number().int().positive(),
  /** Older secrets that still sign, each until an instant. */
  previous: z.array(z.strictObject({ generation: z.number().int().positive(), until: z.string() })),
  conformance: conformanceSchema.nullable(),
  /** Events that are sent again, or for the first time, because somebody asked; null when none are. */
  catch_up: catchUpSchema.nullable(),
  /** Number of the endpoint's last event. */
  sequence: z.number().int().nonnegative(),
  /** Events about it that are not yet known to be published, bytes frozen. */
  outbox: z.array(eventSchema),
  created_at: z.string(),
  created_by: z.string(),
  updated_at: z.string(),
  /** Deleted, but not yet said so: the document goes when its last event is out. */
  deleted_at: z.string().nullable(),
});
export type Endpoint = z.infer<typeof endpointSchema>;

/** Folder of the endpoints' documents. */
export const endpointsFolder = "endpoints";
/** Most endpoints of an installation: all are read at once. */
export const mostEndpoints = 100;
