import { periodText } from "../../lib/schedule/period-text.ts";
import { timeRuleOf, type PeriodFields, type TimeRule } from "../../lib/schedule/rule.ts";
import type { Lost } from "../../lib/schedule/span.ts";
import { lostIn, mergeSpans, spansOf } from "../../lib/schedule/spans.ts";
import { localText } from "../../lib/schedule/wall-time.ts";

/** What a clock change does to a rule. `expected` is written by hand; what the evaluator says is `outcomeOf`. */
export interface DstRow {
  zone: string;
  /** instant of the change in UTC, and the wall clock before and after it */
  change: string;
  case: string;
  rule: TimeRule;
  /** instants between which the edges are listed */
  from: string;
  to: string;
  expected: readonly string[];
}

const allDays: PeriodFields["days"] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const period = (
  zone: string,
  days: PeriodFields["days"],
  times: string,
  options: { gap?: "shift" | "skip"; overlap?: "first" | "last" } = {},
): TimeRule => {
  const [from = "", to = ""] = times.split("-");
  return timeRuleOf({ timezone: zone, periods: [{ days, from, to }], ...options });
};

const twoZones = (times: string): TimeRule => {
  const [from = "", to = ""] = times.split("-");
  const periods = ["Europe/Paris", "America/New_York"].map((timezone) => ({
    days: allDays,
    from,
    to,
    timezone,
  }));
  return timeRuleOf({ periods });
};

const row = (zone: string, change: string, window: [string, string]) => {
  const [from, to] = window;
  return (name: string, rule: TimeRule, ...expected: string[]): DstRow => {
    return { zone, change, case: name, rule, from, to, expected };
  };
};

const paris = "Europe/Paris";
const spring = row(paris, "2026-03-29T01:00Z, 02:00 → 03:00", ["2026-03-28T12:00Z", "2026-03-29T22:00Z"]);
const autumn = row(paris, "2026-10-25T01:00Z, 03:00 → 02:00", ["2026-10-24T12:00Z", "2026-10-25T22:00Z"]);
const york = "America/New_York";
const yorkSpring = row(york, "2026-03-08T07:00Z, 02:00 → 03:00", ["2026-03-07T18:00Z", "2026-03-09T04:00Z"]);
const yorkAutumn = row(york, "2026-11-01T06:00Z, 02:00 → 01:00", ["2026-10-31T18:00Z", "2026-11-02T05:00Z"]);
const apart = (change: string, day: string) =>
  row(`${paris} and ${york}`, change, [`${day}T00:00Z`, `${day}T23:00Z`]);
const cairo = row("Africa/Cairo", "2026-04-23T22:00Z, Fri 00:00 → 01:00", [
  "2026-04-23T12:00Z",
  "2026-04-25T12:00Z",
]);
const beirut = row("Asia/Beirut", "2026-10-24T21:00Z, Sun 00:00 → Sat 23:00", [
  "2026-10-24T12:00Z",
  "2026-10-26T12:00Z",
]);
const santiago = row("America/Santiago", "2026-09-06T04:00Z, Sun 00:00 → 01:00", [
  "2026-09-05T12:00Z",
  "2026-09-07T12:00Z",
]);
const lordHowe = row("Australia/Lord_Howe", "2026-10-03T15:30Z, 02:00 → 02:30", [
  "2026-10-03T06:00Z",
  "2026-10-04T12:00Z",
]);
const troll = row("Antarctica/Troll", "2026-03-29T01:00Z, 01:00 → 03:00", [
  "2026-03-28T12:00Z",
  "2026-03-29T21:00Z",
]);
const ramadan = row("Africa/Casablanca", "2026-02-15T02:00Z, 03:00 → 02:00", [
  "2026-02-14T12:00Z",
  "2026-02-15T22:00Z",
]);
const afterRamadan = row("Africa/Casablanca", "2026-03-22T02:00Z, 02:00 → 03:00", [
  "2026-03-21T12:00Z",
  "2026-03-22T22:00Z",
]);
const kolkata = row("Asia/Kolkata", "none", ["2026-03-28T12:00Z", "2026-03-29T12:00Z"]);

