import type { Exception, Exceptions } from "./exceptions.ts";
import type { Wanted } from "./inputs.ts";
import { dayMilliseconds, localDate } from "./local-date.ts";
import { outsideOf, ruleOf, zoneOf, type Schedule } from "./schedule.ts";
import type { Required, Segment } from "./segment.ts";
import type { Span } from "./span.ts";
import { spansOf } from "./spans.ts";
import { dayBounds, wallAt } from "./wall-time.ts";

/** Something that has a say in a stretch of time `[from, to)`. */
interface Layer {
  readonly from: number;
  readonly to: number;
  readonly is: "span" | "skipped" | "dropped" | "day" | "timed" | "required";
  readonly span: Span | null;
  readonly exception: Exception | null;
  readonly by: string | null;
}

/** What becomes of a span on a day that a calendar has something to say of. */
const fateOf = ({ state, effect }: Span): Layer["is"] => {
  if (state === "off" || effect === null || effect.startsWith("as:")) return "span";
  return effect === "off" ? "dropped" : effect === "skip" ? "skipped" : "span";
};

/** Most schedules have none, and need not be asked day by day. */
const hasCalendars = ({ calendars }: Schedule): boolean => calendars !== undefined && calendars.length > 0;

const spanLayers = (schedule: Schedule, exceptions: Exceptions, from: number, to: number): Layer[] => {
  const rule = ruleOf(schedule);
  const effectOn = (date: string): Span["effect"] => exceptions.on(date)?.effect ?? null;
  const spans = spansOf(rule, from, to, hasCalendars(schedule) ? effectOn : undefined);
  // With `any` outside, the off-events of a cron pair are edges, and nothing is wanted after them.
  const isEdgeOnly = rule.kind === "cron" && outsideOf(schedule) === "any";
  return spans
    .filter(({ state }) => state === "on" || !isEdgeOnly)
    .map((span) => {
      const exception = span.effect === null ? null : exceptions.on(span.localDate);
      return { from: span.from, to: span.to, is: fateOf(span), span, exception, by: null };
    });
};

const dayLayers = (schedule: Schedule, exceptions: Exceptions, from: number, to: number): Layer[] => {
  if (!hasCalendars(schedule)) return [];
  const zone = zoneOf(schedule);
  const layers: Layer[] = [];
  const last = Math.floor(wallAt(zone, to) / dayMilliseconds);
  for (let day = Math.floor(wallAt(zone, from) / dayMilliseconds) - 1; day <= last; day += 1) {
    const exception = exceptions.on(localDate(day));
    if (exception === null) continue;
    const bounds = dayBounds(zone, localDate(day), ruleOf(schedule));
    layers.push({ ...bounds, is: "day", span: null, exception, by: null });
  }
  return layers;
};

const layersOf = (
  schedule: Schedule,
  exceptions: Exceptions,
  required: readonly Required[],
  from: number,
  to: number,
): Layer[] =>
  [
    ...spanLayers(schedule, exceptions, from, to),
    ...dayLayers(schedule, exceptions, from, to),
    ...exceptions.timed(from, to).map((one): Layer => ({
      from: one.from,
      to: one.to,
      is: "timed",
      span: null,
      exception: one,
      by: null,
    })),
    ...required.map((one): Layer => ({ ...one, is: "required", span: null, exception: null })),
  ].filter((layer) => layer.from < to && layer.to > from && layer.from < layer.to);

/** Of the spans that say the same, the one that ends last; the order of the periods makes no difference. */
const longest = (layers: readonly Layer[]): Layer | undefined =>
  layers.reduce<Layer | undefined>(
    (best, one) =>
      best === undefined ||
      one.to > best.to ||
      (one.to === best.to && (one.span?.source ?? "") < (best.span?.source ?? ""))
        ? one
        : best,
    undefined,
  );

type Said = Pick<Segment, "says" | "level" | "span" | "exception" | "by">;

