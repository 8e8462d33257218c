import type { Voice } from "./inputs.ts";
import { localText } from "./wall-time.ts";
import { onlyAction } from "./pulses.ts";
import { outsideOf, ruleOf, zoneOf, type Schedule } from "./schedule.ts";
import type { Said } from "./track.ts";
import type { Exception } from "./exceptions.ts";
import type { Segment } from "./segment.ts";
import type { Span } from "./span.ts";
import { isOneSided } from "./spans.ts";

const effectWords = (effect: Exception["effect"]): string => {
  switch (effect) {
    case "on":
    case "off":
      return effect;
    case "skip":
      return "without starts";
    case "as:mon":
    case "as:tue":
    case "as:wed":
    case "as:thu":
    case "as:fri":
    case "as:sat":
    case "as:sun":
      return `treated as ${effect.slice(3)}`;
  }
};

/** The rule that a segment's schedule is, with its version, so that an answer can be traced. */
export const ruleName = ({ name, version }: Schedule): string => `schedule ${name} v${version}`;

/** What a calendar says, in words. */
export const exceptionWords = ({ calendar, label, effect }: Exception, when: string): string =>
  `${when}${label === null ? "" : ` (${label})`} is ${effectWords(effect)} in calendar ${calendar}`;

const dayOf = ({ schedule, segment }: Said, at: number): string =>
  segment.span !== null && segment.level !== "calendar"
    ? segment.span.localDate
    : localText(zoneOf(schedule), at).slice(0, 10);

/** The calendar's voice at an instant; null when no calendar has anything to say. */
const calendarVoice = (said: Said, at: number): Voice | null => {
  const { segment } = said;
  const { exception } = segment;
  if (exception === null) return null;
  const rule = `calendar ${exception.calendar} v${exception.version}`;
  const words = exceptionWords(exception, dayOf(said, at));
  if (segment.level === "calendar") return { rule, says: segment.says, because: words };
  if (segment.level === "rule" && segment.says === "on" && exception.effect === "off")
    return { rule, says: "any", because: `${words}, but ${segment.span?.text ?? "the period"} began before` };
  return { rule, says: "any", because: words };
};

/** What a schedule's last edge was, in words; left out where nobody asks for so much. */
export type LastEdgeWords = (schedule: Schedule) => string;

/** Whether a schedule acts at edges of one kind only: between them it wants nothing, inside of its periods or outside. */
const isEdgeOnly = (schedule: Schedule): boolean =>
  onlyAction(schedule) !== null || isOneSided(ruleOf(schedule));

const silentWords = (schedule: Schedule, lastEdge: LastEdgeWords | undefined): string => {
  if (!isEdgeOnly(schedule)) return "none of its periods";
  return `${lastEdge === undefined ? "" : `${lastEdge(schedule)}; `}between its edges servers are left alone`;
};

const ruleWords = ({ schedule, segment }: Said, lastEdge: LastEdgeWords | undefined): Voice => {
  const rule = ruleName(schedule);
  const { span, level, says } = segment;
  if (level === "pulse" || level === "edge")
    return { rule, says, because: span === null ? "an edge" : `the edge of ${span.text}; then left alone` };
  if (span === null) return { rule, says: "any", because: silentWords(schedule, lastEdge) };
  const isSkipped = level === "rule" && says === "any";
  if (isSkipped)
    return { rule, says: "any", because: `${span.text} of ${span.localDate}, without its start` };
  // A day that a calendar takes away: what the period alone would say, which is weaker.
  return { rule, says: span.state, because: `${span.text} of ${span.localDate}` };
};

const isAside = ({ segment }: Said): boolean => segment.level === "default" && segment.span !== null;

const defaultVoice = ({ schedule, segment }: Said): Voice | null => {
  if (segment.level === "pulse" || segment.level === "edge") return null;
  const rule = `default of ${schedule.name}`;
  if (isEdgeOnly(schedule)) return { rule, says: "any", because: "it acts at its edges only" };
  if (segment.level === "rule" && segment.says === "any")
    return { rule, says: "any", because: "not asked on a day without starts" };
  return { rule, says: outsideOf(schedule), because: "outside of its periods" };
};

const requiredVoice = ({ segment }: Said): Voice | null =>
  segment.level === "required"
    ? {
        rule: `required_by ${segment.by ?? ""}`,
        says: "on",
        because: `schedule ${segment.by ?? ""} needs it`,
      }
    : null;

/**
 * The voices of schedules at an instant, from the strongest to the weakest. The first that says on or off is the one
 * that decides; where one-sided schedules contradict each other nobody does.
 */
export const scheduleVoices = (
  ranked: readonly Said[],
  conflict: boolean,
  at: number,
  lastEdge?: LastEdgeWords,
): Voice[] => {
  const present = (voices: readonly (Voice | null)[]): Voice[] => voices.filter((voice) => voice !== null);
  const words = (said: Said): Voice[] => {
    const rule = ruleWords(said, lastEdge);
    // What a calendar has taken away is told, and has no say.
    return present([calendarVoice(said, at), isAside(said) ? { ...rule, says: "any" } : rule]);
  };
  const isPulse = ({ segment }: Said): boolean => segment.level === "pulse";
  const voices = [
    ...present(ranked.map(requiredVoice)),
    ...ranked.filter((said) => !isPulse(said)).flatMap(words),
    ...present(ranked.map(defaultVoice)),
    ...ranked.filter(isPulse).flatMap(words),
  ];
  return conflict
    ? voices.map((voice) => ({
        ...voice,
        says: "any",
        because: `${voice.because}; contradicted by another schedule of the same priority`,
      }))
    : voices;
};

const begins = ({ source, text }: Span): string => (source.startsWith("/cron") ? text : `${text} begins`);
const ends = ({ source, text }: Span): string =>
  source.startsWith("/cron") ? `the end of ${text}` : `${text} ends`;

/** What begins or ends at an edge, in words. */
export const edgeWords = (before: Segment | null, then: Segment): string => {
  const { level, span, says, exception } = then;
  if (level === "required") return `required by schedule ${then.by ?? ""}`;
  if (level === "calendar" && exception !== null) return exceptionWords(exception, "the day");
  if (span !== null && level === "rule") return begins(span);
  if (span !== null && (level === "pulse" || level === "edge"))
    return says === span.state ? begins(span) : ends(span);
  if (before?.level === "required") return `no longer required by schedule ${before.by ?? ""}`;
  if (before?.level === "calendar" && before.exception !== null)
    return `${exceptionWords(before.exception, "the day")}, and it is over`;
  return before === null || before.span === null ? "outside of its periods" : ends(before.span);
};
