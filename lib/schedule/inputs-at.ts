import { schedulesOf } from "./board.ts";
import type { Inputs } from "./inputs.ts";
import { isFor } from "./override.ts";
import { needsOf } from "./schedule.ts";
import type { Selectable } from "./selector.ts";

/** A version of something that was written down before it was replaced; `deleted_at`: it was the last one. */
export interface KeptVersion<T> {
  readonly value: T;
  readonly deleted_at: string | null;
}

interface Versioned {
  readonly name: string;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What is kept of the past. */
export interface Past {
  readonly schedules: readonly KeptVersion<Inputs["schedules"][number]>[];
  readonly calendars: readonly KeptVersion<Inputs["calendars"][number]>[];
  /** Which tz data decided, and since when. */
  readonly tz: readonly { readonly tz: string; readonly from: string }[];
}

/** What decided at an instant of the past, and, in words, what of it is not known any more. */
export interface InputsThen {
  readonly inputs: Inputs;
  readonly unknown: readonly string[];
}

const since = (one: { readonly updated_at: string }): number => Date.parse(one.updated_at);

/** All versions of each name, in order: those that are kept, and the one that stands. */
const histories = <T extends Versioned>(
  standing: readonly T[],
  kept: readonly KeptVersion<T>[],
): readonly (readonly KeptVersion<T>[])[] => {
  const all = [...standing.map((value) => ({ value, deleted_at: null })), ...kept];
  return [...Map.groupBy(all, ({ value }) => value.name).values()].map((versions) => {
    const byMade = new Map<string, KeptVersion<T>>();
    // What stands counts where it was written down as well.
    for (const one of versions.toReversed()) byMade.set(`${one.value.updated_at} ${one.value.version}`, one);
    return [...byMade.values()].toSorted((one, other) => since(one.value) - since(other.value));
  });
};

/** The version that was in force at an instant, and what is not known of it. */
const inForce = <T extends Versioned>(
  what: string,
  versions: readonly KeptVersion<T>[],
  at: number,
): { readonly value: T | null; readonly unknown: string | null } => {
  const index = versions.findLastIndex(({ value }) => since(value) <= at);
  const [found, next] = [versions[index], versions[index + 1]];
  if (found === undefined) {
    if (next === undefined || Date.parse(next.value.created_at) > at) return { value: null, unknown: null };
    const { name, version, updated_at: from } = next.value;
    return {
      value: next.value,
      unknown: `what ${what} ${name} said before ${from} is not kept: version ${version} is taken`,
    };
  }
  const { value, deleted_at: deleted } = found;
  if (deleted !== null && Date.parse(deleted) <= at) return { value: null, unknown: null };
  const isWhole =
    next === undefined ||
    next.value.created_at !== value.created_at ||
    next.value.version === value.version + 1;
  const lost = `not all versions of ${what} ${value.name} are kept: version ${value.version} is taken`;
  return { value, unknown: isWhole ? null : lost };
};

const tzUnknown = (inputs: Inputs, { tz }: Past, at: number): readonly string[] => {
  const then = tz.toSorted((one, other) => Date.parse(one.from) - Date.parse(other.from));
  const found = then.findLast(({ from }) => Date.parse(from) <= at);
  if (found === undefined) return [`by which tz data was decided then is not kept: this is by ${inputs.tz}`];
  return found.tz === inputs.tz
    ? []
    : [`then was decided by tz data ${found.tz}, and this is by ${inputs.tz}`];
};

const holdsUnknown = ({ holds }: Inputs, server: string, at: number): readonly string[] =>
  holds
    .filter((hold) => hold.server === server && Date.parse(hold.from) > at)
    .map(({ schedule, from }) => `of holds by hand under ${schedule} only the latest is kept, of ${from}`);

/** The schedules that had a say about a server, and those that need one of them: their exceptions keep it on. */
const concernedIn = (inputs: Inputs, used: Inputs["schedules"], server: Selectable, asked?: string) => {
  const own = schedulesOf({ ...inputs, schedules: used }, server, asked);
  const names = new Set(own.map(({ name }) => name));
  const needing = used.filter(
    (one) => one.mode !== "observe" && needsOf(one).some((need) => names.has(need.schedule)),
  );
  return { own, needing };
};

const endsUnknown = (
  { overrides }: Inputs,
  { own, needing }: ReturnType<typeof concernedIn>,
  server: Selectable,
  at: number,
): readonly string[] =>
  overrides
    .filter(
      ({ extended_by: by, from, until }) => by.length > 0 && Date.parse(from) <= at && at < Date.parse(until),
    )
    .filter(
      (one) =>
        (own.length > 0 && isFor(one, server, own)) ||
        (one.state === "on" && needing.some(({ name }) => name === one.schedule)),
    )
    .map(({ id }) => `of the ends of override ${id} only the last is kept`);

/**
 * What decided on a server at an instant of the past: the versions of schedules and calendars that were in force then.
 * Overrides, freezes and holds bear their times with them. Pure.
 * @param asked the schedule that is asked; one that only observes speaks for itself alone
 */
export const inputsAt = (
  inputs: Inputs,
  past: Past,
  server: Selectable,
  at: number,
  asked?: string,
): InputsThen => {
  const schedules = histories(inputs.schedules, past.schedules).map((one) => inForce("schedule", one, at));
  const used = schedules.flatMap(({ value }) => value ?? []);
  const names = new Set(
    used.flatMap(({ calendars = [] }) => calendars.map((use) => (typeof use === "string" ? use : use.name))),
  );
  const calendars = histories(inputs.calendars, past.calendars)
    .filter(([first]) => first !== undefined && names.has(first.value.name))
    .map((one) => inForce("calendar", one, at));
  const found = new Set(calendars.flatMap(({ value }) => value?.name ?? []));
  const missing = [...names].filter((name) => !found.has(name));
  return {
    inputs: { ...inputs, schedules: used, calendars: calendars.flatMap(({ value }) => value ?? []) },
    unknown: [
      ...[...schedules, ...calendars].flatMap(({ unknown }) => unknown ?? []),
      ...missing.map((name) => `what calendar ${name} said then is not kept`),
      ...endsUnknown(inputs, concernedIn(inputs, used, server, asked), server, at),
      ...holdsUnknown(inputs, server.id, at),
      ...tzUnknown(inputs, past, at),
      "its name and tags then: those of now are taken",
    ],
  };
};
