import { Webhook } from "standardwebhooks";
import {
  HttpNotSent,
  HttpUnclear,
  type HttpAnswer,
  type HttpRequest,
} from "../../../lib/ports/http-client.ts";
import type { Chance } from "../chance.ts";
import type { Reply } from "../sandbox.ts";
import type { World } from "../world.ts";
import type { Ledger } from "./ledger.ts";

/** What a receiver does while it is away. */
const troubles = ["dead", "refusing", "broken", "throttling", "redirecting", "resetting"] as const;
type Trouble = (typeof troubles)[number];

interface Outage {
  readonly from: number;
  readonly to: number;
  readonly trouble: Trouble;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** How long a run's receivers may be away: minutes, hours or days. */
export type Span = "brief" | "day" | "long";
const awayFor: Readonly<Record<Span, readonly number[]>> = {
  brief: [4 * second, 2 * minute, 12 * minute],
  day: [20 * minute, 3 * hour, 9 * hour],
  long: [9 * hour, 30 * hour, 70 * hour],
};

const answer = (status: number, headers: Readonly<Record<string, string>> = {}): HttpAnswer => ({
  status,
  headers,
  body: status < 300 ? "" : `{"status": ${status}}`,
});

/** Somebody else's server that takes our webhooks, or does not. */
export class Receiver {
  readonly host: string;
  /** The secrets that it was told, and until when it uses them (ms since the epoch). */
  secrets: { readonly secret: string; until: number }[] = [];
  readonly outages: Outage[];
  /** From then on it answers 410; null: never. */
  goneFrom: number | null;
  readonly isSlow: boolean;
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #chance: Chance;

  constructor(host: string, world: World, ledger: Ledger, span: Span) {
    this.host = host;
    this.#world = world;
    this.#ledger = ledger;
    const chance = world.chance.split(`receiver ${host}`);
    this.#chance = chance;
    this.isSlow = chance.happens(0.1);
    this.goneFrom = chance.happens(0.12) ? world.now + chance.between(5, 900) * second : null;
    const mostDays = chance.happens(span === "long" ? 0.4 : 0.06);
    const count = mostDays ? 1 : chance.pick([0, 0, 1, 1, 2]);
    let from = world.now;
    this.outages = Array.from({ length: count }, () => {
      from += chance.between(0, span === "brief" ? 5 * minute : hour);
      const to = mostDays
        ? Number.POSITIVE_INFINITY
        : from + chance.pick(awayFor[span]) * (0.3 + chance.fraction());
      const outage = { from, to, trouble: chance.pick(troubles) };
      from = to;
      return outage;
    });
  }

  /** From when on it takes everything; null: it never will. */
  get upFrom(): number | null {
    if (this.goneFrom !== null) return null;
    const last = Math.max(0, ...this.outages.map(({ to }) => to));
    return Number.isFinite(last) ? last : null;
  }

  /** Whether it has no trouble at an instant. */
  isUpAt(at: number): boolean {
    return this.#troubleAt(at) === null && (this.goneFrom === null || at < this.goneFrom);
  }

  /** It was given another secret; the one before is used for so long (seconds). */
  turn(secret: string, overlapSeconds: number): void {
    const until = this.#world.now + overlapSeconds * second;
    this.secrets = this.secrets.filter((one) => one.secret !== secret);
    for (const one of this.secrets) one.until = Math.min(one.until, until);
    this.secrets.push({ secret, until: Number.POSITIVE_INFINITY });
  }

