import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { openStub, problem } from "./api-stub.ts";
import { folderWith } from "./rows.ts";
import { runCli } from "./run-cli.ts";

const office = {
  connection: "paris",
  select: { tags: ["schedule=office-hours"] },
  timezone: "Europe/Paris",
  periods: [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "08:00", to: "19:00" }],
  mode: "respect",
};
const servers = [{ id: "server-1", name: "web-1", state: "running", tags: [] }];

/** On 08:00 and off 19:00 in Paris, Monday to Friday, from October to December 2026. */
const edges = Array.from({ length: 92 }, (_, index) => {
  const day = new Date(Date.UTC(2026, 9, 1 + index));
  const date = day.toISOString().slice(0, 10);
  const offset = date < "2026-10-25" ? 2 : 1;
  const edge = (hour: number, action: "on" | "off") => ({
    at: new Date(day.getTime() + (hour - offset) * 3_600_000).toISOString(),
    local: `${date}T${String(hour).padStart(2, "0")}:00`,
    action,
    why: "Mon-Fri 08:00-19:00",
  });
  return [0, 6].includes(day.getUTCDay()) ? [] : [edge(8, "on"), edge(19, "off")];
}).flat();

const openSchedules = () =>
  openStub({ schedules: { schedules: { "office-hours": office }, edges }, servers });

