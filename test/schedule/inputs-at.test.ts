import { describe, expect, it } from "vitest";
import { desired } from "../../lib/schedule/desired.ts";
import { inputsAt, type KeptVersion, type Past } from "../../lib/schedule/inputs-at.ts";
import type { Schedule } from "../../lib/schedule/schedule.ts";
import { at, calendar, everyDay, inputs, override, schedule, server } from "./fixtures.ts";

const made = "2026-01-01T00:00:00.000Z";
const always = [{ days: everyDay, from: "00:00", to: "24:00" }];
const tz = [{ tz: "2026c", from: made }];

/** A version of the schedule `office`, in force from an instant on. */
const version = (number: number, from: string, fields: Record<string, unknown> = {}): Schedule => ({
  ...schedule(fields),
  version: number,
  created_at: made,
  updated_at: from,
});
const kept = <T>(value: T, deleted: string | null = null): KeptVersion<T> => ({ value, deleted_at: deleted });
const past = (fields: Partial<Past> = {}): Past => ({ schedules: [], calendars: [], tz, ...fields });
const tags = "its name and tags then: those of now are taken";

const first = version(1, made);
const second = version(2, "2026-05-01T00:00:00.000Z", { periods: always });
const third = version(3, "2026-09-01T00:00:00.000Z", { default: "any" });
/** A Wednesday evening, outside of office hours. */
const evening = (month: string): number => at(`2026-${month}-04T21:00:00Z`);

describe("what decided at an instant of the past", () => {
  const given = inputs(third);
  const before = past({ schedules: [kept(first), kept(second)] });
  it.each<[string, number, string, number]>([
    ["under the first version", evening("02"), "off", 1],
    ["under the second", evening("06"), "on", 2],
    ["under the one that stands", evening("11"), "any", 3],
    ["at the instant of a change: the new one", at("2026-05-01T00:00:00Z"), "on", 2],
    ["a moment before it: the old one", at("2026-04-30T23:59:59Z"), "off", 1],
  ])("%s", (_name, instant, wanted, number) => {
    const then = inputsAt(given, before, server(), instant);
    const decision = desired(then.inputs, server(), instant, "office");
    expect([decision.desired, decision.schedules]).toEqual([wanted, [{ name: "office", version: number }]]);
    expect(then.unknown).toEqual([tags]);
  });

  it("before it was made there was no schedule", () => {
    const then = inputsAt(given, before, server(), at("2025-12-31T12:00:00Z"));
    expect(then.inputs.schedules).toEqual([]);
  });

  it("one that was deleted decided until then, and one that was made anew under its name since", () => {
    const gone = kept(second, "2026-08-01T00:00:00.000Z");
    const anew = {
      ...version(1, "2026-09-01T00:00:00.000Z", { default: "any" }),
      created_at: "2026-09-01T00:00:00.000Z",
    };
    const versionAt = (instant: number): number | undefined =>
      inputsAt(inputs(anew), past({ schedules: [kept(first), gone] }), server(), instant).inputs.schedules[0]
        ?.version;
    expect([evening("02"), evening("06"), evening("08"), evening("11")].map(versionAt)).toEqual([
      1,
      2,
      undefined,
      1,
    ]);
  });

  it.each<[string, Past, number, string]>([
    [
      "the oldest versions are not kept",
      past({ schedules: [kept(second)] }),
      evening("02"),
      "what schedule office said before 2026-05-01T00:00:00.000Z is not kept: version 2 is taken",
    ],
    [
      "one in between is missing",
      past({ schedules: [kept(first)] }),
      evening("06"),
      "not all versions of schedule office are kept: version 1 is taken",
    ],
    [
      "the tz data was another",
      past({
        schedules: [kept(first), kept(second)],
        tz: [
          { tz: "2025b", from: made },
          { tz: "2026c", from: "2026-10-01T00:00:00.000Z" },
        ],
      }),
      evening("06"),
      "then was decided by tz data 2025b, and this is by 2026c",
    ],
    [
      "nobody has written down which tz data it was",
      past({ schedules: [kept(first), kept(second)], tz: [] }),
      evening("06"),
      "by which tz data was decided then is not kept: this is by 2026c",
    ],
  ])("says what is not known: %s", (_name, given_, instant, words) => {
    expect(inputsAt(given, given_, server(), instant).unknown).toContain(words);
  });

  it("takes calendars as they were, and says of one that is not kept", () => {
    const named = { ...third, calendars: ["fr", "us"] };
    const now = { ...calendar("fr", ["2026-06-03"]), version: 2, updated_at: "2026-08-01T00:00:00.000Z" };
    const old = { ...calendar("fr", ["2026-06-04"]), version: 1, updated_at: made, created_at: made };
    const standing = { ...inputs({ ...named, updated_at: made, version: 1 }), calendars: [now] };
    const then = inputsAt(standing, past({ calendars: [kept(old)] }), server(), evening("06"));
    expect(then.inputs.calendars.map((one) => one.version)).toEqual([1]);
    expect(then.unknown).toContain("what calendar us said then is not kept");
  });

  it("says of holds and of ends of overrides that only the latest are kept", () => {
    const hold = {
      server: "srv-1",
      schedule: "office",
      state: "on" as const,
      from: "2026-10-01T00:00:00.000Z",
      until: null,
      because: "the next off-edge",
    };
    const longer = override({
      from: "2026-06-01T00:00:00.000Z",
      until: "2026-06-20T00:00:00.000Z",
      extended_by: ["key"],
    });
    const standing = { ...given, holds: [hold], overrides: [longer] };
    const { unknown } = inputsAt(standing, before, server(), evening("06"));
    expect(unknown).toContain("of the ends of override ov_1 only the last is kept");
    expect(unknown).toContain(
      "of holds by hand under office only the latest is kept, of 2026-10-01T00:00:00.000Z",
    );
    expect(inputsAt(standing, before, server("srv-2"), evening("06")).unknown.join()).not.toContain(
      "by hand",
    );
  });

  it("says of ends of overrides only where they were about the server", () => {
    const span = {
      from: "2026-06-01T00:00:00.000Z",
      until: "2026-06-20T00:00:00.000Z",
      extended_by: ["key"],
    };
    const named = (name: string, fields: Record<string, unknown>): Schedule => ({
      ...schedule(fields, name),
      created_at: made,
      updated_at: made,
    });
    const elsewhere = named("elsewhere", { select: { tags: ["env=prod"] } });
    const needing = named("needing", { select: { tags: ["env=prod"] }, needs: ["office"] });
    const overrides = [
      override({ ...span, id: "own" }),
      override({ ...span, id: "of_all", schedule: null }),
      override({ ...span, id: "of_it", servers: ["srv-1"] }),
      override({ ...span, id: "of_another", servers: ["srv-2"] }),
      override({ ...span, id: "of_a_group", select: { tags: ["env=prod"] } }),
      override({ ...span, id: "of_elsewhere", schedule: "elsewhere" }),
      override({ ...span, id: "of_needing", schedule: "needing" }),
      override({ ...span, id: "off_of_needing", schedule: "needing", state: "off" }),
    ];
    const standing = { ...given, schedules: [third, elsewhere, needing], overrides };
    const { unknown } = inputsAt(standing, before, server(), evening("06"), "office");
    const ends = unknown.flatMap((text) => /ends of override (\w+)/u.exec(text)?.[1] ?? []);
    expect(ends).toEqual(["own", "of_all", "of_it", "of_needing"]);
    const prod = server("srv-9", { tags: ["other"] });
    expect(inputsAt(standing, before, prod, evening("06")).unknown.join()).not.toContain("ends of override");
  });
});
