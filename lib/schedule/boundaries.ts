import { lastingOf } from "./freeze.ts";
import { between } from "./in-order.ts";
import type { Inputs } from "./inputs.ts";
import { isFor, timesOf, type Override } from "./override.ts";
import { needsOf, type Schedule } from "./schedule.ts";
import type { Selectable } from "./selector.ts";

/** An instant at which something that stands above the schedules begins or ends. */
export interface Boundary {
  readonly at: number;
  readonly cause: string;
  /** The override that ends here. */
  readonly ended: Override | null;
}

/** A boundary, and whom it may concern. */
interface Known extends Boundary {
  /** The schedule that it is about; null: all. */
  readonly schedule: string | null;
  /** Whether it also concerns what that schedule needs. */
  readonly isHandedOn: boolean;
  readonly concerns: (server: Selectable, schedules: readonly Schedule[]) => boolean;
}

const isAbout = (name: string | null, schedules: readonly Schedule[]): boolean =>
  name === null || schedules.some((schedule) => schedule.name === name);

const isNeededBy = (inputs: Inputs, name: string | null, schedules: readonly Schedule[]): boolean =>
  inputs.schedules.some(
    (one) => one.name === name && needsOf(one).some((need) => isAbout(need.schedule, schedules)),
  );

const ofOverrides = (inputs: Inputs): Known[] =>
  inputs.overrides.flatMap((override) => {
    const { from, to } = timesOf(override);
    if (to <= from) return [];
    const known = {
      schedule: override.schedule,
      isHandedOn: true,
      concerns: (server: Selectable, schedules: readonly Schedule[]) =>
        isFor(override, server, schedules) || isNeededBy(inputs, override.schedule, schedules),
    };
    return [
      { at: from, cause: `override ${override.id} begins`, ended: null, ...known },
      { at: to, cause: `override ${override.id} ends`, ended: override, ...known },
    ];
  });

const ofFreezes = ({ freezes }: Inputs): Known[] =>
  freezes.map((freeze) => ({
    at: lastingOf(freeze).to,
    cause: `freeze ${freeze.id} ends`,
    ended: null,
    schedule: freeze.schedule,
    isHandedOn: false,
    concerns: (_, schedules) => isAbout(freeze.schedule, schedules),
  }));

const ofWindows = ({ windows }: Inputs): Known[] =>
  windows.flatMap(({ id, schedule, servers, from, until }) => {
    const known = {
      ended: null,
      schedule,
      isHandedOn: false,
      concerns: (server: Selectable, schedules: readonly Schedule[]) =>
        isAbout(schedule, schedules) && (servers === null || servers.includes(server.id)),
    };
    return [
      { at: Date.parse(from), cause: `window ${id} begins`, ...known },
      { at: Date.parse(until), cause: `window ${id} ends`, ...known },
    ];
  });

const ofHolds = (inputs: Inputs): Known[] =>
  inputs.holds.flatMap(({ server: id, schedule, until }) =>
    until === null
      ? []
      : [
          {
            at: Date.parse(until),
            cause: `hold of ${id} ends`,
            ended: null,
            schedule,
            isHandedOn: true,
            concerns: (server: Selectable, schedules: readonly Schedule[]) =>
              (server.id === id && isAbout(schedule, schedules)) || isNeededBy(inputs, schedule, schedules),
          },
        ],
  );

const known = new WeakMap<Inputs, readonly Known[]>();

/** All of them in order, worked out once for the same inputs: there may be thousands, and each tick asks for a minute. */
const allOf = (inputs: Inputs): readonly Known[] => {
  const before = known.get(inputs);
  if (before !== undefined) return before;
  const made = [...ofOverrides(inputs), ...ofFreezes(inputs), ...ofWindows(inputs), ...ofHolds(inputs)]
    .filter(({ at }) => Number.isFinite(at))
    .toSorted((one, other) => one.at - other.at);
  known.set(inputs, made);
  return made;
};

const within = (inputs: Inputs, from: number, to: number): readonly Known[] =>
  between(allOf(inputs), ({ at }) => at, from, to);

/** Where something that stands above the schedules begins or ends for a server, in `(after, until]`, in order. */
export const boundariesOf = (
  inputs: Inputs,
  server: Selectable,
  schedules: readonly Schedule[],
  after: number,
  until: number,
): readonly Boundary[] =>
  within(inputs, after + 1, until + 1).filter(({ concerns }) => concerns(server, schedules));

/** Instants in `[from, to)` at which something above these schedules begins or ends, for whichever server. */
export const boundaryTimes = (
  inputs: Inputs,
  schedules: readonly Schedule[],
  from: number,
  to: number,
): readonly number[] =>
  within(inputs, from, to)
    .filter(
      ({ schedule, isHandedOn }) =>
        isAbout(schedule, schedules) || (isHandedOn && isNeededBy(inputs, schedule, schedules)),
    )
    .map(({ at }) => at);