describe("schedule diff and apply", () => {
  const yaml = `
connections:
  - { name: paris, provider: scaleway-instance }
calendars:
  fr: [2026-12-25, 2027-01-01]
schedules:
  office-hours: Mon-Fri 08:00-19:00 Europe/Paris
  nights: { when: "Sat 10:00-14:00 Europe/Paris", mode: stop-only, calendars: [fr] }
`;

  test("diff says what apply would do and ends with 9; after apply it ends with 0", async () => {
    const stub = await openStub({
      schedules: { schedules: { "office-hours": { ...office, timezone: "Europe/Rome" } } },
    });
    const world = { url: stub.url, folder: folderWith("switchyard.yaml", yaml) };
    const diff = await runCli(["schedule", "diff"], world);
    expect(diff.out).toBe(`+ calendar fr
~ schedule office-hours
    timezone  Europe/Rome → Europe/Paris
    12 servers, 2 more and 0 fewer edges in the next 60 days, hours on 1440 → 471
+ schedule nights
    12 servers, 2 more and 0 fewer edges in the next 60 days, hours on 1440 → 471
    not counted in: calendar fr, which is new as well
2 to add, 1 to change, 0 the same
`);
    expect(diff.code).toBe(9);
    expect(
      stub.received.filter(({ method, query }) => method === "PUT" && query["dry_run"] !== "true"),
    ).toEqual([]);

    const apply = await runCli(["schedule", "apply", "--yes"], world);
    expect(apply.err).toBe("added calendar fr\nchanged schedule office-hours\nadded schedule nights\n");
    expect(apply.code).toBe(0);
    expect(JSON.parse(stub.last("PUT", "/v1/schedules/nights").body)).toEqual({
      connection: "paris",
      select: { tags: ["schedule=nights"] },
      timezone: "Europe/Paris",
      periods: [{ days: ["sat"], from: "10:00", to: "14:00" }],
      mode: "stop-only",
      calendars: ["fr"],
    });

    const again = await runCli(["schedule", "diff"], world);
    expect(again.out).toContain("0 to add, 0 to change, 3 the same");
    expect(again.code).toBe(0);
    const puts = stub.asked().filter((line) => line.startsWith("PUT")).length;
    expect((await runCli(["schedule", "apply"], world)).code).toBe(0);
    expect(stub.received.findLast(({ method }) => method === "PUT")?.query).toEqual({ dry_run: "true" });
    expect(stub.asked().filter((line) => line.startsWith("PUT")).length).toBeGreaterThan(puts);
  });

  test("apply asks, and saves nothing where nobody can be asked", async () => {
    const stub = await openStub();
    const world = { url: stub.url, folder: folderWith("switchyard.yaml", yaml) };
    const end = await runCli(["schedule", "apply"], world);
    expect(end.err).toContain("This needs a yes: Save 3 changes?");
    expect(end.code).toBe(2);
    const dry = await runCli(["schedule", "apply", "--dry-run"], world);
    expect(dry.out).toContain('would PUT /v1/calendars/fr {"dates":["2026-12-25","2027-01-01"]}');
    expect(
      stub.received.filter(({ method, query }) => method === "PUT" && query["dry_run"] !== "true"),
    ).toEqual([]);
  });

  test("a calendar may be a file of its own, and schedules come behind those that they need", async () => {
    const text = `
calendars: { fr: { ics: fr.ics } }
schedules:
  app: { connection: paris, when: "Mon 08:00-19:00 Europe/Paris", needs: [db] }
  db: { connection: paris, when: "Mon 07:00-20:00 Europe/Paris" }
`;
    const stub = await openStub();
    const folder = folderWith("switchyard.yaml", text);
    writeFileSync(join(folder, "fr.ics"), "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n");
    const end = await runCli(["schedule", "apply", "--yes", "-q"], { url: stub.url, folder });
    expect(end.code).toBe(0);
    const calendar = stub.last("PUT", "/v1/calendars/fr");
    expect(calendar.headers["content-type"]).toBe("text/calendar");
    expect(calendar.body).toContain("BEGIN:VCALENDAR");
    const puts = stub.received.filter(
      ({ method, query }) => method === "PUT" && query["dry_run"] === undefined,
    );
    expect(puts.map(({ path }) => path)).toEqual([
      "/v1/calendars/fr",
      "/v1/schedules/db",
      "/v1/schedules/app",
    ]);
  });

  it.each([
    [
      "a line that makes no sense",
      "schedules: { a: Mon-Fri 08:00-19:00 }",
      "schedules.a: column 20: expected a zone",
    ],
    ["what is not YAML", "schedules: [", "is not YAML"],
    ["what is no schedule", "schedules: { a: 3 }", "schedules.a"],
    [
      "what the API refuses",
      "schedules: { a: { connection: paris, periods: [] } }",
      "/periods  must not be empty",
    ],
  ])("refuses %s with 2", async (_what, text, message) => {
    const stub = await openStub();
    const end = await runCli(["schedule", "diff"], {
      url: stub.url,
      folder: folderWith("switchyard.yaml", text),
    });
    expect(end.err).toContain(message);
    expect(end.code).toBe(2);
  });

  it("apply checks everything first: all faults at once, each with its entry, and nothing saved", async () => {
    const text = `
connections: [{ name: paris, provider: scaleway-instance }]
calendars:
  good: [2026-12-25]
  cbad: [christmas]
  nothing:
schedules:
  good: Mon-Fri 08:00-19:00 Europe/Paris
  bad: { periods: [] }
  uses: { when: Mon 08:00-19:00 Europe/Paris, calendars: [cbad] }
  nobody: null
  blank: ""
  z: hello
`;
    const stub = await openStub();
    const end = await runCli(["schedule", "apply", "--yes"], {
      url: stub.url,
      folder: folderWith("switchyard.yaml", text),
    });
    expect(end.code).toBe(2);
    expect(end.err).toContain("can't be applied: nothing was saved");
    for (const line of [
      "calendars.cbad /dates/0  must be a date",
      "calendars.nothing is empty",
      "schedules.bad /periods  must not be empty",
      "schedules.nobody is empty",
      "schedules.blank is empty",
      "schedules.z: column 1: expected",
    ])
      expect(end.err).toContain(line);
    expect(end.err).not.toContain("schedules.uses");
    expect(end.err).not.toContain("schedules.good");
    expect(
      stub.received.filter(({ method, query }) => method === "PUT" && query["dry_run"] !== "true"),
    ).toEqual([]);
  });

  it.each([
    ["a part that is mistyped", "scheduls: {}", 'unknown part "scheduls"', "Did you mean schedules?"],
    ["a part that there is not", "z: hello", 'unknown part "z"', "There is connections, access, schedules"],
    ["null", "null", "is empty", "It holds schedules, calendars"],
    ["an empty text", '""', "is empty", "It holds schedules, calendars"],
    ["a text", "hello", "must be a map", "It holds schedules, calendars"],
  ])("refuses a document with %s, and says what it should be", async (_what, text, message, fix) => {
    const stub = await openStub();
    const world = { url: stub.url, folder: folderWith("switchyard.yaml", text) };
    const end = await runCli(["schedule", "diff"], world);
    expect(end.code).toBe(2);
    expect(end.err).toContain(message);
    expect(end.err).toContain(fix);
    expect(stub.received).toEqual([]);
  });

  it("diff of a calendar says which edges it takes from the schedules that use it", async () => {
    const stub = await openStub({
      schedules: {
        schedules: { "office-hours": { ...office, calendars: ["fr"] } },
        calendars: { fr: { dates: [], ics: null } },
      },
    });
    const text = "calendars: { fr: [2026-11-23] }";
    const end = await runCli(["schedule", "diff"], {
      url: stub.url,
      folder: folderWith("switchyard.yaml", text),
    });
    expect(end.out).toBe(`~ calendar fr
    2026-11-23  nothing → usual effect
    schedule office-hours: 0 more and 2 fewer edges in the next 60 days, hours on 471 → 460
      - on 2026-11-23T08:00+01:00
      - off 2026-11-23T19:00+01:00
0 to add, 1 to change, 0 the same
`);
  });

  it("apply that is broken off says what was saved and what was not", async () => {
    const stub = await openStub({
      route: ({ method, path, query }) =>
        method === "PUT" && path === "/v1/schedules/nights" && query["dry_run"] === undefined
          ? problem(409, "CONFLICT", "It is being changed by others")
          : null,
    });
    const world = { url: stub.url, folder: folderWith("switchyard.yaml", yaml) };
    const end = await runCli(["schedule", "apply", "--yes"], world);
    expect(end.code).toBe(5);
    expect(end.err).toContain("saved before: calendar fr, schedule office-hours");
    expect(end.err).toContain("not saved: schedule nights");
    expect(end.err).toContain("The same again saves the rest.");
  });

  it("reads the file that SWITCHYARD_CONFIG or -f names", async () => {
    const stub = await openSchedules();
    const folder = folderWith("other.yaml", "schedules: {}");
    const environment = { SWITCHYARD_CONFIG: "other.yaml" };
    expect((await runCli(["schedule", "diff"], { url: stub.url, folder, environment })).code).toBe(0);
    expect((await runCli(["schedule", "diff", "-f", "other.yaml"], { url: stub.url, folder })).code).toBe(0);
    expect((await runCli(["schedule", "diff"], { url: stub.url, folder })).err).toContain(
      "switchyard.yaml can't be read",
    );
  });
});

