import type { OpenLog } from "../../lib/log.ts";
import type { LogFields } from "../../lib/ports/log.ts";
import type { World } from "./world.ts";

/** Lines that tell of a rare situation. */
const noticed: ReadonlyMap<string, string> = new Map([
  ["an orphan is suspected", "an orphan was suspected"],
  ["an orphan is confirmed", "an orphan was confirmed"],
  ["an orphan was deleted", "an orphan was deleted"],
  ["no orphan any more: it is tagged to be kept", "an orphan was kept by its tag"],
  ["no orphan any more: another operation works on it, or has", "an orphan got an owner between two sweeps"],
  ["more orphans than may go in one sweep", "more orphans than may go in one sweep"],
  ["another sweep was faster", "two sweeps at the same time"],
]);

const silence = (): void => {};

/** A log that only speaks in a timeline. */
export const simulatedLog = (world: World, name: string): OpenLog => {
  const notice = (message: string, { why }: LogFields = {}): void => {
    const situation = noticed.get(why === undefined ? message : `${message}: ${why}`) ?? noticed.get(message);
    if (situation !== undefined) world.sometimes(situation);
  };
  if (!world.settings.tracing)
    return { debug: silence, info: notice, warn: silence, error: silence, count: silence, flush: silence };
  const line =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      world.say(() => `${name} ${level} ${message} ${JSON.stringify(fields)}`);
  return {
    debug: line("debug"),
    info: (message, fields) => {
      notice(message, fields);
      line("info")(message, fields);
    },
    warn: line("warn"),
    error: line("error"),
    count: silence,
    flush: silence,
  };
};
