import type { SwitchyardEvent } from "../../events/event.ts";
import type { Bus } from "../../lib/ports/bus.ts";
import type { Sandbox } from "./sandbox.ts";

const operationOf = (eventId: string): string => eventId.slice("evt_".length, eventId.lastIndexOf("_"));

/** The bus: takes a part, loses its answers, says things twice. What reaches it is on the record. */
export class SimulatedBus implements Bus {
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  publish(events: readonly SwitchyardEvent[]): Promise<readonly string[]> {
    const { faults } = this.#sandbox.world;
    return this.#sandbox.run<readonly string[]>({
      name: `bus publish ${events.length}`,
      writes: true,
      takes: 40,
      apply: () => {
        if (faults.strikes("bus down", "bus")) return { error: new Error("The bus is down.") };
        const partly = faults.strikes("bus takes a part", "bus");
        const refused = events.filter((_, index) => partly && index % 2 === 1).map(({ id }) => id);
        for (const event of events) if (!refused.includes(event.id)) this.#take(event);
        if (refused.length > 0) this.#sandbox.world.sometimes("the bus took a part of the events");
        if (!faults.strikes("bus reply lost", "bus")) return { value: refused };
        this.#sandbox.world.sometimes("events were out and their publisher was told of a fault");
        return { error: new Error("The bus did not say what it took.") };
      },
    });
  }

  #take(event: SwitchyardEvent): void {
    const { world } = this.#sandbox;
    const { id, type, subject, sequence } = event;
    const bytes = JSON.stringify(event);
    const fact = {
      what: "published",
      id,
      type,
      subject,
      sequence,
      operation: operationOf(id),
      bytes,
    } as const;
    world.record(fact);
    if (world.faults.strikes("bus repeats", "bus")) world.record(fact);
  }
}
