import { isObject, type Json } from "../../lib/operation/json.ts";
import type { Chance } from "../simulation/chance.ts";

/** How many of a sort are remembered: old ones make room, so that most still exist. */
const kept = 40;

const remember = (pool: Map<string, string[]>, key: string, text: string): void => {
  const known = pool.get(key) ?? [];
  if (known.includes(text) || text.length > 200) return;
  known.push(text);
  if (known.length > kept) known.shift();
  pool.set(key, known);
};

/** Where operations are remembered that wait for a decision. */
export const undecided = "needs attention";
/** Fields in which a secret stands that is shown once. */
const secretField = /^(?:secret|key|api_key|token|password)$/;

/** The part of a path up to its last segment that is not a parameter: where things of one sort are. */
export const collectionOf = (template: string): string => {
  const parts = template.split("/");
  while (parts.length > 2 && parts.at(-1)?.startsWith("{") === true) parts.pop();
  return parts.join("/");
};

/** What earlier answers have named: ids by where they stand, cursors by the list that gave them, secrets shown once. */
export class Pools {
  readonly #ids = new Map<string, string[]>();
  readonly #cursors = new Map<string, string[]>();
  readonly #fields = new Map<string, string[]>();
  /** Keys that the API has made. */
  readonly keys: string[] = [];

  /** Takes from an answer what later requests can use. @returns the secrets that it shows */
  learn(template: string, body: Json): readonly string[] {
    const collection = collectionOf(template);
    const things = isObject(body) && Array.isArray(body["items"]) ? body["items"] : [body];
    for (const thing of things) {
      if (!isObject(thing)) continue;
      const id = thing["id"] ?? thing["name"];
      if (typeof id === "string") remember(this.#ids, collection, id);
      if (typeof id === "string" && thing["state"] === "needs_attention") remember(this.#ids, undecided, id);
      const { resource } = thing;
      if (isObject(resource) && typeof resource["id"] === "string")
        remember(this.#ids, "/resources", resource["id"]);
    }
    const secrets: string[] = [];
    this.#read(
      isObject(body) && Array.isArray(body["items"]) ? { ...body, items: things } : body,
      collection,
      secrets,
      0,
    );
    return secrets;
  }

  #read(value: Json, collection: string, secrets: string[], depth: number): void {
    if (depth > 5) return;
    if (Array.isArray(value)) {
      for (const item of value.slice(0, 10)) this.#read(item, collection, secrets, depth + 1);
      return;
    }
    if (!isObject(value)) return;
    for (const [name, part] of Object.entries(value)) {
      if (typeof part !== "string") this.#read(part, collection, secrets, depth + 1);
      else if (name === "next_cursor") remember(this.#cursors, collection, part);
      // An item's key is what its sender calls it by.
      else if (name === "key" && collection.startsWith("/v1/bulk-")) remember(this.#fields, name, part);
      else if (secretField.test(name) && part.length >= 20) secrets.push(part);
      else if (part.length < 100) remember(this.#fields, name, part);
    }
  }

  /** Puts a text where ids of the collection are taken from. */
  put(collection: string, id: string): void {
    remember(this.#ids, collection, id);
  }

  /** An id of the collection, or of another one now and then; null when nothing is known. */
  id(collection: string, chance: Chance): string | null {
    const last = collection.slice(collection.lastIndexOf("/"));
    const alike = [...this.#ids.keys()].find((key) => key.endsWith(last)) ?? "";
    const own = this.#ids.get(collection) ?? this.#ids.get(alike);
    if (own !== undefined && own.length > 0 && chance.happens(0.9)) return chance.pick(own);
    return this.anyId(chance);
  }

  anyId(chance: Chance): string | null {
    const all = [...this.#ids.values()].filter(({ length }) => length > 0);
    return all.length === 0 ? null : chance.pick(chance.pick(all));
  }

  /** A cursor of the list, or of another one now and then. */
  cursor(template: string, chance: Chance): string | null {
    const own = this.#cursors.get(collectionOf(template));
    if (own !== undefined && own.length > 0 && chance.happens(0.8)) return chance.pick(own);
    const all = [...this.#cursors.values()].filter(({ length }) => length > 0);
    return all.length === 0 ? null : chance.pick(chance.pick(all));
  }

  /** A text that a field of this name has had in an answer. */
  field(name: string, chance: Chance): string | null {
    const known = this.#fields.get(name);
    return known === undefined || known.length === 0 ? null : chance.pick(known);
  }
}
