import type { SwitchyardEvent } from "../../events/event.ts";
import type { Bus } from "../../lib/ports/bus.ts";

/** What was published, repeats included. `refuse` names event ids that the bus does not take; `broken` fails whole calls. */
export class MemoryBus implements Bus {
  readonly published: SwitchyardEvent[] = [];
  readonly refuse = new Set<string>();
  broken: Error | null = null;

  async publish(events: readonly SwitchyardEvent[]): Promise<readonly string[]> {
    if (this.broken !== null) throw this.broken;
    this.published.push(...structuredClone(events.filter(({ id }) => !this.refuse.has(id))));
    return events.map(({ id }) => id).filter((id) => this.refuse.has(id));
  }
}
