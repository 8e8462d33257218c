import * as z from "zod";
import type { WireAnswer } from "../dialect.ts";
import type { Faults } from "../faults.ts";
import type { Lifecycle } from "../scaleway/lifecycle.ts";
import type { Holdings } from "../scaleway/records.ts";
import type { VolumeRoom } from "../scaleway/volume-room.ts";
import type { World } from "../world.ts";

/** What each setting may be, its default first: whatever the document leaves open is one of them. */
export const draftSettings = {
  /** The document says "20x". */
  action_status: ["202", "200", "201", "204"],
  /** Errors are documented without a body; those of the API that followed had one. */
  error_bodies: ["typed", "empty"],
  /** An action out of season: taken, with effect where it makes sense, or refused as by the API that followed. */
  untimely_action: ["accept", "refuse"],
  /** Whether a server that is on may be deleted. */
  delete_running: ["refuse", "accept"],
  /** A PUT without all of the object: refused, or what is missing is emptied. */
  partial_put: ["refuse", "empty"],
  /** `volumes` stands among the required parameters, and its own example leaves it out. */
  volumes_parameter: ["optional", "required"],
  /** What a create that does not say gets; the example answers show `false`, the API that followed had `true`. */
  dynamic_ip_default: ["true", "false"],
  /** How the address of a server is shown; the example answers only have `null`. */
  public_ip_shape: ["object", "text"],
  /** What `running` says in the course of a reset. */
  reset_flag: ["stays", "drops"],
} as const satisfies Record<string, readonly [string, ...string[]]>;

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values).default(() => values[0]);

/** The settings, parsed. */
export const draftSettingsSchema = z.strictObject({
  action_status: oneOf(draftSettings.action_status),
  error_bodies: oneOf(draftSettings.error_bodies),
  untimely_action: oneOf(draftSettings.untimely_action),
  delete_running: oneOf(draftSettings.delete_running),
  partial_put: oneOf(draftSettings.partial_put),
  volumes_parameter: oneOf(draftSettings.volumes_parameter),
  dynamic_ip_default: oneOf(draftSettings.dynamic_ip_default),
  public_ip_shape: oneOf(draftSettings.public_ip_shape),
  reset_flag: oneOf(draftSettings.reset_flag),
});

/** What the routes of this dialect work on. */
export interface DraftParts {
  world: World;
  faults: Faults;
  holdings: Holdings;
  lifecycle: Lifecycle;
  volumes: VolumeRoom;
  settings: z.infer<typeof draftSettingsSchema>;
  secret: string | undefined;
}

/** All of it is in one place: the document knows no zones. */
export const onlyZone = "draft";

/** An error as this API is set to word it. */
export const worded = (settings: DraftParts["settings"], answer: WireAnswer): WireAnswer =>
  settings.error_bodies === "empty" ? { status: answer.status } : answer;
