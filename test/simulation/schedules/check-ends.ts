import { longestLead } from "../../../lib/schedule/stagger.ts";
import { iso, type ScheduleCase } from "./checker.ts";
import { endOf } from "./check-hands.ts";
import type { Hand } from "./ledger.ts";
import type { Turn } from "./model.ts";

const minute = 60_000;
const hour = 60 * minute;
/** So long a server may take, or we to tell that it did not come there. */
const patience = 27 * minute;
/** So soon an edge is acted on when nothing goes wrong. */
const soon = 90_000;

const tells = new Set([
  "schedule.missed",
  "schedule.server_left_alone",
  "schedule.server_delayed",
  "schedule.drifted",
  "schedule.edge_skipped",
  "schedule.flapping",
  "schedule.conflict",
]);

/** Whether an edge that holds for its minute only was followed by a pause or an exception before it was acted on. */
const isCutShort = ({ model, ledger, slack }: ScheduleCase, server: string, { at }: Turn): boolean => {
  if (!model.turns(server).some((one) => one.to === "any" && one.at === at + minute)) return false;
  const begins = [...ledger.inputs.freezes, ...ledger.inputs.overrides].map(({ from }) => Date.parse(from));
  return begins.some((from) => from > at - slack && from < at + patience);
};

/** A hand as it may have been seen: an operation comes about some time after it was asked for, and is seen later yet. */
const seenLate = ({ ledger, slack }: ScheduleCase, hand: Hand): Hand => {
  const { server, to, at } = hand;
  const call = ledger.calls.find(
    (one) => one.server === server && one.to === to && one.wasTaken && one.at >= at,
  );
  const landed = hand.how === "operation" ? (call?.at ?? at) : at;
  return { ...hand, at: landed + slack + minute };
};

/** Why a server need not be as it was wanted since `turn`, as others could know it; null: no reason. */
const reasonOf = (under: ScheduleCase, server: string, turn: Turn, by: number): string | null => {
  const { ledger, events, model, slack } = under;
  const early = turn.at - slack - minute;
  const told = events.find(
    ({ type, at, data }) =>
      tells.has(type) &&
      at >= early &&
      at <= by + minute &&
      data.servers.some(({ id }) => id === server) &&
      (data.edge === null || Date.parse(data.edge.at) >= early),
  );
  if (told !== undefined) return told.type;
  const schedules = model.strongest(server, turn.at - slack, by);
  const hand = ledger.hands.findLast((one) => one.server === server && one.at <= by);
  const isEnforced = schedules.length > 0 && schedules.every(({ mode }) => mode === "enforce");
  const lasts = isEnforced ? by - 75 * minute : turn.at - 10 * minute;
  if (hand !== undefined && hand.at >= lasts) return "somebody's hand";
  // What a hand has done is kept until the next edge that may undo it, and no exception's end is one.
  if (hand !== undefined && hand.to !== turn.to && endOf(under, seenLate(under, hand)) > turn.at + slack)
    return "a hold";
  // Beside other schedules there may be no edge that undoes it.
  const isKept = events.some(
    ({ type, at, data }) =>
      type === "schedule.drifted" &&
      at <= by &&
      data.servers.some(({ id, because }) => id === server && because?.endsWith("of which there is none")),
  );
  if (isKept) return "a hold without an end";
  if (isCutShort(under, server, turn)) return "an exception soon after an edge of a minute";
  if (ledger.clicks.some(({ status, stopAt }) => status === 200 && stopAt === turn.at)) return "a snooze";
  const isHeldFor = schedules.some(({ hold }) => hold !== undefined && hold !== "none");
  if (isHeldFor && hand !== undefined && hand.at > turn.at - 9 * hour) return "a hold";
  if (schedules.some(({ retain }) => retain === true) && hand !== undefined) return "retained";
  // Edges before a change of the schedule are not acted on, and neither are those of a version that is gone.
  const changed = model
    .madeWithin(turn.at - slack, by)
    .some(({ what }) => what === "schedule" || what === "calendar");
  if (changed) return "the schedule was changed";
  if (ledger.meddled.some((one) => one.server === server && one.at >= early && one.at <= by))
    return "meddled with";
  const names = new Set(schedules.map(({ name }) => name));
  const asked = events.find(
    ({ type, at, data }) =>
      type === "schedule.confirmation_needed" && names.has(data.schedule) && at >= early && at <= by,
  );
  const isConfirmed = ledger.confirmed.some(
    ({ status, id, answered }) => status === 200 && id === asked?.data.confirm_id && answered < by - patience,
  );
  return asked !== undefined && !isConfirmed ? "a question" : null;
};

