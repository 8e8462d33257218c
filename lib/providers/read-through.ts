import * as z from "zod";
import { canonicalJson, type Json, type JsonObject } from "../operation/json.ts";
import {
  ProviderDoubt,
  ProviderRefusal,
  UnknownCollection,
  type Collection,
  type ReadAnswer,
  type ReadItem,
  type ReadRequest,
} from "../ports/provider.ts";
import { readerPace, type Pace } from "./pace.ts";
import { cursorBehind, cursorOf, idBefore, positionOf, type ListPosition } from "./read-cursor.ts";
import { byId, itemOf, itemsOf, type Shape } from "./read-items.ts";
import type { Transport, WireCall } from "./transport.ts";
import { readWholeList } from "./whole-list.ts";

/** Where a collection is at the provider: a host and a path with `:id` in the places of ids. */
export interface ReadPlace {
  readonly root: string;
  readonly path: string;
  /** Envelope key of the answer; null where the thing itself is the answer. */
  readonly key: string | null;
}

/** How a list is cut into pages: by which parameter its length is asked for, or not at all. */
type Paging = "per_page" | "page_size" | "limit" | "whole";

/** A collection as data: what we call it, where it is, and what its answer looks like. */
export type ReadRule = Collection &
  (
    | {
        readonly form: "list";
        readonly place: ReadPlace;
        /** `things`: objects; `words`: texts (actions, keys); `map`: the key is the id; `bag`: things, or a map of them. */
        readonly shape: Shape;
        readonly paging: Paging;
        /** Sent unless the caller's filters say otherwise. */
        readonly query?: Readonly<Record<string, string>>;
      }
    /** Looked for in each place in turn, until one has it. */
    | { readonly form: "item"; readonly places: readonly ReadPlace[] }
    | { readonly form: "text"; readonly place: ReadPlace }
  );

// What comes out of JSON.parse is JSON; checking it again at every depth would only cost time.
const jsonSchema = z.custom<Json>(() => true);
const answerSchema = z.record(z.string(), jsonSchema);

const segmentsOf = (pattern: string): string[] => pattern.split("/");

/** The ids in the path when it fits the pattern, else null. */
const idsIn = (pattern: string, path: readonly string[]): string[] | null => {
  const parts = segmentsOf(pattern);
  const fits =
    parts.length === path.length && parts.every((part, index) => part === ":id" || part === path[index]);
  return fits ? path.filter((_, index) => parts[index] === ":id") : null;
};

/** The collection that a path addresses, the more literal one first; null when there is none. */
export const collectionAt = <T extends Collection>(
  collections: readonly T[],
  path: readonly string[],
): { rule: T; ids: readonly string[] } | null => {
  const fitting = collections.flatMap((rule) => {
    const ids = idsIn(rule.path, path);
    return ids === null ? [] : [{ rule, ids }];
  });
  return fitting.toSorted((one, other) => one.ids.length - other.ids.length)[0] ?? null;
};

const pathOf = (place: ReadPlace, ids: readonly string[]): string[] => {
  const left = [...ids];
  return segmentsOf(place.path).map((part) => (part === ":id" ? (left.shift() ?? "") : part));
};

const strange = (requestId: string | null): ProviderDoubt =>
  new ProviderDoubt("The provider's answer has another shape than expected.", {
    status: 200,
    ...(requestId === null ? {} : { request_id: requestId }),
  });

/** The list of an answer. A bag has no agreed name: one that stands alone in its envelope is it. */
const listIn = (
  value: JsonObject,
  { place, shape }: { readonly place: ReadPlace; readonly shape: Shape },
): Json | undefined => {
  const [only, ...others] = Object.values(value);
  return value[place.key ?? ""] ?? (shape === "bag" && others.length === 0 ? only : undefined);
};

/** Reads collections of one connection by their rules. */
export class ReadThrough {
  readonly #transport: Transport;
  readonly #rules: readonly ReadRule[];
  readonly #connection: string;
  readonly #pace: Pace;

  /** @param connection its name: a cursor of another one is not taken */
  constructor(transport: Transport, rules: readonly ReadRule[], connection: string, pace: Pace = readerPace) {
    this.#transport = transport;
    this.#rules = rules;
    this.#connection = connection;
    this.#pace = pace;
  }

  /** @throws ProviderRefusal, ProviderDoubt, UnknownCollection, BadCursor */
  async read(request: ReadRequest): Promise<ReadAnswer> {
    const found = collectionAt(this.#rules, request.path);
    if (found === null) throw new UnknownCollection(request.path);
    const { rule, ids } = found;
    try {
      switch (rule.form) {
        case "list":
          return rule.paging === "whole" && rule.shape === "things"
            ? await this.#whole(rule, ids, request)
            : await this.#list(rule, ids, request);
        case "item":
          return { form: "item", item: await this.#item(rule.places, ids) };
        case "text":
          return { form: "item", item: await this.#text(rule.place, ids) };
      }
    } catch (error) {
      throw asMissing(error);
    }
  }

  #get(place: ReadPlace, ids: readonly string[], query: Readonly<Record<string, string>> = {}): WireCall {
    return {
      method: "GET",
      root: place.root,
      path: pathOf(place, ids),
      query,
      ...this.#pace,
    };
  }

  async #text(place: ReadPlace, ids: readonly string[]): Promise<ReadItem> {
    const { value } = await this.#transport.callForText(this.#get(place, ids));
    return { id: ids.at(-1) ?? "", raw: value };
  }

  async #item(places: readonly ReadPlace[], ids: readonly string[]): Promise<ReadItem> {
    const [place, ...others] = places;
    if (place === undefined) throw new UnknownCollection(ids);
    try {
      return await this.#itemAt(place, ids);
    } catch (error) {
      if (others.length === 0 || !isMissing(error)) throw error;
      return this.#item(others, ids);
    }
  }