describe("schedule preview", () => {
  test("--week draws half an hour a sign, and says what it saves and what comes next", async () => {
    const stub = await openSchedules();
    const end = await runCli(["schedule", "preview", "office-hours", "--week"], { url: stub.url });
    const off = (count: number) => "·".repeat(count);
    const working = (day: string) => `  ${day}   ${off(16)}${"█".repeat(22)}${off(10)}   on 08:00  off 19:00`;
    expect(end.out).toBe(`        00      04      08      12      16      20         Europe/Paris
${["Mon", "Tue", "Wed", "Thu", "Fri"].map(working).join("\n")}
  Sat   ${off(48)}   off all day
  Sun   ${off(48)}   off all day
  55 h on, 113 h off a week · saves EUR 18.55 a week, 80.60 a month (compute only)
  Next edges  Fri 20 Nov 19:00 stop · Mon 23 Nov 08:00 start · no DST change in range
`);
    expect(end.code).toBe(0);
  });

  test("of a span is a table of edges, in the schedule's zone and in UTC", async () => {
    const stub = await openSchedules();
    const argv = ["schedule", "preview", "office-hours", "--from", "fri 18:00", "--to", "2026-11-23T12:00"];
    const end = await runCli(argv, { url: stub.url });
    expect(end.out).toBe(`LOCAL             ACTION  AT                        WHY
2026-11-20T19:00  off     2026-11-20T18:00:00.000Z  Mon-Fri 08:00-19:00
2026-11-23T08:00  on      2026-11-23T07:00:00.000Z  Mon-Fri 08:00-19:00
`);
    expect(stub.last("GET", "/v1/schedules/office-hours/preview").query).toEqual({
      from: "2026-11-20T17:00:00Z",
      to: "2026-11-23T11:00:00Z",
    });
  });
});

