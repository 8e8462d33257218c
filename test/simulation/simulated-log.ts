import type { OpenLog } from "../../lib/log.ts";
import type { LogFields } from "../../lib/ports/log.ts";
import type { World } from "./world.ts";

const silence = (): void => {};

/** A log that only speaks in a timeline. */
export const simulatedLog = (world: World, name: string): OpenLog => {
  if (!world.settings.tracing)
    return { debug: silence, info: silence, warn: silence, error: silence, count: silence, flush: silence };
  const line =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      world.say(() => `${name} ${level} ${message} ${JSON.stringify(fields)}`);
  return {
    debug: line("debug"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    count: silence,
    flush: silence,
  };
};
