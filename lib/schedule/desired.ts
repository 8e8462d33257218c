import { boardOf, schedulesOf, type Board } from "./board.ts";
import { latestEdge } from "./edges.ts";
import { lastingOf } from "./freeze.ts";
import type { Inputs, Voice, Wanted } from "./inputs.ts";
import { byStrength as overridesByStrength, isFor, timesOf } from "./override.ts";
import { needsOf, type Schedule } from "./schedule.ts";
import { whyNotSelected, type Selectable } from "./selector.ts";
import { byStrength } from "./track.ts";
import { type LastEdgeWords, scheduleVoices } from "./words.ts";

/** What is wanted of a server at an instant, and why. */
export interface Decision {
  readonly desired: Wanted;
  /** From the strongest rule to the weakest. The first that says on or off has decided. */
  readonly chain: readonly Voice[];
  /** The schedules that select the server, by version. */
  readonly schedules: readonly { readonly name: string; readonly version: number }[];
  /** Version of the tz data. */
  readonly tz: string;
  /** One-sided schedules of the same priority contradict each other here. */
  readonly conflict: boolean;
}

const holds = ({ from, to }: { readonly from: number; readonly to: number }, at: number): boolean =>
  from <= at && at < to;

const isAbout = (name: string | null, schedules: readonly Schedule[]): boolean =>
  name === null || schedules.some((schedule) => schedule.name === name);

const freezeVoice = (inputs: Inputs, schedules: readonly Schedule[], at: number): Voice | null => {
  const freeze = inputs.freezes.find((one) => isAbout(one.schedule, schedules) && holds(lastingOf(one), at));
  if (freeze === undefined) return null;
  const until = freeze.until === null ? "until it is resumed" : `until ${freeze.until}`;
  const reason = freeze.reason === null ? "" : `: ${freeze.reason}`;
  const what = freeze.schedule === null ? "everything is frozen" : `${freeze.schedule} is paused`;
  return { rule: "freeze", says: "any", because: `${what} ${until}${reason}` };
};

const overrideVoices = (
  inputs: Inputs,
  server: Selectable,
  schedules: readonly Schedule[],
  at: number,
): Voice[] =>
  inputs.overrides
    .filter((one) => one.kind === undefined && isFor(one, server, schedules) && holds(timesOf(one), at))
    .toSorted(overridesByStrength)
    .map(({ id, state, until, reason, by }) => ({
      rule: `override ${id}`,
      says: state,
      because: `${reason} (by ${by}, until ${until})`,
    }));

const windowVoices = (
  inputs: Inputs,
  server: Selectable,
  schedules: readonly Schedule[],
  at: number,
): Voice[] =>
  inputs.windows
    .filter(
      ({ schedule, servers, from, until }) =>
        isAbout(schedule, schedules) &&
        (servers === null || servers.includes(server.id)) &&
        holds({ from: Date.parse(from), to: Date.parse(until) }, at),
    )
    .map(({ id, until, reason }) => ({
      rule: `maintenance window ${id}`,
      says: "on",
      because: `${reason} (until ${until})`,
    }));

const holdVoices = (
  inputs: Inputs,
  server: Selectable,
  schedules: readonly Schedule[],
  at: number,
): Voice[] =>
  inputs.holds
    .filter(
      ({ server: id, schedule, from, until }) =>
        id === server.id &&
        isAbout(schedule, schedules) &&
        holds({ from: Date.parse(from), to: until === null ? Infinity : Date.parse(until) }, at),
    )
    .toSorted((one, other) => Date.parse(other.from) - Date.parse(one.from))
    .map(({ state, from, because }) => ({
      rule: "manual hold",
      says: state,
      because: `switched ${state} by hand at ${from}, left alone until ${because}`,
    }));

/** What was started for something that did not come about is off again, until its own next off-edge. */
const rollbackVoices = (
  inputs: Inputs,
  server: Selectable,
  schedules: readonly Schedule[],
  at: number,
): Voice[] =>
  inputs.overrides
    .filter((one) => one.kind === "rollback" && isFor(one, server, schedules) && holds(timesOf(one), at))
    .map(({ id, state, until, reason }) => ({
      rule: `rollback ${id}`,
      says: state,
      because: `${reason} (until ${until})`,
    }));

/** Schedules that need one of these and that an override or a hold keeps on beyond their own periods. */
const requiredVoices = (inputs: Inputs, schedules: readonly Schedule[], at: number): Voice[] =>
  inputs.schedules
    .filter((one) => one.mode !== "observe" && needsOf(one).some((need) => isAbout(need.schedule, schedules)))
    .flatMap(({ name }): Voice[] => {
      const isOverridden = inputs.overrides.some(
        (one) => one.schedule === name && one.state === "on" && holds(timesOf(one), at),
      );
      const isHeld = inputs.holds.some(
        ({ schedule, state, from, until }) =>
          schedule === name &&
          state === "on" &&
          holds({ from: Date.parse(from), to: until === null ? Infinity : Date.parse(until) }, at),
      );
      if (!isOverridden && !isHeld) return [];
      return [
        { rule: `required_by ${name}`, says: "on", because: `schedule ${name} needs it and is kept on` },
      ];
    });

