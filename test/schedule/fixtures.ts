import { calendarRequestSchema, datesOf, type Calendar } from "../../lib/schedule/calendar.ts";
import { inputsOf, type Inputs } from "../../lib/schedule/inputs.ts";
import type { Override } from "../../lib/schedule/override.ts";
import { scheduleRequestSchema, type Schedule } from "../../lib/schedule/schedule.ts";
import type { Selectable } from "../../lib/schedule/selector.ts";

export const at = (text: string): number => Date.parse(text);
export const iso = (instant: number): string => new Date(instant).toISOString().replace(".000Z", "Z");

export const weekdays = ["mon", "tue", "wed", "thu", "fri"];
export const everyDay = [...weekdays, "sat", "sun"];
export const officeHours = [{ days: weekdays, from: "08:00", to: "19:00" }];

/** A stored schedule of a request's fields; Mon–Fri 08:00–19:00 in Paris where nothing else is said. */
export const schedule = (fields: Record<string, unknown> = {}, name = "office"): Schedule => {
  const isTimed = ["periods", "cron", "rrule"].some((kind) => kind in fields);
  const request = scheduleRequestSchema.parse({
    connection: "paris",
    select: { tags: ["env=dev"] },
    timezone: "Europe/Paris",
    ...(isTimed ? {} : { periods: officeHours }),
    ...fields,
  });
  return {
    name,
    version: 1,
    ...request,
    created_by: "test",
    created_at: "2020-01-01T00:00:00.000Z",
    updated_at: "2020-01-01T00:00:00.000Z",
  };
};

export const calendar = (name: string, dates: readonly unknown[], ics: string | null = null): Calendar => ({
  name,
  version: 1,
  dates: datesOf(calendarRequestSchema.parse({ dates })),
  ics,
  description: null,
  refused: null,
  created_by: "test",
  created_at: "2020-01-01T00:00:00.000Z",
  updated_at: "2020-01-01T00:00:00.000Z",
});

export const override = (fields: Partial<Override> & Pick<Override, "from" | "until">): Override => ({
  id: "ov_1",
  schedule: "office",
  servers: null,
  select: null,
  state: "on",
  reason: "release",
  by: "ann",
  created_at: fields.from,
  cancelled_at: null,
  extended_by: [],
  ...fields,
});

export const server = (id = "srv-1", fields: Partial<Selectable> = {}): Selectable => ({
  id,
  name: id,
  tags: ["env=dev"],
  ...fields,
});

/** Inputs of these, with tz data of a version that is written here. */
export const inputs = (...schedules: readonly Schedule[]): Inputs => inputsOf({ schedules, tz: "2026c" });
