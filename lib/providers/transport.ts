import type * as z from "zod";
import { homeOf, type Connection } from "../connection.ts";
import type { JsonObject } from "../operation/json.ts";
import { bounds } from "../operation/bounds.ts";
import type { Outcome, Urgency } from "../ports/budget.ts";
import { HttpNotSent, HttpUnclear, type HttpAnswer, type HttpRequest } from "../ports/http-client.ts";
import { ProviderDoubt, ProviderRefusal } from "../ports/provider.ts";
import { SecretUnavailable } from "../ports/secrets.ts";
import type { AdapterPorts } from "./adapter-ports.ts";
import { leftOf, zoneIn } from "./call-limits.ts";
import { parsed, wireAnswer, type WireAnswer } from "./wire-answer.ts";
import { headersWithoutSecrets, withoutSecrets } from "./without-secrets.ts";

export type { WireAnswer } from "./wire-answer.ts";

/** How a call waits for the connection's budget: for how long, in milliseconds, and what it is for. */
export interface Patience {
  readonly milliseconds: number;
  readonly urgency: Urgency;
}
export const patience = {
  /** The flow has reserved the slot already: waiting here would push a create out of its start window. */
  reserved: null,
  /** A second request of a change. */
  change: { milliseconds: 15_000, urgency: "write" },
  look: { milliseconds: 15_000, urgency: "look" },
  read: { milliseconds: 2000, urgency: "read" },
} as const satisfies Record<string, Patience | null>;

/** How long an answer may take, in milliseconds. */
export const answerTimes = { single: 10_000, list: 15_000 } as const;

/** Pause after a 429 that does not say for how long, in milliseconds. */
const quietAfterBare429 = 1000;
/** Pause after a secret could not be read. */
const secretPauseSeconds = 30;
/** The longest pause that a header can ask for, in milliseconds. */
const longestQuiet = 86_400_000;

/** One call in the provider's terms. */
export interface WireCall {
  readonly method: HttpRequest["method"];
  /** Root of the host, without a slash at its end. */
  readonly root: string;
  /** Decoded path segments. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: JsonObject;
  /** A raw body, sent as text/plain. */
  readonly text?: string;
  readonly patience: Patience | null;
  /** When the whole change was asked for, in ms since the epoch, where something was looked up before this call (R5). */
  readonly askedAt?: number;
  readonly timeoutMilliseconds?: number;
  /** Secrets in the body; like the connection's own, they are taken out of whatever the provider says to it. */
  readonly hidden?: readonly string[];
}

/** What differs between providers in every exchange, whatever is asked. */
export interface WireLanguage {
  /** Headers that every request bears, the credentials among them. */
  readonly headers: (secret: string) => Readonly<Record<string, string>>;
  /** The provider's own id of the exchange, for its support. */
  readonly requestIdOf: (answer: HttpAnswer) => string | null;
  /** What an answer outside 2xx means. `now` in ms since the epoch, for headers that name an instant. */
  readonly errorOf: (answer: HttpAnswer, now: number) => ProviderRefusal | ProviderDoubt;
}

/** Sends calls of one connection. */
export interface Transport {
  /** @throws ProviderRefusal, ProviderDoubt (also for a 2xx whose body is not what it should be) */
  call<T>(call: WireCall, schema: z.ZodType<T>): Promise<WireAnswer<T>>;
  /** For answers whose body says nothing, or is no JSON: the text as it came. @throws ProviderRefusal, ProviderDoubt */
  callForText(call: WireCall): Promise<WireAnswer<string>>;
}

const encoded = (path: readonly string[]): string => {
  // An empty segment would address the list instead of one of its things, and dots climb up the path.
  if (path.some((part) => part === "" || part === "." || part === "..")) {
    throw new ProviderRefusal("RESOURCE_NOT_FOUND", "There can't be a resource with such an id.", {
      status: null,
    });
  }
  return path.map((part) => `/${encodeURIComponent(part)}`).join("");
};

const urlOf = ({ root, path, query }: WireCall): string => {
  const search = new URLSearchParams(query).toString();
  return `${root}${encoded(path)}${search === "" ? "" : `?${search}`}`;
};

