import * as z from "zod";
import { apiKey } from "../simulated-secrets.ts";
import type { Chance } from "../chance.ts";
import { Receiver, type Span } from "./receivers.ts";
import type { Ending, Yard } from "./yard.ts";

const replySchema = z.object({ statusCode: z.number(), body: z.string().default("") });
const withSecretSchema = z.looseObject({ id: z.string(), secret: z.string() });
const keySchema = z.looseObject({ key: z.string() });
const deliveriesSchema = z.looseObject({ items: z.array(z.looseObject({ id: z.string() })) });

interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly key?: string;
  readonly as?: "everybody" | "tenant";
}

/** An endpoint that people have set up, and its receiver. */
export interface Owned {
  readonly id: string;
  readonly receiver: Receiver;
  readonly as: "everybody" | "tenant";
}

/** Those who set up endpoints and look after them. They ask until they are answered. */
export class People {
  readonly #yard: Yard;
  readonly #chance: Chance;
  readonly #span: Span;
  readonly owned: Owned[] = [];
  /** Requests that have not been answered. */
  waiting = 0;
  #tenantKey: string | null = null;
  #keys = 0;

  constructor(yard: Yard, span: Span) {
    this.#yard = yard;
    this.#span = span;
    this.#chance = yard.world.chance.split("people");
  }

  /** Asks until there is an answer below 500; `shows`: its answer may hold a secret. */
  call(call: Call, answered: (status: number, body: string) => void, shows = false): void {
    const { world, ledger, hearing } = this.#yard;
    const { method, path, body, key, as = "everybody" } = call;
    this.waiting += 1;
    const askedAt = world.now;
    const again = (): void => world.after(this.#chance.between(500, 6000), attempt);
    const event = {
      rawPath: path,
      headers: {
        authorization: `Bearer ${as === "tenant" ? (this.#tenantKey ?? "") : apiKey}`,
        ...(key === undefined ? {} : { "idempotency-key": key }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      requestContext: { requestId: "req-1", http: { method } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const attempt = (): void =>
      this.#yard.invoke("settings", event, (ending: Ending) => {
        const isLost = world.faults.strikes("api reply lost", path);
        if ("fault" in ending) return again();
        const { statusCode, body: text } = replySchema.parse(ending.value);
        if (!shows) hearing.answer(text);
        if (isLost || statusCode >= 500) return again();
        this.waiting -= 1;
        ledger.answers.push({ askedAt, at: world.now, method, path, as, status: statusCode, body: text });
        world.say(() => `${as} ${method} ${path} is answered ${statusCode}`);
        answered(statusCode, text);
      });
    attempt();
  }

  /** Sets up an endpoint and tells its receiver the secret. */
  endpoint(
    number: number,
    settings: object,
    as: Owned["as"] = "everybody",
    then: (owned: Owned) => void = () => {},
  ): void {
    const { world, receivers, ledger, hearing } = this.#yard;
    const host = `r${number}.example`;
    const receiver = new Receiver(host, world, ledger, this.#span);
    receivers.set(host, receiver);
    const body = { url: `https://${host}/hook`, headers: { "x-tenant": "t-1" }, ...settings };
    this.call(
      { method: "POST", path: "/v1/endpoints", body, key: `endpoint-${number}`, as },
      (status, text) => {
        if (status !== 201) throw new Error(`An endpoint is answered ${status}: ${text}`);
        const { id, secret } = withSecretSchema.parse(JSON.parse(text));
        hearing.learn("endpoint secret", secret);
        receiver.turn(secret, 0);
        ledger.endpointOf.set(host, id);
        const owned = { id, receiver, as };
        this.owned.push(owned);
        then(owned);
      },
      true,
    );
  }

  /** Makes a key that may see one connection, then goes on with it. */
  tenant(then: () => void): void {
    this.#keys += 1;
    const name = `tenant${this.#keys}`;
    const body = { name, scopes: ["admin"], connections: ["lyon"], requests_per_minute: 60_000 };
    this.call(
      { method: "POST", path: "/v1/keys", body },
      (status, text) => {
        if (status === 409) return this.tenant(then);
        const { key } = keySchema.parse(JSON.parse(text));
        this.#yard.hearing.learn("key", key);
        this.#tenantKey = key;
        then();
      },
      true,
    );
  }

  /** Somebody who sees one connection asks for what others have. */
  pry(): void {
    for (const { id } of this.owned) {
      this.call({ method: "GET", path: `/v1/endpoints/${id}`, as: "tenant" }, () => {});
      this.call({ method: "GET", path: `/v1/endpoints/${id}/deliveries`, as: "tenant" }, () => {});
    }
    this.call({ method: "GET", path: "/v1/endpoints", as: "tenant" }, () => {});
    this.call({ method: "GET", path: "/v1/hooks", as: "tenant" }, () => {});
    this.call({ method: "GET", path: "/v1/hooks/shop", as: "tenant" }, () => {});
    this.#yard.world.sometimes("a limited key asked for what is not its own");
  }

  rotate({ id, receiver, as }: Owned, overlapSeconds: number): void {
    const { world, hearing } = this.#yard;
    world.sometimes(
      overlapSeconds === 0 ? "a secret was rotated at once" : "a secret was rotated with overlap",
    );
    this.call(
      {
        method: "POST",
        path: `/v1/endpoints/${id}/rotate-secret`,
        body: { overlap_seconds: overlapSeconds },
        as,
      },
      (status, text) => {
        if (status !== 200) return;
        const { secret } = withSecretSchema.parse(JSON.parse(text));
        hearing.learn("endpoint secret", secret);
        receiver.turn(secret, overlapSeconds);
      },
      true,
    );
  }

  patch({ id, as }: Owned, body: object): void {
    this.call({ method: "PATCH", path: `/v1/endpoints/${id}`, body, as }, () => {});
  }

  /** Switches it on and asks for what it missed since. */
  recover({ id, as }: Owned, since: number): void {
    const body = { since: new Date(since).toISOString() };
    this.call({ method: "POST", path: `/v1/endpoints/${id}/recover`, body, as }, (status) => {
      if (status === 202) this.#yard.world.sometimes("an endpoint was recovered");
    });
  }

  replay({ id, as }: Owned, from: number): void {
    const body = { from: new Date(from).toISOString(), only_missed: false };
    this.call({ method: "POST", path: `/v1/endpoints/${id}/replay`, body, as }, (status) => {
      if (status === 202) this.#yard.world.sometimes("a range was replayed");
    });
  }

  /** Sends one of its deliveries again. */
  replayOne({ id, as }: Owned): void {
    this.call({ method: "GET", path: `/v1/endpoints/${id}/deliveries`, as }, (status, text) => {
      if (status !== 200) return;
      const { items } = deliveriesSchema.parse(JSON.parse(text));
      const [first] = items;
      if (first === undefined) return;
      this.call({ method: "POST", path: `/v1/deliveries/${first.id}/replay`, body: {}, as }, (answered) => {
        if (answered === 202) this.#yard.world.sometimes("a delivery was replayed");
      });
    });
  }

  test({ id, as }: Owned): void {
    this.call({ method: "POST", path: `/v1/endpoints/${id}/test`, body: {}, as }, (status) => {
      if (status === 202) this.#yard.world.sometimes("an example was asked for");
    });
  }

  remove({ id, as }: Owned): void {
    this.call({ method: "DELETE", path: `/v1/endpoints/${id}`, as }, () => {
      this.#yard.world.sometimes("an endpoint was deleted");
    });
  }
}
