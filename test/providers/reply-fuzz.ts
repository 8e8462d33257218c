import type { DialectName } from "../../lib/connection.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../lib/ports/http-client.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { openFuzzRoom } from "./fuzz-room.ts";
import { testNow } from "./open-provider.ts";
import { perform } from "./provider-asks.ts";
import { mutate, statesIn, type MutationSource } from "./reply-mutation.ts";
import { faultOf, type Outcome, type Served } from "./reply-oracle.ts";
import { recordReplies, type Act } from "./reply-recording.ts";

/** More requests than any question to these few things can need. */
const mostRequests = 400;

/** One thing that an adapter got wrong, and how to see it again. */
export interface FuzzFinding {
  readonly dialect: DialectName;
  readonly act: string;
  readonly fault: string;
  /** What was served, mutations in words. */
  readonly served: readonly string[];
  /** Number of the trial: with the seed it is the same again. */
  readonly trial: number;
}
export interface FuzzReport {
  readonly dialect: DialectName;
  readonly acts: number;
  readonly trials: number;
  /** Mutated replies that were served. */
  readonly replies: number;
  readonly findings: readonly FuzzFinding[];
}

/** Which replies of an act are mutated: all, or the one at this place. */
type Spoilt = "none" | "all" | number;

const nothingThere: HttpAnswer = { status: 404, headers: {}, body: "" };
const pathOf = ({ url }: HttpRequest): string => new URL(url).pathname;

/** Says what the simulator said, in its order, with something done to it. */
class SpoiltHttp implements HttpClient {
  readonly served: Served[] = [];
  readonly #act: Act;
  readonly #spoilt: Spoilt;
  readonly #source: MutationSource;
  readonly #asked = new Map<string, number>();

  constructor(act: Act, spoilt: Spoilt, source: MutationSource) {
    this.#act = act;
    this.#spoilt = spoilt;
    this.#source = source;
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    const place = this.served.length;
    if (place >= mostRequests) throw new Error(`asks without end: ${request.method} ${request.url}`);
    const original = this.#originalOf(request);
    const isSpoilt = this.#spoilt === "all" || this.#spoilt === place;
    const { reply, how, tellsOtherState, isOther } = isSpoilt
      ? mutate(original, this.#source)
      : { reply: original, how: null, tellsOtherState: false, isOther: false };
    this.served.push({ request, reply, original: isOther ? reply : original, how, tellsOtherState, isOther });
    return reply;
  }

  /** The same request's reply, the nth of it for the nth time; else the same path's, else that there is nothing. */
  #originalOf(request: HttpRequest): HttpAnswer {
    const { exchanges } = this.#act;
    const key = `${request.method} ${request.url}`;
    const count = this.#asked.get(key) ?? 0;
    this.#asked.set(key, count + 1);
    const same = exchanges.filter(
      (one) => one.request.method === request.method && one.request.url === request.url,
    );
    const near = exchanges.find(
      (one) => one.request.method === request.method && pathOf(one.request) === pathOf(request),
    );
    return (same[Math.min(count, same.length - 1)] ?? near)?.reply ?? nothingThere;
  }
}

/** Every adapter's questions are asked again, of a provider whose replies have been tampered with. */
class Fuzz {
  readonly #dialect: DialectName;
  readonly #acts: readonly Act[];
  readonly #room: ReturnType<typeof openFuzzRoom>;
  readonly #source: MutationSource;
  readonly #usual = new Map<Act, { readonly outcome: Outcome; readonly count: number }>();
  readonly #randomness: SeededRandomness;

  constructor(dialect: DialectName, acts: readonly Act[], url: string, seed: number) {
    const replies = acts.flatMap(({ exchanges }) => exchanges.map(({ reply }) => reply));
    this.#dialect = dialect;
    this.#acts = acts;
    this.#room = openFuzzRoom(dialect, url);
    this.#randomness = new SeededRandomness(seed);
    this.#source = { randomness: this.#randomness, replies, states: statesIn(replies) };
  }

  async run(replies: number): Promise<FuzzReport> {
    for (const act of this.#acts) {
      const { outcome, http } = await this.#try(act, "none");
      this.#usual.set(act, { outcome, count: http.served.length });
    }
    const findings: FuzzFinding[] = [];
    let trials = 0;
    let served = 0;
    while (served < replies) {
      trials += 1;
      const { count, finding } = await this.#trial(trials);
      served += count;
      if (finding !== null && findings.length < 1000) findings.push(finding);
    }
    return { dialect: this.#dialect, acts: this.#acts.length, trials, replies: served, findings };
  }

  #below(count: number): number {
    return Math.floor(this.#randomness.fraction() * count);
  }

  async #trial(trial: number): Promise<{ count: number; finding: FuzzFinding | null }> {
    const act = this.#acts[this.#below(this.#acts.length)];
    const usual = act === undefined ? undefined : this.#usual.get(act);
    if (act === undefined || usual === undefined) throw new Error(`${this.#dialect} was asked nothing`);
    const spoilt = this.#below(4) === 0 ? "all" : this.#below(usual.count);
    const { outcome, http, holds } = await this.#try(act, spoilt);
    const { served } = http;
    const fault = faultOf({
      dialect: dialects[this.#dialect].dialect,
      ask: act.ask,
      served,
      outcome,
      usual: usual.outcome,
      holds,
      now: testNow,
    });
    const count = served.filter(({ how }) => how !== null).length;
    if (fault === null) return { count, finding: null };
    const words = served.map(
      ({ request, reply, how }) =>
        `${request.method} ${pathOf(request)} ${reply.status} ${how ?? "as it was"} -> ${reply.body.slice(0, 300)}`,
    );
    return { count, finding: { dialect: this.#dialect, act: act.name, fault, served: words, trial } };
  }

  async #try(
    act: Act,
    spoilt: Spoilt,
  ): Promise<{ outcome: Outcome; http: SpoiltHttp; holds: readonly number[] }> {
    const http = new SpoiltHttp(act, spoilt, this.#source);
    const { provider, budget } = this.#room.open(http);
    const outcome = await perform(provider, act.ask).then(
      (value): Outcome => ({ is: "value", value }),
      (error: unknown): Outcome => ({ is: "error", error }),
    );
    return { outcome, http, holds: budget.holds };
  }
}

/** Serves that many mutated replies to a dialect's adapter, and tells what it got wrong. */
export const fuzzReplies = async (
  dialect: DialectName,
  replies: number,
  seed: number,
): Promise<FuzzReport> => {
  const { acts, url } = await recordReplies(dialect);
  return new Fuzz(dialect, acts, url, seed).run(replies);
};
