import * as z from "zod";
import type { JsonObject } from "../../operation/json.ts";
import { goneObservation, type Observation } from "../../operation/observation.ts";
import type { Resource } from "../../operation/operation.ts";
import { ProviderDoubt, type Answer } from "../../ports/provider.ts";
import { yes } from "../scaleway-calls.ts";
import { sameThing } from "../same-thing.ts";
import {
  answerTimes,
  patience,
  type Patience,
  type Transport,
  type WireAnswer,
  type WireCall,
} from "../transport.ts";
import { largestPage, type V1Page } from "./pages.ts";
import { saysGone } from "./refusal.ts";
import { serverObservation, shelfOf, thingObservation, type Shelf } from "./translate.ts";
import { enveloped, listed, saysYes, serverSchema, thingSchema, type V1Server } from "./wire.ts";

/** A thing with the id of the exchange that showed it. Of anything but a server, `state` and the like are left out. */
export interface Shown {
  readonly thing: V1Server;
  readonly requestId: string | null;
}

const schemaOf = ({ type }: Shelf): z.ZodType<V1Server> => (type === "server" ? serverSchema : thingSchema);

const detailOf = (requestId: string | null) => ({
  status: 200,
  ...(requestId === null ? {} : { request_id: requestId }),
});

/** The yes that the answer to a change says. @throws ProviderDoubt when it says neither yes nor no */
export const yesIn = ({ value, requestId }: WireAnswer<string>): Answer => {
  if (saysYes(value)) return yes(requestId);
  throw new ProviderDoubt(
    "The provider answered with a body that says neither yes nor no.",
    detailOf(requestId),
  );
};

/** What a look at a thing of that type says. */
export const observationOf = ({ type }: Shelf, { thing, requestId }: Shown): Observation =>
  type === "server" ? serverObservation(thing, requestId) : thingObservation(thing, requestId);

/** The calls that all things of this API have in common: made, read, listed, edited, deleted. */
export class ThingCalls {
  readonly #transport: Transport;
  readonly #root: string;
  readonly #version: string;

  constructor(transport: Transport, root: string, version: string) {
    this.#transport = transport;
    this.#root = root;
    this.#version = version;
  }

  #at(path: readonly string[]): { root: string; path: readonly string[] } {
    return { root: this.#root, path: [this.#version, ...path] };
  }

  /** POST of a new thing. Where the answer does not say what was made, the resource is null. */
  async create(shelf: Shelf, body: JsonObject): Promise<Answer> {
    const { value: thing, requestId } = await this.#transport.call(
      { method: "POST", ...this.#at([shelf.collection]), json: body, patience: patience.reserved },
      enveloped(shelf.type, schemaOf(shelf)),
    );
    if (thing === null) return yes(requestId);
    return {
      resource: { type: shelf.type, id: thing.id },
      task: null,
      // An answer without a state does not tell how the new server stands.
      observation:
        shelf.type === "server" && thing.state == null ? null : observationOf(shelf, { thing, requestId }),
      requestId,
    };
  }

  /**
   * A change whose yes is all that matters; what its answer shows differs, and is not needed.
   * @throws ProviderRefusal; ProviderDoubt also when the answer is none of this API's
   */
  async change(
    method: WireCall["method"],
    path: readonly string[],
    json?: JsonObject,
    wait: Patience | null = patience.reserved,
  ): Promise<Answer> {
    const answer = await this.#transport.callForText({
      method,
      ...this.#at(path),
      ...(json === undefined ? {} : { json }),
      patience: wait,
    });
    return yesIn(answer);
  }

  async get(shelf: Shelf, id: string, wait: Patience | null = patience.look): Promise<Shown> {
    const { value: thing, requestId } = await this.#transport.call(
      { method: "GET", ...this.#at([shelf.collection, id]), patience: wait },
      enveloped(shelf.type, schemaOf(shelf)),
    );
    if (thing === null)
      throw new ProviderDoubt(`The provider's answer holds no ${shelf.type}.`, detailOf(requestId));
    return { thing: sameThing(id, thing, requestId), requestId };
  }

  /** One look at one thing; gone when the provider says so. */
  async see({ type, id }: Resource): Promise<Observation> {
    const shelf = shelfOf(type);
    if (shelf === null) throw new Error(`There are no things of the type ${type} at this API.`);
    try {
      return observationOf(shelf, await this.get(shelf, id));
    } catch (error) {
      if (saysGone(error)) return goneObservation(error.provider.request_id ?? null, null, error.provider);
      throw error;
    }
  }

  /**
   * A page of a list, each thing parsed by itself. `isComplete`: one that can't be read is a doubt, since it might be the
   * one that is looked for; otherwise it is left out.
   */
  async page(shelf: Shelf, page: number, isComplete: boolean): Promise<V1Page<V1Server>> {
    const { value, requestId, hasNext } = await this.#transport.call(
      {
        method: "GET",
        ...this.#at([shelf.collection]),
        query: { page: String(page), limit: String(largestPage) },
        patience: patience.look,
        timeoutMilliseconds: answerTimes.list,
      },
      listed(shelf.collection),
    );
    const things = value.map((thing) => schemaOf(shelf).safeParse(thing));
    const items = things.flatMap((thing) => (thing.success ? [thing.data] : []));
    if (isComplete && items.length < things.length) {
      throw new ProviderDoubt(`The list holds a ${shelf.type} that can't be read.`, detailOf(requestId));
    }
    return { items, hasNext };
  }
}
