import { homeOf, type Connection } from "../../../lib/connection.ts";
import type { Marked } from "../../../lib/operation/marked.ts";
import type { Marker } from "../../../lib/operation/marker.ts";
import type { Observation } from "../../../lib/operation/observation.ts";
import type { Resource } from "../../../lib/operation/operation.ts";
import type { Budget } from "../../../lib/ports/budget.ts";
import type {
  Answer,
  Dialect,
  Found,
  Handle,
  MarkedType,
  Provider,
  ProviderCall,
  ReadAnswer,
  ReadRequest,
} from "../../../lib/ports/provider.ts";
import { doubt, type Exchange } from "../exchange.ts";
import { refusal, type Server } from "../held.ts";
import type { Sandbox } from "../sandbox.ts";
import type { Site } from "../site.ts";

const patience = 15_000;

/** How the list of servers is reached. */
interface Ways {
  readonly site: Site;
  readonly sandbox: Sandbox;
  readonly budget: Budget;
  readonly exchange: Exchange;
  readonly connection: Connection;
  /** Servers on a page, at most. */
  readonly pageSize: number;
  /** Servers that are protected. */
  readonly protected: ReadonlySet<string>;
}

const itemOf = ({ id, name, tags, state, createdAt }: Server) => ({
  id,
  name,
  tags,
  state,
  raw: { id, creation_date: new Date(createdAt).toISOString() },
});

/** The simulated provider, with the list of its servers beside what it did before. */
export class ListingProvider implements Provider {
  readonly dialect: Dialect;
  readonly #inner: Provider;
  readonly #ways: Ways;

  constructor(inner: Provider, ways: Ways) {
    this.#inner = inner;
    this.#ways = ways;
    this.dialect = inner.dialect;
  }

  send(call: ProviderCall): Promise<Answer> {
    return this.#inner.send(call);
  }

  async look(handles: readonly Handle[]): Promise<readonly (Observation | null)[]> {
    const seen = await this.#inner.look(handles);
    const { protected: all, site } = this.#ways;
    return seen.map((one, index) => {
      const id = handles[index]?.resource?.id ?? "";
      const tags = [...(site.cloud.servers.get(id)?.tags ?? [])];
      return one === null ? one : Object.assign({}, one, { tags, is_protected: all.has(id) });
    });
  }

  search(type: string, marker: Marker): Promise<readonly Found[]> {
    return this.#inner.search(type, marker);
  }

  marked(type: MarkedType, deployment: string): Promise<readonly Marked[]> {
    return this.#inner.marked(type, deployment);
  }

  inspect(resource: Resource): Promise<Marked | null> {
    return this.#inner.inspect(resource);
  }

  async read({ path, limit, cursor }: ReadRequest): Promise<ReadAnswer> {
    const { site, sandbox, budget, exchange, connection, pageSize } = this.#ways;
    const { world } = sandbox;
    const place = await budget.take(
      connection.name,
      connection.rate_per_second,
      patience,
      "look",
      homeOf(connection),
    );
    if (!place) throw refusal("RATE_LIMITED", 15);
    const name = `provider read ${path.join("/")}`;
    const apply = () => {
      world.record({ what: "sent", connection: connection.name, call: name });
      exchange.meetWeather(name);
      if (world.faults.strikes("look fails", name)) return { error: doubt("a list without an answer") };
      const from = cursor === null ? 0 : Number(cursor);
      const all =
        path[0] === "servers" ? [...site.cloud.servers.values()].filter(({ isGone }) => !isGone) : [];
      const end = from + Math.min(limit, pageSize);
      const next = end < all.length ? String(end) : null;
      return { value: { form: "page" as const, items: all.slice(from, end).map(itemOf), next } };
    };
    return exchange.heard(sandbox.run<ReadAnswer>({ name, writes: false, takes: 300, apply }));
  }
}