const httpRequestOf = (call: WireCall, headers: Readonly<Record<string, string>>): HttpRequest => ({
  method: call.method,
  url: urlOf(call),
  headers: {
    Accept: "application/json",
    "User-Agent": "switchyard",
    ...headers,
    ...(call.json === undefined ? {} : { "Content-Type": "application/json" }),
    ...(call.text === undefined ? {} : { "Content-Type": "text/plain" }),
  },
  ...(call.json === undefined ? {} : { body: JSON.stringify(call.json) }),
  ...(call.text === undefined ? {} : { body: call.text }),
  timeoutMilliseconds: call.timeoutMilliseconds ?? answerTimes.single,
});

/** An exchange that was carried out. `sentAt` in ms since the epoch. */
interface Exchanged {
  readonly answer: HttpAnswer;
  readonly zone: string;
  readonly sentAt: number;
}

/** A secret store that hangs must not make the intent old: then nothing is sent, and that is certain (R5). */
const heldUp = (): ProviderRefusal =>
  new ProviderRefusal("UNAVAILABLE", "The call was held up for too long and was not sent.", { status: null });

class OneRequestTransport implements Transport {
  readonly #connection: Connection;
  readonly #ports: AdapterPorts;
  readonly #wire: WireLanguage;
  #warned = false;

  constructor(connection: Connection, ports: AdapterPorts, wire: WireLanguage) {
    this.#connection = connection;
    this.#ports = ports;
    this.#wire = wire;
  }

