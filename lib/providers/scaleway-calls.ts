import type { JsonObject } from "../operation/json.ts";
import { bearsMarker, type Marker } from "../operation/marker.ts";
import { goneObservation, type Observation, type Phase, type Task } from "../operation/observation.ts";
import { ProviderDoubt, type Answer, type Found } from "../ports/provider.ts";
import { sameThing } from "./same-thing.ts";
import { saysGone } from "./scaleway-refusal.ts";
import { pageSize, readAllPages, type ListPage } from "./scaleway-pages.ts";
import {
  actionEnvelope,
  observationOf,
  serverEnvelope,
  serverListEnvelope,
  serverSchema,
  type ScalewayServer,
  type ScalewayTask,
} from "./scaleway-server.ts";
import { answerTimes, patience, type Patience, type Transport } from "./transport.ts";

/** Where a dialect keeps its servers, and its words for what they do. */
export interface ServerPlace {
  /** Root of the host. */
  readonly root: string;
  /** Path segments before `servers`. */
  readonly prefix: readonly string[];
  readonly phases: ReadonlyMap<string, Phase>;
  readonly taskOf: (task: ScalewayTask) => Task | null;
}

const marked = "swy:";

/** A page of servers; `unreadable` counts what could not be parsed. */
export interface ServerPage extends ListPage<ScalewayServer> {
  readonly unreadable: number;
  readonly requestId: string | null;
}

/** An answer that only says yes. */
export const yes = (requestId: string | null): Answer => ({
  resource: null,
  task: null,
  observation: null,
  requestId,
});

/** The calls on servers that today's API and the older one have in common: the same verbs, paths and envelopes. */
export class ServerCalls {
  readonly #transport: Transport;
  readonly #place: ServerPlace;

  constructor(transport: Transport, place: ServerPlace) {
    this.#transport = transport;
    this.#place = place;
  }

  #at(...path: readonly string[]): { root: string; path: readonly string[] } {
    return { root: this.#place.root, path: [...this.#place.prefix, "servers", ...path] };
  }

