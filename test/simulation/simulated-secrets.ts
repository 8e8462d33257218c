import { canaryOf } from "../fuzz/canaries.ts";
import { simulatedCanaries } from "../fuzz/overheard.ts";
import type { Secrets } from "../../lib/ports/secrets.ts";
import type { Sandbox } from "./sandbox.ts";

/** The API key of the simulated callers. */
export const apiKey = canaryOf(simulatedCanaries, "api key");
const others: ReadonlyMap<string, string> = new Map([
  ["env:SIGNING_KEY", canaryOf(simulatedCanaries, "signing key")],
  ["env:GUEST_PASSWORD", canaryOf(simulatedCanaries, "account password")],
  ["env:PARIS", canaryOf(simulatedCanaries, "provider secret")],
]);
const keptMilliseconds = 5 * 60_000;

/** Secrets, kept for five minutes in each sandbox; reading one anew takes a while now and then. */
export class SimulatedSecrets implements Secrets {
  readonly #sandbox: Sandbox;
  readonly #kept = new Map<string, { readonly value: string; readonly until: number }>();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  async read(reference: string): Promise<string> {
    const kept = this.#kept.get(reference);
    if (kept !== undefined && this.#sandbox.now() < kept.until) return kept.value;
    const { world, chance } = this.#sandbox;
    const value = await this.#sandbox.run({
      name: `secret ${reference}`,
      writes: false,
      takes: 30,
      apply: () => {
        const slow = world.faults.strikes("secret slow", reference);
        if (slow && this.#sandbox.current !== null) this.#sandbox.current.stalled = true;
        return {
          value: others.get(reference) ?? apiKey,
          after: slow ? chance.pick([3000, 12_000, 40_000, 70_000]) : 0,
        };
      },
    });
    this.#kept.set(reference, { value, until: this.#sandbox.now() + keptMilliseconds });
    return value;
  }

  /** Keys are not rotated here. */
  readAnew(reference: string): Promise<string> {
    return this.read(reference);
  }

  forget(reference: string): void {
    this.#kept.delete(reference);
  }
}
