import * as z from "zod";
import type { Faults } from "../faults.ts";
import type { Lifecycle } from "../scaleway/lifecycle.ts";
import type { World } from "../world.ts";
import type { Holdings } from "./records.ts";

/**
 * What each setting may be, its default first. The document shows three answers and names one state; everything
 * that it leaves open, or says twice, is one of these.
 */
export const v1Settings = {
  /** "200 OK" is the only success that the document lists; `usual` is 201, 202 and 204. */
  status_codes: ["documented", "usual"],
  /** What a create answers: what it made, or `{}` as the draft that followed had it. */
  create_answers: ["object", "empty"],
  /** What an edit, an attachment or an action answers. */
  change_answers: ["object", "empty"],
  /** Whether an error says `code` and `param`, both optional. */
  error_details: ["full", "bare"],
  /** A parameter that the document does not have. */
  unknown_parameters: ["refuse", "ignore"],
  /** "25 items by default" against the 10 and 100 of the single methods. */
  default_limit: ["25", "per_method"],
  /** A `limit` above 500. */
  limit_over_500: ["clamp", "refuse"],
  /** Links with the host that was called, or with the one of the document. */
  links: ["own", "documented"],
  /** The document's own `Link` ends with a comma. */
  link_ending: ["plain", "comma"],
  /** The order of lists. */
  order: ["oldest", "newest"],
  /** Calls in a window, and the window in seconds; the document has 5000 and no window. */
  rate_limit: ["5000", "500", "50", "10", "5", "2"],
  rate_window: ["3600", "60", "10", "5", "2"],
  /** What a call beyond the limit is answered. */
  over_limit: ["bare", "typed", "402"],
  /** `off` is documented; the words for the other states are not. */
  state_words: ["off", "stopped", "unheard"],
  /** What the power actions are called. */
  action_words: ["poweron", "start", "unheard"],
  /** "Lists available actions": those of the moment, or all that there are. */
  listed_actions: ["available", "all"],
  /** A launch that fails: 402 at once, or taken and the server falls back to off. */
  launch_failure: ["402", "falls_back"],
  /** An action out of season. */
  untimely_action: ["refuse", "accept"],
  /** Whether a server that is not off may be deleted. */
  delete_running: ["refuse", "accept"],
  /** The default tag of a server, once the server is gone. */
  default_tag: ["removed", "kept"],
  /** `volumes` is marked as required, as everything is. */
  volumes_parameter: ["optional", "required"],
  /** The tags of a server: the document's example has braces. */
  server_tags: ["object", "list"],
  /** What `active=false`, the default, shows: everything, or what is over. */
  inactive_sessions: ["all", "ended"],
  /** How a metadata names its two parts. */
  metadata_fields: ["key_value", "as_parameters"],
  /** Under which name the summary of organizations comes. */
  summary_envelope: ["organizations", "summary"],
  /** Whether a container that holds objects may be deleted. */
  delete_full_container: ["accept", "refuse"],
  /** A create of an object that is there. */
  existing_object: ["refuse", "replace"],
} as const satisfies Record<string, readonly [string, ...string[]]>;

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values).default(() => values[0]);

/** The settings, parsed. */
export const v1SettingsSchema = z.strictObject({
  status_codes: oneOf(v1Settings.status_codes),
  create_answers: oneOf(v1Settings.create_answers),
  change_answers: oneOf(v1Settings.change_answers),
  error_details: oneOf(v1Settings.error_details),
  unknown_parameters: oneOf(v1Settings.unknown_parameters),
  default_limit: oneOf(v1Settings.default_limit),
  limit_over_500: oneOf(v1Settings.limit_over_500),
  links: oneOf(v1Settings.links),
  link_ending: oneOf(v1Settings.link_ending),
  order: oneOf(v1Settings.order),
  rate_limit: oneOf(v1Settings.rate_limit),
  rate_window: oneOf(v1Settings.rate_window),
  over_limit: oneOf(v1Settings.over_limit),
  state_words: oneOf(v1Settings.state_words),
  action_words: oneOf(v1Settings.action_words),
  listed_actions: oneOf(v1Settings.listed_actions),
  launch_failure: oneOf(v1Settings.launch_failure),
  untimely_action: oneOf(v1Settings.untimely_action),
  delete_running: oneOf(v1Settings.delete_running),
  default_tag: oneOf(v1Settings.default_tag),
  volumes_parameter: oneOf(v1Settings.volumes_parameter),
  server_tags: oneOf(v1Settings.server_tags),
  inactive_sessions: oneOf(v1Settings.inactive_sessions),
  metadata_fields: oneOf(v1Settings.metadata_fields),
  summary_envelope: oneOf(v1Settings.summary_envelope),
  delete_full_container: oneOf(v1Settings.delete_full_container),
  existing_object: oneOf(v1Settings.existing_object),
});

export type V1SettingValues = z.infer<typeof v1SettingsSchema>;

/** What the routes of this dialect work on. */
export interface V1Parts {
  world: World;
  faults: Faults;
  holdings: Holdings;
  lifecycle: Lifecycle;
  settings: V1SettingValues;
  secret: string | undefined;
}

/** Where the API's paths begin. */
export const versionPath = "/v1";
