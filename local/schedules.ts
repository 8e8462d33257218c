import { randomUUID } from "node:crypto";
import { Cron } from "croner";
import type { z } from "zod";

/** A tick as EventBridge sends it to a function; `input` of the schedule takes its place where there is one. */
export interface ScheduleOptions {
  /** `rate(1 minute)` or `cron(0 8 ? * MON-FRI *)`. */
  readonly expression: string;
  readonly input?: z.core.util.JSONType | undefined;
  readonly fire: (event: unknown) => void;
}

const unitMilliseconds = new Map([
  ["minute", 60_000],
  ["hour", 3_600_000],
  ["day", 86_400_000],
]);

/** Milliseconds between the ticks of a `rate(…)`; null when it is not one. Singular and plural as EventBridge wants. */
export const rateMilliseconds = (expression: string): number | null => {
  const match = /^rate\((?<count>[1-9]\d*) (?<unit>minute|hour|day)(?<plural>s?)\)$/.exec(expression);
  const unit = unitMilliseconds.get(match?.groups?.["unit"] ?? "");
  if (unit === undefined) return null;
  const count = Number(match?.groups?.["count"]);
  return (count === 1) === (match?.groups?.["plural"] === "") ? count * unit : null;
};

/**
 * A `cron(minute hour day month weekday year)` of EventBridge in UTC, paused; null when it is not one. Weekdays count
 * from 1 = Sunday, and one of the two days is `?`.
 */
export const cronOf = (expression: string): Cron | null => {
  const fields = /^cron\((?<fields>\S+(?: \S+){5})\)$/.exec(expression)?.groups?.["fields"]?.split(" ");
  const [minute, hour, day, month, weekday, year] = fields ?? [];
  if (day === undefined || weekday === undefined || (day === "?") === (weekday === "?")) return null;
  try {
    return new Cron(`0 ${minute} ${hour} ${day} ${month} ${weekday} ${year}`, {
      timezone: "UTC",
      paused: true,
      alternativeWeekdays: true,
      sloppyRanges: true,
    });
  } catch {
    return null;
  }
};

const tickEvent = (at: Date): unknown => ({
  version: "0",
  id: randomUUID(),
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: "000000000000",
  time: `${at.toISOString().slice(0, 19)}Z`,
  region: "eu-west-1",
  resources: [],
  detail: {},
});

/**
 * Starts a schedule. A rate ticks at once, as a rule does that was just made, then at its distance; a cron ticks at
 * its times. Ticks may overlap, as they do in AWS.
 * @throws Error when the expression is none that EventBridge takes
 */
export const startSchedule = (options: ScheduleOptions): { readonly stop: () => void } => {
  const tick = (): void => options.fire(options.input ?? tickEvent(new Date()));
  const rate = rateMilliseconds(options.expression);
  if (rate !== null) {
    const timer = setInterval(tick, rate);
    tick();
    return { stop: () => clearInterval(timer) };
  }
  const cron = cronOf(options.expression);
  if (cron === null) throw new Error(`${options.expression} is no schedule expression`);
  cron.schedule(tick);
  cron.resume();
  return { stop: () => cron.stop() };
};
