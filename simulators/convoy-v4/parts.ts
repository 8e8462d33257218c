import * as z from "zod";
import type { Faults } from "../faults.ts";
import type { World } from "../world.ts";
import type { Holdings } from "./records.ts";
import type { Timeline } from "./timeline.ts";

/** What a setting may be, the default first. What is not documented is here. */
export const panelSettingValues = {
  /** A call without `Accept: application/json` is sent to a page; really, only one that fails is. */
  without_accept: ["redirect", "redirect_failures"],
  /** Whose token it is: another user than a root admin gets 403. */
  token_of: ["root_admin", "user"],
  /** Calls a minute: none since v4.0, 60 in v3. */
  throttle: ["off", "60"],
  /** Whether links of lists point to the host that was called, or to another one. */
  links: ["own", "foreign"],
  /** `should_create_server: false`: 500 and a record that nothing builds, or a build of the machine that is there. */
  without_build: ["error", "built"],
  /** A create without `template_uuid`. */
  without_template: ["404", "422"],
  /** A deletion while the build runs: the build's end writes `status` over it, or does not. */
  delete_while_building: ["overwritten", "clean"],
  /** Settings that are sent while the build runs: the build takes them, or the machine never gets them. */
  settings_while_building: ["lost", "applied"],
  /** A suspension while the build runs: the kill finds no machine, or is done and the build's end writes over it. */
  suspend_while_building: ["error", "overwritten"],
  /** What the panel's own record says after a PATCH that the node did not take. */
  unreachable_node_keeps: ["recorded", "lost"],
  /** What a deletion makes of a node that it cannot reach. */
  unreachable_node_deletes: ["deletion_failed", "counted_as_gone"],
} as const;

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values).default(values[0]);

export const panelSettings = z.strictObject({
  without_accept: oneOf(panelSettingValues.without_accept),
  token_of: oneOf(panelSettingValues.token_of),
  throttle: oneOf(panelSettingValues.throttle),
  links: oneOf(panelSettingValues.links),
  without_build: oneOf(panelSettingValues.without_build),
  without_template: oneOf(panelSettingValues.without_template),
  delete_while_building: oneOf(panelSettingValues.delete_while_building),
  settings_while_building: oneOf(panelSettingValues.settings_while_building),
  suspend_while_building: oneOf(panelSettingValues.suspend_while_building),
  unreachable_node_keeps: oneOf(panelSettingValues.unreachable_node_keeps),
  unreachable_node_deletes: oneOf(panelSettingValues.unreachable_node_deletes),
});

/** What the routes of this dialect work on. */
export interface PanelParts {
  world: World;
  faults: Faults;
  holdings: Holdings;
  timeline: Timeline;
  settings: z.infer<typeof panelSettings>;
  secret: string | undefined;
  speed: number;
}
