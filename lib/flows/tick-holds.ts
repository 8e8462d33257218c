import { fingerprintOf } from "../operation/operation-id.ts";
import { instant } from "../operation/time.ts";
import { dueTimes } from "../schedule/due-times.ts";
import { desired } from "../schedule/desired.ts";
import { type Hold, holdSchema } from "../schedule/hold.ts";
import type { Inputs } from "../schedule/inputs.ts";
import { holdFor } from "../schedule/manual.ts";
import type { TickPlan } from "../schedule/plan-tick.ts";
import type { Selectable } from "../schedule/selector.ts";
import { changeDocument, folders, keptUntil } from "./schedule-store.ts";
import type { TickPorts } from "./tick-ports.ts";

/** A server that somebody else has switched. */
export interface Switched {
  readonly server: Selectable;
  readonly to: "on" | "off";
  /** When it was seen, in milliseconds since the epoch. */
  readonly at: number;
  /** The latest edge that was acted on for it: it was switched after that; null: none was. */
  readonly acted: number | null;
}

/** What comes of it. */
export interface Held {
  readonly server: string;
  /** The hold that stands from now on; null: none does. */
  readonly hold: Hold | null;
  /** What others are told; null: it is as it is wanted. */
  readonly because: string | null;
}

const isOf =
  (name: string, server: string) =>
  (hold: Hold): boolean =>
    hold.schedule === name && hold.server === server;

/**
 * When it is taken to have been switched: before the edge at which it is noticed, since the edge itself has done nothing
 * yet.
 */
const switchedAt = (
  { board, schedule, since, now }: TickPlan,
  { at, acted }: Pick<Switched, "at" | "acted">,
): number => {
  const [edge] = dueTimes(board.inputs, schedule, Math.max(since, acted ?? 0) + 1, now + 1);
  return edge === undefined ? at : Math.min(at, edge - 1);
};

const save = async (hold: Hold, ports: TickPorts): Promise<void> => {
  const name = `hold_${fingerprintOf([hold.schedule, hold.server]).slice(0, 24)}`;
  const place = { folder: folders.holds, name, schema: holdSchema };
  const { until } = hold;
  if (until === null) await changeDocument<Hold>(place, () => hold, ports);
  else
    await changeDocument<Hold>(
      place,
      () => hold,
      ports,
      () => keptUntil(until),
    );
};

const wordsOf = (to: "on" | "off", hold: Hold | null): string =>
  hold === null
    ? `it was switched ${to} by hand, and stays so until its next edge`
    : `it was switched ${to} by hand, and is left so until ${hold.because}`;

/** Keeps a server as somebody has switched it, by the setting of its schedule; ends a hold that is no longer meant. */
export const hold = async (plan: TickPlan, switched: Switched, ports: TickPorts): Promise<Held> => {
  const { server, to } = switched;
  const { schedule, board, now } = plan;
  const isOwn = isOf(schedule.name, server.id);
  const standing = board.inputs.holds.find(isOwn);
  const inputs: Inputs =
    standing === undefined
      ? board.inputs
      : { ...board.inputs, holds: board.inputs.holds.filter((one) => !isOwn(one)) };
  const when = switchedAt(plan, switched);
  const made = holdFor(inputs, schedule.name, server, { to, at: when });
  if (made !== null) {
    await save(made, ports);
    return { server: server.id, hold: made, because: wordsOf(to, made) };
  }
  const isStanding = standing !== undefined && (standing.until === null || Date.parse(standing.until) > now);
  if (isStanding)
    await save({ ...standing, until: instant(now), because: "somebody switched it again" }, ports);
  const wanted = desired(inputs, server, when, schedule.name).desired;
  const isDrift = wanted !== to && wanted !== "any" && schedule.mode !== "enforce";
  return { server: server.id, hold: null, because: isDrift ? wordsOf(to, null) : null };
};

/** Whether a hold lasts until an edge, and not for a time. */
const isUntilEdge = ({ because }: Hold): boolean => because.startsWith("the ");

/**
 * Holds of these servers that end elsewhere by what schedules say now than by what they said when somebody switched
 * the server: a hold lasts until the next edge that may end it.
 * @param ports null: nothing is kept
 */
export const renewedHolds = async (
  plan: TickPlan,
  servers: readonly Selectable[],
  ports: TickPorts | null,
): Promise<readonly Held[]> => {
  const { schedule, board, now, since } = plan;
  const renewed: Held[] = [];
  for (const standing of board.inputs.holds) {
    const { schedule: name, server: id, state: to, from, until } = standing;
    const server = servers.find((one) => one.id === id);
    if (name !== schedule.name || server === undefined || !isUntilEdge(standing)) continue;
    // The edge at which it ends now may be none any more.
    if (until !== null && Date.parse(until) <= since) continue;
    const others = board.inputs.holds.filter((one) => one !== standing);
    const inputs = { ...board.inputs, holds: others };
    const made = holdFor(inputs, name, server, { to, at: Date.parse(from) });
    const isOver = until !== null && Date.parse(until) <= now;
    if (made === null ? isOver : made.until === until) continue;
    // It never was one by what is said now, and its end is no edge: later ticks are to see what this one sees.
    const ended = { ...standing, until: from, because: "its schedule was changed" };
    if (ports !== null) await save(made ?? ended, ports);
    renewed.push({ server: id, hold: made, because: null });
  }
  return renewed;
};

/** The inputs with what has become of holds. */
export const withHolds = (inputs: Inputs, schedule: string, held: readonly Held[]): Inputs => {
  const changed = new Set(held.map(({ server }) => server));
  const others = inputs.holds.filter((one) => one.schedule !== schedule || !changed.has(one.server));
  return { ...inputs, holds: [...others, ...held.flatMap((one) => one.hold ?? [])] };
};
