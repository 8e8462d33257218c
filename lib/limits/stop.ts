import * as z from "zod";
import { dataSchemaOf, eventSchema, typePrefix, type SwitchyardEvent } from "../../events/event.ts";
import type { StopEventType } from "../../events/stop-event.ts";
import { eventSource } from "../operation/announce.ts";
import { jsonObjectSchema } from "../operation/json.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import type { Operation, Step } from "../operation/operation.ts";
import { instant } from "../operation/time.ts";
import { makesAnew } from "./makes-anew.ts";

/** A stop of everything that makes or powers on, for a time. */
export const stopSchema = z.strictObject({
  until: z.string(),
  reason: z.string(),
  set_at: z.string(),
  set_by: z.string(),
});
export type Stop = z.infer<typeof stopSchema>;

/** The switch as its document stands: it stays when nothing is stopped, for the numbers of its events. */
export const switchSchema = z.strictObject({
  stop: stopSchema.nullable(),
  /** Number of its last event. */
  sequence: z.int().nonnegative(),
  /** Events that are not yet known to be published, bytes frozen. */
  outbox: z.array(eventSchema),
});
export type StopSwitch = z.infer<typeof switchSchema>;

export const openSwitch: StopSwitch = { stop: null, sequence: 0, outbox: [] };

/** The longest stop, in milliseconds: what is forgotten must end by itself. */
export const longestStop = 30 * 86_400_000;

/** Whether the stop holds at `now` (ms since the epoch). */
export const isStanding = (stop: Stop | null, now: number): stop is Stop =>
  stop !== null && now < Date.parse(stop.until);

const say = (
  before: StopSwitch,
  type: StopEventType,
  stop: Stop,
  liftedBy: string | null,
  now: number,
): SwitchyardEvent => {
  const sequence = before.sequence + 1;
  return {
    specversion: "1.0",
    id: `evt_stop_${Math.floor(now)}_${fingerprintOf(["stop", sequence]).slice(0, 20)}`,
    source: eventSource,
    type: `${typePrefix}${type}`,
    subject: "stop",
    time: instant(now),
    sequence,
    dataschema: dataSchemaOf(type),
    data: jsonObjectSchema.parse({ ...stop, lifted_by: liftedBy }),
  };
};

/** The switch with a stop set, or another one in the place of the one that stood. */
export const withStop = (before: StopSwitch, stop: Stop, now: number): StopSwitch => ({
  stop,
  sequence: before.sequence + 1,
  outbox: [...before.outbox, say(before, "stop.set", stop, null, now)],
});

/** The switch without a stop; the same when there was none. `by`: null where its time has come. */
export const withoutStop = (before: StopSwitch, by: string | null, now: number): StopSwitch =>
  before.stop === null
    ? before
    : {
        stop: null,
        sequence: before.sequence + 1,
        outbox: [...before.outbox, say(before, "stop.lifted", before.stop, by, now)],
      };

/** Words for actions after which less runs than before. */
const lessens =
  /^(?:power[_-]?off|off|stop|stop_in_place|shutdown|halt|suspend|hibernate|terminate|delete|destroy)$/;

/** Words for a restart, which passes as the kind `server.reboot` does: as much runs after it as before. */
const restarts = /^(?:(?:soft|hard)[_-]?)?(?:reboot|restart|reset)(?:[_-]?(?:soft|hard))?$/;

/** What an operation is going to do. */
export interface PlannedWork extends Pick<Operation, "kind" | "input"> {
  readonly steps: readonly Pick<Step, "goal" | "mode">[];
}

/**
 * Whether a stop holds the operation up: it makes something, makes it larger, powers it on, or may do so. Deletes and power-offs
 * never; an action counts by its planned end, and by its word where it has none that can be seen.
 */
export const isHeldByStop = ({ kind, input, steps }: PlannedWork): boolean => {
  if (kind.endsWith(".create") || kind === "specifications.update") return true;
  if (kind === "server.update")
    return (
      input["type"] !== undefined || input["commercial_type"] !== undefined || makesAnew({ kind, input })
    );
  if (kind === "server.action") {
    const action = input["action"];
    const isNoMore = typeof action === "string" && (lessens.test(action) || restarts.test(action));
    return !isNoMore && !steps.every(({ goal }) => goal === "off" || goal === "standby" || goal === "gone");
  }
  return kind === "server.start" || steps.some(({ goal, mode }) => goal === "on" && mode !== "watch");
};