/** The edge that waits for a server to be like it, and until when. */
interface Stretch {
  readonly turn: Turn & { readonly to: "on" | "off" };
  readonly until: number;
}

const stretchesOf = (under: ScheduleCase, server: string): readonly Stretch[] => {
  const turns = under.model.turns(server);
  return turns.flatMap((turn, index) => {
    const { to, isEdge } = turn;
    if (to === "any" || !isEdge) return [];
    // The end of an edge that holds for its minute only is no other word.
    const next = turns.slice(index + 1).find((one) => one.to !== "any" || one.at !== turn.at + minute);
    return [{ turn: { ...turn, to }, until: next?.at ?? under.end }];
  });
};

/** The latest edge is always applied, or it is told why not. */
const checkReached = (under: ScheduleCase, server: string, { turn, until }: Stretch): void => {
  const begun = Math.max(turn.at, under.faultsEnd);
  const isLed = under.model.strongest(server, turn.at, until).some(({ ready_by: by }) => by !== undefined);
  const last = until - (isLed ? longestLead + minute : 1);
  if (last - begun < patience) return;
  const state = under.stateAt(server, last);
  if (!["running", "stopped"].includes(state) || under.is(server, turn.to, last)) return;
  const made = under.ledger.made.get(server)?.at ?? 0;
  if (made > turn.at - minute) return;
  const reason = reasonOf(under, server, turn, until);
  if (reason !== null) return under.world.sometimes(`a server was not as it was wanted: ${reason}`);
  under.breaks(
    "I11",
    `${server} was wanted ${turn.to} from ${iso(turn.at)} to ${iso(until)} and is ${state}, and nobody was told`,
  );
};

/** When nothing goes wrong, an edge is acted on within 90 seconds. */
const checkSoon = (under: ScheduleCase, server: string, { turn, until }: Stretch): void => {
  if (!under.isCalm || until - turn.at < soon) return;
  const state = under.stateAt(server, turn.at);
  const isThere = ["running", "stopped"].includes(state) && !under.is(server, turn.to, turn.at);
  const schedules = under.model.strongest(server, turn.at - 5000, turn.at + soon);
  const isPlain = schedules.every(
    ({ stagger, guards, hold, ready_by: by }) =>
      stagger === undefined && guards === undefined && hold === undefined && by === undefined,
  );
  const { ledger } = under;
  const isTouched = [...ledger.hands, ...ledger.meddled].some(
    (one) => one.server === server && Math.abs(one.at - turn.at) < 10 * minute,
  );
  if (!isThere || !isPlain || isTouched) return;
  if (
    under.commands.some(
      (one) =>
        one.server === server &&
        one.action === turn.to &&
        one.createdAt > turn.at - 35 * minute &&
        one.createdAt <= turn.at + soon,
    )
  )
    return under.world.sometimes("an edge was acted on in time");
  if (reasonOf(under, server, turn, turn.at + soon) !== null) return;
  under.breaks(
    "I11",
    `${server} was wanted ${turn.to} from ${iso(turn.at)} on, and nothing was done for 90 s`,
  );
};

export const checkEnds = (under: ScheduleCase): void => {
  for (const server of under.model.servers)
    for (const stretch of stretchesOf(under, server)) {
      checkReached(under, server, stretch);
      checkSoon(under, server, stretch);
    }
};
