import { describe, expect, it } from "vitest";
import { openApiWorld } from "./api-world.ts";

const file = (...lines: string[]): string =>
  ["BEGIN:VCALENDAR", "VERSION:2.0", ...lines, "END:VCALENDAR", ""].join("\r\n");
const event = (name: string, ...lines: string[]): string[] => [
  "BEGIN:VEVENT",
  `UID:${name}`,
  `SUMMARY:${name}`,
  ...lines,
  "END:VEVENT",
];
const good = file(
  ...event("Armistice", "DTSTART;VALUE=DATE:20261111"),
  ...event("Bridge", "DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261226", "X-SWITCHYARD-EFFECT:on"),
  ...event("Move", "DTSTART;TZID=Europe/Paris:20261201T090000", "DTEND;TZID=Europe/Paris:20261201T120000"),
  ...event("Long ago", "DTSTART;VALUE=DATE:20200101"),
  ...event("Yearly", "DTSTART;VALUE=DATE:20200601", "RRULE:FREQ=YEARLY"),
  ...event("In two years", "DTSTART;VALUE=DATE:20281231"),
);
const empty = file();
const ics = { type: "text/calendar" } as const;
const path = "/v1/calendars/fr";

describe("a calendar from an ICS file", () => {
  it("shows the days that were understood, of the 400 days to come", async () => {
    const { ask } = await openApiWorld([]);
    const made = await ask("PUT", path, good, ics);
    expect(made).toMatchObject({ status: 201, body: { warnings: [] } });
    const dates = [
      { date: "2026-11-11", effect: null, name: "Armistice" },
      {
        date: "2026-12-01",
        effect: null,
        name: "Move",
        from: "2026-12-01T09:00",
        to: "2026-12-01T12:00",
        timezone: "Europe/Paris",
      },
      { date: "2026-12-24", effect: "on", name: "Bridge" },
      { date: "2026-12-25", effect: "on", name: "Bridge" },
      { date: "2027-06-01", effect: null, name: "Yearly" },
    ];
    expect(made.body["dates"]).toEqual(dates);
    expect((await ask("GET", path)).body["dates"]).toEqual(dates);
    expect((await ask("GET", path)).body["ics"]).toBe(good);
  });

  it.each<[string, string, RegExp]>([
    [
      "an event that ends before it begins",
      good.replace("DTEND;VALUE=DATE:20261226", "DTEND;VALUE=DATE:20261220"),
      /Bridge.* ends .* before it begins/,
    ],
    ["no event at all", empty, /no event/],
    [
      "cancelled events alone",
      file(...event("Off", "DTSTART;VALUE=DATE:20261111", "STATUS:CANCELLED")),
      /no event/,
    ],
  ])(
    "is refused with %s, and the last good one stays in force, which its users are told",
    async (_what, text, why) => {
      const { world, ask } = await openApiWorld(["on"]);
      await ask("PUT", path, good, ics);
      await world.put("office", { calendars: ["fr"] });
      const refused = await ask("PUT", path, text, ics);
      expect(refused.status).toBe(422);
      expect(JSON.stringify(refused.body["errors"])).toMatch(why);
      const { body } = await ask("GET", path);
      expect(body).toMatchObject({ version: 1, ics: good, refused: { detail: expect.stringMatching(why) } });
      await world.tickAt("2026-11-02T09:00:00.000Z");
      expect(world.said("schedule.alert").map(({ data }) => data["reason"])).toEqual([
        expect.stringMatching(why),
      ]);
    },
  );

  it("without an event takes the place of nothing, with a warning, and of a calendar of dates not", async () => {
    const { ask } = await openApiWorld([]);
    const made = await ask("PUT", path, empty, ics);
    expect(made).toMatchObject({ status: 201, body: { warnings: [{ code: "EMPTY_CALENDAR" }] } });
    expect((await ask("PUT", path, empty, ics)).status).toBe(200);
    expect((await ask("PUT", path, { dates: ["2026-12-25"] })).status).toBe(200);
    expect((await ask("PUT", path, empty, ics)).status).toBe(422);
  });
});

