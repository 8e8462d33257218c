import type { Clock } from "../../ports/clock.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../ports/http-client.ts";
import { ProviderRefusal } from "../../ports/provider.ts";
import { resetOf } from "./refusal.ts";

/** Seconds to wait when the answers that are still to come decide whether a call is left. */
const shortWaitSeconds = 1;
/** The longest pause that a header can ask for, in milliseconds. */
const longestHold = 86_400_000;

const remainingIn = ({ headers }: HttpAnswer): number | null => {
  const header = headers["x-ratelimit-remaining"];
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : null;
};

/**
 * Keeps the provider's limit before it is hit. The budget is told of a limit that is used up too, but a call may have
 * its place there already: this is the last gate on its way. What is under way counts as used, so of ten calls that
 * ask at once for the last three, three leave.
 */
export class LimitGate implements HttpClient {
  readonly #http: HttpClient;
  readonly #clock: Clock;
  #underWay = 0;
  /** Calls that may still leave before `#renewedAt`; null: nothing is known. */
  #left: number | null = null;
  #renewedAt = 0;

  constructor(http: HttpClient, clock: Clock) {
    this.#http = http;
    this.#clock = clock;
  }

  /** @throws HttpNotSent, HttpUnclear; ProviderRefusal RATE_LIMITED, with nothing sent, while the limit is used up */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    this.#leave();
    this.#underWay += 1;
    try {
      const answer = await this.#http.send(request);
      this.#underWay -= 1;
      this.#note(answer);
      return answer;
    } catch (error) {
      this.#underWay -= 1;
      throw error;
    }
  }

  #leave(): void {
    const now = this.#clock.now();
    if (now >= this.#renewedAt) this.#left = null;
    if (this.#left === null) return;
    if (this.#left <= 0) {
      const seconds =
        this.#underWay > 0 ? shortWaitSeconds : Math.max(1, Math.ceil((this.#renewedAt - now) / 1000));
      throw new ProviderRefusal(
        "RATE_LIMITED",
        "The provider's limit is used up (X-RateLimit-Remaining).",
        { status: null },
        { retryAfterSeconds: seconds },
      );
    }
    this.#left -= 1;
  }

  #note(answer: HttpAnswer): void {
    const remaining = remainingIn(answer);
    const reset = resetOf(answer);
    if (remaining === null || reset === null) return;
    // Answers may overtake each other: within one window, the smaller number is the later one.
    const left = remaining - this.#underWay;
    const isSameWindow = this.#left !== null && reset <= this.#renewedAt;
    this.#left = isSameWindow ? Math.min(this.#left ?? left, left) : left;
    this.#renewedAt = Math.min(Math.max(reset, this.#renewedAt), this.#clock.now() + longestHold);
  }
}
