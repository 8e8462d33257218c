import { describe, expect, test } from "vitest";
import { canonicalZone, zoneNote, zoneProblem } from "../../lib/schedule/zone.ts";

describe("zone names", () => {
  test.each([
    ["Europe/Paris", "a place"],
    ["America/Argentina/Buenos_Aires", "a place in three parts"],
    ["Asia/Kolkata", "the new name of Asia/Calcutta"],
    ["Europe/Kiev", "the old name of Europe/Kyiv"],
    ["US/Eastern", "an alias"],
    ["Japan", "an alias of one word"],
    ["UTC", "no place, and no summer time"],
    ["Etc/UTC", "the same by its full name"],
    ["Antarctica/Troll", "a place with a gap of two hours"],
  ])("%s is taken: %s", (zone) => {
    expect(zoneProblem(zone)).toBeNull();
  });

  test.each([
    ["EST", "America/New_York", "an abbreviation that Intl takes for Panama"],
    ["PST", "America/Los_Angeles", "an abbreviation that Intl takes"],
    ["CET", "Europe/Paris", "an abbreviation that is a name of the database"],
    ["BST", "Europe/London", "an abbreviation that Intl takes for Dhaka"],
    ["IST", "Asia/Kolkata", "an abbreviation of three places"],
    ["est", "America/New_York", "an abbreviation in small letters"],
    ["EST5EDT", "America/New_York", "an abbreviation with its rule"],
    ["GMT", "UTC", "an abbreviation that is taken for London"],
    ["GMT+1", "Europe/Paris", "an offset"],
    ["UTC+2", "Europe/Paris", "an offset"],
    ["+01:00", "Europe/Paris", "an offset that Intl takes"],
    ["Paris", "Europe/Paris", "a place without its region"],
    ["Europe/Pariss", "Europe/Paris", "a slip of the finger"],
    ["America/NewYork", "America/New_York", "a missing underscore"],
    ["", "Europe/Paris", "nothing at all"],
  ])("%s is refused and %s is named: %s", (zone, meant) => {
    expect(zoneProblem(zone)).toContain(meant);
  });

  test("a name that is like no other is refused without a suggestion", () => {
    expect(zoneProblem("Mars/Olympus_Mons")).toBe("Mars/Olympus_Mons is not a zone of the IANA database");
  });

  test("an alias is taken and its first name is told", () => {
    expect(zoneNote("US/Eastern")).toBe("US/Eastern is another name of America/New_York");
    expect(zoneNote("Europe/Paris")).toBeNull();
    expect(zoneNote("UTC")).toBeNull();
    expect(canonicalZone("US/Pacific")).toBe("America/Los_Angeles");
    expect(() => canonicalZone("PST")).toThrow(RangeError);
  });

  test("every zone that this Node knows is taken", () => {
    expect(Intl.supportedValuesOf("timeZone").filter((zone) => zoneProblem(zone) !== null)).toEqual([]);
  });
});
