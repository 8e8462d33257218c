import { expect, test } from "vitest";
import { timeRuleOf, type WallRules } from "../../lib/schedule/rule.ts";
import { spansOf } from "../../lib/schedule/spans.ts";
import { resolveWall } from "../../lib/schedule/wall-time.ts";

// The oracle knows nothing but what Intl.DateTimeFormat shows at an instant. The offsets of a zone are read at every
// midnight UTC of the ten years; a wall time's instants are those, among the offsets of the days around it, at which Intl
// shows it. No zone changes its clock twice within the five days looked at.

const minute = 60_000;
const day = 86_400_000;
const firstDay = Date.UTC(2024, 0, 1) / day;
const lastDay = Date.UTC(2034, 0, 1) / day;
const zones = Intl.supportedValuesOf("timeZone");

interface Oracle {
  shows: (at: number) => number;
  offsetOn: (day: number) => number;
}

const oracleOf = (zone: string): Oracle => {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  const shows = (at: number): number => {
    // "2026-03-29 03:30:00"
    const text = format.format(at);
    const two = (index: number): number => text.charCodeAt(index) * 10 + text.charCodeAt(index + 1) - 528;
    return Date.UTC(two(0) * 100 + two(2), two(5) - 1, two(8), two(11), two(14), two(17));
  };
  const known: number[] = [];
  for (let at = firstDay - 3; at < lastDay + 7; at += 1) known.push(shows(at * day) - at * day);
  return { shows, offsetOn: (at) => known[at - firstDay + 3] ?? Number.NaN };
};

/** The first instant after midnight UTC of a day at which the offset is not what it was, to the minute. */
const jumpAfter = ({ shows, offsetOn }: Oracle, from: number, to: number): number => {
  let [before, after] = [from * day, to * day];
  while (after - before > minute) {
    const middle = Math.floor((before + after) / 2 / minute) * minute;
    if (shows(middle) - middle === offsetOn(from)) before = middle;
    else after = middle;
  }
  return after;
};

/** Instants at which Intl shows a wall time, rising; none in a gap. Where all midnights around have one offset there is
 * nothing to choose from. */
const shownAt = (oracle: Oracle, wall: number): number[] => {
  const today = Math.floor(wall / day);
  const offset = oracle.offsetOn(today - 2);
  const others = [-1, 0, 1, 2, 3].map((distance) => oracle.offsetOn(today + distance));
  if (others.every((other) => other === offset)) return [wall - offset];
  return [...new Set([offset, ...others])]
    .map((each) => wall - each)
    .filter((at) => oracle.shows(at) === wall)
    .toSorted((a, b) => a - b);
};

const chosenFrom = (oracle: Oracle, wall: number, shown: number[], { gap, overlap }: WallRules): number => {
  const found = overlap === "first" ? shown.at(0) : shown.at(-1);
  if (found !== undefined) return found;
  const today = Math.floor(wall / day);
  return gap === "shift" ? wall - oracle.offsetOn(today - 2) : jumpAfter(oracle, today - 2, today + 3);
};

const expectedAt = (oracle: Oracle, wall: number): number =>
  chosenFrom(oracle, wall, shownAt(oracle, wall), { gap: "shift", overlap: "first" });

const everyOption: WallRules[] = [
  { gap: "shift", overlap: "first" },
  { gap: "shift", overlap: "last" },
  { gap: "skip", overlap: "first" },
  { gap: "skip", overlap: "last" },
];

/** Both edges of a period of every day of ten years. */
const dailyDifferences = (zone: string, oracle: Oracle): { edges: number; different: string[] } => {
  const different: string[] = [];
  const rule = timeRuleOf({
    timezone: zone,
    periods: [{ days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from: "02:30", to: "00:15" }],
  });
  const spans = spansOf(rule, firstDay * day, lastDay * day);
  for (const span of spans) {
    const start = Date.parse(span.localDate);
    const expectedFrom = expectedAt(oracle, start + 150 * minute);
    const expectedTo = expectedAt(oracle, start + day + 15 * minute);
    if (span.from !== expectedFrom || span.to !== expectedTo) different.push(`${zone} ${span.localDate}`);
  }
  if (new Set(spans.map(({ localDate }) => localDate)).size < lastDay - firstDay)
    different.push(`${zone}: days missing`);
  return { edges: spans.length * 2, different };
};

/** Every half hour of the days around every change, by every option. */
const changeDifferences = (
  zone: string,
  oracle: Oracle,
): { times: number; changes: number; different: string[] } => {
  const different: string[] = [];
  let [times, changes] = [0, 0];
  for (let at = firstDay; at < lastDay; at += 1) {
    if (oracle.offsetOn(at) === oracle.offsetOn(at + 1)) continue;
    changes += 1;
    for (let wall = (at - 1) * day; wall < (at + 3) * day; wall += 30 * minute) {
      const shown = shownAt(oracle, wall);
      for (const rules of everyOption) {
        times += 1;
        if (resolveWall(zone, wall, rules).at !== chosenFrom(oracle, wall, shown, rules))
          different.push(`${zone} ${new Date(wall).toISOString()} ${rules.gap} ${rules.overlap}`);
      }
    }
  }
  return { times, changes, different };
};

test("all zones, ten years, two edges a day and every half hour around every change are as Intl shows them", () => {
  const begun = process.cpuUsage();
  const total = { edges: 0, times: 0, changes: 0 };
  const different: string[] = [];
  for (const zone of zones) {
    const oracle = oracleOf(zone);
    const daily = dailyDifferences(zone, oracle);
    const around = changeDifferences(zone, oracle);
    total.edges += daily.edges;
    total.times += around.times;
    total.changes += around.changes;
    different.push(...daily.different, ...around.different);
  }
  expect(different).toEqual([]);
  expect(zones.length).toBeGreaterThanOrEqual(418);
  expect(total.edges).toBeGreaterThanOrEqual(418 * 3653 * 2);
  // Of the 418 zones, a hundred or more change their clocks twice a year.
  expect(total.changes).toBeGreaterThan(2000);
  expect(total.times).toBeGreaterThan(total.changes * 700);
  // Beside other tests on few cores the wall clock says little: what is bounded is this test's own work.
  const { user, system } = process.cpuUsage(begun);
  expect((user + system) / 1e6, "seconds of processor time").toBeLessThan(60);
}, 240_000);
