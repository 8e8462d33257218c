import type { Freeze } from "../../../lib/schedule/freeze.ts";
import { inputsOf, type Inputs } from "../../../lib/schedule/inputs.ts";
import type { Override } from "../../../lib/schedule/override.ts";
import type { Schedule } from "../../../lib/schedule/schedule.ts";
import type { Draw } from "../../../simulators/randomness.ts";
import { calendar, everyDay, override, schedule, weekdays } from "../../schedule/fixtures.ts";

const day = 86_400_000;
const minute = 60_000;

/** How a schedule's edges act: what begins at one lasts to the next; only "on" lasts; or none does. */
export type Lasting = "both" | "on" | "none";

/** Servers that the same schedules govern. */
export interface Group {
  readonly connection: string;
  readonly base: Schedule;
  readonly lasting: Lasting;
  /** A schedule of a higher priority that says one thing while its periods last. */
  readonly overlay: { readonly schedule: Schedule; readonly says: "on" | "off" } | null;
  readonly servers: readonly string[];
}

/** What stands above schedules for one server, in the order of its strength among its kind. */
export interface Above {
  readonly id: string;
  readonly kind: "freeze" | "override" | "window" | "hold";
  /** 0 is the narrowest. */
  readonly width: number;
  readonly state: "on" | "off" | "any";
  readonly from: number;
  readonly to: number;
}

/** A fleet that knows by how it was made what concerns which of its servers. */
export interface Fleet {
  readonly inputs: Inputs;
  readonly groups: readonly Group[];
  readonly above: ReadonlyMap<string, readonly Above[]>;
  readonly from: number;
  readonly to: number;
}

const holidays = [
  calendar("fr", [
    "2026-01-01",
    "2026-05-01",
    "2026-07-14",
    { date: "2026-12-24..2027-01-02", effect: "off" },
  ]),
  calendar("us", [
    { date: "2026-07-04", effect: "moved:mon" },
    { date: "2026-11-26", effect: "as:sun" },
    { date: "2026-09-07", effect: "skip" },
    { date: "2026-10-31", effect: "on" },
  ]),
  calendar(
    "ics",
    [],
    [
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      "PRODID:-//switchyard//test//EN",
      "BEGIN:VEVENT",
      "UID:1",
      "DTSTAMP:20260101T000000Z",
      "DTSTART;VALUE=DATE:20260206",
      "RRULE:FREQ=MONTHLY;BYDAY=1FR",
      "SUMMARY:Inventory",
      "END:VEVENT",
      "BEGIN:VEVENT",
      "UID:2",
      "DTSTAMP:20260101T000000Z",
      "DTSTART:20260329T003000Z",
      "DTEND:20260329T093000Z",
      "SUMMARY:Move",
      "END:VEVENT",
      "END:VCALENDAR",
      "",
    ].join("\r\n"),
  ),
];

const zones = [
  "Europe/Paris",
  "America/New_York",
  "Australia/Lord_Howe",
  "Africa/Cairo",
  "America/Santiago",
  "Antarctica/Troll",
  "Africa/Casablanca",
  "Asia/Beirut",
  "Asia/Kolkata",
  "UTC",
] as const;

const night = [{ days: everyDay, from: "22:00", to: "06:00" }];
const twoThirty = [{ days: everyDay, from: "02:30", to: "03:15" }];
const touching = [
  { days: weekdays, from: "07:00", to: "12:00" },
  { days: weekdays, from: "12:00", to: "19:45" },
  { days: ["sat"], from: "20:00", to: "08:00" },
];

const office: readonly [Readonly<Record<string, unknown>>, Lasting] = [{}, "both"];

