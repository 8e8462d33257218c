import type { JsonObject } from "../operation/json.ts";
import { isObject } from "../operation/json.ts";
import type { ReadAnswer, ReadItem, ReadRequest } from "../ports/provider.ts";
import type { ReadThrough } from "./read-through.ts";

const bracketed = (name: string): string => (name === "sort" ? name : `filter[${name}]`);

/** Columns that hold numbers: a panel that searches within their text finds 10 for 1. */
const numbers: ReadonlySet<string> = new Set(["user_id", "node_id", "vmid", "installing"]);

const fits = (raw: JsonObject, filters: Readonly<Record<string, string>>): boolean =>
  Object.entries(filters).every(([name, wanted]) => {
    const value = raw[name];
    return !numbers.has(name) || typeof value !== "number" || String(value) === wanted.trim();
  });

/**
 * Reads a collection of a panel. Filters go out in its brackets; of what comes back, numbers that only contain the
 * wanted one are left out. `mend` adds to an item what this panel's things tell in words of their own.
 * @throws what ReadThrough.read throws
 */
export const readPanel = async (
  reads: ReadThrough,
  request: ReadRequest,
  mend: (item: ReadItem, path: readonly string[]) => ReadItem,
): Promise<ReadAnswer> => {
  const filters = Object.fromEntries(
    Object.entries(request.filters).map(([name, value]) => [bracketed(name), value]),
  );
  const answer = await reads.read({ ...request, filters });
  if (answer.form === "item") return { ...answer, item: mend(answer.item, request.path) };
  const items = answer.items.filter(({ raw }) => !isObject(raw) || fits(raw, request.filters));
  return { ...answer, items: items.map((item) => mend(item, request.path)) };
};
