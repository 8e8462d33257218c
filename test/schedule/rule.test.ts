import { describe, expect, test } from "vitest";
import * as z from "zod";
import { checkTimeFields, timeFields, timeRuleOf } from "../../lib/schedule/rule.ts";
import { lintOf } from "../../lib/schedule/lint.ts";

const schema = z.strictObject(timeFields).check((context) => {
  for (const { path, message } of checkTimeFields(context.value))
    context.issues.push({ code: "custom", message, path, input: context.value });
});

const pointers = (fields: unknown): string[] =>
  (schema.safeParse(fields).error?.issues ?? []).map(({ path }) => `/${path.join("/")}`);

const office = { days: ["mon"], from: "08:00", to: "19:00" };
const paris = { timezone: "Europe/Paris" };

describe("the fields of a schedule that say when", () => {
  test.each<[unknown, string]>([
    [{ ...paris, periods: [office] }, "a period"],
    [{ ...paris, periods: [{ ...office, to: "24:00", state: "off" }] }, "an inverse period to midnight"],
    [{ ...paris, periods: [{ ...office, dates: { from: "2026-01-01", to: "2026-01-01" } }] }, "one date"],
    [{ ...paris, periods: [{ ...office, dates: { from: "2026-01-01" } }] }, "dates with an open end"],
    [{ periods: [{ ...office, ...paris }] }, "a zone in every period and none outside"],
    [{ ...paris, cron: { on: "0 8 * * 1-5", off: "0 19 * * 1-5" } }, "a cron pair"],
    [
      { ...paris, cron: { off: "0 19 * * 1-5" }, gap: "skip", overlap: "last" },
      "one side of a cron, and options",
    ],
    [{ ...paris, rrule: { dtstart: "2026-11-02T08:00", duration: "PT11H", rule: "FREQ=DAILY" } }, "an RRULE"],
  ])("%j are taken: %s", (fields) => {
    expect(pointers(fields)).toEqual([]);
  });

  test.each<[unknown, string, string]>([
    [{ ...paris }, "/periods", "no rule at all"],
    [{ ...paris, periods: [] }, "/periods", "no period"],
    [{ ...paris, periods: [office], cron: { on: "0 8 * * *" } }, "/cron", "two rules"],
    [{ periods: [office] }, "/timezone", "no zone"],
    [{ cron: { on: "0 8 * * *" } }, "/timezone", "no zone for a cron"],
    [{ timezone: "EST", periods: [office] }, "/timezone", "an abbreviation"],
    [{ timezone: "Europe/Atlantis", periods: [office] }, "/timezone", "an unknown zone"],
    [
      { ...paris, periods: [{ ...office, timezone: "PST" }] },
      "/periods/0/timezone",
      "an abbreviation in a period",
    ],
    [{ ...paris, periods: [{ ...office, to: "08:00" }] }, "/periods/0/to", "from and to the same"],
    [{ ...paris, periods: [{ ...office, from: "24:00" }] }, "/periods/0/from", "a start at 24:00"],
    [{ ...paris, periods: [{ ...office, from: "8:00" }] }, "/periods/0/from", "one digit"],
    [{ ...paris, periods: [{ ...office, to: "19:00:30" }] }, "/periods/0/to", "seconds"],
    [{ ...paris, periods: [{ ...office, days: [] }] }, "/periods/0/days", "no day"],
    [{ ...paris, periods: [{ ...office, days: ["mon", "mon"] }] }, "/periods/0/days", "a day twice"],
    [{ ...paris, periods: [{ ...office, days: ["Monday"] }] }, "/periods/0/days/0", "a day in full"],
    [{ ...paris, periods: [{ ...office, colour: "red" }] }, "/periods/0", "an unknown field"],
    [{ ...paris, periods: [{ ...office, dates: {} }] }, "/periods/0/dates", "dates that say nothing"],
    [
      { ...paris, periods: [{ ...office, dates: { from: "2026-02-30", to: "2026-03-01" } }] },
      "/periods/0/dates/from",
      "a date that no calendar has",
    ],
    [
      { ...paris, periods: [{ ...office, dates: { from: "2026-03-02", to: "2026-03-01" } }] },
      "/periods/0/dates/to",
      "dates that run backwards",
    ],
    [{ ...paris, cron: {} }, "/cron", "a cron without a side"],
    [{ ...paris, cron: { on: "0 0 8 * * *" } }, "/cron/on", "a cron with seconds"],
    [{ ...paris, cron: { on: "0 8 * * *", off: "0 8 30 2 *" } }, "/cron/off", "a cron that never fires"],
    [
      { ...paris, rrule: { dtstart: "2026-11-02T08:00", duration: "PT11H", rule: "FREQ=HOURLY" } },
      "/rrule/rule",
      "a frequency below a day",
    ],
    [
      { ...paris, rrule: { dtstart: "2026-11-02T08:00Z", duration: "PT11H", rule: "FREQ=DAILY" } },
      "/rrule/dtstart",
      "a dtstart with an offset",
    ],
    [{ ...paris, periods: [office], gap: "ignore" }, "/gap", "an unknown option"],
  ])("%j are refused at %s: %s", (fields, pointer) => {
    expect(pointers(fields)).toEqual([pointer]);
  });

  test("a rule is made of fields with their defaults", () => {
    const fields = schema.parse({ ...paris, periods: [office, { ...office, timezone: "Asia/Tokyo" }] });
    expect(timeRuleOf(fields)).toMatchObject({
      kind: "periods",
      gap: "shift",
      overlap: "first",
      periods: [
        { zone: "Europe/Paris", state: "on", dates: null },
        { zone: "Asia/Tokyo", state: "on", dates: null },
      ],
    });
  });

  test("no rule is made of fields that are at fault", () => {
    expect(() => timeRuleOf(paris)).toThrow(RangeError);
  });
});

describe("what is allowed and probably not meant", () => {
  const warned = (fields: object): string[] =>
    lintOf(timeRuleOf(schema.parse(fields))).map(({ code }) => code);

  test.each([
    ["Etc/GMT+5", ["zone_sign"], "a zone whose sign is the reverse"],
    ["US/Eastern", ["zone_alias"], "an alias"],
    ["Europe/Paris", [], "a zone by its first name"],
    ["UTC", [], "UTC"],
  ])("%s gives %j: %s", (timezone, codes) => {
    expect(warned({ timezone, periods: [office] })).toEqual(codes);
  });

  test("a period none of whose days falls into its dates is warned of", () => {
    const dates = { from: "2026-11-03", to: "2026-11-05" };
    expect(warned({ ...paris, periods: [{ ...office, dates }] })).toEqual(["never"]);
    expect(warned({ ...paris, periods: [{ ...office, dates: { ...dates, to: "2026-11-09" } }] })).toEqual([]);
  });
});
