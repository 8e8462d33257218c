import { World, type WorldSettings } from "../world.ts";

/** A world that begins on a day of its own, and whose timeline is told in dates. */
export class LongWorld extends World {
  readonly begunAt: number;

  constructor(settings: WorldSettings, begunAt: number) {
    super(settings);
    this.begunAt = begunAt;
    this.now = begunAt;
  }

  override say(line: () => string): void {
    if (!this.settings.tracing) return;
    this.trace.push(`${new Date(this.now).toISOString()}  ${line()}`);
  }
}
