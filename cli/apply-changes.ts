import * as z from "zod";
import type { ApiRequest } from "./api.ts";
import type { Context } from "./context.ts";
import { CliFailure } from "./failure.ts";
import type { WantedConfig } from "./local-config.ts";
import { type Change, putCalendar, putSchedule } from "./schedule-changes.ts";

/** What is saved of a change. */
const saving = (wanted: WantedConfig, { type, name }: Change): ApiRequest | null => {
  const calendar = wanted.calendars.get(name);
  const schedule = wanted.schedules.get(name);
  if (type === "calendar") return calendar === undefined ? null : putCalendar(name, calendar);
  return schedule === undefined ? null : putSchedule(name, schedule);
};

/** All was checked before; what goes wrong now is the world's fault, and the same again goes on with it. */
const brokenOff = (error: unknown, saved: readonly string[], open: readonly string[]): unknown =>
  error instanceof CliFailure
    ? new CliFailure({
        exitCode: error.exitCode,
        code: error.code,
        message: error.message,
        why: [
          ...error.why,
          saved.length === 0 ? "nothing was saved before" : `saved before: ${saved.join(", ")}`,
          `not saved: ${open.join(", ")}`,
        ],
        fix: [...error.fix, "The same again saves the rest."],
        docs: error.docs ?? undefined,
        request: error.request ?? undefined,
        cause: error,
      })
    : error;

/** Saves what has to change, calendars first. */
export const applyChanges = async (
  context: Context,
  wanted: WantedConfig,
  changes: readonly Change[],
): Promise<void> => {
  const open = changes.filter(({ action }) => action !== "none");
  const words = ({ type, name }: Change): string => `${type} ${name}`;
  for (const [index, change] of open.entries()) {
    const request = saving(wanted, change);
    if (request === null) continue;
    try {
      await context.change(z.looseObject({}), request);
    } catch (error) {
      throw brokenOff(error, open.slice(0, index).map(words), open.slice(index).map(words));
    }
    if (!context.flags.dryRun)
      context.say(`${change.action === "add" ? "added" : "changed"} ${words(change)}`);
  }
};