export const dstTable: readonly DstRow[] = [
  spring(
    "on at 02:30, which the clock never shows",
    period(paris, ["sun"], "02:30-19:00"),
    "on 2026-03-29T01:30Z (03:30+02:00)",
    "off 2026-03-29T17:00Z (19:00+02:00)",
  ),
  spring(
    "a night of 22:00 to 06:00 has 7 h",
    period(paris, ["sat"], "22:00-06:00"),
    "on 2026-03-28T21:00Z (22:00+01:00)",
    "off 2026-03-29T04:00Z (06:00+02:00)",
  ),
  spring(
    "nothing is left of 02:30 to 03:15",
    period(paris, ["sun"], "02:30-03:15"),
    "collapsed 2026-03-29T01:30Z (03:30+02:00)",
  ),
  spring(
    "gap: skip leaves out what starts at 02:30",
    period(paris, ["sun"], "02:30-19:00", { gap: "skip" }),
    "skipped 2026-03-29T01:00Z (03:00+02:00)",
  ),
  spring(
    "gap: skip ends at the jump what ends at 02:30",
    period(paris, ["sun"], "00:30-02:30", { gap: "skip" }),
    "on 2026-03-28T23:30Z (00:30+01:00)",
    "off 2026-03-29T01:00Z (03:00+02:00)",
  ),
  autumn(
    "off at 02:30 once, no start at the second 02:00",
    period(paris, ["sat"], "22:00-02:30"),
    "on 2026-10-24T20:00Z (22:00+02:00)",
    "off 2026-10-25T00:30Z (02:30+02:00)",
  ),
  autumn(
    "a night of 22:00 to 06:00 has 9 h",
    period(paris, ["sat"], "22:00-06:00"),
    "on 2026-10-24T20:00Z (22:00+02:00)",
    "off 2026-10-25T05:00Z (06:00+01:00)",
  ),
  autumn(
    "overlap: last takes the second 02:30",
    period(paris, ["sat"], "22:00-02:30", { overlap: "last" }),
    "on 2026-10-24T20:00Z (22:00+02:00)",
    "off 2026-10-25T01:30Z (02:30+01:00)",
  ),
  yorkSpring(
    "on at 02:30, which the clock never shows",
    period(york, ["sun"], "02:30-19:00"),
    "on 2026-03-08T07:30Z (03:30-04:00)",
    "off 2026-03-08T23:00Z (19:00-04:00)",
  ),
  yorkSpring(
    "a night of 22:00 to 06:00 has 7 h",
    period(york, ["sat"], "22:00-06:00"),
    "on 2026-03-08T03:00Z (22:00-05:00)",
    "off 2026-03-08T10:00Z (06:00-04:00)",
  ),
  yorkSpring(
    "nothing is left of 02:30 to 03:15",
    period(york, ["sun"], "02:30-03:15"),
    "collapsed 2026-03-08T07:30Z (03:30-04:00)",
  ),
  yorkAutumn(
    "off at 01:30 once, no start at the second 01:00",
    period(york, ["sat"], "22:00-01:30"),
    "on 2026-11-01T02:00Z (22:00-04:00)",
    "off 2026-11-01T05:30Z (01:30-04:00)",
  ),
  yorkAutumn(
    "a night of 22:00 to 06:00 has 9 h",
    period(york, ["sat"], "22:00-06:00"),
    "on 2026-11-01T02:00Z (22:00-04:00)",
    "off 2026-11-01T11:00Z (06:00-05:00)",
  ),
  apart("before 2026-03-08T07:00Z", "2026-03-06")(
    "09:00 in both is 6 h apart",
    twoZones("09:00-10:00"),
    "on 2026-03-06T08:00Z (09:00+01:00)",
    "off 2026-03-06T09:00Z (10:00+01:00)",
    "on 2026-03-06T14:00Z (09:00-05:00)",
    "off 2026-03-06T15:00Z (10:00-05:00)",
  ),
  apart("between 8 and 29 March 2026", "2026-03-10")(
    "09:00 in both is 5 h apart",
    twoZones("09:00-10:00"),
    "on 2026-03-10T08:00Z (09:00+01:00)",
    "off 2026-03-10T09:00Z (10:00+01:00)",
    "on 2026-03-10T13:00Z (09:00-04:00)",
    "off 2026-03-10T14:00Z (10:00-04:00)",
  ),
  apart("after 2026-03-29T01:00Z", "2026-03-30")(
    "09:00 in both is 6 h apart again",
    twoZones("09:00-10:00"),
    "on 2026-03-30T07:00Z (09:00+02:00)",
    "off 2026-03-30T08:00Z (10:00+02:00)",
    "on 2026-03-30T13:00Z (09:00-04:00)",
    "off 2026-03-30T14:00Z (10:00-04:00)",
  ),
  cairo(
    "the day starts at 01:00: Fri 00:00 to 24:00 has 23 h",
    period("Africa/Cairo", ["fri"], "00:00-24:00"),
    "on 2026-04-23T22:00Z (01:00+03:00)",
    "off 2026-04-24T21:00Z (00:00+03:00)",
  ),
  beirut(
    "Sat 23:30 comes twice and is taken once",
    period("Asia/Beirut", ["sat"], "23:30-23:45"),
    "on 2026-10-24T20:30Z (23:30+03:00)",
    "off 2026-10-24T20:45Z (23:45+03:00)",
  ),
  beirut(
    "Sunday starts once",
    period("Asia/Beirut", ["sun"], "00:00-24:00"),
    "on 2026-10-24T22:00Z (00:00+02:00)",
    "off 2026-10-25T22:00Z (00:00+02:00)",
  ),
  santiago(
    "midnight lies in the gap, in the southern spring",
    period("America/Santiago", ["sun"], "00:00-08:00"),
    "on 2026-09-06T04:00Z (01:00-03:00)",
    "off 2026-09-06T11:00Z (08:00-03:00)",
  ),
  santiago(
    "a Saturday that ends at 24:00 ends there too",
    period("America/Santiago", ["sat"], "20:00-24:00"),
    "on 2026-09-06T00:00Z (20:00-04:00)",
    "off 2026-09-06T04:00Z (01:00-03:00)",
  ),
  lordHowe(
    "a gap of 30 minutes: 02:15 becomes 02:45",
    period("Australia/Lord_Howe", ["sun"], "02:15-08:00"),
    "on 2026-10-03T15:45Z (02:45+11:00)",
    "off 2026-10-03T21:00Z (08:00+11:00)",
  ),
  troll(
    "a gap of 2 h: 01:30 becomes 03:30",
    period("Antarctica/Troll", ["sun"], "01:30-08:00"),
    "on 2026-03-29T01:30Z (03:30+02:00)",
    "off 2026-03-29T06:00Z (08:00+02:00)",
  ),
  troll(
    "nothing is left of 02:30 to 04:00",
    period("Antarctica/Troll", ["sun"], "02:30-04:00"),
    "collapsed 2026-03-29T02:30Z (04:30+02:00)",
  ),
  ramadan(
    "back for Ramadan: off at 02:30 once",
    period("Africa/Casablanca", ["sat"], "22:00-02:30"),
    "on 2026-02-14T21:00Z (22:00+01:00)",
    "off 2026-02-15T01:30Z (02:30+01:00)",
  ),
  afterRamadan(
    "forward after it: on at 02:30 becomes 03:30",
    period("Africa/Casablanca", ["sun"], "02:30-08:00"),
    "on 2026-03-22T02:30Z (03:30+01:00)",
    "off 2026-03-22T07:00Z (08:00+01:00)",
  ),
  kolkata(
    "a zone without summer time",
    period("Asia/Kolkata", ["sat"], "22:00-06:00"),
    "on 2026-03-28T16:30Z (22:00+05:30)",
    "off 2026-03-29T00:30Z (06:00+05:30)",
  ),
];

