import type * as z from "zod";
import type { Connection } from "../connection.ts";
import type { JsonObject } from "../operation/json.ts";
import { bounds } from "../operation/bounds.ts";
import type { Urgency } from "../ports/budget.ts";
import { HttpNotSent, HttpUnclear, type HttpAnswer, type HttpRequest } from "../ports/http-client.ts";
import { ProviderDoubt, ProviderRefusal } from "../ports/provider.ts";
import { SecretUnavailable } from "../ports/secrets.ts";
import type { AdapterPorts } from "./adapter-ports.ts";
import { headersWithoutSecrets, withoutSecrets } from "./without-secrets.ts";

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

/** An answer that was understood. */
export interface WireAnswer<T> {
  readonly value: T;
  readonly requestId: string | null;
  /** `X-Total-Count`, where the answer has it. */
  readonly total: number | null;
  /** Whether a `Link` header names a next page; null without such a header. The link itself is never followed. */
  readonly hasNext: boolean | null;
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

const totalOf = (answer: HttpAnswer): number | null => {
  const header = answer.headers["x-total-count"];
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : null;
};

const hasNextOf = (answer: HttpAnswer): boolean | null => {
  const header = answer.headers["link"];
  return header === undefined ? null : /;\s*rel="?next"?/i.test(header);
};

const wireAnswer = <T>(answer: HttpAnswer, requestId: string | null, value: T): WireAnswer<T> => ({
  value,
  requestId,
  total: totalOf(answer),
  hasNext: hasNextOf(answer),
});

/** Deeper than any provider's answer; what is written out again by recursion must not end the function. */
const deepest = 200;

/** Whether the JSON nests deeper than that. Brackets in texts count too: a text of hundreds of them is as odd. */
const isTooDeep = (body: string): boolean => {
  let depth = 0;
  for (let at = 0; at < body.length; at += 1) {
    const letter = body.charCodeAt(at);
    if (letter === 0x5b || letter === 0x7b) depth += 1;
    else if (letter === 0x5d || letter === 0x7d) depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
};

const parsed = <T>(answer: HttpAnswer, requestId: string | null, schema: z.ZodType<T>): WireAnswer<T> => {
  const detail = { status: answer.status, ...(requestId === null ? {} : { request_id: requestId }) };
  if (isTooDeep(answer.body)) {
    throw new ProviderDoubt(
      `The provider answered ${answer.status} with a body that nests too deeply.`,
      detail,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(answer.body);
  } catch (cause) {
    throw new ProviderDoubt(`The provider answered ${answer.status} with a body that is no JSON.`, detail, {
      cause,
    });
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const where = result.error.issues[0]?.path.join(".") ?? "";
    const message = `The provider answered ${answer.status} with a body of another shape than expected${where === "" ? "" : ` (at ${where})`}.`;
    throw new ProviderDoubt(message, detail, { cause: result.error });
  }
  return wireAnswer(answer, requestId, result.data);
};

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
    const answer = await this.#exchange(call);
    return parsed(answer, this.#wire.requestIdOf(answer), schema);
  }

  async callForText(call: WireCall): Promise<WireAnswer<string>> {
    const answer = await this.#exchange(call);
    return wireAnswer(answer, this.#wire.requestIdOf(answer), answer.body);
  }

  async #exchange(call: WireCall): Promise<HttpAnswer> {
    const askedAt = call.askedAt ?? this.#ports.clock.now();
    const secret = await this.#secret();
    const request = httpRequestOf(call, this.#wire.headers(secret));
    await this.#waitForBudget(call.patience);
    const startedAt = this.#ports.clock.now();
    const isChange = call.method !== "GET" && call.method !== "HEAD";
    if (isChange && call.patience === null && startedAt - askedAt > bounds.sendWithin * 1000) throw heldUp();
    const hidden = [secret, ...(call.hidden ?? [])];
    const answer = headersWithoutSecrets(await this.#sent(request), hidden);
    this.#note(call, answer, startedAt);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw this.#failure(answer, hidden);
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

  async #waitForBudget(wait: Patience | null): Promise<void> {
    if (wait === null) return;
    const { name, rate_per_second: rate } = this.#connection;
    if (await this.#ports.budget.take(name, rate, wait.milliseconds, wait.urgency)) return;
    throw new ProviderRefusal(
      "RATE_LIMITED",
      `The ceiling of ${rate} calls a second of connection ${name} is used up.`,
      { status: null },
      { retryAfterSeconds: Math.ceil(wait.milliseconds / 1000) },
    );
  }

  async #sent(request: HttpRequest): Promise<HttpAnswer> {
    try {
      return await this.#ports.http.send(request);
    } catch (cause) {
      if (cause instanceof HttpNotSent) {
        const message = `No connection to the provider could be made (${cause.message}).`;
        throw new ProviderRefusal("UNAVAILABLE", message, { status: null }, { cause });
      }
      if (cause instanceof HttpUnclear) {
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

  #quietUntil(epochMilliseconds: number): void {
    const latest = this.#ports.clock.now() + longestQuiet;
    this.#ports.budget.holdUntil(this.#connection.name, Math.min(epochMilliseconds, latest));
  }

  #failure(answer: HttpAnswer, hidden: readonly string[]): ProviderRefusal | ProviderDoubt {
    const { clock, log, secrets } = this.#ports;
    const body = withoutSecrets(answer.body, hidden);
    const error = this.#wire.errorOf({ ...answer, body }, clock.now());
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
