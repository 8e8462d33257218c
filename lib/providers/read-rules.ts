import type { Collection } from "../ports/provider.ts";
import type { ReadPlace, ReadRule } from "./read-through.ts";

type Filters = readonly string[];

/** A list of things, cut into pages of a length asked for with `per_page` (or `page_size`). */
export const listRule = (
  path: string,
  place: ReadPlace,
  filters: Filters = [],
  more: {
    readonly paging?: "page_size" | "per_page" | "limit";
    /** `bag`: a list, or an object of the same things. */
    readonly shape?: "things" | "bag";
    readonly query?: Readonly<Record<string, string>>;
    /** Filters of which the provider wants at least one. */
    readonly needsOneOf?: Filters;
  } = {},
): ReadRule => ({
  path,
  filters,
  ...(more.needsOneOf === undefined ? {} : { needsOneOf: more.needsOneOf }),
  form: "list",
  place,
  shape: more.shape ?? "things",
  paging: more.paging ?? "per_page",
  query: more.query ?? {},
});

/** A list of things that its document does not cut into pages. */
export const wholeListRule = (path: string, place: ReadPlace): ReadRule => ({
  path,
  filters: [],
  form: "list",
  place,
  shape: "things",
  paging: "whole",
});

/** A list of words in one piece: actions, keys. */
export const wordsRule = (path: string, place: ReadPlace): ReadRule => ({
  path,
  filters: [],
  form: "list",
  place,
  shape: "words",
  paging: "whole",
});

/** A map in pages: the keys are the ids. */
export const mapRule = (path: string, place: ReadPlace): ReadRule => ({
  path,
  filters: [],
  form: "list",
  place,
  shape: "map",
  paging: "per_page",
});

/** One thing, looked for in each place in turn. */
export const itemRule = (path: string, ...places: readonly ReadPlace[]): ReadRule => ({
  path,
  filters: [],
  form: "item",
  places,
});

/** A raw text. */
export const textRule = (path: string, place: ReadPlace): ReadRule => ({
  path,
  filters: [],
  form: "text",
  place,
});

/** What a rule says to those who ask: not where its things are. */
export const collectionOf = ({ path, filters, needsOneOf }: ReadRule): Collection => ({
  path,
  filters,
  ...(needsOneOf === undefined ? {} : { needsOneOf }),
});
