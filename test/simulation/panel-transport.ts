import type * as z from "zod";
import type { Json } from "../../lib/operation/json.ts";
import type { Transport, WireAnswer, WireCall } from "../../lib/providers/transport.ts";
import { refusal, type Server } from "./held.ts";
import { flagOf } from "./personality.ts";
import type { Site } from "./site.ts";

/** Asks the provider something: waits for the budget where the call does, then for the answer. */
export type Ask = <Value>(name: string, see: () => Value) => Promise<Value>;

/** Of a machine, whether it is this one's or another's: the panel does not tell. */
const specifications = {
  node: "n1",
  cores: 2,
  memory: 2_147_483_648,
  disks: [{ disk: "scsi0", size: "20G" }],
};

const shown = (server: Server): Json => ({
  id: server.number,
  name: server.name,
  installing: flagOf(server),
});

/** What the older panel's reads answer, so that its own look, and not a copy of it, judges its builds here. */
export class PanelTransport implements Transport {
  readonly #site: Site;
  readonly #ask: Ask;

  constructor(site: Site, ask: Ask) {
    this.#site = site;
    this.#ask = ask;
  }

  async call<T>({ path, query }: WireCall, schema: z.ZodType<T>): Promise<WireAnswer<T>> {
    const [id, below] = path.slice(3);
    const name = id === undefined ? "list" : below === undefined ? "get" : below;
    const body = await this.#ask(`provider look ${name}`, () =>
      id === undefined ? this.#list(query?.["filter[installing]"]) : this.#one(id, below),
    );
    return { value: schema.parse(body), requestId: null, total: null, hasNext: null };
  }

  callForText(): Promise<never> {
    throw new Error("Nothing is changed through this transport.");
  }

  #one(number: string, below: string | undefined): Json {
    const server = this.#standing.find((one) => String(one.number) === number);
    if (server === undefined) throw refusal("RESOURCE_NOT_FOUND");
    return { data: below === undefined ? shown(server) : specifications };
  }

  #list(installing: string | undefined): Json {
    const servers = this.#standing.filter(
      (server) => installing === undefined || String(flagOf(server)) === installing,
    );
    return { data: servers.map(shown), meta: { pagination: { total: servers.length } } };
  }

  get #standing(): readonly Server[] {
    return [...this.#site.cloud.servers.values()].filter(({ isGone }) => !isGone);
  }
}
