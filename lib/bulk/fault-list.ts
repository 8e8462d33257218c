import type { Fault } from "../operation/pointer.ts";
import { thousands } from "./lines.ts";

/** Gathers faults: so many are kept, and the rest is counted. */
export class FaultList {
  readonly #most: number;
  readonly #faults: Fault[] = [];
  readonly #said = new Set<string>();
  #more = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(fault: Fault): void {
    if (this.#faults.length < this.#most) this.#faults.push(fault);
    else this.#more += 1;
  }

  /** Adds what is wrong with something that all items share, in whatever words of its own, once. */
  addOnce(what: string, fault: Fault): void {
    if (this.#said.has(what)) return;
    // Beyond the limit nothing is told one by one, so nothing need be remembered.
    if (this.#faults.length < this.#most) this.#said.add(what);
    this.add(fault);
  }

  /** All that are kept, and how many more there are. */
  list(): readonly Fault[] {
    if (this.#more === 0) return this.#faults;
    const detail = `${thousands(this.#more)} more ${this.#more === 1 ? "fault is" : "faults are"} not shown`;
    return [...this.#faults, { pointer: "", detail }];
  }
}
