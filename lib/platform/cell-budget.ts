import type { Budget, Outcome, Standing, Urgency } from "../ports/budget.ts";
import { timeLeft } from "../ports/time-left.ts";
import { Pacer } from "./pacer.ts";
import type { PacerPorts } from "./shared-pace.ts";

/**
 * Milliseconds for the longest answer, and for saving what is learned from it. What is not answered when its invocation
 * ends was asked in vain: somebody with more time asks later.
 */
const answerMilliseconds = 17_000;

/**
 * The ceiling of calls, shared by all processes through one cell a connection. Calls leave at instants that are one
 * interval apart (a generic cell rate without burst); processes that wait have them in turns, each reserves several at
 * once, and a reserved instant may be used up to half a second late. So a window of w seconds sees at most
 * rate × (w + 0.5) + 1 calls, and clocks may differ by a quarter of a second before rate × (w + 1) + 1 is reached;
 * those that differ by more follow the one that is ahead.
 */
export class CellBudget implements Budget {
  readonly #ports: PacerPorts;
  readonly #pacers = new Map<string, Pacer>();

  constructor(ports: PacerPorts) {
    this.#ports = ports;
  }

  take(
    connection: string,
    ceiling: number,
    patienceMilliseconds: number,
    urgency: Urgency = "look",
    zone = "",
  ): Promise<boolean> {
    const patience = Math.min(patienceMilliseconds, Math.max(0, timeLeft() - answerMilliseconds));
    return this.#pacer(connection).take(ceiling, patience, urgency, zone);
  }

  closedUntil(connection: string, zone: string): number | null {
    return this.#pacer(connection).closedUntil(zone);
  }

  noted(connection: string, ceiling: number, outcome: Outcome): void {
    this.#pacer(connection).noted(ceiling, outcome);
  }

  holdUntil(connection: string, epochMilliseconds: number): void {
    this.#pacer(connection).holdUntil(epochMilliseconds);
  }

  standing(connection: string, ceiling: number): Promise<Standing> {
    return this.#pacer(connection).standing(ceiling);
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#pacers.values()].map((pacer) => pacer.settled()));
  }

  #pacer(connection: string): Pacer {
    const pacer = this.#pacers.get(connection) ?? new Pacer(this.#ports, `budget/${connection}`);
    this.#pacers.set(connection, pacer);
    return pacer;
  }
}
