import { dayMilliseconds, localDate, minuteMilliseconds, readLocalDate } from "./local-date.ts";
import { weekdayUnder, type DayEffects } from "./day-effects.ts";
import { periodText } from "./period-text.ts";
import type { Period, WallRules } from "./rule.ts";
import type { Lost, Span } from "./span.ts";
import { resolveWall } from "./wall-time.ts";
import { weekdayIndex } from "./weekday.ts";

/** A period as it is reckoned with: minutes from the start day's midnight, dates as day numbers. */
interface ReadyPeriod {
  source: string;
  text: string;
  zone: string;
  state: "on" | "off";
  weekdays: ReadonlySet<number>;
  start: number;
  end: number;
  firstDay: number;
  lastDay: number;
}

export interface SpansFound {
  spans: Span[];
  lost: Lost[];
}

const minuteOfDay = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

export const readyPeriod = (period: Period, index: number): ReadyPeriod => {
  const start = minuteOfDay(period.from);
  const end = minuteOfDay(period.to);
  return {
    source: `/periods/${index}`,
    text: periodText(period),
    zone: period.zone,
    state: period.state,
    weekdays: new Set(period.days.map(weekdayIndex)),
    start: start * minuteMilliseconds,
    end: end * minuteMilliseconds + (end <= start ? dayMilliseconds : 0),
    firstDay: readLocalDate(period.dates?.from ?? "") ?? -Infinity,
    lastDay: readLocalDate(period.dates?.to ?? "") ?? Infinity,
  };
};

/** No offset and no gap is longer, so a wall time is never further than this from the instant of the same figures. */
export const farthest = 26 * 60 * minuteMilliseconds;

/** Spans that meet `[from, to)` and what clock changes took inside it, of one period after the other. */
export const periodSpans = (
  periods: readonly ReadyPeriod[],
  rules: WallRules,
  { from, to, effects }: { from: number; to: number; effects: DayEffects },
): SpansFound => {
  const found: SpansFound = { spans: [], lost: [] };
  const earliest = Math.floor((from - 2 * dayMilliseconds - farthest) / dayMilliseconds);
  const latest = Math.floor((to + farthest) / dayMilliseconds);
  for (const period of periods) {
    const last = Math.min(latest, period.lastDay);
    for (let day = Math.max(earliest, period.firstDay); day <= last; day += 1) {
      const effect = effects(day, period.zone);
      if (!period.weekdays.has(weekdayUnder(effect, day))) continue;
      const start = resolveWall(period.zone, day * dayMilliseconds + period.start, rules);
      const end = resolveWall(period.zone, day * dayMilliseconds + period.end, rules).at;
      const { source, text, zone, state } = period;
      const origin = { source, text, zone, localDate: localDate(day), effect };
      const lost = start.how === "skipped" ? "skipped" : "collapsed";
      if (lost === "skipped" || end <= start.at) {
        if (start.at >= from && start.at < to) found.lost.push({ at: start.at, why: lost, ...origin });
      } else if (end > from && start.at < to) found.spans.push({ from: start.at, to: end, state, ...origin });
    }
  }
  return found;
};
