import { keySetSchema, type PublicKey } from "../access/json-web-token.ts";
import type { TokenSettings } from "../access/token-settings.ts";
import type { HttpClient } from "../ports/http-client.ts";
import type { Ports } from "../ports/ports.ts";

/** Whose tokens are taken, and what their keys are fetched with. */
export interface TokenIssuer {
  readonly settings: TokenSettings;
  readonly http: HttpClient;
}

interface KeySet {
  readonly keys: readonly PublicKey[];
  readonly fetchedAt: number;
}

const freshMilliseconds = 600_000;
/** Anybody can name a key that there is not: the issuer is asked no more often than this, in vain or not. */
const pauseMilliseconds = 60_000;
const timeoutMilliseconds = 3_000;

const fetched = async ({ settings, http }: TokenIssuer): Promise<readonly PublicKey[]> => {
  const answer = await http.send({
    method: "GET",
    url: settings.jwks_url,
    headers: { accept: "application/json" },
    timeoutMilliseconds,
  });
  if (answer.status !== 200) throw new Error(`The issuer's key set is answered with ${answer.status}.`);
  return keySetSchema.parse(JSON.parse(answer.body)).keys;
};

/** The key set of one issuer, as this process knows it. */
class KnownSet {
  readonly #issuer: TokenIssuer;
  #set: KeySet | null = null;
  #askedAt: number | null = null;
  #asking: Promise<void> | null = null;

  constructor(issuer: TokenIssuer) {
    this.#issuer = issuer;
  }

  async keys(anew: boolean, { clock, log }: Pick<Ports, "clock" | "log">): Promise<readonly PublicKey[]> {
    const now = clock.now();
    const isFresh = this.#set !== null && now < this.#set.fetchedAt + freshMilliseconds;
    const mayAsk = this.#askedAt === null || now >= this.#askedAt + pauseMilliseconds;
    if (mayAsk && (anew || !isFresh)) {
      this.#askedAt = now;
      this.#asking = this.#ask(now, log);
    }
    // Whoever comes while it is being fetched waits with the others.
    await this.#asking;
    return this.#set?.keys ?? [];
  }

  async #ask(now: number, log: Ports["log"]): Promise<void> {
    try {
      this.#set = { keys: await fetched(this.#issuer), fetchedAt: now };
    } catch (error) {
      const why = error instanceof Error ? error.message : "unknown fault";
      log.warn("the issuer's key set was not fetched; the one before is used", { error: why });
    } finally {
      this.#asking = null;
    }
  }
}

const sets = new WeakMap<TokenIssuer, KnownSet>();

/**
 * The public keys of the issuer, at most 10 minutes old; `anew`: fetched again, at most once a minute. While the issuer
 * can't be reached, the set that is known is used, for as long as that lasts; none where there is none.
 */
export const tokenKeys = (
  issuer: TokenIssuer,
  anew: boolean,
  ports: Pick<Ports, "clock" | "log">,
): Promise<readonly PublicKey[]> => {
  const set = sets.get(issuer) ?? new KnownSet(issuer);
  sets.set(issuer, set);
  return set.keys(anew, ports);
};
