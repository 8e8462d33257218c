import type * as z from "zod";
import type { Connection, DialectName } from "../connection.ts";
import type { Json, JsonObject } from "../operation/json.ts";
import type { Kind } from "../operation/kind.ts";
import type { Observation, Task, Volume } from "../operation/observation.ts";
import type { Resource, Step } from "../operation/operation.ts";
import type { Signs } from "../operation/step-end.ts";
import type { Marked } from "../operation/marked.ts";
import type { Marker } from "../operation/marker.ts";
import type { ProviderDetail } from "../operation/problem.ts";
import type { Foresight, PlannedCreates } from "./foresight.ts";

/** Why a provider certainly did nothing. */
export const refusalCodes = [
  "INVALID_INPUT",
  "UNAUTHENTICATED",
  "PERMISSION_DENIED",
  "QUOTA_EXCEEDED",
  "OUT_OF_STOCK",
  /** It was tried, and the server did not start. */
  "START_FAILED",
  "PAYMENT_REQUIRED",
  "RESOURCE_NOT_FOUND",
  "RESOURCE_GONE",
  "ALREADY_EXISTS",
  /** Not in this state of the resource: look again, then decide. */
  "WRONG_STATE",
  "PROTECTED",
  "LOCKED",
  /** The rate limit is used up: later. */
  "RATE_LIMITED",
  /** No connection could be made, or the provider says that it did not start: later. */
  "UNAVAILABLE",
  "PROVIDER_REFUSED",
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** The provider refused, or was never reached: certainly nothing happened. */
export class ProviderRefusal extends Error {
  readonly code: RefusalCode;
  readonly provider: ProviderDetail;
  readonly retryAfterSeconds: number | null;
  constructor(
    code: RefusalCode,
    message: string,
    provider: ProviderDetail,
    options: ErrorOptions & { retryAfterSeconds?: number | null } = {},
  ) {
    super(message, options);
    this.name = "ProviderRefusal";
    this.code = code;
    this.provider = provider;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

/** The outcome is not known: timeout or reset after sending, 5xx, an answer that can't be read. */
export class ProviderDoubt extends Error {
  readonly provider: ProviderDetail;
  constructor(message: string, provider: ProviderDetail, options?: ErrorOptions) {
    super(message, options);
    this.name = "ProviderDoubt";
    this.provider = provider;
  }
}

/** A call that may change something. One HTTP request each, unless the dialect has no other way (then say why). */
export type ProviderCall =
  /** Makes a resource of the kind, with the marker inside the same request. Not idempotent at any provider. */
  | {
      readonly do: "create";
      readonly kind: Kind;
      readonly input: JsonObject;
      readonly marker: Marker;
      /** Which of the input's choices is meant: 0 (or none) what was asked for, n the nth entry of `fallback`. */
      readonly choice?: number;
    }
  /** Writes what must stand before the first boot (cloud-init). Idempotent. */
  | {
      readonly do: "configure";
      readonly resource: Resource;
      readonly input: JsonObject;
      readonly marker?: Marker;
    }
  /** Asks for a power state. */
  | { readonly do: "power"; readonly resource: Resource; readonly to: "on" | "off" }
  /** Any action by the provider's own word, with what else the input holds. */
  | { readonly do: "act"; readonly resource: Resource; readonly action: string; readonly input: JsonObject }
  /** Changes fields. Idempotent. The marker is for what it makes on the way (an address). */
  | {
      readonly do: "update";
      readonly resource: Resource;
      readonly input: JsonObject;
      readonly marker?: Marker;
    }
  /** Deletes the resource where it is at rest. */
  | { readonly do: "delete"; readonly resource: Resource; readonly input: JsonObject }
  | { readonly do: "delete_volume"; readonly volume: Volume }
  /**
   * Any other call on a resource or on a part of it that the caller names: the provider's yes is its end. It may be sent
   * again after a doubt; one that makes something then answers `ALREADY_EXISTS`.
   */
  | { readonly do: "apply"; readonly kind: Kind; readonly resource: Resource; readonly input: JsonObject };

/** The provider said yes. */
export interface Answer {
  /** What was made; null for calls on something that exists, and where the provider doesn't say (then search). */
  readonly resource: Resource | null;
  readonly task: Task | null;
  /** The resource as the answer shows it, where it does. */
  readonly observation: Observation | null;
  readonly requestId: string | null;
}

/** What to look at: a resource, and the task that a provider handed back for it. The task is only a hint. */
export interface Handle {
  readonly resource: Resource;
  readonly task: Task | null;
  /** How long we have been following, in seconds: an old task that won't end is no longer believed. */
  readonly ageSeconds: number;
  /** Whether an earlier look saw the provider at work on what is waited for. */
  readonly seenMoving: boolean;
  /** Whether the end of a build is waited for: only then is a rest before any move not yet the end. Left out: no. */
  readonly awaitsBuild?: boolean;
}

/** A resource that bears our marker. */
export interface Found {
  readonly resource: Resource;
  /** As the provider wrote it; compared as text to choose the oldest. */
  readonly createdAt: string;
  readonly observation: Observation;
}

/** Types of things that may bear our marker. */
export const markedTypes = ["server", "volume", "ip"] as const;
export type MarkedType = (typeof markedTypes)[number];

/** A thing read through from the provider. `raw` is the provider's own object. */
export interface ReadItem {
  readonly id: string;
  readonly name?: string;
  readonly state?: string;
  readonly tags?: readonly string[];
  readonly raw: Json;
}

/** What a read-through gives: one thing, or a page of a list. `next` goes into our cursor. */
export type ReadAnswer =
  | { readonly form: "item"; readonly item: ReadItem }
  | { readonly form: "page"; readonly items: readonly ReadItem[]; readonly next: string | null };

export interface ReadRequest {
  /** Decoded path segments behind the connection: `["servers", id, "action"]`. */
  readonly path: readonly string[];
  /** Provider filters, already checked against `Collection.filters`. */
  readonly filters: Readonly<Record<string, string>>;
  readonly limit: number;
  readonly cursor: string | null;
}

/** What a dialect offers for one kind: the catalogue that validation, OpenAPI and docs are made from. */
export interface KindOffer {
  /** Strict schema of `input`; its output is what is stored and sent. */
  readonly input: z.ZodType<JsonObject>;
  /** Type that `resource` must have; null when the kind makes something new. */
  readonly resourceType: string | null;
  /** The steps for this input. Pure. */
  readonly steps: (input: JsonObject) => readonly PlannedStep[];
  /** What this connection does not allow although the dialect offers it. A pointer is a JSON Pointer from the body's root. */
  readonly check?: (connection: Connection, input: JsonObject) => { pointer: string; detail: string } | null;
  /** Whether what it makes can bear our marker (where that is a part of the name). Left out: always. */
  readonly hasRoomForMarker?: (input: JsonObject) => boolean;
  /** Seconds until an operation without an end needs attention, unless the connection says otherwise. */
  readonly deadlineSeconds?: number;
  /** An input that the schema takes, with ids that the dialect's simulator knows; left out: `{}`. */
  readonly example?: JsonObject;
  /** Fields that change the steps, each with the words for when that is so: `{start: false}`, "start is false". */
  readonly variants?: readonly StepVariant[];
  /** What goes on costing afterwards, or costs more than it seems. A sentence. */
  readonly money?: string;
  /** What else has to be known before it is asked for. A sentence. */
  readonly note?: string;
}

/** Input beside the example with which a kind takes other steps. */
export interface StepVariant {
  readonly input: JsonObject;
  /** "start is false" */
  readonly when: string;
}
export type PlannedStep = Pick<Step, "name" | "mode" | "goal" | "removal" | "note">;

/** A collection that can be read; its path has `:id` in the place of an id: `servers/:id/action`. */
export interface Collection {
  readonly path: string;
  /** Query parameters that pass through to the provider. */
  readonly filters: readonly string[];
  /** Filters of which the provider wants at least one, where it does not list everything. */
  readonly needsOneOf?: readonly string[];
}

/** What can't be done at a provider. */
export interface Inability {
  /** Kinds, separated by commas (`server.stop, volume.*`); or words, where it is no kind. */
  readonly what: string;
  /** Why not, and what to do instead. A sentence. */
  readonly why: string;
}

/** A wire language as data. */
export interface Dialect {
  readonly name: DialectName;
  /** The provider's system, for people; left out: the name. */
  readonly system?: string;
  /** The documents that it is made from. */
  readonly documents?: readonly string[];
  /** A create may be answered without the id of what it has made, which is then searched for by its marker. */
  readonly mayOmitIds?: true;
  /** How each phase shows on its wire; the ends of the steps are told in these words. */
  readonly signs?: Signs;
  readonly cannot?: readonly Inability[];
  /** What the documents leave open and is taken as given. Sentences. */
  readonly assumed?: readonly string[];
  readonly kinds: ReadonlyMap<Kind, KindOffer>;
  readonly collections: readonly Collection[];
  /** A call that shows no effect for so many seconds is taken as not carried out; left out: 20. */
  readonly graceSeconds?: number;
  /** The type that a server's own object names; left out where servers have none. Pure. */
  readonly typeOf?: (server: Json) => string | null;
  /** What must stand in a connection beside `secret`; returns the name of the missing or wrong field and why. */
  readonly checkConnection: (connection: Connection) => { field: string; detail: string } | null;
}

/**
 * One connection's provider. Every request waits for the connection's budget first, is sent once and never repeated
 * by itself. The adapter reports what it sees and never decides what absence means.
 */
export interface Provider {
  readonly dialect: Dialect;
  /**
   * Sends within `bounds.sendWithin` seconds of being asked, or refuses with `UNAVAILABLE`: what has become old on the
   * way must not leave (R5).
   * @throws ProviderRefusal (nothing happened), ProviderDoubt (may have happened)
   */
  send(call: ProviderCall): Promise<Answer>;
  /**
   * Looks at all handles with as few requests as the dialect can. Answers in the order of the handles; `null` for one
   * that this look could say nothing about (an entry missing from a list that may lag, a failed page).
   * @throws ProviderRefusal, ProviderDoubt when nothing at all could be seen
   */
  look(handles: readonly Handle[]): Promise<readonly (Observation | null)[]>;
  /**
   * All resources of the type that bear the marker, all pages, no state filter, marker re-checked exactly.
   * @throws ProviderRefusal, ProviderDoubt; a failed search is never "none"
   */
  search(resourceType: string, marker: Marker): Promise<readonly Found[]>;
  /**
   * All things of the type (`server`, `volume`, `ip`) whose tags name the deployment, all pages, no state filter,
   * re-checked exactly; empty where the provider has no such things, or no place for tags on them.
   * @throws ProviderRefusal, ProviderDoubt; a failed page is never "none"
   */
  marked(resourceType: MarkedType, deployment: string): Promise<readonly Marked[]>;
  /** One thing as it is now, marked or not; null when the provider says that it does not exist. @throws as `look` */
  inspect(resource: Resource): Promise<Marked | null>;
  /** Reads through. @throws ProviderRefusal, ProviderDoubt, UnknownCollection, BadCursor */
  read(request: ReadRequest): Promise<ReadAnswer>;
  /**
   * What can be told of servers before they are made: what does not exist, stock, quota, prices. Few reads, however many
   * servers; what can't be asked is a warning, never an error. Left out where the provider tells nothing of that.
   */
  foresee?(creates: readonly PlannedCreates[]): Promise<Foresight>;
}

/** The dialect has no such collection. */
export class UnknownCollection extends Error {
  constructor(path: readonly string[]) {
    super(`There is no collection ${path.join("/")} at this provider.`);
    this.name = "UnknownCollection";
  }
}

/** The cursor is not one that this list gave. */
export class BadCursor extends Error {
  constructor() {
    super("The cursor is not one that this list gave.");
    this.name = "BadCursor";
  }
}

/** The configured connections. */
export interface Providers {
  /** The connection as configured, or null. */
  connection(name: string): Connection | null;
  connections(): readonly Connection[];
  /** The dialect's catalogue. */
  dialect(connection: Connection): Dialect;
  /** A provider for the connection; reads its secret when it first sends. */
  provider(connection: Connection): Provider;
}
