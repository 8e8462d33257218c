import type { Caller } from "../access/caller.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import { endFreeze, isFrozen, makeFreeze } from "./freezes.ts";
import { makeDue } from "./schedule-store.ts";
import { repeatMilliseconds, scheduleNamed, type SchedulePorts, tellChange } from "./schedules.ts";

/** Does nothing more to its servers until it is resumed. Paused already, it stays so. @throws RequestRefused 404 */
export const pauseSchedule = async (
  name: string,
  reason: string | null,
  caller: Caller,
  ports: SchedulePorts,
): Promise<void> => {
  const { schedule, inputs } = await scheduleNamed(name, caller, ports);
  const now = ports.clock.now();
  const before = inputs.freezes.find((freeze) => freeze.schedule === name && isFrozen(freeze, now));
  const id = before?.id ?? `frz_${fingerprintOf([name, now]).slice(0, 16)}`;
  if (before === undefined) {
    const request = { id, schedule: name, from: null, until: null, reason, by: caller.id };
    await makeFreeze(request, ports);
  }
  await tellChange(schedule, "schedule.paused", caller, `paused/${id}`, ports);
  await makeDue(ports);
};

/** Lets it go on, with what is wanted then. @throws RequestRefused 404 */
export const resumeSchedule = async (name: string, caller: Caller, ports: SchedulePorts): Promise<void> => {
  const { schedule, inputs } = await scheduleNamed(name, caller, ports);
  const now = ports.clock.now();
  const own = inputs.freezes.filter((one) => one.schedule === name);
  const standingOnes = own.filter((one) => isFrozen(one, now));
  for (const { id } of standingOnes) await endFreeze(name, id, ports);
  const ended = own
    .filter(({ ended_at: at }) => at !== null && now - Date.parse(at) < repeatMilliseconds)
    .toSorted((one, other) => ((one.ended_at ?? "") < (other.ended_at ?? "") ? -1 : 1));
  const last = standingOnes.at(-1) ?? ended.at(-1);
  if (last === undefined) return;
  await tellChange(schedule, "schedule.resumed", caller, `resumed/${last.id}`, ports);
  await makeDue(ports);
};