  /** A request is there. */
  take(request: HttpRequest, begunAt: number, stalled: boolean): Reply<HttpAnswer> {
    const { now } = this.#world;
    const { headers, body = "" } = request;
    const verified = this.#verifies(body, headers);
    const decided = this.#answer(verified);
    const { reply, status, taken } = decided;
    const retryAfter = "value" in reply ? (reply.value.headers["retry-after"] ?? null) : null;
    const id = headers["webhook-id"] ?? "";
    this.#ledger.attempts.push({
      receiver: this.host,
      id,
      body,
      headers,
      begunAt,
      at: now,
      stalled,
      taken,
      status,
      retryAfter,
      verified,
    });
    this.#world.say(() => `${this.host} is sent ${id}: ${status ?? "no answer"}${taken ? ", taken" : ""}`);
    return reply;
  }

  #troubleAt(at: number): Trouble | null {
    return this.outages.find(({ from, to }) => from <= at && at < to)?.trouble ?? null;
  }

  #verifies(body: string, headers: Readonly<Record<string, string>>): boolean {
    const { now } = this.#world;
    const at = Number(headers["webhook-timestamp"]);
    // As the library asks for it, by a clock that is ours and not the machine's.
    if (Math.abs(now / 1000 - at) > 300) return false;
    const id = headers["webhook-id"] ?? "";
    const shown = (headers["webhook-signature"] ?? "").split(" ");
    return this.secrets.some(
      ({ secret, until }) =>
        until > now && shown.includes(new Webhook(secret).sign(id, new Date(at * 1000), body)),
    );
  }

  #answer(verified: boolean): { reply: Reply<HttpAnswer>; status: number | null; taken: boolean } {
    const world = this.#world;
    const { faults, now } = world;
    const chance = this.#chance;
    const plain = (value: HttpAnswer, after = this.#takes) => ({
      reply: { value, after },
      status: value.status,
      taken: false,
    });
    if (this.goneFrom !== null && now >= this.goneFrom) {
      world.sometimes("a receiver answered 410");
      return plain(answer(410));
    }
    const trouble = this.#troubleAt(now);
    if (trouble !== null) return this.#inTrouble(trouble);
    if (faults.strikes("provider 429", this.host)) return this.#inTrouble("throttling");
    if (faults.strikes("provider 5xx", this.host)) return plain(answer(500));
    if (faults.strikes("provider unavailable", this.host)) return this.#inTrouble("refusing");
    if (!verified) {
      world.sometimes("a receiver refused a signature that it does not know");
      return plain(answer(401));
    }
    if (faults.strikes("answer lost", this.host)) {
      world.sometimes("a receiver took an event and its answer was lost");
      const error = new HttpUnclear("The connection was reset.");
      return { reply: { error, after: chance.between(10, 3000) }, status: null, taken: true };
    }
    return { ...plain(answer(chance.pick([200, 202, 204]))), taken: true };
  }

  get #takes(): number {
    return this.isSlow ? this.#chance.between(4000, 14_000) : this.#chance.between(5, 300);
  }

  #inTrouble(trouble: Trouble): { reply: Reply<HttpAnswer>; status: number | null; taken: boolean } {
    const chance = this.#chance;
    const none = (error: Error, after: number, taken = false) => ({
      reply: { error, after },
      status: null,
      taken,
    });
    const told = (value: HttpAnswer) => ({
      reply: { value, after: this.#takes },
      status: value.status,
      taken: false,
    });
    switch (trouble) {
      case "dead":
        return none(new HttpUnclear("No answer within 15 s."), 15_000);
      case "refusing":
        return none(new HttpNotSent("The connection was refused."), chance.between(1, 500));
      case "resetting":
        return none(
          new HttpUnclear("The connection was reset."),
          chance.between(1, 2000),
          chance.happens(0.3),
        );
      case "broken":
        return told(answer(chance.pick([400, 404, 500, 502, 503])));
      case "redirecting":
        return told(answer(chance.pick([301, 302, 307, 308]), { location: "https://elsewhere.example/" }));
      case "throttling": {
        const wait = chance.pick([1, 30, 1200, 5000, 200_000]);
        const date = new Date(this.#world.now + wait * second).toUTCString();
        const text = chance.pick([String(wait), date, "soon", "-5", "1e3"]);
        this.#world.sometimes("a receiver answered with Retry-After");
        return told(answer(chance.pick([429, 503]), { "retry-after": text }));
      }
    }
  }
}
