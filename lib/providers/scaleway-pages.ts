import { ProviderDoubt } from "../ports/provider.ts";

/** The largest page that both compute APIs give. */
export const pageSize = 100;
const pageLimit = 1000;
const attempts = 3;

/** One page of a list. `total` is the provider's count of the whole list, null where it gives none. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly total: number | null;
}
export type FetchPage<T> = (page: number) => Promise<ListPage<T>>;

interface Reading<T> {
  readonly items: readonly T[];
  /** Whether nothing can have slipped through between two pages. */
  readonly complete: boolean;
}

/**
 * Reads from the first page on, until the provider's count is reached or a page brings nothing new. Newest first, what
 * is created meanwhile only pushes items onto later pages, where they are met again; only a list that shrinks pulls an
 * item from a later page onto one that was read already.
 */
const readOnce = async <T>(fetchPage: FetchPage<T>, idOf: (item: T) => string): Promise<Reading<T>> => {
  const byId = new Map<string, T>();
  let received = 0;
  let atFirst = 0;
  let known = 0;
  for (let page = 1; page <= pageLimit; page += 1) {
    const { items, total } = await fetchPage(page);
    if (total !== null && total < known) return { items: [], complete: false };
    known = total ?? known;
    if (page === 1) atFirst = known;
    const before = byId.size;
    for (const item of items) byId.set(idOf(item), item);
    received += items.length;
    const atEnd = byId.size === before || (total !== null && received >= total);
    if (atEnd) return { items: [...byId.values()], complete: byId.size >= atFirst };
  }
  return { items: [], complete: false };
};

/**
 * All items of a list, once each. A list that shrinks while it is read is read again: an item missed by accident would
 * look like one that does not exist.
 * @throws what `fetchPage` throws; ProviderDoubt when the list does not hold still
 */
export const readAllPages = async <T>(
  fetchPage: FetchPage<T>,
  idOf: (item: T) => string,
): Promise<readonly T[]> => {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const reading = await readOnce(fetchPage, idOf);
    if (reading.complete) return reading.items;
  }
  throw new ProviderDoubt("The list changed each time it was read.", { status: null });
};

/**
 * The items with these ids, as far as the list shows them. Stops early when asking for the missing ones by themselves
 * takes fewer calls than the pages that are left.
 */
export const findInList = async <T>(
  fetchPage: FetchPage<T>,
  idOf: (item: T) => string,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, T>> => {
  const found = new Map<string, T>();
  let received = 0;
  for (let page = 1; page <= pageLimit; page += 1) {
    const { items, total } = await fetchPage(page);
    received += items.length;
    for (const item of items) if (ids.has(idOf(item))) found.set(idOf(item), item);
    const missing = ids.size - found.size;
    const left = total === null ? Number.POSITIVE_INFINITY : total - received;
    if (items.length === 0 || left <= 0 || missing <= Math.ceil(left / items.length)) break;
    if (total === null && items.length < pageSize) break;
  }
  return found;
};
