import { dayMilliseconds, minuteMilliseconds, readLocalDate, wallText } from "./local-date.ts";
import type { WallRules } from "./rule.ts";
import { stretchAt, stretches, type OffsetStretch } from "./zone-offsets.ts";

/** The instant of a wall time, and how it was come by. `skipped`: the clock never shows it and the rule asks for
 * nothing in its place; `at` is then the instant of the jump. */
export interface Resolved {
  at: number;
  how: "plain" | "repeated" | "shifted" | "skipped";
}

/** No offset is further from UTC than this, so a wall time's instants lie within it. */
const reach = 26 * 60 * minuteMilliseconds;

/** The instant at which a zone's clock shows a wall time (milliseconds as though it were UTC). In a gap: later by the
 * gap's length (RFC 5545, Temporal's "compatible"), or skipped. Shown twice: the first or the last. */
export const resolveWall = (zone: string, wall: number, rules: WallRules): Resolved => {
  const early = stretchAt(zone, wall - reach);
  if (wall + reach < early.to) return { at: wall - early.offset, how: "plain" };
  return resolveAmong(stretches(zone, wall - reach, wall + reach), wall, rules);
};

const resolveAmong = (among: OffsetStretch[], wall: number, { gap, overlap }: WallRules): Resolved => {
  const shown = among.filter(({ from, to, offset }) => from <= wall - offset && wall - offset < to);
  const found = overlap === "first" ? shown.at(0) : shown.at(-1);
  if (found !== undefined) return { at: wall - found.offset, how: shown.length > 1 ? "repeated" : "plain" };
  const before = among.findLast(({ to, offset }) => to <= wall - offset);
  if (before === undefined) throw new RangeError(`no instant of ${wallText(wall)}`);
  return gap === "shift" ? { at: wall - before.offset, how: "shifted" } : { at: before.to, how: "skipped" };
};

/** What a zone's clock shows at an instant, in milliseconds as though it were UTC. */
export const wallAt = (zone: string, at: number): number => at + stretchAt(zone, at).offset;

/** What people in a zone read at an instant, with the offset: "2026-03-29T03:30+02:00". */
export const localText = (zone: string, at: number): string => {
  const { offset } = stretchAt(zone, at);
  const minutes = Math.round(Math.abs(offset) / minuteMilliseconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${wallText(at + offset)}${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
};

/** A date in a zone as `[from, to)`, the hours that a clock change takes or gives included.
 *  Throws RangeError for what is no date. */
export const dayBounds = (zone: string, date: string, rules: WallRules): { from: number; to: number } => {
  const day = readLocalDate(date);
  if (day === null) throw new RangeError(`${date} is no date`);
  return {
    from: resolveWall(zone, day * dayMilliseconds, rules).at,
    to: resolveWall(zone, (day + 1) * dayMilliseconds, rules).at,
  };
};
