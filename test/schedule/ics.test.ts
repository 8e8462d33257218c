import { describe, expect, it } from "vitest";
import { readIcs } from "../../lib/schedule/ics.ts";

const file = (...lines: string[]): string =>
  ["BEGIN:VCALENDAR", "VERSION:2.0", ...lines, "END:VCALENDAR"].join("\r\n");
const event = (...lines: string[]): string => file("BEGIN:VEVENT", "UID:1", ...lines, "END:VEVENT");
const occurrences = (text: string, before = Date.UTC(2027, 5, 1)): string[] => {
  const read = readIcs(text);
  if (!read.ok) throw new Error(read.detail);
  return read.entries
    .before(before)
    .map(
      (one) =>
        `${new Date(one.from).toISOString().slice(0, 16)}/${new Date(one.to).toISOString().slice(0, 16)} ${one.zone ?? "-"}`,
    );
};

describe("what an ICS file holds", () => {
  it("one changed time of a series takes the place of the usual one, and only of its own series", () => {
    const series = [
      "BEGIN:VEVENT",
      "UID:1",
      "DTSTART;TZID=Europe/Paris:20261225T100000",
      "DURATION:PT2H",
      "RRULE:FREQ=WEEKLY;COUNT=3",
      "END:VEVENT",
    ];
    const changed = [
      "BEGIN:VEVENT",
      "UID:1",
      "RECURRENCE-ID;TZID=Europe/Paris:20270101T100000",
      "DTSTART;TZID=Europe/Paris:20270102T110000",
      "DTEND;TZID=Europe/Paris:20270102T120000",
      "END:VEVENT",
    ];
    expect(occurrences(file(...series, ...changed))).toEqual([
      "2026-12-25T10:00/2026-12-25T12:00 Europe/Paris",
      "2027-01-02T11:00/2027-01-02T12:00 Europe/Paris",
      "2027-01-08T10:00/2027-01-08T12:00 Europe/Paris",
    ]);
    const foreign = changed.map((line) => line.replace("UID:1", "UID:2"));
    expect(occurrences(file(...series, ...foreign))).toContain(
      "2027-01-01T10:00/2027-01-01T12:00 Europe/Paris",
    );
  });

  it("a cancelled event does not take place", () => {
    expect(occurrences(event("DTSTART;VALUE=DATE:20261225", "STATUS:CANCELLED"))).toEqual([]);
  });

  it("a zone that only the file knows is taken from it", () => {
    const zone = [
      "BEGIN:VTIMEZONE",
      "TZID:Odd",
      "BEGIN:STANDARD",
      "DTSTART:19700101T000000",
      "TZOFFSETFROM:+0130",
      "TZOFFSETTO:+0130",
      "END:STANDARD",
      "END:VTIMEZONE",
    ];
    const text = file(
      ...zone,
      "BEGIN:VEVENT",
      "UID:1",
      "DTSTART;TZID=Odd:20261225T100000",
      "DURATION:PT1H",
      "END:VEVENT",
    );
    expect(occurrences(text)).toEqual(["2026-12-25T08:30/2026-12-25T09:30 UTC"]);
  });

  it("lines may be folded, end with LF, and begin with a byte order mark", () => {
    const text = `\u{FEFF}${event("SUMMARY:a long", " name", "DTSTART;VALUE=DATE:2026", "\t1225").replaceAll("\r", "")}`;
    expect(occurrences(text)).toEqual(["2026-12-25T00:00/2026-12-26T00:00 -"]);
  });
});

describe("an event that ends before it begins", () => {
  const text = event("DTSTART;VALUE=DATE:20261226", "DTEND;VALUE=DATE:20261224");

  it("is read as far as it can be where it was taken before", () => {
    expect(readIcs(text, "stored")).toMatchObject({ ok: true, entries: { events: 1 } });
  });

  it("is no fault where it is cancelled, or ends when it begins", () => {
    expect(readIcs(text.replace("UID:1", "UID:1\r\nSTATUS:CANCELLED")).ok).toBe(true);
    expect(readIcs(event("DTSTART:20261225T100000Z", "DTEND:20261225T100000Z")).ok).toBe(true);
  });
});

describe("a bad ICS file is refused with its line", () => {
  it.each<[string, string, number, RegExp]>([
    ["nothing", "", 1, /BEGIN:VCALENDAR/],
    ["no calendar", "hello", 1, /no line of a calendar/],
    ["a date that is none", event("DTSTART;VALUE=DATE:20260230"), 5, /20260230/],
    ["a rule that is none", event("DTSTART:20261225T100000Z", "RRULE:FREQ=SOMETIMES"), 6, /recurrence/],
    ["an event each hour", event("DTSTART:20261225T100000Z", "RRULE:FREQ=HOURLY"), 6, /daily/],
    ["a line without a colon", event("DTSTART:20261225T100000Z", "oops"), 6, /no line/],
    ["an event without a start", event("SUMMARY:x"), 6, /no DTSTART/],
    [
      "an end that fits nothing",
      file("BEGIN:VEVENT", "DTSTART:20261225T100000Z", "END:VTODO"),
      5,
      /line 3 is open/,
    ],
    ["a cut-off file", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225T100000Z\n", 2, /never ended/],
    ["an unknown zone", event("DTSTART;TZID=W. Europe:20261225T100000"), 5, /neither of the IANA database/],
    [
      "an end before the beginning",
      event("SUMMARY:Christmas", "DTSTART;VALUE=DATE:20261226", "DTEND;VALUE=DATE:20261224"),
      3,
      /event "Christmas" ends .*2026-12-24.* before it begins .*2026-12-26/,
    ],
    [
      "such an end of a second event, with times in other zones",
      file(
        "BEGIN:VEVENT",
        "UID:1",
        "DTSTART:20261225T100000Z",
        "DTEND:20261225T110000Z",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:two",
        "DTSTART;TZID=Europe/Paris:20261225T100000",
        "DTEND:20261225T083000Z",
        "END:VEVENT",
      ),
      8,
      /event "two" ends/,
    ],
    [
      "a length below nothing",
      event("DTSTART:20261225T100000Z", "DURATION:-PT2H"),
      3,
      /ends .* before it begins/,
    ],
    ["something after the end", `${event("DTSTART:20261225T100000Z")}\r\nBEGIN:VCALENDAR`, 8, /after END/],
    ["too much", "x".repeat(200_001), 1, /at most/],
  ])("%s", (_name, text, line, detail) => {
    const read = readIcs(text);
    expect(read).toMatchObject({ ok: false, line });
    expect(read.ok ? "" : read.detail).toMatch(detail);
  });
});
