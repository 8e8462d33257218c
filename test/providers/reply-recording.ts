import type { Connection, DialectName } from "../../lib/connection.ts";
import type { JsonObject } from "../../lib/operation/json.ts";
import { resourceTypeOf, type Kind } from "../../lib/operation/kind.ts";
import { markerOf, type Marker } from "../../lib/operation/marker.ts";
import type { Resource } from "../../lib/operation/operation.ts";
import { createUndiciHttpClient } from "../../lib/platform/undici-http-client.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../lib/ports/http-client.ts";
import {
  markedTypes,
  type Collection,
  type Handle,
  type KindOffer,
  type ProviderCall,
} from "../../lib/ports/provider.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { findDialect } from "../../simulators/dialects.ts";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";
import { openFuzzRoom } from "./fuzz-room.ts";
import { testNow, testSecret } from "./open-provider.ts";
import { asAnswer, asFound, asPage, callsOf, perform, type Ask } from "./provider-asks.ts";

export interface Exchange {
  readonly request: HttpRequest;
  readonly reply: HttpAnswer;
}

/** A question, and what was said over the wire when it was asked of the simulator. */
export interface Act {
  readonly dialect: DialectName;
  readonly name: string;
  readonly ask: Ask;
  readonly exchanges: readonly Exchange[];
}

const unknownId = "3cb18e2d-f4f7-48f7-b452-59b88ae8fc8c";
const deployment = "fuzz";

/** Asks one dialect everything that there is to ask, of its simulator, and keeps what was said. */
class Recorder {
  readonly acts: Act[] = [];
  readonly #dialect: DialectName;
  readonly #simulator: Simulator;
  readonly #real: HttpClient;
  readonly #advance: (seconds: number) => void;
  readonly #made = new Map<string, string[]>();
  #serial = 0;

  constructor(parts: {
    dialect: DialectName;
    simulator: Simulator;
    real: HttpClient;
    advance: (seconds: number) => void;
  }) {
    this.#dialect = parts.dialect;
    this.#simulator = parts.simulator;
    this.#real = parts.real;
    this.#advance = parts.advance;
  }

  async record(): Promise<void> {
    const { kinds, collections } = dialects[this.#dialect].dialect;
    for (const round of [1, 2])
      for (const [kind, offer] of kinds)
        if (offer.resourceType === null) await this.#create(kind, offer, `round ${round}`);
    await this.#looks("at first");
    this.#advance(900);
    await this.#looks("after the build");
    for (const [kind, offer] of [...kinds].toSorted(([one], [other]) => order(one) - order(other)))
      if (offer.resourceType !== null && order(kind) === 0) await this.#change(kind, offer);
    await this.#reads(collections);
    await this.#errors(kinds);
    for (const [kind, offer] of [...kinds].toSorted(([one], [other]) => order(one) - order(other)))
      if (offer.resourceType !== null && order(kind) > 0) await this.#change(kind, offer);
    await this.#looks("at the end");
  }

  /** Asks and keeps what was said; null when it was refused. */
  async #ask(name: string, ask: Ask): Promise<unknown> {
    const exchanges: Exchange[] = [];
    const http: HttpClient = {
      send: async (request) => {
        const reply = await this.#real.send(request);
        exchanges.push({ request, reply });
        return reply;
      },
    };
    const { provider } = openFuzzRoom(this.#dialect, this.#simulator.url).open(http);
    try {
      return await perform(provider, ask);
    } catch {
      // Refusals are recorded like everything else.
      return null;
    } finally {
      if (exchanges.length > 0) this.acts.push({ dialect: this.#dialect, name, ask, exchanges });
      this.#advance(2);
    }
  }

  #marker(): Marker {
    this.#serial += 1;
    return markerOf(`op_${String(this.#serial).padStart(26, "0")}`, deployment);
  }

  #ids(type: string): readonly string[] {
    return this.#made.get(type) ?? [];
  }

  /** An example with ids of things that have been made: `tag_id`, and whatever stands for a volume. */
  #filled(offer: KindOffer, more: JsonObject = {}): JsonObject {
    const input = { ...offer.example, ...more };
    const known = Object.keys(input).flatMap((key) => {
      const [id] = this.#ids(key.replace(/_id$/, ""));
      return key.endsWith("_id") && id !== undefined ? [[key, id] as const] : [];
    });
    const whole = { ...input, ...Object.fromEntries(known) };
    return offer.input.safeParse(whole).data ?? whole;
  }

