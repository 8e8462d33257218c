import { boardOf, schedulesOf } from "./board.ts";
import type { Inputs } from "./inputs.ts";
import { liveEdges } from "./live-edges.ts";
import { minuteMilliseconds } from "./local-date.ts";
import { noticeMinutesOf } from "./schedule.ts";
import type { Selectable } from "./selector.ts";

/** A stop that is to be announced. Instants in milliseconds since the epoch. */
export interface ComingStop {
  readonly at: number;
  readonly announceAt: number;
  readonly why: string;
  readonly local: string;
}

/**
 * Stops of a server whose notice is due in `(after, until]`, by the strongest schedule that selects it. A schedule that
 * only observes, or announces nothing (`notice_minutes: 0`), has none.
 */
export const stopsToAnnounce = (
  inputs: Inputs,
  server: Selectable,
  after: number,
  until: number,
): readonly ComingStop[] => {
  const schedules = schedulesOf(inputs, server);
  const [strongest] = schedules;
  const notice = strongest === undefined ? 0 : noticeMinutesOf(strongest) * minuteMilliseconds;
  if (notice === 0) return [];
  return liveEdges(boardOf(inputs), server, schedules, after + notice, until + notice)
    .filter(({ action }) => action === "off")
    .map(({ at, why, local }) => ({ at, announceAt: at - notice, why, local }));
};
