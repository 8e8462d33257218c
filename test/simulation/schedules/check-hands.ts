import { edgesOf } from "../../../lib/schedule/edges.ts";
import { selects } from "../../../lib/schedule/selector.ts";
import { iso, type Commanded, type ScheduleCase } from "./checker.ts";
import type { Hand } from "./ledger.ts";

const minute = 60_000;
const hour = 60 * minute;
/** By so much clocks of functions are apart that nobody sets. */
const apart = 3000;

/** When the next edge comes that may undo what a hand has done. */
export const endOf = (under: ScheduleCase, { to, at, server }: Hand): number => {
  const switched = under.model.server(server);
  const edge = under.model
    .candidates(at, under.end)
    .flatMap((inputs) =>
      inputs.schedules
        .filter(({ select }) => selects(select, switched))
        .flatMap(({ name }) => edgesOf(inputs, name, at - under.slack - minute, at + 10 * 24 * hour)),
    )
    .filter(({ action }) => action !== to)
    .toSorted((one, other) => one.at - other.at)[0];
  return edge?.at ?? Number.POSITIVE_INFINITY;
};

const isQuietAround = (under: ScheduleCase, { server, at }: Hand): boolean => {
  const others = [...under.ledger.hands, ...under.ledger.meddled].filter((one) => one.server === server);
  const isAlone = others.every((one) => one.at === at || Math.abs(one.at - at) > 15 * minute);
  const isOurs = under.commands.some(
    (one) => one.server === server && one.createdAt > at - 25 * minute && one.createdAt < at + 10_000,
  );
  return isAlone && !isOurs;
};

/** Whether nobody can tell that it was a hand: it fell back, nobody knew how it stood before, or looked for hours. */
const isUnknown = (under: ScheduleCase, { server, at, to }: Hand): boolean => {
  const settled = to === "on" ? "running" : "stopped";
  if (!under.statesWithin(server, at, at + 2 * minute).includes(settled)) return true;
  const last = under.commands.findLast((one) => one.server === server && one.createdAt < at);
  if (last !== undefined && last.view.state !== "succeeded") return true;
  return under.plant.scheduler.outages.some(({ from, until }) => from <= at && at < until + 5 * minute);
};

/** A change by hand is not fought before the next edge that may, where that is the schedule's way. */
const checkRespect = (under: ScheduleCase, hand: Hand): void => {
  const { server, at, to } = hand;
  const [schedule, ...others] = under.model.strongest(server, at - under.slack, at + minute);
  if (
    schedule === undefined ||
    others.some(({ name, version }) => name !== schedule.name || version !== schedule.version)
  )
    return;
  if (schedule.mode !== "respect" || schedule.hold !== undefined) return;
  const before = new Set(
    [-5 * minute, 0, minute].flatMap((gap) =>
      Array.from(under.model.wanted(server, at + gap, at - minute, at + minute)),
    ),
  );
  if (before.has(to) || before.has("any") || !isQuietAround(under, hand)) return;
  if (isUnknown(under, hand)) return;
  const end = endOf(under, hand);
  // An exception of one schedule counts for its servers, whichever schedule acts on them.
  const { inputs } = under.ledger;
  const own = inputs.schedules.filter(({ select }) => selects(select, under.model.server(server)));
  const isExcepted = ({ createdAt, action }: Commanded): boolean =>
    inputs.overrides.some(
      (one) =>
        own.some(({ name }) => name === one.schedule) &&
        one.state === action &&
        (one.servers?.includes(server) ?? true) &&
        Date.parse(one.from) - under.slack <= createdAt &&
        createdAt <= Date.parse(one.until) + under.slack + 2 * minute,
    );
  const isFought = (one: Commanded): boolean =>
    one.server === server &&
    one.schedule === schedule.name &&
    one.action !== to &&
    one.createdAt > at + minute &&
    one.createdAt < end - under.slack - 31 * minute &&
    !isExcepted(one) &&
    !under.ledger.hands.some((other) => other.server === server && other.at > at && other.at < one.createdAt);
  const fought = under.commands.find(isFought);
  under.world.sometimes("a hand was respected");
  if (fought !== undefined)
    under.breaks(
      "respect",
      `${server} was switched ${to} by hand at ${iso(at)}, and ${fought.action} at ${iso(fought.createdAt)}, before the edge of ${iso(end)}`,
    );
};

/** Whether a call has landed when its operation was over, long after its sender gave up: that looks like a hand, too. */
const hasLanded = (under: ScheduleCase, server: string, before: number): boolean =>
  under.ledger.calls.some((call) => {
    if (call.server !== server || call.at > before || !call.wasTaken) return false;
    const kind = call.to === "on" ? "server.start" : "server.stop";
    return !under.operations.some(
      (view) =>
        view.resource?.id === server &&
        view.kind === kind &&
        Date.parse(view.created_at) <= call.at + apart &&
        (view.ended_at === null || Date.parse(view.ended_at) >= call.at - apart),
    );
  });

/** Nobody is said to have switched a server who has not. */
const checkBlamed = (under: ScheduleCase): void => {
  for (const { type, at, data } of under.events) {
    if (type !== "schedule.drifted") continue;
    for (const { id, because } of data.servers) {
      if (because?.includes("by hand") !== true) continue;
      const { hands, meddled } = under.ledger;
      const isSo = [...hands, ...meddled].some((one) => one.server === id && one.at < at);
      // A start that has fallen back looks like somebody's hand.
      const isOdd = under.operations.some(
        ({ resource, state }) => resource?.id === id && state !== "succeeded",
      );
      if (!isSo && !isOdd && !hasLanded(under, id, at))
        under.breaks("blamed", `${id} is said to have been switched by hand, at ${iso(at)}: ${because}`);
    }
  }
};

export const checkHands = (under: ScheduleCase): void => {
  for (const hand of under.ledger.hands) if (hand.how === "provider") checkRespect(under, hand);
  checkBlamed(under);
};
