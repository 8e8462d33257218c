import type { Connection } from "../../connection.ts";
import type { Marker } from "../../operation/marker.ts";
import type { Marked } from "../../operation/marked.ts";
import type { Observation } from "../../operation/observation.ts";
import type { Resource } from "../../operation/operation.ts";
import type { Foresight, PlannedCreates } from "../../ports/foresight.ts";
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
} from "../../ports/provider.ts";
import type { AdapterPorts } from "../adapter-ports.ts";
import { createScalewayTransport } from "../scaleway-transport.ts";
import { rootOf, type Transport } from "../transport.ts";
import { zonesOf } from "./choices.ts";
import { ServerCreation } from "./create-server.ts";
import { instanceDialect } from "./dialect.ts";
import { InstanceForesight } from "./foresight.ts";
import { placeOf } from "./zone-id.ts";
import { answerOutside, foundOutside, markedOutside, observationOutside, type Place } from "./outside.ts";
import { Zone } from "./zone.ts";

const publicRoot = "https://api.scaleway.com";

/** Collections of a zone: their ids may name another zone than the connection's. */
const zonal: ReadonlySet<string | undefined> = new Set([
  "servers",
  "volumes",
  "block_volumes",
  "ips",
  "images",
  "snapshots",
  "security_groups",
  "placement_groups",
]);

/**
 * Today's Instance API v1, with the block and marketplace APIs of the same host. Servers are followed; its tasks are
 * fakes. A connection has one zone; what a create made elsewhere by its `fallback` bears its zone in its id.
 */
export class InstanceProvider implements Provider {
  readonly dialect: Dialect = instanceDialect;
  readonly #connection: Connection;
  readonly #transport: Transport;
  readonly #root: string;
  readonly #home: string;
  readonly #zones = new Map<string, Zone>();
  readonly #creation: ServerCreation;
  readonly #foresight: InstanceForesight;

  constructor(connection: Connection, ports: AdapterPorts) {
    this.#root = rootOf(connection.api_url ?? publicRoot);
    this.#transport = createScalewayTransport(connection, ports);
    this.#connection = connection;
    this.#home = connection.zone ?? "";
    this.#creation = new ServerCreation(connection, this.#transport, this.#root, ports);
    this.#foresight = new InstanceForesight(connection, this.#transport, this.#root, ports);
  }

  #zone(name: string): Zone {
    const zone =
      this.#zones.get(name) ?? new Zone({ ...this.#connection, zone: name }, this.#transport, this.#root);
    this.#zones.set(name, zone);
    return zone;
  }

  /** Every zone in which a create of this connection may have been sent. */
  #everywhere(): Place[] {
    return zonesOf(this.#connection).map((zone) => ({ zone, home: this.#home }));
  }

  async send(call: ProviderCall): Promise<Answer> {
    if (call.do === "create" && call.kind === "server.create") {
      const { answer, zone } = await this.#creation.send(call, (name) => this.#zone(name).servers);
      return answerOutside(answer, { zone, home: this.#home });
    }
    if (call.do === "create") return this.#zone(this.#home).send(call);
    if (call.do === "delete_volume") {
      const { zone, id } = placeOf(call.volume.id, this.#home);
      return this.#zone(zone).send({ ...call, volume: { ...call.volume, id } });
    }
    const { zone, id } = placeOf(call.resource.id, this.#home);
    const answer = await this.#zone(zone).send({ ...call, resource: { ...call.resource, id } });
    return answerOutside(answer, { zone, home: this.#home });
  }

  /** @throws the failure, when nothing at all could be seen */
  async look(handles: readonly Handle[]): Promise<readonly (Observation | null)[]> {
    const places = handles.map(({ resource }) => placeOf(resource.id, this.#home));
    const zones = [...new Set(places.map(({ zone }) => zone))];
    const sights = await Promise.all(
      zones.map(async (zone) => {
        const indices = places.flatMap((place, index) => (place.zone === zone ? [index] : []));
        const inside = indices.flatMap((index) => {
          const [handle, place] = [handles[index], places[index]];
          return handle === undefined || place === undefined
            ? []
            : [{ ...handle, resource: { ...handle.resource, id: place.id } }];
        });
        const { seen, failure } = await this.#zone(zone).look(inside);
        const outside = seen.map((one) => observationOutside(one, { zone, home: this.#home }));
        return { failure, byIndex: indices.map((index, at) => [index, outside[at] ?? null] as const) };
      }),
    );
    const failed = sights.find(({ failure }) => failure !== null);
    if (failed !== undefined && sights.every(({ failure }) => failure !== null)) throw failed.failure;
    const byIndex = new Map(sights.flatMap((sight) => sight.byIndex));
    return handles.map((_, index) => byIndex.get(index) ?? null);
  }

  /** Volumes are made in the connection's own zone only; a server may be in any that `fallback` may name. */
  async search(resourceType: string, marker: Marker): Promise<readonly Found[]> {
    if (resourceType === "volume") return this.#zone(this.#home).search(resourceType, marker);
    const found = await Promise.all(
      this.#everywhere().map(async (place) => {
        const here = await this.#zone(place.zone).search(resourceType, marker);
        return here.map((one) => foundOutside(one, place));
      }),
    );
    return found.flat();
  }

  async marked(resourceType: MarkedType, deployment: string): Promise<readonly Marked[]> {
    const things: Marked[] = [];
    for (const place of this.#everywhere()) {
      const here = await this.#zone(place.zone).marked.all(resourceType, deployment);
      things.push(...here.map((thing) => markedOutside(thing, place)));
    }
    return things;
  }

  async inspect(resource: Resource): Promise<Marked | null> {
    const { zone, id } = placeOf(resource.id, this.#home);
    const thing = await this.#zone(zone).marked.one({ ...resource, id });
    return thing === null ? null : markedOutside(thing, { zone, home: this.#home });
  }

  foresee(creates: readonly PlannedCreates[]): Promise<Foresight> {
    return this.#foresight.of(creates);
  }

  async read(request: ReadRequest): Promise<ReadAnswer> {
    const [collection, ...ids] = request.path;
    const { zone, id } = placeOf(zonal.has(collection) ? (ids[0] ?? "") : "", this.#home);
    if (zone === this.#home || collection === undefined) return this.#zone(this.#home).reads.read(request);
    const answer = await this.#zone(zone).reads.read({ ...request, path: [collection, id, ...ids.slice(1)] });
    const isItself = answer.form === "item" && ids.length === 1;
    return isItself ? { form: "item", item: { ...answer.item, id: `${zone}/${id}` } } : answer;
  }
}