/** Kinds of schedules: fields, and how their edges act. */
const kinds: readonly (readonly [Readonly<Record<string, unknown>>, Lasting])[] = [
  office,
  [{ calendars: ["fr"] }, "both"],
  [{ calendars: ["us", "fr"], stagger: "10m" }, "both"],
  [{ periods: night, calendars: ["fr", "us"] }, "both"],
  [{ periods: night, calendars: ["ics"], stagger: { spread: "7m" } }, "both"],
  [{ periods: twoThirty }, "both"],
  [{ periods: twoThirty, gap: "skip", overlap: "last" }, "both"],
  [{ periods: touching, calendars: [{ name: "us", effect: "off" }, "ics"] }, "both"],
  [{ cron: { on: "30 2 * * *", off: "15 3 * * *" } }, "both"],
  [{ cron: { on: "0 8 1,15 * fri", off: "30 23 * * *" }, calendars: ["fr"] }, "both"],
  [
    {
      rrule: { dtstart: "2025-12-01T08:00", duration: "PT11H", rule: "FREQ=WEEKLY;BYDAY=MO,WE,FR" },
      stagger: "3m",
    },
    "both",
  ],
  [{ rrule: { dtstart: "2025-12-31T21:30", duration: "PT30H", rule: "FREQ=MONTHLY;BYMONTHDAY=-1" } }, "both"],
  [{ periods: [{ days: ["fri"], from: "20:00", to: "24:00", state: "off" }], calendars: ["fr"] }, "both"],
  [{ default: "any" }, "on"],
  [{ default: "any", periods: night, stagger: "5m" }, "on"],
  [{ mode: "stop-only", calendars: ["fr"] }, "none"],
  [{ mode: "start-only", periods: night }, "none"],
  [{ cron: { off: "45 1 * * *" } }, "none"],
];

const overlays: readonly (readonly [Record<string, unknown>, "on" | "off"])[] = [
  [{ periods: [{ days: weekdays, from: "12:00", to: "13:00", state: "off" }] }, "off"],
  [{ periods: [{ days: ["sat", "sun"], from: "01:30", to: "05:00" }] }, "on"],
];

/** Groups of eight connections each have schedules of their own. */
const connections = 8;

const groupsOf = (size: number): readonly Group[] => {
  const count = Math.min(size, 40);
  return Array.from({ length: count }, (_, index): Group => {
    const connection = `c${index % connections}`;
    const [fields, lasting] = kinds[index % kinds.length] ?? office;
    const timezone = zones[(index * 7) % zones.length] ?? "UTC";
    const base = schedule(
      { connection, timezone, select: { tags: [`group=${index}`] }, ...fields },
      `s${index}`,
    );
    const [over, says] = overlays[index % overlays.length] ?? [{}, "on"];
    const isLayered = lasting === "both" && index % 4 === 3 && fields["stagger"] === undefined;
    const above = {
      connection,
      timezone,
      select: { tags: [`group=${index}`] },
      priority: 5,
      default: "any",
      ...over,
    };
    const own = Math.floor(size / count) + (index < size % count ? 1 : 0);
    return {
      connection,
      base,
      lasting,
      overlay: isLayered ? { schedule: schedule(above, `over${index}`), says } : null,
      servers: Array.from({ length: own }, (__, place) => `srv-${index}-${place}`),
    };
  });
};

const iso = (at: number): string => new Date(at).toISOString();

/** Draws what stands above the schedules. */
class Exceptional {
  readonly overrides: Override[] = [];
  readonly freezes: Freeze[] = [];
  readonly windows: Inputs["windows"][number][] = [];
  readonly holds: Inputs["holds"][number][] = [];
  readonly above = new Map<string, Above[]>();
  readonly #draw: Draw;
  readonly #span: readonly [number, number];
  /** Whether something may begin or end for a group at an instant. */
  readonly #isFree: (group: Group, at: number) => boolean;

  constructor(draw: Draw, span: readonly [number, number], isFree: (group: Group, at: number) => boolean) {
    this.#draw = draw;
    this.#span = span;
    this.#isFree = isFree;
  }

  #upTo(most: number): number {
    return Math.floor(this.#draw() * most);
  }

