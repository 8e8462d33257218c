import type { Caller } from "../access/caller.ts";
import { instant } from "../operation/time.ts";
import { RequestRefused } from "./request-refused.ts";
import { makeDue } from "./schedule-store.ts";
import { type SchedulePorts, scheduleNamed } from "./schedules.ts";
import { changeTickState, loadTickState } from "./tick-state.ts";

/** What waits for a person's word; null: nothing does. */
export interface Asking {
  readonly id: string;
  readonly asked_at: string;
  readonly affected: number;
  readonly total: number;
  readonly because: string;
}

/** Lets a tick do what it has asked for. @throws RequestRefused 404, 409 when it is not asked (any more) */
export const confirmTick = async (
  name: string,
  id: string,
  caller: Caller,
  ports: SchedulePorts,
): Promise<Asking> => {
  const { schedule } = await scheduleNamed(name, caller, ports);
  const { confirm } = (await loadTickState(schedule, ports)).value.state;
  if (confirm === null || confirm.id !== id)
    throw new RequestRefused({
      status: 409,
      code: "NOTHING_TO_CONFIRM",
      title: "This is not waited for",
      detail:
        confirm === null
          ? "Nothing waits for a confirmation."
          : `What waits now is ${confirm.id}: ${confirm.because}`,
      hint: "Look at the schedule as it is now.",
    });
  await changeTickState(
    schedule,
    (before) =>
      before.state.confirm?.id === id ? { ...before, state: { ...before.state, confirmed: id } } : null,
    ports,
  );
  await makeDue(ports);
  const { asked_at, affected, total, because } = confirm;
  return { id, asked_at, affected, total, because };
};

/** Somebody says that the servers of a schedule are ready (`ready: callback`). @throws RequestRefused 404 */
export const sayReady = async (
  name: string,
  caller: Caller,
  ports: SchedulePorts,
): Promise<{ readonly ready_at: string }> => {
  const { schedule } = await scheduleNamed(name, caller, ports);
  const at = instant(ports.clock.now());
  await changeTickState(schedule, (before) => ({ ...before, ready_at: at }), ports);
  await makeDue(ports);
  return { ready_at: at };
};
