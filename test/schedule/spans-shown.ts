import { timeRuleOf, type PeriodFields, type TimeFields, type TimeRule } from "../../lib/schedule/rule.ts";
import { mergeSpans, spansOf } from "../../lib/schedule/spans.ts";

export const at = (text: string): number => Date.parse(text);

export const everyDay: PeriodFields["days"] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** A rule of periods in Paris: `["mon tue", "08:00-19:00"]`. */
export const periodsIn = (zone: string, ...periods: [days: string, times: string][]): TimeRule =>
  timeRuleOf({
    timezone: zone,
    periods: periods.map(([days, times]) => {
      const [from = "", to = ""] = times.split("-");
      return { days: everyDay.filter((day) => days.split(" ").includes(day)), from, to };
    }),
  });

export const rruleIn = (zone: string, rrule: TimeFields["rrule"]): TimeRule =>
  timeRuleOf({ timezone: zone, rrule });
export const cronIn = (zone: string, cron: TimeFields["cron"]): TimeRule =>
  timeRuleOf({ timezone: zone, cron });

const short = (instant: number): string => new Date(instant).toISOString().slice(0, 16);

/** On-stretches after merging, "2026-03-29T08:00 to 2026-03-29T19:00", in UTC. */
export const onShown = (rule: TimeRule, from: string, to: string): string[] =>
  mergeSpans(spansOf(rule, at(from), at(to)))
    .filter(({ state }) => state === "on")
    .map((stretch) => `${short(stretch.from)} to ${short(stretch.to)}`);
