import { isCorrection } from "./check-commands.ts";
import { iso, type ScheduleCase } from "./checker.ts";
import type { Hand } from "./ledger.ts";

const minute = 60_000;
const hour = 60 * minute;
/** So long it may take to put a server right. */
const patience = 27 * minute;

/** Whether nothing else happens to the server, and nothing else is wanted of it, from a while before to a while after. */
const isAlone = (under: ScheduleCase, { server, at }: Hand): boolean => {
  const { hands, meddled } = under.ledger;
  const isNear = (one: { readonly server: string; readonly at: number }): boolean =>
    one.server === server && one.at !== at && one.at > at - hour && one.at < at + patience;
  const turns = under.model
    .turns(server)
    .some((turn) => turn.at > at - 2 * minute && turn.at < at + patience);
  const isProtected = meddled.findLast((one) => one.server === server && one.at <= at)?.what === "protected";
  return !turns && !isProtected && ![...hands, ...meddled].some(isNear);
};

const checkHand = (under: ScheduleCase, hand: Hand): void => {
  const { server, at, to } = hand;
  const schedules = under.model.strongest(server, at - minute, at + patience);
  const [schedule] = schedules;
  if (schedule === undefined || schedules.some((one) => one.version !== schedule.version)) return;
  const { mode, guards, hold } = schedule;
  if (mode !== "enforce" || guards !== undefined || (hold !== undefined && hold !== "none")) return;
  const wanted = under.model.wanted(server, at, at - minute, at + patience);
  const [action] = wanted;
  if (wanted.size !== 1 || action === undefined || action === "any" || action === to) return;
  if (at < under.faultsEnd || at + patience > under.end || !isAlone(under, hand)) return;
  const isTried = under.commands.some(
    (one) => one.server === server && one.createdAt > at - 75 * minute && one.createdAt < at,
  );
  const states = under.statesWithin(server, at + minute, at + patience);
  if (isTried || states.includes(action === "on" ? "running" : "stopped"))
    return under.world.sometimes("what somebody had switched was put right");
  const isTold = under.events.some(
    (one) => one.at > at - hour && one.at < at + patience && one.data.servers.some(({ id }) => id === server),
  );
  if (!isTold)
    under.breaks(
      "enforce",
      `${server} was switched ${to} by hand at ${iso(at)}, and ${action}, which is enforced, never came`,
    );
};

/** At most three corrections an hour. */
const checkFlaps = (under: ScheduleCase): void => {
  const corrections = under.commands.filter(
    ({ applied }) => applied.length > 0 && applied.every(isCorrection),
  );
  for (const [server, own] of Map.groupBy(corrections, (one) => one.server))
    for (const [index, one] of own.entries()) {
      const fourth = own[index + 3];
      // The oldest is forgotten an hour after its tick began, which may have been slow, by a clock that may be ahead.
      const least = hour - 2 * under.slack - under.tickLasts;
      if (fourth !== undefined && fourth.createdAt - one.createdAt < least)
        under.breaks(
          "enforce",
          `${server} was put right four times within an hour from ${iso(one.createdAt)}`,
        );
    }
};

/** What is enforced is put right, whoever has switched it. */
export const checkEnforced = (under: ScheduleCase): void => {
  checkFlaps(under);
  for (const hand of under.ledger.hands) checkHand(under, hand);
};
