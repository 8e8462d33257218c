import type { Caller } from "../access/caller.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import { instant } from "../operation/time.ts";
import { millisecondsOf } from "../schedule/elapsed.ts";
import { faultsOfOverride } from "../schedule/override.ts";
import { endFreeze, extendFreeze, isFrozen, makeFreeze } from "./freezes.ts";
import { giveNotice } from "./overrides.ts";
import { invalid } from "./request-refused.ts";
import { makeDue } from "./schedule-store.ts";
import { repeatMilliseconds, scheduleNamed, type SchedulePorts, tellChange } from "./schedules.ts";

/** Why it is paused, and until when: `until`, or `for` a time; neither: until it is resumed. */
export interface PauseRequest {
  readonly reason?: string;
  readonly until?: string;
  readonly for?: string;
}

const endOf = ({ until, for: length }: PauseRequest, now: number): string | null => {
  if (until === undefined && length === undefined) return null;
  const end = until ?? instant(now + millisecondsOf(length ?? ""));
  const faults = faultsOfOverride({ until: end }, now);
  if (faults.length > 0)
    throw invalid(faults.map(({ detail }) => ({ pointer: until === undefined ? "/for" : "/until", detail })));
  return instant(Date.parse(end));
};

/**
 * Does nothing more to its servers until it is resumed, or until then. Paused already, it stays so, until the end
 * that is asked for now.
 * @throws RequestRefused 404, 422
 */
export const pauseSchedule = async (
  name: string,
  request: PauseRequest,
  caller: Caller,
  ports: SchedulePorts,
): Promise<void> => {
  const { schedule, inputs } = await scheduleNamed(name, caller, ports);
  const now = ports.clock.now();
  const until = endOf(request, now);
  const before = inputs.freezes.find((freeze) => freeze.schedule === name && isFrozen(freeze, now));
  const id = before?.id ?? `frz_${fingerprintOf([name, now]).slice(0, 16)}`;
  if (before === undefined) {
    const { reason = null } = request;
    await makeFreeze({ id, schedule: name, from: null, until, reason, by: caller.id }, ports);
  } else if (until !== before.until)
    await extendFreeze(name, id, { until, key: `pause at ${now}: ${before.until} → ${until}` }, ports);
  const end = until === null ? "" : `/${until}`;
  await tellChange(schedule, "schedule.paused", caller, `paused/${id}${end}`, ports);
  await makeDue(ports);
};

/**
 * Lets it go on, with what is wanted then. A stop that is due by then is announced first.
 * @param isNow it is not announced
 * @throws RequestRefused 404
 */
export const resumeSchedule = async (
  name: string,
  caller: Caller,
  ports: SchedulePorts,
  isNow = false,
): Promise<void> => {
  const { schedule, inputs } = await scheduleNamed(name, caller, ports);
  const now = ports.clock.now();
  const own = inputs.freezes.filter((one) => one.schedule === name);
  const standingOnes = own.filter((one) => isFrozen(one, now));
  const ended = own
    .filter(({ ended_at: at }) => at !== null && now - Date.parse(at) < repeatMilliseconds)
    .toSorted((one, other) => ((one.ended_at ?? "") < (other.ended_at ?? "") ? -1 : 1));
  const last = standingOnes.at(-1) ?? ended.at(-1);
  if (last === undefined) return;
  const taken = (standingOnes.length > 0 ? standingOnes : [last]).map(({ id, from }) => ({
    id,
    from,
    state: "any" as const,
    servers: null,
    select: null,
  }));
  await giveNotice(schedule, taken, isNow, ports);
  for (const { id } of standingOnes) await endFreeze(name, id, ports);
  await tellChange(schedule, "schedule.resumed", caller, `resumed/${last.id}`, ports);
  await makeDue(ports);
};