describe("a calendar whose days have all passed", () => {
  const old = file(...event("Long ago", "DTSTART;VALUE=DATE:20200101"));
  const gone = [{ code: "NO_DATES_TO_COME", detail: expect.stringContaining("version 1 did") }];
  it.each<[string, unknown, object]>([
    ["a file of past events", old, ics],
    ["dates that have passed", { dates: ["2026-10-31"] }, {}],
    ["no dates", { dates: [] }, {}],
  ])("is told of when it takes the place of one with days to come: %s", async (_what, body, type) => {
    for (const [first, typed] of [
      [good, ics],
      [{ dates: ["2026-11-11"] }, {}],
    ] as const) {
      const { ask } = await openApiWorld([]);
      expect((await ask("PUT", path, first, typed)).body).toMatchObject({ warnings: [] });
      const shown = await ask("PUT", path, body, { ...type, query: "dry_run=true" });
      expect(shown).toMatchObject({ status: 200, body: { warnings: gone } });
      expect(await ask("PUT", path, body, type)).toMatchObject({ status: 200, body: { warnings: gone } });
      expect((await ask("PUT", path, body, type)).body).toMatchObject({ warnings: [] });
    }
  });

  it("is nothing to tell where there were none before, or where one of today is left", async () => {
    const { ask } = await openApiWorld([]);
    expect(await ask("PUT", path, old, ics)).toMatchObject({ status: 201, body: { warnings: [] } });
    expect((await ask("PUT", path, { dates: ["2020-01-02"] })).body).toMatchObject({ warnings: [] });
    await ask("PUT", path, { dates: ["2026-11-11"] });
    expect((await ask("PUT", path, { dates: ["2026-11-02"] })).body).toMatchObject({ warnings: [] });
    expect((await ask("PUT", path, good, ics)).body).toMatchObject({ warnings: [] });
  });
});

describe("a dry run of a calendar", () => {
  const dry = { query: "dry_run=true" } as const;

  it("says which edges it adds and removes of each schedule that uses it, and writes nothing", async () => {
    const { world, ask } = await openApiWorld(["on"]);
    await ask("PUT", path, { dates: ["2026-11-11"] });
    await world.put("office", { calendars: ["fr"] });
    await world.put("free");
    const shown = await ask("PUT", path, { dates: ["2026-11-12"] }, dry);
    expect(shown.status).toBe(200);
    expect(shown.body).toMatchObject({
      dry_run: true,
      calendar: { name: "fr", version: 2, dates: [{ date: "2026-11-12" }] },
      schedules: [
        {
          name: "office",
          difference: {
            added: [{ at: "2026-11-11T08:00:00.000Z" }, { at: "2026-11-11T19:00:00.000Z" }],
            removed: [{ at: "2026-11-12T08:00:00.000Z" }, { at: "2026-11-12T19:00:00.000Z" }],
          },
        },
      ],
      warnings: [],
    });
    expect((await ask("GET", path)).body).toMatchObject({ version: 1, dates: [{ date: "2026-11-11" }] });
  });

  it.each<[string, unknown, object, RegExp]>([
    ["a date that is none", { dates: ["christmas"] }, {}, /\/dates\/0.*must be a date/],
    ["a file that is none", "hello", ics, /no line of a calendar/],
    ["a file without events", empty, ics, /no event/],
  ])("refuses what would be refused, and keeps no trace of it: %s", async (_what, body, type, why) => {
    const { ask } = await openApiWorld([]);
    await ask("PUT", path, good, ics);
    const refused = await ask("PUT", path, body, { ...type, ...dry });
    expect(refused.status).toBe(422);
    expect(JSON.stringify(refused.body["errors"])).toMatch(why);
    expect((await ask("GET", path)).body).toMatchObject({ refused: null, version: 1 });
  });

  it("of a new one and of an equal one changes nothing", async () => {
    const { ask } = await openApiWorld([]);
    expect((await ask("PUT", path, { dates: ["2026-11-11"] }, dry)).body).toMatchObject({ schedules: [] });
    expect((await ask("GET", path)).status).toBe(404);
    await ask("PUT", path, { dates: ["2026-11-11"] });
    expect((await ask("PUT", path, { dates: ["2026-11-11"] }, dry)).body).toMatchObject({
      calendar: { version: 1 },
    });
  });
});
