import { isObject, type Json, type JsonObject } from "../operation/json.ts";
import type { ReadItem } from "../ports/provider.ts";

/** What the list of an answer looks like. */
export type Shape = "things" | "words" | "map" | "bag";

const textIn = (thing: JsonObject, names: readonly string[]): string | undefined => {
  for (const name of names) {
    const value = thing[name];
    if (typeof value === "string" && value !== "") return value;
    if (typeof value === "number") return String(value);
  }
  return undefined;
};

/** The state of a thing that only has a flag for it. */
const flagIn = ({ running }: JsonObject): string | undefined => {
  if (typeof running !== "boolean") return undefined;
  return running ? "running" : "stopped";
};

/** A thing as we show it: its own object, and beside it what all things have in common. */
export const itemOf = (raw: Json, knownId?: string): ReadItem => {
  const thing = isObject(raw) ? raw : {};
  const name = textIn(thing, ["name", "label"]);
  const state = textIn(thing, ["state", "status", "availability"]) ?? flagIn(thing);
  const { tags } = thing;
  return {
    id: knownId ?? textIn(thing, ["id", "key", "metadata_key", "name"]) ?? "",
    ...(name === undefined ? {} : { name }),
    ...(state === undefined ? {} : { state }),
    ...(Array.isArray(tags) ? { tags: tags.filter((tag) => typeof tag === "string") } : {}),
    raw,
  };
};

/** The things of a list; null when it has another shape. */
export const itemsOf = (value: Json | undefined, shape: Shape): ReadItem[] | null => {
  if (shape === "bag" && isObject(value)) {
    return Object.entries(value).map(([key, raw]) =>
      itemOf(raw, textIn(isObject(raw) ? raw : {}, ["id"]) ?? key),
    );
  }
  if (shape === "map") {
    return isObject(value) ? Object.entries(value).map(([key, raw]) => itemOf(raw, key)) : null;
  }
  if (!Array.isArray(value)) return null;
  return value.map((raw) => itemOf(raw, shape === "words" && typeof raw === "string" ? raw : undefined));
};

/** The order of ids. */
export const byId = (one: ReadItem, other: ReadItem): number => {
  if (one.id === other.id) return 0;
  return one.id < other.id ? -1 : 1;
};