/** What stands above the schedules: null where nothing is cut off below. */
interface Above {
  readonly voices: readonly Voice[];
  /** Nothing weaker is asked: a freeze, or an override that says `any`. */
  readonly isLast: boolean;
}

const aboveOf = (inputs: Inputs, server: Selectable, schedules: readonly Schedule[], at: number): Above => {
  const freeze = freezeVoice(inputs, schedules, at);
  if (freeze !== null) return { voices: [freeze], isLast: true };
  const overrides = overrideVoices(inputs, server, schedules, at);
  if (overrides[0]?.says === "any") return { voices: overrides.slice(0, 1), isLast: true };
  // A wider override that says any has nothing to add below one that decides.
  const voices = [
    ...overrides,
    ...windowVoices(inputs, server, schedules, at),
    ...holdVoices(inputs, server, schedules, at),
    ...rollbackVoices(inputs, server, schedules, at),
    ...requiredVoices(inputs, schedules, at),
  ];
  return { voices, isLast: false };
};

const decisionOf = (
  board: Board,
  server: Selectable,
  schedules: readonly Schedule[],
  at: number,
  lastEdge?: LastEdgeWords,
): Decision => {
  const { inputs } = board;
  const above = aboveOf(inputs, server, schedules, at);
  const track = board.track(schedules);
  const ranked = byStrength(
    track.timelines.map((timeline) => ({ schedule: timeline.schedule, segment: timeline.at(at) })),
  );
  const { conflict } = track.at(at);
  const chain = above.isLast
    ? above.voices
    : [...above.voices, ...scheduleVoices(ranked, conflict, at, lastEdge)];
  return {
    desired: chain.find(({ says }) => says !== "any")?.says ?? "any",
    chain,
    schedules: schedules.map(({ name, version }) => ({ name, version })),
    tz: inputs.tz,
    conflict: conflict && above.voices.length === 0,
  };
};

const notSelected = (inputs: Inputs, server: Selectable, asked: string | undefined): Decision => {
  const schedule = inputs.schedules.find(({ name }) => name === asked);
  const why = schedule === undefined ? null : whyNotSelected(schedule.select, server);
  return {
    desired: "any",
    chain: [
      {
        rule: "selection",
        says: "any",
        because:
          why === null
            ? "no schedule selects the server: it is left alone"
            : `${asked} does not select it (${why}), nor does another schedule: it is left alone`,
      },
    ],
    schedules: [],
    tz: inputs.tz,
    conflict: false,
  };
};

/**
 * What a schedule has to say of a server that it does not select, whoever else does: nothing. Null: it selects it.
 * @param name the schedule that is asked
 */
const leftOutBy = (inputs: Inputs, server: Selectable, name: string): Decision | null => {
  const others = schedulesOf(inputs, server, name);
  if (others.some((schedule) => schedule.name === name)) return null;
  if (others.length === 0) return notSelected(inputs, server, name);
  const schedule = inputs.schedules.find((one) => one.name === name);
  const why = schedule === undefined ? "there is none of that name" : whyNotSelected(schedule.select, server);
  const because = `${name} does not select it${why === null ? "" : ` (${why})`}; selected by ${others.map((one) => one.name).join(", ")}`;
  return {
    desired: "any",
    chain: [{ rule: "selection", says: "any", because }],
    schedules: others.map((one) => ({ name: one.name, version: one.version })),
    tz: inputs.tz,
    conflict: false,
  };
};

/** The decision where it is known which schedules select the server. */
export const desiredUnder = (
  inputs: Inputs,
  server: Selectable,
  schedules: readonly Schedule[],
  at: number,
): Decision => decisionOf(boardOf(inputs), server, schedules, at);

/**
 * What is wanted of a server at an instant (milliseconds since the epoch): freeze, override, maintenance window, manual
 * hold, calendar exception, schedules by priority, default; `any` when in doubt. Pure: the same inputs, the same answer.
 * @param asked the schedule that is asked; one that only observes speaks for itself alone
 */
export const desired = (inputs: Inputs, server: Selectable, at: number, asked?: string): Decision => {
  const schedules = schedulesOf(inputs, server, asked);
  return schedules.length === 0
    ? notSelected(inputs, server, asked)
    : desiredUnder(inputs, server, schedules, at);
};

/**
 * What one schedule, and those that act on the server beside it, want of a server, for people: `any` where that schedule
 * does not select it, and with the last edge of schedules that act at edges only.
 */
export const explained = (inputs: Inputs, server: Selectable, at: number, name: string): Decision => {
  const left = leftOutBy(inputs, server, name);
  if (left !== null) return left;
  return decisionOf(boardOf(inputs), server, schedulesOf(inputs, server, name), at, (schedule) => {
    const edge = latestEdge(inputs, schedule.name, at);
    return edge === null
      ? "by its rule there was no edge in 400 days"
      : `by its rule the last edge was ${edge.action} at ${edge.local} (${edge.why})`;
  });
};
