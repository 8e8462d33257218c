import type { Chance } from "../chance.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long things go on in a run. */
export type Span = "brief" | "day" | "long" | "week";
export const lasts: Readonly<Record<Span, number>> = {
  brief: 5 * hour,
  day: 30 * hour,
  long: 4 * day,
  week: 8 * day,
};

/** Where and when a run is. */
export interface Scene {
  readonly zone: string;
  readonly begunAt: number;
  readonly isClockChange: boolean;
}

/** Nights on which clocks change, each with an instant some hours before. */
const changes: readonly (readonly [string, string])[] = [
  ["Europe/Paris", "2026-03-28T18:00:00.000Z"],
  ["Europe/Paris", "2026-10-24T18:00:00.000Z"],
  ["America/New_York", "2026-03-08T01:00:00.000Z"],
  ["America/New_York", "2026-11-01T00:30:00.000Z"],
  ["Australia/Lord_Howe", "2026-10-03T11:00:00.000Z"],
  ["Africa/Cairo", "2026-04-23T17:00:00.000Z"],
  ["America/Santiago", "2026-09-05T23:00:00.000Z"],
];
const zones = ["Europe/Paris", "America/New_York", "UTC", "Asia/Kolkata", "Pacific/Auckland"] as const;

export const sceneOf = (chance: Chance): Scene => {
  if (chance.happens(0.35)) {
    const [zone, at] = chance.pick(changes);
    return { zone, begunAt: Date.parse(at) + chance.between(0, 4 * 60) * minute, isClockChange: true };
  }
  const begunAt = Date.parse("2026-06-01T00:00:00.000Z") + chance.between(0, 20 * 24 * 60) * minute;
  return { zone: chance.pick(zones), begunAt, isClockChange: false };
};

/** What a clock on the wall shows: minutes of the day. */
const wallMinutes = (zone: string, at: number): number => {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(at);
  return Number(parts.slice(0, 2)) * 60 + Number(parts.slice(3, 5));
};

/** The local date of an instant. */
export const dateIn = (zone: string, at: number): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(at);

const twoDigits = (value: number): string => String(value).padStart(2, "0");
const timeOf = (minutes: number): string =>
  `${twoDigits(Math.floor((((minutes % 1440) + 1440) % 1440) / 60))}:${twoDigits((((minutes % 1440) + 1440) % 1440) % 60)}`;

const everyDay = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** A body of `PUT /v1/schedules/{name}`. */
export type Asked = Readonly<Record<string, unknown>>;

/** Stretches of a few minutes to hours, whose first edge comes soon. */
const stretches = (chance: Chance, begin: number, span: Span): readonly (readonly [string, string])[] => {
  const count = span === "brief" ? chance.pick([1, 2, 2]) : chance.pick([1, 1, 2]);
  const scale = span === "brief" ? 1 : 3;
  let at = begin + chance.between(5, 90);
  return Array.from({ length: count }, () => {
    const from = at;
    at += chance.pick([3, 40, 90, 150]) * scale;
    const to = at;
    at += chance.pick([5, 30, 100]) * scale;
    return [timeOf(from), timeOf(to)] as const;
  });
};

const cronTime = (time: string): string => `${Number(time.slice(3))} ${Number(time.slice(0, 2))} * * *`;

const timeFields = (chance: Chance, scene: Scene, span: Span): Record<string, unknown> => {
  const { zone, begunAt } = scene;
  const isNight = scene.isClockChange && chance.happens(0.7);
  const begin = isNight ? 60 + chance.between(0, 90) : wallMinutes(zone, begunAt);
  const found = isNight
    ? (
        [
          ["00:30", "02:30"],
          ["02:45", "03:10"],
        ] as const
      ).slice(0, chance.pick([1, 2]))
    : stretches(chance, begin, span);
  const options = isNight ? chance.pick([{}, {}, { gap: "skip" }, { overlap: "last" }]) : {};
  const [first = ["08:00", "19:00"] as const] = found;
  const kind = chance.fraction();
  if (kind < 0.15)
    return { timezone: zone, cron: { on: cronTime(first[0]), off: cronTime(first[1]) }, ...options };
  const state = kind < 0.3 ? { state: "off" } : {};
  const periods = found.map(([from, to]) => Object.assign({ days: everyDay, from, to }, state));
  return { timezone: zone, periods, ...options, ...(kind > 0.85 ? { default: "any" } : {}) };
};

/** Settings that are not about time. */
const settings = (chance: Chance, span: Span): Record<string, unknown> => {
  const all: Record<string, unknown> = {};
  const mode = chance.fraction();
  // Enforced servers are looked at each minute: that is for short runs.
  if (mode < 0.14) all["mode"] = span === "brief" ? "enforce" : "respect";
  else if (mode < 0.28) all["mode"] = "observe";
  else if (mode < 0.35) all["mode"] = "stop-only";
  else if (mode < 0.42) all["mode"] = "start-only";
  if (chance.happens(0.15))
    all["stagger"] = chance.pick(["2m", "10m", { max_parallel: 1 }, { max_parallel: 2, spread: "3m" }]);
  if (chance.happens(0.06)) all["ready_by"] = true;
  if (chance.happens(0.2)) all["hold"] = chance.pick(["none", "30m", "2h"]);
  if (chance.happens(0.1)) all["retain"] = true;
  // For new servers, as for leads, ticks look every few minutes.
  if (chance.happens(span === "brief" ? 0.25 : 0.04))
    all["new_servers"] = chance.pick(["apply", { apply_after: "15m" }]);
  if (chance.happens(0.5)) all["notice_minutes"] = chance.pick([0, 1, 5, 30]);
  if (chance.happens(0.3))
    all["catch_up"] = chance.pick([{ percent: 100 }, { minutes: 120 }, { late: "1h" }]);
  if (chance.happens(0.1))
    all["guards"] = chance.pick([
      { min_uptime: "20m" },
      { min_off_time: "30m" },
      { max_affected: "50%" },
      { stop_protected: true },
    ]);
  return all;
};

/** A schedule of these servers. */
export const drawSchedule = (chance: Chance, scene: Scene, span: Span, tag: string): Asked => ({
  connection: "paris",
  select: { tags: [tag] },
  ...settings(chance, span),
  ...timeFields(chance, scene, span),
  ...(chance.happens(0.3) ? { calendars: ["feasts"] } : {}),
});

/** The same schedule, with other times. */
export const withOtherTimes = (asked: Asked, chance: Chance, scene: Scene, now: number): Asked => {
  const { periods: _p, cron: _c, gap: _g, overlap: _o, default: _d, ...rest } = asked;
  return { ...rest, ...timeFields(chance, { ...scene, begunAt: now, isClockChange: false }, "brief") };
};