  async #itemAt(place: ReadPlace, ids: readonly string[]): Promise<ReadItem> {
    const { value, requestId } = await this.#transport.call(this.#get(place, ids), answerSchema);
    if (place.key === null) return itemOf(value);
    const thing = value[place.key];
    if (thing !== undefined) return itemOf(thing, undefined);
    // One document shows a list as the answer to a single volume.
    const list = itemsOf(value[`${place.key}s`], "things");
    if (list === null) throw strange(requestId);
    const item = list.find(({ id }) => id === ids.at(-1));
    if (item === undefined) {
      throw new ProviderRefusal("RESOURCE_NOT_FOUND", "The provider's answer does not hold it.", {
        status: 404,
      });
    }
    return item;
  }

  /** A list in one piece, in the order of its ids: what comes and goes between two reads moves nothing else. */
  async #whole(
    rule: Extract<ReadRule, { form: "list" }>,
    ids: readonly string[],
    { path, filters, limit, cursor }: ReadRequest,
  ): Promise<ReadAnswer> {
    const list = canonicalJson([this.#connection, [...path], { ...filters }]);
    const before = idBefore(cursor, list);
    const things = await readWholeList(
      async (query) => {
        const call = this.#get(rule.place, ids, { ...rule.query, ...filters, ...query });
        const { value, requestId, total, hasNext } = await this.#transport.call(call, answerSchema);
        const items = itemsOf(value[rule.place.key ?? ""], rule.shape);
        if (items === null) throw strange(requestId);
        return { items, total: total ?? totalIn(value), hasNext };
      },
      ({ id }) => id,
    );
    const left = things.filter(({ id }) => before === null || id > before).toSorted(byId);
    const items = left.slice(0, limit);
    const last = items.at(-1);
    const next = last === undefined || left.length <= limit ? null : cursorBehind(last.id, list);
    return { form: "page", items, next };
  }

  async #list(
    rule: Extract<ReadRule, { form: "list" }>,
    ids: readonly string[],
    { path, filters, limit, cursor }: ReadRequest,
  ): Promise<ReadAnswer> {
    const list = canonicalJson([this.#connection, [...path], { ...filters }]);
    const at = positionOf(cursor, list, limit);
    const pages = rule.paging === "whole" ? {} : { page: String(at.page), [rule.paging]: String(at.perPage) };
    const call = this.#get(rule.place, ids, { ...rule.query, ...filters, ...pages });
    const answer = await this.#transport.call(call, answerSchema);
    const { value, requestId } = answer;
    const items = itemsOf(listIn(value, rule), rule.shape);
    if (items === null) throw strange(requestId);
    const total = rule.paging === "whole" ? items.length : (answer.total ?? totalIn(value));
    const next = following(at, items.length, limit, { total, hasNext: answer.hasNext });
    return {
      form: "page",
      items: items.slice(at.skip, at.skip + limit),
      next: next === null ? null : cursorOf(next, list),
    };
  }
}

const totalSchema = z.union([
  z.object({ total_count: z.number() }).transform(({ total_count }) => total_count),
  // Convoy's (Laravel's) way.
  z
    .object({ meta: z.object({ pagination: z.object({ total: z.number() }) }) })
    .transform(({ meta }) => meta.pagination.total),
]);

/** How many there are in all, where the body says so. */
const totalIn = (value: unknown): number | null => totalSchema.safeParse(value).data ?? null;

/** What a provider says of the pages behind this one: how many things in all, or only that there is a next page. */
interface Behind {
  readonly total: number | null;
  readonly hasNext: boolean | null;
}

/** Where the list goes on after `limit` items of this page were shown; null at its end. */
const following = (
  at: ListPosition,
  received: number,
  limit: number,
  { total, hasNext }: Behind,
): ListPosition | null => {
  if (at.skip + limit < received) return { ...at, skip: at.skip + limit };
  // More than was asked for: this provider does not cut the list into pages.
  if (received > at.perPage) return null;
  const before = at.before + received;
  const more = total === null ? (hasNext ?? received >= at.perPage) : before < total;
  return more && received > 0 ? { page: at.page + 1, perPage: at.perPage, skip: 0, before } : null;
};

const isMissing = (error: unknown): error is ProviderRefusal =>
  error instanceof ProviderRefusal &&
  (error.code === "RESOURCE_NOT_FOUND" || error.code === "RESOURCE_GONE" || error.provider.status === 404);

/** For a reader every 404 is "there is no such thing": some have an empty body. */
const asMissing = (error: unknown): unknown =>
  isMissing(error) && error.code === "PROVIDER_REFUSED"
    ? new ProviderRefusal("RESOURCE_NOT_FOUND", error.message, error.provider, { cause: error })
    : error;