  observationOf(server: ScalewayServer, task: Task | null, requestId: string | null): Observation {
    return observationOf(server, this.#place.phases, task, requestId);
  }

  /** POST /servers; the marker is in the body. `askedAt` in ms: when the create was asked for, if not just now; `shown`: what it answers. */
  async create(
    body: JsonObject,
    askedAt?: number,
    shown: (server: ScalewayServer) => void = () => undefined,
  ): Promise<Answer> {
    const since = askedAt === undefined ? {} : { askedAt };
    const { value, requestId } = await this.#transport.call(
      { method: "POST", ...this.#at(), json: body, patience: patience.reserved, ...since },
      serverEnvelope,
    );
    shown(value.server);
    return {
      resource: { type: "server", id: value.server.id },
      task: null,
      observation: this.observationOf(value.server, null, requestId),
      requestId,
    };
  }

  /** PATCH of user data with the raw text: JSON would be stored with its quotes. */
  async writeCloudInit(id: string, text: string, wait: Patience | null = patience.reserved): Promise<Answer> {
    const { value, requestId } = await this.#transport.callForText({
      method: "PATCH",
      ...this.#at(id, "user_data", "cloud-init"),
      text,
      patience: wait,
    });
    // Its yes is empty. A page of somebody in between is none: the server must not boot without what was asked for.
    if (value.trim() !== "")
      throw new ProviderDoubt("The answer to cloud-init is not the provider's.", { status: 200 });
    return yes(requestId);
  }

  async act(id: string, action: string, more: JsonObject): Promise<Answer> {
    const { value, requestId } = await this.#transport.call(
      { method: "POST", ...this.#at(id, "action"), json: { ...more, action }, patience: patience.reserved },
      actionEnvelope,
    );
    const task = value.task === null || value.task === undefined ? null : this.#place.taskOf(value.task);
    return { ...yes(requestId), task };
  }

  /**
   * PATCH of fields. Tags are replaced as a whole by the provider, so our marker tags are read first and sent along:
   * two requests, both harmless to repeat; the second waits for the budget itself.
   */
  async update(id: string, fields: JsonObject, first: Patience | null = patience.reserved): Promise<Answer> {
    const { tags } = fields;
    if (!Array.isArray(tags)) return this.#patch(id, fields, first);
    const { server } = await this.get(id, first);
    const ours = (server.tags ?? []).filter((tag) => tag.startsWith(marked));
    return this.#patch(id, { ...fields, tags: [...tags, ...ours] }, patience.change);
  }

  async #patch(id: string, fields: JsonObject, wait: Patience | null): Promise<Answer> {
    const { value, requestId } = await this.#transport.call(
      { method: "PATCH", ...this.#at(id), json: fields, patience: wait },
      serverEnvelope,
    );
    return { ...yes(requestId), observation: this.observationOf(value.server, null, requestId) };
  }

  /** POST …/attach-volume or …/detach-volume. */
  async rearrange(
    id: string,
    verb: "attach-volume" | "detach-volume",
    body: JsonObject,
    wait: Patience | null,
  ) {
    const { value, requestId } = await this.#transport.call(
      { method: "POST", ...this.#at(id, verb), json: body, patience: wait },
      serverEnvelope,
    );
    return { ...yes(requestId), observation: this.observationOf(value.server, null, requestId) };
  }

  async delete(id: string): Promise<Answer> {
    const { requestId } = await this.#transport.callForText({
      method: "DELETE",
      ...this.#at(id),
      patience: patience.reserved,
    });
    return yes(requestId);
  }

  async get(
    id: string,
    wait: Patience | null,
  ): Promise<{ server: ScalewayServer; requestId: string | null }> {
    const { value, requestId } = await this.#transport.call(
      { method: "GET", ...this.#at(id), patience: wait },
      serverEnvelope,
    );
    return { server: sameThing(id, value.server, requestId), requestId };
  }

  /** One look at one server; gone when the provider says so. */
  async see(id: string, task: Task | null): Promise<Observation> {
    try {
      const { server, requestId } = await this.get(id, patience.look);
      return this.observationOf(server, task, requestId);
    } catch (error) {
      if (saysGone(error)) return goneObservation(error.provider.request_id ?? null, task, error.provider);
      throw error;
    }
  }

  async page(page: number, query: Readonly<Record<string, string>>): Promise<ServerPage> {
    const { value, requestId, total } = await this.#transport.call(
      {
        method: "GET",
        ...this.#at(),
        query: { ...query, page: String(page), per_page: String(pageSize) },
        patience: patience.look,
        timeoutMilliseconds: answerTimes.list,
      },
      serverListEnvelope,
    );
    const servers = value.servers.map((server) => serverSchema.safeParse(server));
    const items = servers.flatMap((server) => (server.success ? [server.data] : []));
    return { items, total, requestId, unreadable: servers.length - items.length };
  }

  /** All servers that bear the marker, whatever the provider has made of the query. */
  async search(marker: Marker, query: Readonly<Record<string, string>>): Promise<Found[]> {
    const servers = await readAllPages(
      (page) => this.pageOrDoubt(page, query),
      ({ id }) => id,
    );
    return servers
      .filter(({ tags }) => bearsMarker(tags ?? [], marker))
      .map((server) => ({
        resource: { type: "server", id: server.id },
        createdAt: server.creation_date ?? "",
        observation: this.observationOf(server, null, null),
      }));
  }

  /** As `page`, for searches: a server that can't be read might be the one that is looked for. */
  async pageOrDoubt(page: number, query: Readonly<Record<string, string>>): Promise<ServerPage> {
    const read = await this.page(page, query);
    if (read.unreadable === 0) return read;
    throw new ProviderDoubt("The list holds a server that can't be read.", {
      status: 200,
      ...(read.requestId === null ? {} : { request_id: read.requestId }),
    });
  }
}
