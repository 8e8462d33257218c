import { instant } from "../operation/time.ts";
import { boardOf } from "../schedule/board.ts";
import type { Inputs } from "../schedule/inputs.ts";
import { liveEdges } from "../schedule/live-edges.ts";
import { minuteMilliseconds } from "../schedule/local-date.ts";
import type { Override, TimedRequest } from "../schedule/override.ts";
import { noticeMinutesOf, type Schedule } from "../schedule/schedule.ts";

/** Something that keeps servers on, or alone, and is about to be taken back. */
export type TakenBack = Pick<Override, "id" | "servers" | "select" | "from"> & {
  /** `any`: they were left alone. */
  readonly state: Override["state"];
};

/** Who makes the exceptions that give notice. */
export const noticeGiver = "notice";

/** Names the exception that gives notice, so that a repeat makes it once. */
export const noticeKey = (id: string): string => `notice\n${id}`;

/** For how long before a stop it is announced, in milliseconds; 0: this schedule announces nothing, or stops nothing. */
export const noticeOf = (schedule: Schedule): number =>
  schedule.mode === "observe" || schedule.mode === "start-only"
    ? 0
    : noticeMinutesOf(schedule) * minuteMilliseconds;

/** What decides when these end at an instant. They count as being for all servers, so that any shows what that does. */
const endedIn = (inputs: Inputs, ids: ReadonlySet<string>, at: number): Inputs => {
  const end = instant(at);
  return {
    ...inputs,
    overrides: inputs.overrides.map((one) =>
      ids.has(one.id) && one.cancelled_at === null ? { ...one, select: null, cancelled_at: end } : one,
    ),
    windows: inputs.windows.map((one) =>
      ids.has(one.id) && Date.parse(one.until) > at ? { ...one, until: end } : one,
    ),
    freezes: inputs.freezes.map((one) =>
      ids.has(one.id) && one.ended_at === null ? { ...one, ended_at: end } : one,
    ),
  };
};

/** Whether a stop of one of these servers is due at the instant. */
const isStopDue = (after: Inputs, schedule: Schedule, servers: readonly string[] | null, at: number) => {
  const { connection } = schedule;
  return (servers ?? [""]).some((id) =>
    liveEdges(boardOf(after), { id, name: null, tags: [], connection }, [schedule], at - 1, at).some(
      ({ action }) => action === "off",
    ),
  );
};

/**
 * The exception that keeps servers as they are for the time of notice, where taking something back makes a stop due at
 * once: the stop is announced first, as any stop is. Null where there is none, or it is not announced. Pure.
 * @param ids all that ends together
 */
export const noticeBefore = (
  { id, servers, select, state, from }: TakenBack,
  ids: ReadonlySet<string>,
  schedule: Schedule,
  inputs: Inputs,
  now: number,
): (TimedRequest & { readonly follows: string }) | null => {
  const at = Math.floor(now);
  const notice = noticeOf(schedule);
  if (notice === 0 || !isStopDue(endedIn(inputs, ids, at), schedule, servers, at)) return null;
  return {
    state: state === "on" ? "on" : "any",
    until: instant(at + notice),
    reason: `${id} was taken back: the stop that follows is announced first`,
    follows: from,
    ...(servers === null ? {} : { servers: [...servers] }),
    ...(select === null ? {} : { select }),
  };
};
