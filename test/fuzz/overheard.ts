import type { Violation } from "../simulation/checker.ts";
import { canariesOf, CanaryWatch } from "./canaries.ts";
import { watchedPorts } from "./watched-ports.ts";

/** The secrets of every simulated installation. */
export const simulatedCanaries = canariesOf(0);

/** All that an installation says through its ports and answers, for I13: no secret outside the secrets port. */
export class Overheard {
  readonly #isListening: boolean;
  #said: string[] = [];

  /** Listening to a part of the seeds is enough: what leaks, leaks in most. */
  constructor(isListening: boolean) {
    this.#isListening = isListening;
  }

  /** The same ports; rows, events, messages and lines are noted on their way. */
  ports<P extends object>(ports: P): P {
    return this.#isListening ? watchedPorts(ports, (text) => this.#said.push(text)) : ports;
  }

  answer(value: unknown): void {
    if (this.#isListening) this.#said.push(`answer ${JSON.stringify(value)}`);
  }

  /** One violation a secret that was seen. */
  get violations(): readonly Violation[] {
    const watch = new CanaryWatch(simulatedCanaries);
    if (watch.find(this.#said.join("\n")) === null) return [];
    const seen = this.#said.flatMap((text) => watch.find(text) ?? []);
    const [first] = seen;
    if (first === undefined) return [];
    return [{ invariant: "I13", explanation: `${first.slot} is seen (${first.form}): ${first.around}` }];
  }
}
