import type { Outcome } from "../../../lib/ports/budget.ts";
import type { Chance } from "../chance.ts";
import type { Order } from "./order.ts";
import { rateStart, type Time } from "./time.ts";

/** A call as it reached the provider. */
export interface Sent {
  readonly at: number;
  readonly by: string;
  readonly zone: string;
  readonly answer: "ok" | "429" | "429 with time" | "unclear";
}

/** What the provider says to a call. */
export interface Reply {
  readonly answer: Outcome["answer"];
  /** `Retry-After`, in seconds. */
  readonly retryAfter: number | null;
  readonly isDone: boolean;
}

/** Zones of the provider; only the first one has outages. */
export const zones = ["a", "b"] as const;

/** A provider that takes so many calls a second, and has trouble for a time. */
export class RateProvider {
  readonly sent: Sent[] = [];
  readonly #time: Time;
  readonly #order: Order;
  readonly #chance: Chance;
  #level = 0;
  #last = rateStart;
  #heldUntil = 0;

  constructor(time: Time, order: Order, chance: Chance) {
    this.#time = time;
    this.#order = order;
    this.#chance = chance;
  }

  /** Until when it has asked for quiet. */
  get heldUntil(): number {
    return this.#heldUntil;
  }

  call(by: string, zone: string): Reply {
    const reply = this.#reply(zone);
    const answer = reply.isDone ? "ok" : reply.answer === "unclear" ? "unclear" : "429";
    this.sent.push({
      at: this.#time.now,
      by,
      zone,
      answer: reply.retryAfter === null ? answer : "429 with time",
    });
    return reply;
  }

  #reply(zone: string): Reply {
    const { theme, troubleFrom, troubleUntil } = this.#order;
    const at = this.#time.now - rateStart;
    const isTrouble = at >= troubleFrom && at < troubleUntil;
    if (isTrouble && theme === "storm") return { answer: "limited", retryAfter: null, isDone: false };
    if (isTrouble && theme === "outage" && zone === zones[0])
      return { answer: "unclear", retryAfter: null, isDone: false };
    if (theme === "hold" && (this.#time.now < this.#heldUntil || this.#chance.happens(0.004))) {
      const retryAfter = this.#chance.between(2, 6);
      this.#heldUntil = Math.max(this.#heldUntil, this.#time.now + retryAfter * 1000);
      return { answer: "clear", retryAfter, isDone: false };
    }
    if (theme === "limited" && this.#isOver()) return { answer: "limited", retryAfter: null, isDone: false };
    return { answer: "clear", retryAfter: null, isDone: true };
  }

  /** A bucket with one second's worth in it, and a few calls at least; what it refuses does not count. */
  #isOver(): boolean {
    const { limit } = this.#order;
    const level = Math.max(0, this.#level - ((this.#time.now - this.#last) / 1000) * limit);
    this.#last = this.#time.now;
    const isOver = level + 1 > Math.max(3, limit);
    this.#level = isOver ? level : level + 1;
    return isOver;
  }
}
