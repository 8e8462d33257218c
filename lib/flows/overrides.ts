import type { Caller } from "../access/caller.ts";
import { plainScheduleData, type ScheduleEventType } from "../../events/schedule-event.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import {
  cancelled,
  extended,
  faultsOfOverride,
  newOverride,
  overrideSchema,
  type Override,
  type OverrideRequest,
} from "../schedule/override.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { invalid, notFound } from "./request-refused.ts";
import { say } from "./schedule-events.ts";
import { changeDocument, contested, folders, keptUntil, makeDue } from "./schedule-store.ts";
import { type SchedulePorts, scheduleNamed } from "./schedules.ts";

const place = (id: string) => ({ folder: folders.overrides, name: id, schema: overrideSchema });

const tell = (
  schedule: Schedule,
  type: ScheduleEventType,
  override: Override,
  by: string,
  ports: SchedulePorts,
): Promise<void> => {
  const { id, state, from, until, reason } = override;
  const data = plainScheduleData(schedule, { override: { id, state, from, until }, reason, by });
  return say(schedule.name, [{ type, data }], ports);
};

/** Where an override comes from: the same `key` makes it once. */
export interface OverrideOrigin {
  readonly by: string;
  readonly key: string;
}

/** Makes an override of a schedule; the same key makes it once. */
export const makeOverride = async (
  schedule: Schedule,
  request: OverrideRequest,
  { by, key }: OverrideOrigin,
  ports: SchedulePorts,
): Promise<{ readonly override: Override; readonly isNew: boolean }> => {
  const id = `ovr_${fingerprintOf([schedule.name, key]).slice(0, 20)}`;
  let isNew = false;
  const made = await changeDocument<Override>(
    place(id),
    (before) => {
      isNew = before === null;
      return before === null
        ? newOverride(request, { id, schedule: schedule.name, by, now: ports.clock.now() })
        : null;
    },
    ports,
    ({ until }) => keptUntil(until),
  );
  if (made === null) throw contested(`Override ${id}`);
  if (isNew) {
    await tell(schedule, "schedule.override_added", made, by, ports);
    await makeDue(ports);
  }
  return { override: made, isNew };
};

/** Adds a temporary exception to a schedule. @throws RequestRefused 404, 422 */
export const addOverride = async (
  name: string,
  request: OverrideRequest,
  key: string,
  caller: Caller,
  ports: SchedulePorts,
): Promise<{ readonly override: Override; readonly isNew: boolean }> => {
  const { schedule } = await scheduleNamed(name, caller, ports);
  const faults = faultsOfOverride(request, ports.clock.now());
  if (faults.length > 0) throw invalid(faults);
  return makeOverride(schedule, request, { by: caller.id, key }, ports);
};

/** Overrides of a schedule that are not over, the latest first. @throws RequestRefused 404 */
export const listOverrides = async (
  name: string,
  caller: Caller,
  ports: SchedulePorts,
): Promise<readonly Override[]> => {
  const { inputs } = await scheduleNamed(name, caller, ports);
  const now = ports.clock.now();
  return inputs.overrides
    .filter(
      ({ schedule, until, cancelled_at: gone }) =>
        (schedule === name || schedule === null) && gone === null && Date.parse(until) > now,
    )
    .toSorted((one, other) => (one.created_at < other.created_at ? 1 : -1));
};

const ofSchedule = async (name: string, id: string, caller: Caller, ports: SchedulePorts) => {
  const { schedule, inputs } = await scheduleNamed(name, caller, ports);
  const override = inputs.overrides.find((one) => one.id === id && one.schedule === name);
  if (override === undefined) throw notFound(`Override ${id.slice(0, 64)}`);
  return { schedule, override };
};

/** Gives an override another end; the same key does so once. @throws RequestRefused 404, 422 */
export const extendOverride = async (
  name: string,
  id: string,
  until: string,
  key: string,
  caller: Caller,
  ports: SchedulePorts,
): Promise<Override> => {
  const { schedule, override } = await ofSchedule(name, id, caller, ports);
  const faults = faultsOfOverride({ from: override.from, until }, ports.clock.now());
  if (faults.length > 0) throw invalid(faults);
  let isChanged = false;
  const next = await changeDocument<Override>(
    place(id),
    (before) => {
      const after = before === null ? null : extended(before, until, key);
      isChanged = after !== null && after !== before;
      return isChanged ? after : null;
    },
    ports,
    (changed) => keptUntil(changed.until),
  );
  if (next === null) throw notFound(`Override ${id}`);
  if (isChanged) {
    await tell(schedule, "schedule.override_added", next, caller.id, ports);
    await makeDue(ports);
  }
  return next;
};

/** Takes an override back; one that is over stays as it is. @throws RequestRefused 404 */
export const cancelOverride = async (
  name: string,
  id: string,
  caller: Caller,
  ports: SchedulePorts,
): Promise<void> => {
  const { schedule } = await ofSchedule(name, id, caller, ports);
  let isChanged = false;
  const next = await changeDocument<Override>(
    place(id),
    (before) => {
      const after = before === null ? null : cancelled(before, ports.clock.now());
      isChanged = after !== null && after !== before;
      return isChanged ? after : null;
    },
    ports,
    ({ until }) => keptUntil(until),
  );
  if (!isChanged || next === null) return;
  await tell(schedule, "schedule.override_cancelled", next, caller.id, ports);
  await makeDue(ports);
};