/** What the evaluator says of a row: edges after merging, in UTC and on the wall, and what was lost. */
export const outcomeOf = ({ rule, from, to }: DstRow): string[] => {
  const window = [Date.parse(from), Date.parse(to)] as const;
  const stretches = mergeSpans(spansOf(rule, ...window));
  const edges = stretches.flatMap((stretch) => [
    { at: stretch.from, says: "on", zone: stretch.of.at(0)?.zone ?? "UTC" },
    { at: stretch.to, says: "off", zone: stretch.of.at(-1)?.zone ?? "UTC" },
  ]);
  const lost = lostIn(rule, ...window).map(({ at, why, zone }: Lost) => ({ at, says: why, zone }));
  return [...edges, ...lost]
    .filter(({ at }) => at >= window[0] && at < window[1])
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, says, zone }) => {
      const utc = `${new Date(at).toISOString().slice(0, 16)}Z`;
      return `${says} ${utc} (${localText(zone, at).slice(11)})`;
    });
};

/** The rule of a row as people write it. */
export const ruleText = ({ rule }: DstRow): string => {
  if (rule.kind !== "periods") throw new RangeError("a row of the table is made of periods");
  const options = [
    rule.gap === "skip" ? ", gap: skip" : "",
    rule.overlap === "last" ? ", overlap: last" : "",
  ];
  return `${rule.periods.map(periodText).join("; ")}${options.join("")}`;
};