  async call<T>(call: WireCall, schema: z.ZodType<T>): Promise<WireAnswer<T>> {
    const exchanged = await this.#exchange(call);
    const { answer } = exchanged;
    try {
      const understood = parsed(answer, this.#wire.requestIdOf(answer), schema);
      this.#tell(exchanged, "clear");
      return understood;
    } catch (error) {
      this.#tell(exchanged, "unclear");
      throw error;
    }
  }

  async callForText(call: WireCall): Promise<WireAnswer<string>> {
    const exchanged = await this.#exchange(call);
    const { answer } = exchanged;
    this.#tell(exchanged, "clear");
    return wireAnswer(answer, this.#wire.requestIdOf(answer), answer.body);
  }

  async #exchange(call: WireCall): Promise<Exchanged> {
    const zone = zoneIn(call.path) ?? homeOf(this.#connection);
    const askedAt = call.askedAt ?? this.#ports.clock.now();
    const secret = await this.#secret();
    const request = httpRequestOf(call, this.#wire.headers(secret));
    await this.#waitForBudget(call.patience, zone);
    const startedAt = this.#ports.clock.now();
    const isChange = call.method !== "GET" && call.method !== "HEAD";
    if (isChange && call.patience === null && startedAt - askedAt > bounds.sendWithin * 1000) throw heldUp();
    const hidden = [secret, ...(call.hidden ?? [])];
    const answer = headersWithoutSecrets(await this.#sent(request, zone), hidden);
    this.#note(call, answer, startedAt);
    const exchanged = { answer, zone, sentAt: startedAt };
    if (answer.status >= 200 && answer.status < 300) return exchanged;
    throw this.#failure(exchanged, hidden);
  }

  async #secret(): Promise<string> {
    try {
      return await this.#ports.secrets.read(this.#connection.secret);
    } catch (cause) {
      if (!(cause instanceof SecretUnavailable)) throw cause;
      const options = { cause, retryAfterSeconds: secretPauseSeconds };
      throw new ProviderRefusal("UNAVAILABLE", cause.message, { status: null }, options);
    }
  }

  async #waitForBudget(wait: Patience | null, zone: string): Promise<void> {
    if (wait === null) return this.#refuseWhereShut(zone);
    const { name, rate_per_second: rate } = this.#connection;
    if (await this.#ports.budget.take(name, rate, wait.milliseconds, wait.urgency, zone)) return;
    throw new ProviderRefusal(
      "RATE_LIMITED",
      `The ceiling of ${rate} calls a second of connection ${name} is used up.`,
      { status: null },
      { retryAfterSeconds: Math.ceil(wait.milliseconds / 1000) },
    );
  }

  /** The flow has a place, but may not have known where the call goes: a zone that answers to nobody is left alone. */
  #refuseWhereShut(zone: string): void {
    const { budget, clock } = this.#ports;
    const until = budget.closedUntil(this.#connection.name, zone);
    if (until === null) return;
    throw new ProviderRefusal(
      "UNAVAILABLE",
      `Too many calls to ${zone === "" ? "the provider" : zone} had no clear outcome; it is left alone for a while.`,
      { status: null },
      { retryAfterSeconds: Math.max(1, Math.ceil((until - clock.now()) / 1000)) },
    );
  }

  async #sent(request: HttpRequest, zone: string): Promise<HttpAnswer> {
    const sentAt = this.#ports.clock.now();
    try {
      return await this.#ports.http.send(request);
    } catch (cause) {
      if (cause instanceof HttpNotSent) {
        const message = `No connection to the provider could be made (${cause.message}).`;
        throw new ProviderRefusal("UNAVAILABLE", message, { status: null }, { cause });
      }
      if (cause instanceof HttpUnclear) {
        this.#told({ zone, sentAt, answer: "unclear" });
        const message = `The provider's answer was not received (${cause.message}).`;
        throw new ProviderDoubt(message, { status: null }, { cause });
      }
      throw cause;
    }
  }

  /** What every answer is looked through for, whatever it says. */
  #note(call: WireCall, answer: HttpAnswer, startedAt: number): void {
    const { log, clock } = this.#ports;
    const requestId = this.#wire.requestIdOf(answer);
    log.debug(`${call.method} ${call.path.join("/")} answered ${answer.status}`, {
      connection: this.#connection.name,
      milliseconds: clock.now() - startedAt,
      ...(requestId === null ? {} : { provider_request_id: requestId }),
    });
    const warning = answer.headers["warning"];
    if (warning?.startsWith("299") === true && !this.#warned) {
      this.#warned = true;
      log.warn("the provider warns", { connection: this.#connection.name, why: warning.slice(0, 300) });
    }
    if (answer.headers["x-ratelimit-remaining"] === "0") {
      const reset = Number(answer.headers["x-ratelimit-reset"]);
      if (reset > 0) this.#quietUntil(reset * 1000);
    }
  }

  #told(outcome: Outcome): void {
    const { name, rate_per_second: ceiling } = this.#connection;
    this.#ports.budget.noted(name, ceiling, outcome);
  }

  #tell({ answer: { headers }, zone, sentAt }: Exchanged, answer: Outcome["answer"]): void {
    const left = leftOf(headers, this.#ports.clock.now());
    this.#told({ zone, sentAt, answer, ...(left === null ? {} : { left }) });
  }

  #quietUntil(epochMilliseconds: number): void {
    const latest = this.#ports.clock.now() + longestQuiet;
    this.#ports.budget.holdUntil(this.#connection.name, Math.min(epochMilliseconds, latest));
  }

  #failure(exchanged: Exchanged, hidden: readonly string[]): ProviderRefusal | ProviderDoubt {
    const { clock, log, secrets } = this.#ports;
    const { answer } = exchanged;
    const body = withoutSecrets(answer.body, hidden);
    const error = this.#wire.errorOf({ ...answer, body }, clock.now());
    const isBare = error instanceof ProviderRefusal && error.retryAfterSeconds === null;
    const isLimited = isBare && error.code === "RATE_LIMITED";
    this.#tell(exchanged, error instanceof ProviderDoubt ? "unclear" : isLimited ? "limited" : "clear");
    if (error instanceof ProviderDoubt) return error;
    if (error.code === "UNAUTHENTICATED") secrets.forget(this.#connection.secret);
    if (error.code === "RATE_LIMITED") {
      log.count("ProviderRateLimited", 1);
      const seconds = error.retryAfterSeconds;
      this.#quietUntil(clock.now() + (seconds === null ? quietAfterBare429 : seconds * 1000));
    }
    return error;
  }
}

/** The transport of one connection: one request a call, never repeated, never redirected. */
export const createTransport = (connection: Connection, ports: AdapterPorts, wire: WireLanguage): Transport =>
  new OneRequestTransport(connection, ports, wire);

/** The root of a host as configured, without a slash at its end. */
export const rootOf = (url: string): string => url.replace(/\/+$/, "");
