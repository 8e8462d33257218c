import { cronEvents, cronSpans, readyCron } from "./cron-rule.ts";
import { rememberedEffects } from "./day-effects.ts";
import { periodSpans, readyPeriod, type SpansFound } from "./periods.ts";
import { readyRrule, rruleSpans } from "./rrule-rule.ts";
import type { TimeRule } from "./rule.ts";
import type { DayEffects } from "./day-effects.ts";
import type { EffectOn, Lost, Span, TimeEvent } from "./span.ts";

interface Window {
  from: number;
  to: number;
  effects: DayEffects;
}

/** A rule that has been read; its texts are parsed once. */
interface Ready {
  find: (window: Window) => SpansFound;
  /** null: the events are the ends of the spans */
  events: ((window: Window) => TimeEvent[]) | null;
}

const ready = new WeakMap<TimeRule, Ready>();

const readyOf = (rule: TimeRule): Ready => {
  const known = ready.get(rule);
  if (known !== undefined) return known;
  const made = makeReady(rule);
  ready.set(rule, made);
  return made;
};

const makeReady = (rule: TimeRule): Ready => {
  switch (rule.kind) {
    case "periods": {
      const periods = rule.periods.map(readyPeriod);
      return { find: (window) => periodSpans(periods, rule, window), events: null };
    }
    case "cron": {
      const cron = readyCron(rule.zone, rule.on, rule.off);
      return {
        find: (window) => cronSpans(cron, rule, window),
        events: (window) => cronEvents(cron, rule, window),
      };
    }
    case "rrule": {
      const rrule = readyRrule(rule);
      return { find: (window) => rruleSpans(rrule, window), events: null };
    }
  }
};

const byStart = (a: { from: number; to: number; source: string }, b: typeof a): number =>
  a.from - b.from || a.to - b.to || (a.source < b.source ? -1 : 1);

/** Every span of a rule that meets `[from, to)` (epoch ms), whole and unmerged, in order of its start. A cron with one
 *  side has none. Throws an Error for a rule that its schema refuses. */
export const spansOf = (rule: TimeRule, from: number, to: number, effectOn?: EffectOn): Span[] =>
  readyOf(rule)
    .find({ from, to, effects: rememberedEffects(effectOn) })
    .spans.toSorted(byStart);

/** What clock changes in `[from, to)` left nothing of, in order. */
export const lostIn = (rule: TimeRule, from: number, to: number, effectOn?: EffectOn): Lost[] =>
  readyOf(rule)
    .find({ from, to, effects: rememberedEffects(effectOn) })
    .lost.toSorted((a, b) => a.at - b.at);

/** Moments in `[from, to)` at which a rule acts, in order: a cron's events, or the starts and ends of spans. */
export const eventsOf = (rule: TimeRule, from: number, to: number, effectOn?: EffectOn): TimeEvent[] => {
  const { find, events } = readyOf(rule);
  const window = { from, to, effects: rememberedEffects(effectOn) };
  if (events !== null) return events(window);
  // A span that ends at `from` does not meet the window, but its end lies in it.
  return find({ ...window, from: from - 1 })
    .spans.flatMap(endsOf)
    .filter(({ at }) => at >= from && at < to)
    .toSorted((a, b) => a.at - b.at || (a.state < b.state ? -1 : 1));
};

const endsOf = ({ from, to, state, ...origin }: Span): TimeEvent[] => [
  { at: from, state, ...origin },
  { at: to, state: state === "on" ? "off" : "on", ...origin },
];

/** Whether a rule names one kind of edge only: its servers are then acted on at it and left alone otherwise. */
export const isOneSided = (rule: TimeRule): boolean =>
  rule.kind === "cron" && (rule.on === null || rule.off === null);

/** A stretch of one state, and the spans that make it up. */
export interface Stretch {
  from: number;
  to: number;
  state: "on" | "off";
  of: Span[];
}

/** Joins spans of the same state that touch or overlap; where on and off both hold, on does. In order, never
 *  overlapping. The order of the spans makes no difference. */
export const mergeSpans = (spans: readonly Span[]): Stretch[] => {
  const on = joined(spans, "on");
  const off = joined(spans, "off").flatMap((stretch) => outside(stretch, on));
  return [...on, ...off].toSorted((a, b) => a.from - b.from);
};

const joined = (spans: readonly Span[], state: "on" | "off"): Stretch[] => {
  const stretches: Stretch[] = [];
  for (const span of spans.filter((each) => each.state === state).toSorted(byStart)) {
    const last = stretches.at(-1);
    if (last !== undefined && span.from <= last.to) {
      last.to = Math.max(last.to, span.to);
      last.of.push(span);
    } else stretches.push({ from: span.from, to: span.to, state, of: [span] });
  }
  return stretches;
};

/** What is left of a stretch outside others, which are in order and apart. */
const outside = (stretch: Stretch, others: readonly Stretch[]): Stretch[] => {
  const left: Stretch[] = [];
  let from = stretch.from;
  for (const other of others.filter((each) => each.from < stretch.to && each.to > stretch.from)) {
    if (from < other.from) left.push(partOf(stretch, from, other.from));
    from = Math.max(from, other.to);
  }
  if (from < stretch.to) left.push(partOf(stretch, from, stretch.to));
  return left;
};

const partOf = ({ state, of }: Stretch, from: number, to: number): Stretch => ({
  from,
  to,
  state,
  of: of.filter((span) => span.from < to && span.to > from),
});
