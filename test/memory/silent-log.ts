import type { Log, LogFields } from "../../lib/ports/log.ts";

interface Line {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that says nothing and remembers everything. */
export class SilentLog implements Log {
  readonly lines: Line[] = [];
  readonly counts: { readonly metric: string; readonly value: number }[] = [];

  debug(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: "debug", message, fields });
  }
  info(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: "info", message, fields });
  }
  warn(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: "warn", message, fields });
  }
  error(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: "error", message, fields });
  }
  count(metric: string, value: number): void {
    this.counts.push({ metric, value });
  }
}
