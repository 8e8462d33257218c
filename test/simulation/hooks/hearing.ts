import { CanaryWatch, shownSecret, type Canary } from "../../fuzz/canaries.ts";
import { simulatedCanaries } from "../../fuzz/overheard.ts";
import { watchedPorts } from "../../fuzz/watched-ports.ts";
import type { Violation } from "../checker.ts";

/** All that is said through ports, and in answers that may hold no secret (I13). */
export class Hearing {
  /** A part of the seeds is enough: what leaks, leaks in most. */
  readonly isListening: boolean;
  /** Invocations that went past their time without having been held up. */
  readonly overdue: string[] = [];
  /** Invocations that were over while something of them still went on. */
  readonly unfinished: string[] = [];
  readonly #said: string[] = [];
  readonly #shown: Canary[] = [];

  constructor(isListening: boolean) {
    this.isListening = isListening;
  }

  ports<P extends object>(ports: P): P {
    return this.isListening ? watchedPorts(ports, (text) => this.#said.push(text)) : ports;
  }

  /** An answer that may hold no secret. */
  answer(value: unknown): void {
    if (this.isListening) this.#said.push(`answer ${JSON.stringify(value)}`);
  }

  /** A secret that was shown to whom it belongs: nobody else may see it, and it never again. */
  learn(slot: string, secret: string): void {
    if (this.isListening) this.#shown.push(shownSecret(slot, secret));
  }

  get violations(): readonly Violation[] {
    const watch = new CanaryWatch([...simulatedCanaries, ...this.#shown]);
    const said = this.#said.flatMap((text) => watch.find(text) ?? []).slice(0, 1);
    return said.map(({ slot, form, around }) => ({
      invariant: "I13",
      explanation: `${slot} is seen (${form}): ${around}`,
    }));
  }
}
