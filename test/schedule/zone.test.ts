import { describe, expect, test } from "vitest";
import { nameToday, newNames } from "../../lib/schedule/renamed-zones.ts";
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
    ["Kiev", "Europe/Kyiv", "an old name without its region"],
    ["Kolkata", "Asia/Kolkata", "a name of today that the engine has under an older one"],
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

  test.each([
    ["Europe/Kyiv", "Europe/Kiev"],
    ["Asia/Kolkata", "Asia/Calcutta"],
    ["Asia/Ho_Chi_Minh", "Asia/Saigon"],
    ["Asia/Yangon", "Asia/Rangoon"],
    ["Asia/Kathmandu", "Asia/Katmandu"],
    ["America/Argentina/Buenos_Aires", "America/Buenos_Aires"],
    ["America/Indiana/Indianapolis", "America/Indianapolis"],
    ["America/Kentucky/Louisville", "America/Louisville"],
    ["America/Atikokan", "America/Coral_Harbour"],
    ["America/Nuuk", "America/Godthab"],
    ["Pacific/Chuuk", "Pacific/Truk"],
    ["Pacific/Pohnpei", "Pacific/Ponape"],
    ["Pacific/Kanton", "Pacific/Enderbury"],
    ["Atlantic/Faroe", "Atlantic/Faeroe"],
    ["Africa/Asmara", "Africa/Asmera"],
  ])("%s is the name of today and passes in silence; %s names it", (today, old) => {
    expect(zoneNote(today)).toBeNull();
    expect(zoneNote(old)).toBe(`${old} is another name of ${today}`);
  });

  test.each([
    ["America/Fort_Wayne", "America/Indiana/Indianapolis"],
    ["US/East-Indiana", "America/Indiana/Indianapolis"],
    ["Europe/Uzhgorod", "Europe/Kyiv"],
    ["America/Argentina/ComodRivadavia", "America/Argentina/Catamarca"],
    ["Pacific/Yap", "Pacific/Chuuk"],
  ])("%s is a link to a zone with an old name, and its name of today is told: %s", (link, today) => {
    expect(zoneNote(link)).toBe(`${link} is another name of ${today}`);
  });

  test("a zone that the engine has under another name than it is asked for is one of the renamed", () => {
    for (const name of newNames) {
      const engine = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
      expect(nameToday(engine), name).toBe(name);
      expect(nameToday(name), name).toBe(name);
    }
  });

  test("every zone that this Node knows is taken", () => {
    expect(Intl.supportedValuesOf("timeZone").filter((zone) => zoneProblem(zone) !== null)).toEqual([]);
  });
});