  async #create(kind: Kind, offer: KindOffer, round: string): Promise<void> {
    const type = resourceTypeOf(kind);
    const marker = this.#marker();
    const call: ProviderCall = { do: "create", kind, input: this.#filled(offer), marker };
    const answer = asAnswer(await this.#ask(`send create ${kind}, ${round}`, { do: "send", call }));
    const found = asFound(await this.#ask(`search ${type}, ${round}`, { do: "search", type, marker }));
    const id = answer?.resource?.id ?? found[0]?.resource.id;
    if (id !== undefined) this.#made.set(type, [...this.#ids(type), id]);
  }

  async #looks(when: string): Promise<void> {
    for (const [type, ids] of this.#made) {
      for (const id of [...ids.slice(0, 2), unknownId]) await this.#look(`${type}, ${when}`, { type, id });
      const many = [...ids, ...["a", "b", "c", "d", "e"].map((end) => unknownId.slice(0, -1) + end)];
      const handles = many.map((id) => handleOf({ type, id }));
      await this.#ask(`look at many ${type}, ${when}`, { do: "look", handles });
    }
    for (const type of markedTypes)
      await this.#ask(`marked ${type}, ${when}`, { do: "marked", type, deployment });
    for (const type of markedTypes)
      for (const id of [...this.#ids(type).slice(0, 1), unknownId])
        await this.#ask(`inspect ${type}, ${when}`, { do: "inspect", resource: { type, id } });
  }

  async #look(name: string, resource: Resource, task: Handle["task"] = null): Promise<void> {
    for (const more of [{}, { ageSeconds: 3, seenMoving: true }, { awaitsBuild: true }])
      await this.#ask(`look at ${name}`, { do: "look", handles: [{ ...handleOf(resource), task, ...more }] });
  }

  async #change(kind: Kind, offer: KindOffer): Promise<void> {
    const type = offer.resourceType ?? "";
    // Actions go to the second one, so that what they end is not missed later.
    const ids = this.#ids(type);
    const id = (kind === "server.action" ? ids[1] : ids[0]) ?? unknownId;
    for (const { input: more } of [{ input: {} }, ...(offer.variants ?? [])]) {
      const input = this.#filled(offer, more);
      for (const step of offer.steps(input)) {
        for (const place of new Set([unknownId, id])) {
          const resource = { type, id: place };
          for (const call of callsOf(step, kind, resource, input, [...this.#ids("volume"), unknownId])) {
            const answer = asAnswer(await this.#ask(`send ${call.do} of ${kind}`, { do: "send", call }));
            await this.#look(`${type} after ${call.do} of ${kind}`, resource, answer?.task ?? null);
          }
        }
        this.#advance(600);
        await this.#look(`${type} long after ${kind}`, { type, id });
      }
    }
  }

  async #reads(collections: readonly Collection[]): Promise<void> {
    const first = new Map<string, string>();
    const sorted = collections.toSorted((one, other) => one.path.length - other.path.length);
    for (const { path, needsOneOf } of sorted) {
      const needed = needsOneOf?.[0];
      const filters: Readonly<Record<string, string>> =
        needed === undefined ? {} : { [needed]: "ubuntu_noble" };
      for (const otherwise of [null, unknownId]) {
        const segments = filledPath(path, first, otherwise);
        for (const limit of [1, 100]) {
          const request = { path: segments, filters, limit, cursor: null };
          const page = asPage(await this.#ask(`read ${path}`, { do: "read", request }));
          const id = page?.items[0]?.id;
          if (id !== undefined && !first.has(path)) first.set(path, id);
          if (page !== null && page.next !== null)
            await this.#ask(`read on ${path}`, { do: "read", request: { ...request, cursor: page.next } });
        }
        if (!path.includes(":id")) break;
      }
    }
  }

  /** Every error that the simulator can word, in the place of a look, of a search and of a create. */
  async #errors(kinds: ReadonlyMap<Kind, KindOffer>): Promise<void> {
    const [id = unknownId] = this.#ids("server");
    const offer = kinds.get("server.create");
    const marker = this.#marker();
    for (const type of findDialect(this.#dialect)?.errorTypes ?? []) {
      const spoilt = async (ask: Ask): Promise<void> => {
        this.#simulator.control.addFault({ name: "error", type });
        await this.#ask(`${ask.do} answered with ${type}`, ask);
        this.#simulator.control.clearFaults();
      };
      await spoilt({ do: "look", handles: [handleOf({ type: "server", id })] });
      await spoilt({ do: "search", type: "server", marker });
      await spoilt({ do: "send", call: { do: "delete", resource: { type: "server", id }, input: {} } });
      if (offer !== undefined) {
        const input = this.#filled(offer);
        await spoilt({ do: "send", call: { do: "create", kind: "server.create", input, marker } });
      }
    }
  }
}

/** What ends something comes last; a part before what it is a part of. */
const order = (kind: Kind): number => {
  if (kind === "server.action") return 1;
  if (kind.endsWith(".detach")) return 2;
  if (!kind.endsWith(".delete")) return 0;
  return ["object.delete", "tag_metadata.delete"].includes(kind) ? 3 : 4;
};

const handleOf = (resource: Resource): Handle => ({
  resource,
  task: null,
  ageSeconds: 60,
  seenMoving: false,
});

const filledPath = (path: string, first: ReadonlyMap<string, string>, otherwise: string | null): string[] => {
  const parts = path.split("/");
  return parts.map((part, index) => {
    if (part !== ":id") return part;
    return otherwise ?? first.get(parts.slice(0, index).join("/")) ?? unknownId;
  });
};

/** Everything that one dialect's adapter can be asked, and the real replies of its simulator. */
export const recordReplies = async (
  dialect: DialectName,
): Promise<{ readonly acts: readonly Act[]; readonly connection: Connection; readonly url: string }> => {
  let now = testNow;
  const simulator = await startSimulator({ dialect, clock: { now: () => now }, secret: testSecret });
  try {
    const advance = (seconds: number): void => {
      now += seconds * 1000;
    };
    const recorder = new Recorder({ dialect, simulator, real: createUndiciHttpClient(), advance });
    await recorder.record();
    const { connection } = openFuzzRoom(dialect, simulator.url);
    return { acts: recorder.acts, connection, url: simulator.url };
  } finally {
    await simulator.close();
  }
};
