import type { Fault } from "./fault.ts";
import { needsOf, type ScheduleRequest } from "./schedule.ts";
import type { Need } from "./settings.ts";

/** A schedule, as far as the graph of needs goes. */
type Needing = Pick<ScheduleRequest, "needs"> & { readonly name: string };

/** The circle that a schedule is part of, from it back to it; null when there is none. */
const circleOf = (name: string, schedules: readonly Needing[]): string[] | null => {
  const needsBy = new Map(schedules.map((one) => [one.name, needsOf(one).map(({ schedule }) => schedule)]));
  const seen = new Set<string>();
  const walk = (at: string, path: readonly string[]): string[] | null => {
    for (const next of needsBy.get(at) ?? []) {
      if (next === name) return [...path, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = walk(next, [...path, next]);
      if (found !== null) return found;
    }
    return null;
  };
  return walk(name, [name]);
};

/** What is wrong with the needs of a schedule that is about to be saved beside the others. */
export const faultsOfNeeds = (
  request: Pick<ScheduleRequest, "needs">,
  name: string,
  schedules: readonly Needing[],
): Fault[] => {
  const all = [...schedules.filter((one) => one.name !== name), { ...request, name }];
  const names = new Set(all.map((one) => one.name));
  const missing = needsOf(request).flatMap(({ schedule }, index) =>
    names.has(schedule) ? [] : [{ pointer: `/needs/${index}`, detail: `there is no schedule ${schedule}` }],
  );
  const circle = circleOf(name, all);
  return circle === null
    ? missing
    : [...missing, { pointer: "/needs", detail: `needs itself: ${circle.join(" needs ")}` }];
};

/** The names of schedules that need this one. */
export const neededBy = (name: string, schedules: readonly Needing[]): readonly string[] =>
  schedules.filter((one) => needsOf(one).some(({ schedule }) => schedule === name)).map((one) => one.name);

/**
 * Schedules in levels: each needs only those of levels before its own. Started in this order, parallel inside a level,
 * and stopped in reverse. Those of a circle, which are never saved, are left out.
 */
export const levelsOf = (schedules: readonly Needing[]): string[][] => {
  const names = new Set(schedules.map(({ name }) => name));
  const levels: string[][] = [];
  const placed = new Set<string>();
  let rest = schedules;
  while (rest.length > 0) {
    const ready = rest.filter((one) =>
      needsOf(one).every(({ schedule }) => placed.has(schedule) || !names.has(schedule)),
    );
    if (ready.length === 0) return levels;
    levels.push(ready.map(({ name }) => name).toSorted());
    for (const { name } of ready) placed.add(name);
    rest = rest.filter(({ name }) => !placed.has(name));
  }
  return levels;
};

/** How a schedule that is needed stands. `unprobed`: it runs, and whether it is ready can't be asked from outside. */
export type Readiness = "ready" | "waiting" | "failed" | "unprobed";

/** The names of all that a schedule needs, over however many steps. */
export const neededOverall = (name: string, schedules: readonly Needing[]): readonly string[] => {
  const found = new Set<string>();
  const walk = (at: string): void => {
    const one = schedules.find((schedule) => schedule.name === at);
    for (const { schedule } of one === undefined ? [] : needsOf(one)) {
      if (found.has(schedule)) continue;
      found.add(schedule);
      walk(schedule);
    }
  };
  walk(name);
  return [...found];
};

/** Why what is needed is not ready, in words. */
const unreadyWords = (state: Readiness, minutes: number): string => {
  if (state === "failed") return "has failed";
  const since = `is not ready after ${minutes} min`;
  return state === "unprobed" ? `${since}: one of its servers shows no public address to be asked at` : since;
};

/** What needs say to a start. */
export type NeedsVerdict =
  | { readonly is: "go"; readonly because: string | null }
  | { readonly is: "wait"; readonly because: string }
  | {
      readonly is: "give-up";
      readonly because: string;
      /** Schedules whose servers are stopped again, as far as they were started for this edge. */
      readonly rollback: readonly string[];
    };

/**
 * Whether a server may be started, by how what it needs stands.
 * @param waited milliseconds since it could have been started
 */
export const judgeNeeds = (
  needs: readonly Need[],
  readiness: ReadonlyMap<string, Readiness>,
  waited: number,
): NeedsVerdict => {
  let because: string | null = null;
  let wait: string | null = null;
  for (const { schedule, timeoutMinutes, onFailure } of needs) {
    const state = readiness.get(schedule) ?? "waiting";
    const isOver = state === "failed" || (state !== "ready" && waited >= timeoutMinutes * 60_000);
    if (isOver) {
      const what = `${schedule}, which it needs, ${unreadyWords(state, timeoutMinutes)}`;
      if (onFailure !== "continue") {
        const isUndone = onFailure === "rollback";
        return {
          is: "give-up",
          because: isUndone ? `${what}: what was started for it is stopped again` : what,
          rollback: isUndone ? needs.map((need) => need.schedule) : [],
        };
      }
      because = what;
    } else if (state === "unprobed")
      wait ??= `${schedule}, which it needs, can't be asked: one of its servers shows no public address`;
    else if (state === "waiting") wait ??= `${schedule}, which it needs, is not ready yet`;
  }
  return wait === null ? { is: "go", because } : { is: "wait", because: wait };
};

/** What keeps a stop back: schedules that need the server's own and whose servers are on. */
export const judgeNeededBy = (
  dependents: readonly { readonly name: string; readonly policy: Need["stopWhileNeeded"] }[],
  states: ReadonlyMap<string, "on" | "off">,
): { readonly blocked: string | null; readonly warned: string | null } => {
  const on = dependents.filter(({ name }) => states.get(name) === "on");
  const words = (name: string): string => `servers of ${name}, which need it, are still on`;
  const blocking = on.find(({ policy }) => policy === "block");
  const warning = on.find(({ policy }) => policy === "warn");
  return {
    blocked: blocking === undefined ? null : words(blocking.name),
    warned: warning === undefined ? null : words(warning.name),
  };
};