  #stretch(group: Group): { readonly from: number; readonly to: number } {
    const [from, to] = this.#span;
    for (;;) {
      const begin = from + day + this.#upTo((to - from) / minute - 31 * 1440) * minute;
      const end = begin + (1 + this.#upTo(3 * 1440)) * minute;
      if (this.#isFree(group, begin) && this.#isFree(group, end)) return { from: begin, to: end };
    }
  }

  #stands(servers: readonly string[], above: Above): void {
    for (const id of servers) this.above.set(id, [...(this.above.get(id) ?? []), above]);
  }

  #override(group: Group): void {
    const { from, to } = this.#stretch(group);
    const id = `ov_${String(this.overrides.length).padStart(5, "0")}`;
    const state = (["on", "off", "any"] as const)[this.#upTo(3)] ?? "on";
    const width = this.#upTo(3);
    const one = group.servers[this.#upTo(group.servers.length)] ?? "";
    const servers = width === 0 ? [one] : group.servers;
    const made = override({ id, from: iso(from), until: iso(to), state, schedule: group.base.name });
    this.overrides.push({
      ...made,
      servers: width === 0 ? [one] : null,
      select: width === 1 ? group.base.select : null,
    });
    this.#stands(servers, { id, kind: "override", width, state, from, to });
  }

  #freeze(group: Group): void {
    const { from, to } = this.#stretch(group);
    const id = `f${this.freezes.length}`;
    const times = { from: iso(from), until: iso(to), ended_at: null };
    this.freezes.push({ id, schedule: group.base.name, ...times, reason: null, by: "ann" });
    this.#stands(group.servers, { id, kind: "freeze", width: 0, state: "any", from, to });
  }

  #window(group: Group): void {
    const { from, to } = this.#stretch(group);
    const id = `w${this.windows.length}`;
    const named = { id, schedule: group.base.name, servers: null };
    this.windows.push({ ...named, from: iso(from), until: iso(to), reason: "backup" });
    this.#stands(group.servers, { id, kind: "window", width: 0, state: "on", from, to });
  }

  #hold(group: Group, server: string): void {
    const { from, to } = this.#stretch(group);
    const state = this.#upTo(2) === 0 ? "on" : "off";
    const times = { from: iso(from), until: iso(to) };
    this.holds.push({ server, schedule: group.base.name, state, ...times, because: "4h" });
    this.#stands([server], { id: server, kind: "hold", width: 0, state, from, to });
  }

  /** Some of each for a group. */
  fill(group: Group): void {
    for (let count = 0; count < 3; count += 1) this.#freeze(group);
    if (group.lasting === "none") return;
    for (let count = 0; count < 6 + Math.ceil(group.servers.length / 5); count += 1) this.#override(group);
    this.#window(group);
    for (const [place, server] of group.servers.entries()) if (place % 11 === 1) this.#hold(group, server);
  }
}

/**
 * A fleet with overrides, freezes, windows, holds and holidays, the same for the same chance. Nothing begins or ends
 * beside the edges of a schedule that spreads its commands: what is spread then depends on who comes first.
 * @param edgesOf the instants of a schedule's edges, for that
 */
export const makeFleet = (
  size: number,
  draw: Draw,
  span: readonly [from: number, to: number],
  edgesOf: (inputs: Inputs, name: string) => readonly number[],
): Fleet => {
  const groups = groupsOf(size);
  const schedules = groups.flatMap(({ base, overlay }) =>
    overlay === null ? [base] : [base, overlay.schedule],
  );
  const plain = inputsOf({ schedules, calendars: holidays, tz: process.versions.tz ?? "unknown" });
  const edges = new Map(groups.map(({ base }) => [base.name, edgesOf(plain, base.name)]));
  const room = 11 * minute;
  const isFree = ({ base }: Group, at: number): boolean =>
    base.stagger === undefined ||
    !(edges.get(base.name) ?? []).some((edge) => edge - minute <= at && at <= edge + room);
  const exceptional = new Exceptional(draw, span, isFree);
  for (const group of groups) exceptional.fill(group);
  const { overrides, freezes, windows, holds, above } = exceptional;
  const [from, to] = span;
  return { inputs: { ...plain, overrides, freezes, windows, holds }, groups, above, from, to };
};
