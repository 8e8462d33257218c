import type { Clock } from "../../lib/ports/clock.ts";
import { SecretUnavailable, type Secrets } from "../../lib/ports/secrets.ts";

const keptMilliseconds = 5 * 60_000;

/** Secrets in memory, kept for 5 minutes like the real ones. `values` may be changed at any time. */
export class MemorySecrets implements Secrets {
  readonly values: Map<string, string>;
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly value: string; readonly until: number }>();

  constructor(clock: Clock, values: Readonly<Record<string, string>> = {}) {
    this.#clock = clock;
    this.values = new Map(Object.entries(values));
  }

  async read(reference: string): Promise<string> {
    const kept = this.#kept.get(reference);
    if (kept !== undefined && this.#clock.now() < kept.until) return kept.value;
    const value = this.values.get(reference);
    if (value === undefined || value === "") throw new SecretUnavailable(reference);
    this.#kept.set(reference, { value, until: this.#clock.now() + keptMilliseconds });
    return value;
  }

  forget(reference: string): void {
    this.#kept.delete(reference);
  }
}
