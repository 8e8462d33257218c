import { exceptionsOf } from "./exceptions.ts";
import type { Inputs } from "./inputs.ts";
import { needsOf, type Schedule } from "./schedule.ts";
import { selects, type Selectable } from "./selector.ts";
import { timelineOf, type Timeline } from "./timeline.ts";
import { trackOf, type Track } from "./track.ts";

/** What is worked out of inputs, once: a timeline a schedule, a track for each set of schedules that meet on a server. */
export interface Board {
  readonly inputs: Inputs;
  readonly timeline: (name: string) => Timeline | null;
  readonly track: (schedules: readonly Schedule[]) => Track;
  /** Servers that something personal is about: an override by its id or its group, a hold, a maintenance window. */
  readonly isPersonal: (server: Selectable) => boolean;
}

const needing = (name: string, schedules: readonly Schedule[]): Schedule[] =>
  schedules.filter(
    (schedule) => schedule.mode !== "observe" && needsOf(schedule).some((need) => need.schedule === name),
  );

/** What a board depends on that does not change with exceptions. */
type Rules = Pick<Inputs, "schedules" | "calendars">;

const makeTimelines = (inputs: Rules): ((name: string) => Timeline | null) => {
  const made = new Map<string, Timeline>();
  const make = (name: string, above: readonly string[]): Timeline | null => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const schedule = inputs.schedules.find((one) => one.name === name);
    // A circle is refused when it is saved; here it only must not turn for ever.
    if (schedule === undefined || above.includes(name)) return null;
    const dependents = needing(name, inputs.schedules).flatMap(
      (one) => make(one.name, [...above, name]) ?? [],
    );
    const timeline = timelineOf(schedule, exceptionsOf(schedule, inputs.calendars), dependents);
    made.set(name, timeline);
    return timeline;
  };
  return (name) => make(name, []);
};

const personalIn = (inputs: Inputs): ((server: Selectable) => boolean) => {
  const ids = new Set([
    ...inputs.overrides.flatMap(({ servers }) => servers ?? []),
    ...inputs.windows.flatMap(({ servers }) => servers ?? []),
    ...inputs.holds.map(({ server }) => server),
  ]);
  const groups = inputs.overrides.flatMap(({ select }) => (select === null ? [] : [select]));
  return (server) => ids.has(server.id) || groups.some((group) => selects(group, server));
};

const makeTracks = (rules: Rules): Pick<Board, "timeline" | "track"> => {
  const timeline = makeTimelines(rules);
  const tracks = new Map<string, Track>();
  return {
    timeline,
    track: (schedules) => {
      const names = schedules.map(({ name }) => name);
      const key = names.join("\n");
      const known = tracks.get(key);
      if (known !== undefined) return known;
      const made = trackOf(names.flatMap((name) => timeline(name) ?? []));
      tracks.set(key, made);
      return made;
    },
  };
};

const tracksBy = new WeakMap<
  Rules["schedules"],
  WeakMap<Rules["calendars"], ReturnType<typeof makeTracks>>
>();

/** Inputs that differ in exceptions only, as with one hold more, share what is worked out of their rules. */
const tracksOf = ({ schedules, calendars }: Rules): ReturnType<typeof makeTracks> => {
  const own = tracksBy.get(schedules) ?? new WeakMap<Rules["calendars"], ReturnType<typeof makeTracks>>();
  tracksBy.set(schedules, own);
  const made = own.get(calendars) ?? makeTracks({ schedules, calendars });
  own.set(calendars, made);
  return made;
};

const makeBoard = (inputs: Inputs): Board => ({
  inputs,
  ...tracksOf(inputs),
  isPersonal: personalIn(inputs),
});

const boards = new WeakMap<Inputs, Board>();

/** The board of inputs; the same object for the same inputs. */
export const boardOf = (inputs: Inputs): Board => {
  const known = boards.get(inputs);
  if (known !== undefined) return known;
  const board = makeBoard(inputs);
  boards.set(inputs, board);
  return board;
};

/** The connection on which a question is asked; null: whichever. */
const connectionOf = (inputs: Inputs, server: Selectable, asked: string | undefined): string | null =>
  server.connection ?? inputs.schedules.find(({ name }) => name === asked)?.connection ?? null;

/** The strongest schedule first: it alone acts on the servers that several select. */
export const byRank = (one: Schedule, other: Schedule): number =>
  (other.priority ?? 0) - (one.priority ?? 0) || (one.name < other.name ? -1 : 1);

/**
 * The schedules that decide on a server, the strongest first. One that only observes has no say, unless it is the one
 * that is asked.
 */
export const schedulesOf = (inputs: Inputs, server: Selectable, asked?: string): readonly Schedule[] => {
  const connection = connectionOf(inputs, server, asked);
  return inputs.schedules
    .filter(
      (schedule) =>
        (schedule.mode !== "observe" || schedule.name === asked) &&
        (connection === null || schedule.connection === connection) &&
        selects(schedule.select, server),
    )
    .toSorted(byRank);
};
