import type { Clock } from "../../lib/ports/clock.ts";
import { SecretUnavailable, type Secrets } from "../../lib/ports/secrets.ts";

const keptMilliseconds = 5 * 60_000;
const anewMilliseconds = 10_000;

interface Kept {
  readonly value: string;
  readonly askedAt: number;
  readonly until: number;
}

/** Secrets in memory, kept for 5 minutes like the real ones. `values` may be changed at any time. */
export class MemorySecrets implements Secrets {
  readonly values: Map<string, string>;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock, values: Readonly<Record<string, string>> = {}) {
    this.#clock = clock;
    this.values = new Map(Object.entries(values));
  }

  async read(reference: string): Promise<string> {
    const kept = this.#kept.get(reference);
    if (kept !== undefined && this.#clock.now() < kept.until) return kept.value;
    const value = this.values.get(reference);
    if (value === undefined || value === "") throw new SecretUnavailable(reference);
    const askedAt = this.#clock.now();
    this.#kept.set(reference, { value, askedAt, until: askedAt + keptMilliseconds });
    return value;
  }

  async readAnew(reference: string): Promise<string> {
    const now = this.#clock.now();
    const kept = this.#kept.get(reference);
    if (kept === undefined || now >= kept.until) return this.read(reference);
    if (now < kept.askedAt + anewMilliseconds) return kept.value;
    const value = this.values.get(reference) || kept.value;
    this.#kept.set(reference, { value, askedAt: now, until: kept.until });
    return value;
  }

  forget(reference: string): void {
    this.#kept.delete(reference);
  }
}
