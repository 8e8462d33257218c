import type { Budget, Urgency } from "../ports/budget.ts";
import { Pacer, type PacerPorts } from "./pacer.ts";

/**
 * The ceiling of calls, shared by all processes through one cell a connection. Calls leave at instants that are one
 * interval apart (a generic cell rate without burst); a process reserves up to half a second of them at once, and a
 * reserved instant may be used up to half a second late. So a window of w seconds sees at most
 * rate × (w + 0.5) + 1 calls, and clocks may differ by a quarter of a second before rate × (w + 1) + 1 is reached.
 */
export class CellBudget implements Budget {
  readonly #ports: PacerPorts;
  readonly #pacers = new Map<string, Pacer>();

  constructor(ports: PacerPorts) {
    this.#ports = ports;
  }

  take(
    connection: string,
    ratePerSecond: number,
    patienceMilliseconds: number,
    urgency: Urgency = "look",
  ): Promise<boolean> {
    return this.#pacer(connection).take(ratePerSecond, patienceMilliseconds, urgency);
  }

  holdUntil(connection: string, epochMilliseconds: number): void {
    this.#pacer(connection).holdUntil(epochMilliseconds);
  }

  /** Resolves when the holds of this process are written. Await it before an invocation ends: it may be frozen then. */
  async settled(): Promise<void> {
    await Promise.all([...this.#pacers.values()].map((pacer) => pacer.settled()));
  }

  #pacer(connection: string): Pacer {
    const pacer = this.#pacers.get(connection) ?? new Pacer(this.#ports, `budget/${connection}`);
    this.#pacers.set(connection, pacer);
    return pacer;
  }
}