describe("schedule", () => {
  it("list and get show it", async () => {
    const stub = await openSchedules();
    const listed = await runCli(["schedule", "list"], { url: stub.url });
    expect(listed.out).toBe(`NAME          CONNECTION  TIMEZONE      MODE     NEXT_EDGE
office-hours  paris       Europe/Paris  respect
`);
    const got = await runCli(["schedule", "get", "office-hours", "-o", "json"], { url: stub.url });
    expect(JSON.parse(got.out)).toEqual({ name: "office-hours", ...office });
  });

  it("explain names the rule that decides, for a server by its name at a local time", async () => {
    const stub = await openSchedules();
    const argv = ["schedule", "explain", "office-hours", "--server", "web-1", "--at", "fri 21:00"];
    const end = await runCli(argv, { url: stub.url });
    expect(end.out).toBe(`off  web-1 at Fri 20 Nov 21:00 Europe/Paris
    freeze                 –     there is none
  → schedule office-hours  off   outside of Mon-Fri 08:00-19:00
    default                any   doubt leaves servers as they are
`);
    expect(stub.last("GET", "/v1/schedules/office-hours/explain").query).toEqual({
      server: "server-1",
      at: "2026-11-20T20:00:00Z",
    });
  });

  it.each([
    ["2020-01-01", "Wed 1 Jan 2020 00:00"],
    ["2027-06-01 12:30", "Tue 1 Jun 2027 12:30"],
    ["2026-12-31 23:59", "Thu 31 Dec 23:59"],
    ["2026-12-31T23:30:00Z", "Fri 1 Jan 2027 00:30"],
  ])("explain at %s says the year where it is not this one: %s", async (at, words) => {
    const stub = await openSchedules();
    const argv = ["schedule", "explain", "office-hours", "--server", "web-1", "--at", at];
    expect((await runCli(argv, { url: stub.url })).out).toContain(`web-1 at ${words} Europe/Paris\n`);
  });

  it("override add takes an end or a length, needs a reason, and is shown", async () => {
    const stub = await openSchedules();
    const argv = ["schedule", "override", "add", "office-hours", "--state", "on", "--reason", "load test"];
    const end = await runCli([...argv, "--until", "fri 23:00", "--server", "web-1"], { url: stub.url });
    expect(end.out).toContain("until    2026-11-20T22:00:00Z");
    expect(JSON.parse(stub.last("POST", "/v1/schedules/office-hours/overrides").body)).toEqual({
      state: "on",
      until: "2026-11-20T22:00:00Z",
      servers: ["server-1"],
      reason: "load test",
    });
    const long = await runCli([...argv, "--for", "4h", "-o", "id"], { url: stub.url });
    expect(long.out).toBe("ovr_1\n");
    expect(JSON.parse(stub.last("POST", "/v1/schedules/office-hours/overrides").body)).toMatchObject({
      until: "2026-11-20T16:00:00.000Z",
    });
    expect((await runCli(argv, { url: stub.url })).err).toContain("Until when?");
    expect((await runCli(argv.slice(0, 6), { url: stub.url })).err).toContain("--reason: why?");
    const path = "/v1/schedules/office-hours/overrides/ovr_1";
    await runCli(["schedule", "override", "extend", "office-hours", "ovr_1", "--until", "sat 12:00"], {
      url: stub.url,
    });
    expect(JSON.parse(stub.last("PATCH", path).body)).toEqual({ until: "2026-11-21T11:00:00Z" });
    const listed = await runCli(["schedule", "override", "list", "office-hours", "-o", "id"], {
      url: stub.url,
    });
    expect(listed.out).toBe("ovr_1\n");
    const gone = await runCli(["schedule", "override", "rm", "office-hours", "ovr_1"], { url: stub.url });
    expect(gone.code).toBe(0);
  });

  it("override add --all is for all schedules: a freeze, a window, and what becomes of them", async () => {
    const stub = await openSchedules();
    const run = (...argv: string[]) => runCli(["schedule", "override", ...argv], { url: stub.url });
    const frozen = await run("add", "--all", "--state", "freeze", "--for", "2h", "--reason", "an audit");
    expect(frozen.code).toBe(0);
    expect(JSON.parse(stub.last("POST", "/v1/overrides").body)).toMatchObject({
      state: "freeze",
      reason: "an audit",
    });
    await run("add", "office-hours", "--maintenance", "--for", "3h", "--reason", "backup");
    expect(JSON.parse(stub.last("POST", "/v1/schedules/office-hours/overrides").body)).toMatchObject({
      state: "on",
      kind: "maintenance",
    });
    expect((await run("list", "--all")).code).toBe(0);
    await run("extend", "ovr_1", "--all", "--until", "2026-11-21T11:00:00Z");
    expect(JSON.parse(stub.last("PATCH", "/v1/overrides/ovr_1").body)).toEqual({
      until: "2026-11-21T11:00:00Z",
    });
    expect((await run("rm", "ovr_1", "--all")).code).toBe(0);
    expect(stub.last("DELETE", "/v1/overrides/ovr_1").path).toBe("/v1/overrides/ovr_1");
  });

  it.each<[string, string[]]>([
    ["neither a name nor --all", ["list"]],
    ["both", ["list", "office-hours", "--all"]],
    ["an empty name, which is not all", ["list", ""]],
    ["an id without a schedule", ["rm", "ovr_1"]],
    ["no state", ["add", "office-hours", "--for", "2h", "--reason", "r"]],
  ])("an override is refused before anything is asked: %s", async (_name, argv) => {
    const stub = await openSchedules();
    expect((await runCli(["schedule", "override", ...argv], { url: stub.url })).code).toBe(2);
  });

  it("pause and resume are asked of the API", async () => {
    const stub = await openSchedules();
    expect(
      (await runCli(["schedule", "pause", "office-hours", "--reason", "release"], { url: stub.url })).code,
    ).toBe(0);
    expect(JSON.parse(stub.last("POST", "/v1/schedules/office-hours/pause").body)).toEqual({
      reason: "release",
    });
    expect((await runCli(["schedule", "resume", "office-hours"], { url: stub.url })).code).toBe(0);
    expect(stub.last("POST", "/v1/schedules/office-hours/resume").body).toBe("");
    expect(stub.last("POST", "/v1/schedules/office-hours/resume").query).toEqual({});
  });

  it.each<[string, string[], string]>([
    ["for a time", ["--for", "4h"], "2026-11-20T16:00:00.000Z"],
    ["until an instant in the schedule's zone", ["--until", "fri 23:00"], "2026-11-20T22:00:00Z"],
  ])("pause may be %s", async (_what, flags, until) => {
    const stub = await openSchedules();
    const end = await runCli(["schedule", "pause", "office-hours", ...flags], { url: stub.url });
    expect(end.code).toBe(0);
    expect(JSON.parse(stub.last("POST", "/v1/schedules/office-hours/pause").body)).toEqual({ until });
  });

  it.each<[string, string[]]>([
    ["override add", ["override", "add", "office-hours", "--state", "on", "--reason", "r"]],
    ["pause", ["pause", "office-hours"]],
  ])("%s with a length and an end says to give one of them", async (_what, argv) => {
    const stub = await openSchedules();
    const both = ["schedule", ...argv, "--for", "4h", "--until", "fri 23:00"];
    const end = await runCli(both, { url: stub.url });
    expect(end.code).toBe(2);
    expect(end.err).toContain("--for and --until are both there");
    expect(end.err).toContain("Give one of them");
    expect(stub.received.filter(({ method }) => method === "POST")).toEqual([]);
  });

  it("resume and override rm give notice of a stop, unless --now is there", async () => {
    const stub = await openSchedules();
    await runCli(["schedule", "resume", "office-hours", "--now"], { url: stub.url });
    expect(stub.last("POST", "/v1/schedules/office-hours/resume").query).toEqual({ now: "true" });
    const argv = ["schedule", "override", "rm", "office-hours", "ovr_1"];
    const path = "/v1/schedules/office-hours/overrides/ovr_1";
    await runCli(argv, { url: stub.url });
    expect(stub.last("DELETE", path).query).toEqual({});
    await runCli([...argv, "--now"], { url: stub.url });
    expect(stub.last("DELETE", path).query).toEqual({ now: "true" });
  });

  it("savings says euros, hours and the whole bill", async () => {
    const stub = await openSchedules();
    const end = await runCli(["schedule", "savings", "office-hours"], { url: stub.url });
    expect(end.out).toBe(`saves EUR 18.55 of compute; storage and addresses go on costing
1356 h off of 2016 h (67.3 %), 660 h on
the whole bill falls by 49.6 %
`);
  });

  it("delete asks first", async () => {
    const stub = await openSchedules();
    const no = await runCli(["schedule", "delete", "office-hours"], { url: stub.url });
    expect(no.code).toBe(2);
    const yes = await runCli(["schedule", "delete", "office-hours", "--yes"], { url: stub.url });
    expect(yes.err).toBe("deleted schedule office-hours\n");
    expect((await runCli(["schedule", "get", "office-hours"], { url: stub.url })).code).toBe(3);
  });

  it.each([
    ["sometime", "is not an instant"],
    ["2026-02-30", "is not an instant"],
    ["fri 25:00", "is not an instant"],
  ])("refuses the instant %s", async (at, message) => {
    const stub = await openSchedules();
    const argv = ["schedule", "explain", "office-hours", "--server", "web-1", "--at", at];
    const end = await runCli(argv, { url: stub.url });
    expect(end.err).toContain(message);
    expect(end.code).toBe(2);
  });
});
