import { localDate } from "./local-date.ts";
import type { DayEffect } from "./rule.ts";
import type { EffectOn } from "./span.ts";
import { weekdayOf, weekdays } from "./weekday.ts";

/** What the calendars say of a day number in a zone. */
export type DayEffects = (day: number, zone: string) => DayEffect | null;

/** Asks once a day and zone, however many periods start on it. */
export const rememberedEffects = (effectOn: EffectOn | undefined): DayEffects => {
  if (effectOn === undefined) return () => null;
  const zones = new Map<string, Map<number, DayEffect | null>>();
  return (day, zone) => {
    const days = zones.get(zone) ?? new Map<number, DayEffect | null>();
    const known = days.get(day);
    if (known !== undefined) return known;
    const effect = effectOn(localDate(day), zone);
    zones.set(zone, days.set(day, effect));
    return effect;
  };
};

/** The weekday that a day counts as, 0 is Monday: its own, or the one that a calendar puts in its place. */
export const weekdayUnder = (effect: DayEffect | null, day: number): number => {
  const treatedAs = weekdays.findIndex((weekday) => effect === `as:${weekday}`);
  return treatedAs === -1 ? weekdayOf(day) : treatedAs;
};
