import { eventSchema, type SwitchyardEvent } from "../../../events/event.ts";
import type { Delivery } from "../../../lib/webhook/delivery.ts";
import { type Endpoint, endpointSchema, endpointsFolder } from "../../../lib/webhook/endpoint.ts";
import type { Document } from "../../../lib/ports/documents.ts";
import type { MemoryFeed } from "../../memory/memory-feed.ts";
import type { SimulatedTable } from "../simulated-table.ts";
import type { World } from "../world.ts";

/** An endpoint from an instant on. */
export interface EndpointState {
  readonly at: number;
  /** Null: it is gone. */
  readonly endpoint: Endpoint | null;
}

/** A row of a delivery from an instant on. */
export interface RowState {
  readonly at: number;
  readonly delivery: Delivery;
}

/** A request as it came to a receiver, or as its sender gave it up. */
export interface Attempt {
  readonly receiver: string;
  readonly id: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** When its sender began it, and when it was there. */
  readonly begunAt: number;
  readonly at: number;
  /** Whether its sender stood still, or waited for long, since it was called. */
  readonly stalled: boolean;
  /** Whether the receiver has taken it: it was up, and the signature held. */
  readonly taken: boolean;
  /** What its sender is told; null: nothing. */
  readonly status: number | null;
  readonly retryAfter: string | null;
  /** Whether the receiver knows a secret that has signed it. */
  readonly verified: boolean;
}

/** An answer of the API. */
export interface Answered {
  readonly askedAt: number;
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly as: "everybody" | "tenant";
  readonly status: number;
  readonly body: string;
}

/** All that happened in a run, as it stood at each instant: what the checker reads. */
export class Ledger {
  readonly endpoints = new Map<string, EndpointState[]>();
  readonly rows = new Map<string, RowState[]>();
  /** First appended: event → when. */
  readonly appended = new Map<string, { readonly at: number; readonly event: SwitchyardEvent }>();
  readonly published = new Map<string, { readonly at: number; readonly bytes: string }[]>();
  readonly attempts: Attempt[] = [];
  readonly answers: Answered[] = [];
  /** Which endpoint a receiver is, by its host. */
  readonly endpointOf = new Map<string, string>();
  /** The end of the feed, as a position. */
  feedEnd = 0;
  #chunks = 0;

  /** Writes down what happens in the table, on the bus and in the feed. */
  watch(world: World, table: SimulatedTable, feed: MemoryFeed): void {
    this.#watchDocuments(world, table);
    const { deliveries } = table;
    const put = deliveries.put.bind(deliveries);
    deliveries.put = (delivery, token) => {
      put(delivery, token);
      const states = this.rows.get(delivery.id) ?? [];
      this.rows.set(delivery.id, states);
      states.push({ at: world.now, delivery });
    };
    const append = feed.append.bind(feed);
    feed.append = (events) => {
      const before = this.#chunks;
      this.#chunks += Math.ceil(events.length / 40);
      if (this.#chunks > before) this.feedEnd = this.#chunks * 1000 + (events.length % 40 || 40);
      for (const event of events)
        if (!this.appended.has(event.id)) this.appended.set(event.id, { at: world.now, event });
      return append(events);
    };
    world.listeners.push((fact) => {
      if (fact.what !== "published") return;
      const said = this.published.get(fact.id) ?? [];
      this.published.set(fact.id, said);
      said.push({ at: world.now, bytes: fact.bytes });
    });
  }

  /** How the endpoint stood at an instant. */
  endpointAt(id: string, at: number): Endpoint | null {
    return this.endpoints.get(id)?.findLast((state) => state.at <= at)?.endpoint ?? null;
  }

  /** The endpoint as it stands at the end. */
  standing(id: string): Endpoint | null {
    return this.endpoints.get(id)?.at(-1)?.endpoint ?? null;
  }

  /** Each row as it stands at the end. */
  get deliveries(): readonly Delivery[] {
    return [...this.rows.values()].flatMap((states) => states.at(-1)?.delivery ?? []);
  }

  #watchDocuments(world: World, { documents }: SimulatedTable): void {
    const note = (id: string, endpoint: Endpoint | null): void => {
      const states = this.endpoints.get(id) ?? [];
      this.endpoints.set(id, states);
      states.push({ at: world.now, endpoint });
    };
    // Read far more often than written: what is parsed once may be given to all.
    const values = new Map<string, { readonly token: string | null; readonly found: Document }>();
    const load = documents.load.bind(documents);
    documents.load = (folder, name) => {
      const token = documents.tokenOf(folder, name);
      const known = values.get(`${folder} ${name}`);
      if (known !== undefined && known.token === token && token !== null) return known.found;
      const found = load(folder, name);
      if (found !== null) values.set(`${folder} ${name}`, { token, found });
      return found;
    };
    const save = documents.save.bind(documents);
    documents.save = (saving) => {
      const isSaved = save(saving);
      if (isSaved && saving.folder === endpointsFolder)
        note(saving.name, endpointSchema.parse(JSON.parse(saving.text)));
      return isSaved;
    };
    const remove = documents.remove.bind(documents);
    documents.remove = (folder, name, seenVersion) => {
      const isGone = remove(folder, name, seenVersion);
      if (isGone && folder === endpointsFolder && this.standing(name) !== null) note(name, null);
      return isGone;
    };
  }
}

/** The event in a body that was sent. */
export const eventIn = (body: string): SwitchyardEvent => eventSchema.parse(JSON.parse(body));