/** What the periods say that take place, on or off by `merge`; null where there is none. */
const saidBySpans = (schedule: Schedule, active: readonly Layer[]): Said | null => {
  const spans = active.filter(({ is }) => is === "span");
  const on = longest(spans.filter(({ span }) => span?.state === "on"));
  const off = longest(spans.filter(({ span }) => span?.state === "off"));
  const winner = schedule.merge === "off_wins" ? (off ?? on) : (on ?? off);
  if (winner === undefined || winner.span === null) return null;
  return { says: winner.span.state, level: "rule", span: winner.span, exception: winner.exception, by: null };
};

const plainly = (says: Wanted, level: Segment["level"], layer: Layer | undefined): Said => ({
  says,
  level,
  span: layer?.span ?? null,
  exception: layer?.exception ?? null,
  by: layer?.by ?? null,
});

/** What the schedule says by itself, without the schedules that need it. */
const saidAlone = (schedule: Schedule, active: readonly Layer[], outside: Wanted): Said => {
  const timed = active.find(({ is }) => is === "timed");
  const day = active.find(({ is }) => is === "day");
  const aside = longest(active.filter(({ is }) => is === "dropped" || is === "skipped"));
  const spans = saidBySpans(schedule, active);
  const effect = timed?.exception?.effect;
  if (effect === "on" || effect === "off")
    return { ...plainly(effect, "calendar", timed), span: spans?.span ?? aside?.span ?? null };
  if (effect === "skip" && spans?.says === "on")
    return { ...spans, says: "any", exception: timed?.exception ?? null };
  const dayEffect = day?.exception?.effect;
  if (dayEffect === "on")
    return { ...plainly("on", "calendar", day), span: spans?.span ?? aside?.span ?? null };
  if (spans?.says === "on") return { ...spans, exception: day?.exception ?? spans.exception };
  // A day off is stronger than what is written for the night before it only where that was off, too.
  if (dayEffect === "off")
    return { ...plainly("off", "calendar", day), span: aside?.span ?? spans?.span ?? null };
  if (spans !== null) return spans;
  if (aside?.is === "skipped") return plainly("any", "rule", aside);
  // On outside of inverse periods: a day without starts is left alone.
  if ((effect === "skip" || dayEffect === "skip") && outside === "on")
    return plainly("any", "rule", effect === "skip" ? timed : day);
  return { ...plainly(outside, "default", aside), exception: day?.exception ?? aside?.exception ?? null };
};

const saidBy = (schedule: Schedule, active: readonly Layer[], outside: Wanted): Said => {
  const alone = saidAlone(schedule, active, outside);
  const required = active.find(({ is }) => is === "required");
  return required === undefined || alone.says === "on"
    ? alone
    : { ...alone, says: "on", level: "required", by: required.by };
};

/**
 * What a schedule says over `[from, to)`, without holes: its periods, its calendars, its default, and what the schedules
 * that need it require. Neighbours may say the same.
 * @param required when schedules that need it are on
 */
export const layered = (
  schedule: Schedule,
  exceptions: Exceptions,
  required: readonly Required[],
  from: number,
  to: number,
): Segment[] => {
  const layers = layersOf(schedule, exceptions, required, from, to).toSorted(
    (one, other) => one.from - other.from,
  );
  const outside = outsideOf(schedule);
  const inside = layers.flatMap((one) => [one.from, one.to]).filter((at) => at > from && at < to);
  const bounds = [...new Set([from, ...inside, to])].toSorted((one, other) => one - other);
  const segments: Segment[] = [];
  let active: Layer[] = [];
  let next = 0;
  for (const [index, start] of bounds.slice(0, -1).entries()) {
    active = active.filter((layer) => layer.to > start);
    for (let layer = layers[next]; layer !== undefined && layer.from <= start; layer = layers[next]) {
      if (layer.to > start) active.push(layer);
      next += 1;
    }
    segments.push({ from: start, to: bounds[index + 1] ?? to, ...saidBy(schedule, active, outside) });
  }
  return segments;
};
